"""What identity providers did can be seen: at a glance, filtered, in full, and as a file."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.core.definitions.user import USER_SCHEMA
from flask_scim_teams.services.identifiers import new_id
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import LogQuery
from tests.admin.browser import PREFIX
from tests.admin.browser import Browser
from tests.conftest import ScimClient
from tests.hosts import Storage


def entries(operator: Browser, path: str) -> list[str]:
    """Return the paths of the entries that a page leads to, in order."""
    hrefs = [link["href"] or "" for link in operator.get(path).all("a")]
    return [href.removeprefix(PREFIX) for href in hrefs if "/log/" in href and "export" not in href]


def flushed(app: Flask, scim: ScimTeams) -> None:
    with app.app_context():
        assert scim.log.flush()


def keep(storage: Storage, *kept: LogEntry) -> None:
    with storage.backend.begin(HOST, write=True) as work:
        for entry in kept:
            work.log.add(entry)
        work.commit()


def keep_many(storage: Storage, count: int, **values: Any) -> None:
    """Keep so many entries in one statement."""
    assert storage.engine is not None
    assert storage.metadata is not None
    row: dict[str, Any] = {
        "at": now(),
        "day": now()[:10],
        "outcome": "ok",
        "tenant": "",
        "actor": "host",
        "source": "",
        "request_id": "",
        "method": "",
        "target": "",
        "action": "common",
        "status": 200,
        "duration_ms": 1,
        "words": "common",
        "document": {},
    }
    with storage.engine.begin() as database:
        table = storage.metadata.tables["scim_log"].insert()
        database.execute(table, [row | values | {"id": new_id()} for _ in range(count)])


@pytest.fixture
def connection(app: Flask, scim: ScimTeams, idp: ScimClient) -> ConnectionRecord:
    """The connection of the identity provider."""
    with app.app_context():
        return scim.connections.only()


def test_an_entry_tells_what_changed(
    operator: Browser, idp: ScimClient, connection: ConnectionRecord
) -> None:
    user = idp.user("ada@example.com")
    idp.patch(f"/Users/{user['id']}", {"op": "Replace", "path": "active", "value": "False"})
    newest, oldest = entries(operator, "/log")
    page = operator.get(newest)
    assert "Deactivated user: ada@example.com" in page.text
    assert "Before" in page.text
    assert "false" in page.text
    assert f"PATCH /Users/{user['id']}" in page.text
    assert connection.name in page.text
    assert "Understood all the same" in page.text
    assert "Created user" in operator.get(oldest).text
    assert entries(operator, f"/users/{user['id']}") == [newest, oldest]
    assert entries(operator, f"/log?resource={user['id']}") == [newest, oldest]


def test_a_refusal_tells_why_and_what_to_do(
    app: Flask, scim: ScimTeams, operator: Browser, idp: ScimClient
) -> None:
    idp.user("ada@example.com")
    taken = {"schemas": [USER_SCHEMA.id], "userName": "ADA@example.com"}
    assert idp.post("/Users", taken).status_code == 409
    flushed(app, scim)
    [refused] = entries(operator, "/log?outcome=refused")
    page = operator.get(refused)
    assert "409" in page.text
    assert "uniqueness" in page.text
    assert "passed" in page.text
    assert "failed" in page.text
    assert "What to do:" in page.text
    assert refused in entries(operator, "/")


def test_filters(
    app: Flask, scim: ScimTeams, operator: Browser, idp: ScimClient, connection: ConnectionRecord
) -> None:
    with app.app_context():
        other = scim.connections.create("Other", provider="okta")
        stranger = ScimClient(
            app.test_client(), scim.tokens.create(label="o", connection=other).secret
        )
    idp.user("ada@example.com")
    stranger.user("grace@example.com")
    stranger.post("/Users", {"schemas": [], "userName": ""})
    flushed(app, scim)
    for asked, count in (
        ("", 3),
        ("?outcome=refused", 1),
        ("?outcome=changed", 2),
        ("?outcome=nonsense", 3),
        ("?q=GRACE", 1),
        ("?q=nobody", 0),
        ("?since=2000-01-01", 3),
        ("?since=9999-01-01", 0),
        ("?since=yesterday", 3),
        (f"?connection={connection.id}", 1),
        (f"?connection={other.id}", 2),
        (f"?connection={other.id}&outcome=changed", 1),
        ("?connection=none", 0),
    ):
        assert len(entries(operator, f"/log{asked}")) == count, asked


def test_pages_follow_one_another(storage: Storage, operator: Browser) -> None:
    keep(storage, *[LogEntry(id=new_id(), at=now(), action=f"number {n}") for n in range(120)])
    path, seen, pages = "/log?q=number", [], 0
    while path:
        seen += entries(operator, path)
        onward = [link for link in operator.get(path).all("a") if link.get("rel") == "next"]
        path = (onward[0]["href"] or "").removeprefix(PREFIX) if onward else ""
        pages += 1
        assert "q=number" in path or not path
    assert pages == 3
    assert len(set(seen)) == len(seen) == 120


def test_a_search_for_text_goes_on_where_it_stopped(storage: Storage, operator: Browser) -> None:
    reach = LogQuery().reach
    rare = LogEntry(id=new_id(), at=now(), action="rare")
    keep(storage, rare)
    keep_many(storage, reach + 5)
    first = operator.get("/log?q=rare")
    assert f"{reach} entries were looked through" in first.text
    [onward] = [link["href"] or "" for link in first.all("a") if link.get("rel") == "next"]
    second = onward.removeprefix(PREFIX)
    assert entries(operator, second) == [f"/log/{rare.id}"]
    assert "looked through" not in operator.get(second).text
    assert "looked through" not in operator.get("/log?q=common").text
    # An export looks at all of it.
    assert operator.client.get(f"{PREFIX}/log/export/csv?q=rare").text.count("rare") == 1


def test_export(storage: Storage, operator: Browser, connection: ConnectionRecord) -> None:
    formula = '=HYPERLINK("http://evil.example")'
    keep(
        storage,
        LogEntry(id=new_id(), at=now(), action="created user", resource_name=formula),
        LogEntry(id=new_id(), at=now(), action="other", connection_id=connection.id),
    )
    table = operator.client.get(f"{PREFIX}/log/export/csv")
    assert table.content_type == "text/csv; charset=utf-8"
    assert 'filename="scim-log.csv"' in table.headers["Content-Disposition"]
    rows = list(csv.DictReader(StringIO(table.text)))
    assert [row["action"] for row in rows] == ["other", "created user"]
    assert rows[0]["connection"] == connection.name
    assert rows[1]["resource_name"] == f"'{formula}"
    lines = operator.client.get(f"{PREFIX}/log/export/json?q=created").text.splitlines()
    assert [json.loads(line)["resource_name"] for line in lines] == [formula]


def test_a_light_for_each_state(
    app: Flask, scim: ScimTeams, storage: Storage, operator: Browser
) -> None:
    def light() -> str:
        words = operator.get("/").text
        return " ".join(one for one in lights if one in words)

    lights = (
        "Not heard of yet",
        "healthy",
        "Not heard of for long",
        "Its last request was refused",
    )
    with app.app_context():
        connection = scim.connections.create("Contoso", provider="entra")
    assert light() == "Not heard of yet"
    ago = shifted(now(), -timedelta(days=2))
    keep(storage, LogEntry(id=new_id(), at=ago, connection_id=connection.id, after={}))
    assert light() == "Not heard of for long"
    keep(storage, LogEntry(id=new_id(), at=now(), connection_id=connection.id, status=401))
    assert light() == "Its last request was refused"
    keep(storage, LogEntry(id=new_id(), at=now(), connection_id=connection.id, after={}))
    assert light() == "healthy"
    # Whether somebody is there still is an ordinary question, and so is a name that is taken.
    for status in (404, 409):
        keep(storage, LogEntry(id=new_id(), at=now(), connection_id=connection.id, status=status))
        assert light() == "healthy"


def test_changes_are_counted_by_day(storage: Storage, operator: Browser, idp: ScimClient) -> None:
    idp.user("ada@example.com")
    idp.team("Blue")
    keep(storage, LogEntry(id=new_id(), at=shifted(now(), -timedelta(days=3)), after={}))
    bars = operator.get("/").all("progress")
    assert [bar["value"] for bar in bars] == ["0"] * 10 + ["1", "0", "0", "2"]
    assert {bar["max"] for bar in bars} == {"2"}


def test_a_page_takes_as_many_statements_whatever_there_is(
    app: Flask,
    scim: ScimTeams,
    storage: Storage,
    operator: Browser,
    idp: ScimClient,
    connection: ConnectionRecord,
) -> None:
    assert storage.engine is not None
    asked: list[str] = []
    event.listen(storage.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def statements() -> dict[str, int]:
        counts = {}
        for path in (
            "/",
            "/log",
            "/log?q=common",
            "/log?q=nothing",
            "/log?outcome=refused",
            f"/log?connection={connection.id}",
            f"/log/{about.id}",
            f"/users/{user['id']}",
            "/users",
            "/users?q=first",
            "/teams",
            "/tokens",
            "/connect",
        ):
            asked.clear()
            operator.get(path)
            counts[path] = len(asked)
        return counts

    user = idp.user("first@example.com")
    idp.team("Blue", user["id"])
    about = LogEntry(id=new_id(), at=now(), connection_id=connection.id, status=400)
    keep(storage, about)
    every = {"connection_id": connection.id, "resource_id": user["id"], "resource_type": "User"}
    keep_many(storage, 10, **every)
    few = statements()
    for number in range(20):
        idp.user(f"user{number}@example.com")
    idp.team("Red", user["id"])
    with app.app_context():
        for number in range(8):
            scim.tokens.create(label=f"number {number}", connection=connection)
    keep_many(storage, 1_000, **every, outcome="refused")
    keep_many(storage, 1_000, **every)
    assert statements() == few


class TestWithoutALog:
    @pytest.fixture
    def config(self) -> dict[str, object]:
        return {"SCIM_LOG": False}

    def test_its_pages_are_not_there(self, operator: Browser, idp: ScimClient) -> None:
        idp.user("ada@example.com")
        page = operator.get("/")
        assert "healthy" in page.text
        assert [link for link in page.all("a") if "/log" in (link["href"] or "")] == []
        for path in ("/log", "/log/x", "/log/export/csv"):
            assert "keeps no log" in operator.get(path, 404).text
