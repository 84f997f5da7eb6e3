"""The provisioning log of requests: what is in it, what is not, and that it is in nobody's way."""

from __future__ import annotations

import threading
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import StaticPool

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.redaction import MAX_REQUEST
from flask_scim_teams.services.background import MAX_WAITING
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import LogQuery
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.memory import MemoryWork
from flask_scim_teams.storage.memory_log import MemoryLog
from flask_scim_teams.storage.sqlalchemy import ready_made
from flask_scim_teams.testing.samples import id_of
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.dumps import text_of
from tests.hosts import Database
from tests.hosts import Storage

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DEACTIVATE = {"op": "Replace", "path": "active", "value": "False"}


class Log:
    """The log of an app, oldest entry first."""

    def __init__(self, app: Flask, scim: ScimTeams) -> None:
        self.app = app
        self.scim = scim

    def __call__(self, **query: Any) -> list[LogEntry]:
        with self.app.app_context():
            assert self.scim.log.flush()
            return list(self.scim.log.search(LogQuery(**query)).entries)[::-1]

    def dropped(self) -> int:
        with self.app.app_context():
            assert self.scim.log.flush()
            return self.scim.log.dropped

    def last(self) -> LogEntry:
        return self()[-1]


@pytest.fixture
def log(app: Flask, scim: ScimTeams) -> Log:
    return Log(app, scim)


@pytest.fixture
def config() -> dict[str, Any]:
    return {"SCIM_LOG_READS": True}


def members(op: str, *ids: str) -> dict[str, Any]:
    return {"op": op, "path": "members", "value": [{"value": id} for id in ids]}


def test_changes_in_words(idp: ScimClient, log: Log) -> None:
    ada = idp.user("ada", title="Countess")
    bob = idp.user("bob", active=False)
    path = f"/Users/{ada['id']}"
    idp.patch(path, DEACTIVATE)
    idp.patch(path, DEACTIVATE)
    idp.patch(path, {"op": "replace", "value": {"active": True, "title": "Lady"}})
    idp.put(path, {"schemas": [USER], "userName": "ada"})
    blue = idp.team("Blue", ada["id"])
    team = f"/Groups/{blue['id']}"
    idp.patch(team, members("add", ada["id"], bob["id"]))
    rename = {"op": "replace", "path": "displayName", "value": "Red"}
    idp.patch(team, rename, {"op": "remove", "path": "members"})
    idp.delete(team)
    idp.delete(path)
    found = log()
    assert [(one.action, one.status) for one in found] == [
        ("created user", 201),
        ("created deactivated user", 201),
        ("deactivated user", 200),
        ("nothing changed", 200),
        ("reactivated user, updated user", 200),
        ("updated user", 200),
        ("created team with 1 member", 201),
        ("added 1 member to team", 204),
        ("renamed team, removed 2 members from team", 204),
        ("deleted team", 204),
        ("deleted user", 204),
    ]
    states = [(one.before, one.after) for one in found]
    assert states[2] == ({"active": True}, {"active": False})
    assert states[3] == (None, None)
    assert states[4] == ({"active": False, "title": "Countess"}, {"active": True, "title": "Lady"})
    assert states[5] == ({"title": "Lady"}, {})
    assert states[7] == ({}, {"members": {"count": 1, "ids": [bob["id"]]}})
    assert found[8].before == {
        "displayName": "Blue",
        "members": {"count": 2, "ids": sorted([ada["id"], bob["id"]])},
    }
    assert [one.outcome for one in found].count("changed") == 10
    assert {one.resource_name for one in found} == {"ada", "bob", "Blue", "Red"}
    assert found[2].tolerances == ("entra.boolean_in_quotes",)


def test_whose_request_it_was(idp: ScimClient, log: Log, app: Flask, scim: ScimTeams) -> None:
    answer = idp.get("/Users", headers={"X-Request-ID": "corr-1/2:3"})
    assert answer.headers["X-Request-ID"] == log.last().request_id == "corr-1/2:3"
    for odd in ("", "a b", "x" * 65, "é", f"{idp.token}"):
        answer = idp.get("/Users", headers={"X-Request-ID": odd})
        assert answer.headers["X-Request-ID"] == log.last().request_id != odd
    with app.app_context():
        [token] = scim.tokens.list()
    entry = log.last()
    assert (entry.token_id, entry.connection_id) == (token.id, token.connection_id)
    assert (entry.actor, entry.method, entry.target) == ("token", "GET", "/Users")


def test_what_the_host_changes_is_logged(log: Log, app: Flask, scim: ScimTeams) -> None:
    with app.app_context():
        kind = scim._backend.types.user
        scim.provisioning.create(
            HOST, kind, Draft(attributes={"userName": "ada"}, external_id=None), related=False
        )
    [entry] = log()
    assert (entry.actor, entry.method, entry.token_id) == ("host", "", None)
    assert entry.action == "created user"


REFUSALS: list[tuple[str, str, Any, int, str, str]] = [
    ("GET", "/Users/nobody", None, 404, "resource", "tried to read user"),
    ("GET", '/Users?filter=nix eq "x"', None, 400, "filter", "tried to search users"),
    ("POST", "/Users", {"schemas": [USER], "userName": "ADA"}, 409, "uniqueness", ""),
    ("POST", "/Users", {"schemas": [USER]}, 400, "schema", "tried to create user"),
    ("POST", "/Users", {"schemas": [USER], "userName": " "}, 400, "values", ""),
    (
        "POST",
        "/Groups",
        {"schemas": [GROUP], "displayName": "B", "members": [{"value": id_of(9)}]},
        400,
        "members",
        "tried to create team",
    ),
    ("DELETE", "/Users", None, 405, "endpoint", "tried to use the service"),
    ("GET", "/Nothing", None, 404, "endpoint", "tried to use the service"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "check", "action"), REFUSALS)
def test_why_a_request_was_refused(
    idp: ScimClient,
    log: Log,
    method: str,
    path: str,
    body: Any,
    status: int,
    check: str,
    action: str,
) -> None:
    idp.user("ada")
    assert idp.request(method, path, body).status_code == status
    entry = log.last()
    assert (entry.status, entry.outcome) == (status, "refused")
    assert entry.action == action or not action
    *passed, failed = entry.trace
    assert {step.outcome for step in passed} == {"passed"}
    assert [step.check for step in passed][:3] == ["token", "address", "connection"]
    assert (failed.check, failed.outcome) == (check, "failed")
    assert failed.words == entry.detail
    assert failed.remedy
    assert len({step.check for step in entry.trace}) == len(entry.trace)


def test_a_body_that_cannot_be_read(idp: ScimClient, log: Log) -> None:
    for kind, data, check in (
        ("text/plain", "{}", "media type"),
        ("application/json", "{", "JSON"),
    ):
        idp.request("POST", "/Users", content_type=kind, data=data)
        assert log.last().trace[-1].check == check


def test_a_version_that_is_another(idp: ScimClient, log: Log) -> None:
    path = f"/Users/{idp.user('ada')['id']}"
    assert idp.patch(path, DEACTIVATE, headers={"If-Match": 'W/"7"'}).status_code == 412
    entry = log.last()
    assert entry.trace[-1].check == "version"
    assert entry.resource_name == "ada"


def test_a_token_that_was_good_once(idp: ScimClient, log: Log, app: Flask, scim: ScimTeams) -> None:
    with app.app_context():
        [connection] = scim.connections.list()
        elsewhere = scim.tokens.create(label="elsewhere", addresses=["203.0.113.0/24"])
        [first, *_] = scim.tokens.list()
        stranger = ScimClient(idp.client, elsewhere.secret)
        answers = [stranger.get("/Users")]
        scim.connections.disable(connection.name)
        answers.append(idp.get("/Users"))
        scim.tokens.revoke(first.id)
        answers.append(idp.get("/Nothing"))
        # Of nobody: neither of these has an entry.
        forged = idp.token[:-1] + ("Q" if idp.token[-1] == "A" else "A")
        answers.append(ScimClient(idp.client, forged).get("/Users"))
        answers.append(ScimClient(idp.client, "x").get("/Users"))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    found = log()
    assert [one.trace[-1].check for one in found] == ["address", "connection", "token"]
    assert [one.token_id for one in found] == [elsewhere.record.id, first.id, first.id]
    assert "revoked" in str(found[-1].detail)


def test_each_operation_of_a_bulk_request(idp: ScimClient, log: Log) -> None:
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "ada"}},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"userName": "ADA"}},
        {"method": "DELETE", "path": "/Users/nobody"},
        {"method": "PUT", "path": "/Nothing/1", "data": {}},
    ]
    for operation in operations[:2]:
        operation["data"]["schemas"] = [USER]  # type: ignore[index]
    idp.post("/Bulk", {"schemas": [BULK], "Operations": operations})
    found = {(one.method, one.target, one.status): one for one in log()}
    assert list(found) == [
        ("POST", "/Users", 201),
        ("POST", "/Users", 409),
        ("DELETE", "/Users/nobody", 404),
        ("PUT", "/Nothing/1", 404),
    ]
    assert len({one.request_id for one in found.values()}) == 1
    assert idp.post("/Bulk", {"schemas": [BULK]}).status_code == 400
    assert log.last().target == "/Bulk"


def test_nothing_secret_gets_in(
    idp: ScimClient, log: Log, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    # What is pasted into a URL is a token to look at; the real one is in the header alone.
    secret, token = "hunter2-hunter2", f"scim_{'1' * 16}_{'a1' * 32}.{'Bc' * 21}d"
    assert len(token) == len(idp.token)
    ada = f"/Users/{idp.user('ada', password=secret, secretAnswer=secret)['id']}"
    body = {"schemas": [USER], "userName": "ada", "password": secret, ENTERPRISE: {"pin": secret}}
    idp.put(ada, body)
    idp.put(ada, {**body, "userName": "", "password": [secret], "id": secret})
    idp.put(ada, {**body, "emails": [{"value": "a@b.example", secret + "!": secret}]})
    for path, value in (
        ("password", secret),
        ("nothing", secret),
        (secret + "!", secret),
        (None, {"password": secret, "pin": secret, secret + "!": 1}),
        (None, secret),
        (f'emails[pin eq "{secret}"].value', "x@y.example"),
        ("active", {"value": {"x": secret}}),
    ):
        operation = {"op": "replace", "value": value} | ({} if path is None else {"path": path})
        idp.patch(ada, operation)
        idp.patch(ada, {**operation, "op": secret})
    for query in (
        f'filter=password eq "{secret}"',
        f"filter=password eq {secret}",
        f"filter='{secret}'",
        f'filter=nothing eq "{secret}',
        f"attributes={secret}!&sortBy={secret}!&sortOrder={secret}&cursor={secret}&{secret}={secret}",
        f"count={secret}",
        f"access_token={token}",
    ):
        idp.get(f"/Users?{query}")
    idp.post("/Users", data=f'{{"password": "{secret}", "password": 1}}')
    for path in (f"/Users/{token}", f"/{token}", f"/Users/{token}/x"):
        idp.get(path, headers={"Cookie": f"session={secret}", "X-Secret": secret})
    idp.get("/Users", headers={"X-Request-ID": token})
    idp.post(
        "/Bulk",
        {
            "schemas": [BULK],
            "Operations": [
                {"method": secret, "path": f"/Users/{token}", "data": {}},
                {"method": "POST", "bulkId": "a", "path": "/Users", "data": body},
                {"method": "PATCH", "path": f"/{token}/{secret}!", "data": {"x": secret}},
            ],
        },
    )
    assert len(log(count=200)) > 25
    for text in (text_of(storage), caplog.text):
        assert secret not in text
        assert idp.token not in text
        # Not the beginning of it either.
        assert token[:60] not in text


def test_an_entry_has_no_place_for_a_header() -> None:
    assert {field.name for field in fields(LogEntry)} == {
        "id", "at", "connection_id", "tenant", "token_id", "actor", "request_id", "method",
        "target", "action", "resource_type", "resource_id", "resource_name", "status",
        "scim_type", "detail", "duration_ms", "request", "before", "after", "tolerances", "trace",
    }  # fmt: skip


def test_filters_that_were_answered_are_shown(idp: ScimClient, log: Log) -> None:
    idp.get('/Users?filter=userName eq "ada"&count=2&startIndex=1')
    assert log.last().target == '/Users?filter=userName eq "ada"&count=2&startIndex=1'
    idp.get('/Users?filter=userName xx "ada"')
    assert log.last().target == "/Users?filter=userName … …"


def test_entries_are_small_however_large_the_request(idp: ScimClient, log: Log) -> None:
    ids = [idp.user(f"u{number}")["id"] for number in range(120)]
    blue = idp.team("Blue", *ids)
    entry = log.last()
    assert entry.action == "created team with 120 members"
    assert entry.request["members"][100] == "(20 more)"
    assert entry.after is not None
    shown = entry.after["members"]
    assert (shown["count"], len(shown["ids"])) == (120, 100)
    idp.delete(f"/Groups/{blue['id']}")
    assert log.last().before == {"displayName": "Blue", "members": shown}
    idp.user("long", entitlements=[{"value": f"{n}{'x' * 900}"} for n in range(60)])
    assert isinstance(log.last().request, str)
    assert len(log.last().request) <= MAX_REQUEST + 1


def test_what_is_too_old_is_removed_on_each_new_day(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # SCIM_LOG_RETENTION is kept without a command, by a change and by a refusal alike.
    days: list[int] = [1]
    monkeypatch.setattr("flask_scim_teams.extension.now", lambda: days_ago(days[-1]))
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, SCIM_LOG_RETENTION=90)
    scim = ScimTeams(MemoryBackend(), app)
    log = Log(app, scim)
    with app.app_context():
        idp = ScimClient(app.test_client(), scim.tokens.create(label="test").secret)
        with scim._backend.begin(HOST, write=True) as work:
            for age in (92, 91, 89):
                work.log.add(LogEntry(id=f"0-{age}", at=days_ago(age), status=200))
            work.commit()

    def ages() -> list[str]:
        return [one.id for one in log() if one.id.startswith("0-")]

    idp.user("ada")
    idp.get("/Users/nobody")
    assert len(ages()) == 3
    days.append(0)
    idp.user("bob")
    assert ages() == ["0-89"]
    days.append(-2)
    idp.get("/Users/nobody")
    assert ages() == []
    days.append(-3)
    # A purge that fails is told, and nobody waits for it or is refused.
    with monkeypatch.context() as broken:
        broken.setattr(MemoryLog, "purge", _fail)
        assert idp.get("/Users/nobody").status_code == 404
        idp.user("cyd")
        assert log.last().action == "created user"
    assert [line for line in caplog.messages if "tidied" in line] == [
        "The provisioning log could not be tidied up (OSError)"
    ]


def _fail(self: MemoryLog, *arguments: Any) -> None:
    raise OSError("disk full of hunter2")


def days_ago(days: int) -> str:
    return shifted(now(), timedelta(days=-days))


@pytest.fixture
def own(
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[ScimClient, Log, pytest.MonkeyPatch]:
    """An app over memory, whose log may be broken."""
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY)
    scim = ScimTeams(MemoryBackend(), app)
    with app.app_context():
        token = scim.tokens.create(label="test").secret
    return ScimClient(app.test_client(), token), Log(app, scim), monkeypatch


Own = tuple[ScimClient, Log, pytest.MonkeyPatch]


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

    with patch.context() as broken:
        broken.setattr(MemoryLog, "add", _fail)
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
