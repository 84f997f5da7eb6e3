"""What the console's pages cost with 10,000 entries in the log and 2,000 users: ``make bench``.

In this process, on an SQLite file; the medians are printed, with the statements that each page
takes. Nothing is asserted about time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
from flask import Flask
from sqlalchemy import event

from flask_scim_teams import ScimTeams
from flask_scim_teams.admin import admin_blueprint
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.services.identifiers import new_id
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import TraceStep
from tests.hosts import Storage
from tests.hosts import open_storage

pytestmark = pytest.mark.benchmark

ENTRIES = 10_000
USERS = 2_000
ROUNDS = 40
CHECKS = ("token", "address", "connection", "endpoint", "scope", "JSON", "schema", "values")
SPAN = timedelta(minutes=2)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with open_storage("sqlite", tmp_path) as storage:
        yield storage


def entry(number: int, ids: list[str], connections: list[ConnectionRecord]) -> LogEntry:
    """Return a change, or a refusal in every seventh place, as wide as they are in practice."""
    refused = number % 7 == 0
    steps = tuple(
        TraceStep(check=one, outcome="passed", words="It is good. " * 4) for one in CHECKS
    )
    return LogEntry(
        id=new_id(),
        at=shifted(now(), -SPAN * (ENTRIES - number)),
        connection_id=connections[number % 3].id,
        actor="token",
        request_id=new_id(),
        method="PATCH",
        target=f"/Users/{ids[number % 500]}",
        action="tried to modify user" if refused else "updated user",
        resource_type="User",
        resource_id=ids[number % 500],
        resource_name=f"person{number % 500}@example.com",
        status=409 if refused else 200,
        detail="The value of userName is already in use." if refused else None,
        request={"Operations": [{"op": "replace", "path": "title", "value": "x" * 300}]},
        before=None if refused else {"title": "a" * 200},
        after=None if refused else {"title": "b" * 200},
        trace=steps if refused else (),
    )


def test_console(storage: Storage, capsys: pytest.CaptureFixture[str]) -> None:
    scim, app = ScimTeams(storage.backend), Flask("host")
    app.config["SECRET_KEY"] = "a key of the benchmark, long enough to sign"
    scim.init_app(app)
    app.register_blueprint(admin_blueprint(scim, guard=lambda: True))
    with app.app_context():
        connections = [scim.connections.create(f"c{one}", provider="entra") for one in range(3)]
        for connection in connections:
            scim.tokens.create(label="benchmark", connection=connection)
        ids = []
        for number in range(USERS):
            draft = Draft(attributes={"userName": f"person{number}@example.com"}, external_id=None)
            made = scim.provisioning.create(HOST, scim.types.user, draft, related=False)
            ids.append(made.resource.id)
    log = [entry(number, ids, connections) for number in range(ENTRIES)]
    with storage.backend.begin(HOST, write=True) as work:
        for one in log:
            work.log.add(one)
        work.commit()

    asked: list[str] = []
    assert storage.engine is not None
    event.listen(storage.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    operator = app.test_client()

    def measured(name: str, path: str) -> None:
        taken = []
        for _ in range(ROUNDS):
            asked.clear()
            started = time.perf_counter()
            answer = operator.get(f"/settings/scim{path}")
            taken.append(time.perf_counter() - started)
            assert answer.status_code == 200, answer.text
        print(f"{name:<34}{median(taken) * 1e3:>9.1f} ms{len(asked):>12}")

    one = connections[0].id
    with capsys.disabled():
        print(f"\n{'page':<34}{'median':>12}{'statements':>12}")
        measured("overview", "/")
        measured("log", "/log")
        measured("log, a text that is there", "/log?q=person77@")
        measured("log, a text that is not there", "/log?q=nothing")
        measured("log, refusals", "/log?outcome=refused")
        measured("log, all but refusals", "/log?outcome=ok")
        measured("log, refusals with a text", "/log?outcome=refused&q=nothing")
        measured("log, of a connection", f"/log?connection={one}")
        measured("log, its refusals", f"/log?connection={one}&outcome=refused")
        measured("entry", f"/log/{log[7].id}")
        measured("user, with history", f"/users/{ids[7]}")
        measured("users", "/users")
        measured("users, by a name", "/users?q=person777@")
        measured("users, deactivated", "/users?state=deactivated")
        measured("tokens", "/tokens")
        measured("connect", "/connect")
