"""How the log is written: with its change or after the answer, and in nobody's way."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import StaticPool

from flask_scim_teams import ScimTeams
from flask_scim_teams.services.background import MAX_WAITING
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.memory import MemoryWork
from flask_scim_teams.storage.memory_log import MemoryLog
from flask_scim_teams.storage.sqlalchemy import ready_made
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.hosts import Database
from tests.http.conftest import Own
from tests.http.log import Log

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def test_reads_are_not_logged_unless_wanted(own: Own) -> None:
    idp, log, _ = own
    idp.user("ada")
    idp.get("/Users")
    idp.post("/Users/.search", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]})
    idp.get("/Schemas")
    assert [one.action for one in log()] == ["created user"]


def test_nothing_is_logged_where_it_is_switched_off() -> None:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, SCIM_LOG=False)
    scim = ScimTeams(MemoryBackend(), app)
    with app.app_context():
        idp = ScimClient(app.test_client(), scim.tokens.create(label="test").secret)
    idp.user("ada")
    assert idp.get("/Users/nobody").headers["X-Request-ID"]
    assert Log(app, scim)() == []


def test_a_log_that_fails_costs_entries_and_nothing_else(
    own: Own, caplog: pytest.LogCaptureFixture
) -> None:
    idp, log, patch = own

    def fail(self: MemoryLog, entry: LogEntry) -> None:
        raise OSError("disk full of hunter2")

    with patch.context() as broken:
        broken.setattr(MemoryLog, "add", fail)
        for _ in range(3):
            assert idp.get("/Users/nobody").status_code == 404
        assert log() == []
        # Of a change the entry is a part: there is neither.
        body = {"schemas": [USER], "userName": "ada"}
        assert idp.post("/Users", body).status_code == 500
    assert log.dropped() == 4
    assert "hunter2" not in "".join(
        r.getMessage() for r in caplog.records if r.levelname != "ERROR"
    )
    assert idp.get("/Users").get_json()["totalResults"] == 0
    idp.user("ada")
    assert [one.action for one in log()] == ["created user"]


def test_a_log_that_hangs_is_not_waited_for(own: Own) -> None:
    idp, log, patch = own
    released, reached = threading.Event(), threading.Event()
    add = MemoryLog.add

    def hang(self: MemoryLog, entry: LogEntry) -> None:
        reached.set()
        released.wait()
        add(self, entry)

    with patch.context() as broken:
        broken.setattr(MemoryLog, "add", hang)
        assert idp.get("/Users/nobody").status_code == 404
        assert reached.wait(10)
        for _ in range(MAX_WAITING + 2):
            assert idp.get("/Users/nobody").status_code == 404
        with log.app.app_context():
            assert not log.scim.log.flush(timeout=0)
        released.set()
        entries = log(count=2 * MAX_WAITING)
    assert len(entries) == MAX_WAITING + 1
    assert log.dropped() == 2


def test_a_database_in_memory_is_written_to_before_the_answer() -> None:
    # One connection: a second thread would be in the middle of the request's transaction.
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )

    class Base(DeclarativeBase):
        pass

    database: Any = Database(engine, Base, Base.metadata)
    scim = ScimTeams(ready_made(database).backend)
    Base.metadata.create_all(engine)
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY)
    scim.init_app(app)
    with app.app_context():
        idp = ScimClient(app.test_client(), scim.tokens.create(label="test").secret)
        for number in range(3):
            idp.get("/Users/nobody")
            idp.user(f"ada{number}")
        # No flush: nothing is under way.
        found = [one.action for one in scim.log.search().entries]
    engine.dispose()
    assert found == ["created user", "tried to read user"] * 3


def test_the_entry_of_a_change_is_stored_with_it(own: Own) -> None:
    idp, _, patch = own
    stored: list[tuple[int, int]] = []
    commit = MemoryWork.commit

    def watch(self: MemoryWork) -> None:
        commit(self)
        state = self._backend._state
        stored.append((len(state.of("").resources["User"]), len(state.log)))

    patch.setattr(MemoryWork, "commit", watch)
    idp.user("ada")
    idp.user("bob")
    assert stored[-2:] == [(1, 1), (2, 2)]
