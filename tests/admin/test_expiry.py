"""Operators are warned before a token ends, and when it has: an identity provider stops with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import TokenRecord
from tests.admin.browser import PREFIX
from tests.admin.browser import Browser
from tests.hosts import Storage

PAGES = ("/", "/tokens")
# A token for a year, by what is left of it: what is said of it, and how loudly.
LEFT = {
    "over 30 days": (timedelta(days=30, hours=1), None, None),
    "30 days": (timedelta(days=29, hours=12), "expires in 29 days", "scim-warning"),
    "14 days": (timedelta(days=13, hours=12), "expires in 13 days", "scim-warning"),
    "3 days": (timedelta(days=2, hours=12), "expires in 2 days", "scim-problem"),
    "2 days": (timedelta(days=1, hours=12), "expires in a day", "scim-problem"),
    "a day": (timedelta(hours=12), "expires within a day", "scim-problem"),
    "past": (timedelta(days=-2), "provisioning has stopped", "scim-problem"),
}


@pytest.fixture
def connection(app: Flask, scim: ScimTeams) -> ConnectionRecord:
    with app.app_context():
        return scim.connections.create("Contoso", provider="entra")


def keep(
    storage: Storage, connection: ConnectionRecord, left: timedelta, number: int = 1, **more: Any
) -> str:
    """Store a token that was made for a year and has so much left; return its id."""
    expires = shifted(now(), left)
    token = TokenRecord(
        id=f"{number:016}",
        label=f"Number {number}",
        digest=b"x" * 32,
        scopes=("users:read",),
        created=shifted(expires, -timedelta(days=365)),
        expires=expires,
        connection_id=connection.id,
        **more,
    )
    with storage.backend.begin(HOST, write=True) as work:
        work.tokens.add(token)
        work.commit()
    return token.id


@pytest.mark.parametrize("left", LEFT)
def test_a_token_is_warned_of(
    left: str, storage: Storage, operator: Browser, connection: ConnectionRecord
) -> None:
    remains, words, look = LEFT[left]
    id = keep(storage, connection, remains)
    for path in PAGES:
        page = operator.get(path)
        loud = [one.get("class") for one in page.all("p") if one.get("role") == "status"]
        if words is None:
            assert loud == []
            continue
        assert words in page.text
        assert "Number 1 of Contoso" in page.text
        assert loud == [look]
        # What to do about it is a click away.
        action = f"/connect/{connection.id}/token" if left == "past" else f"/tokens/{id}/rotate"
        assert PREFIX + action in [link["href"] for link in page.all("a")]
        operator.get(action)


def test_what_is_past_comes_first(
    storage: Storage, operator: Browser, app: Flask, scim: ScimTeams, connection: ConnectionRecord
) -> None:
    with app.app_context():
        other = scim.connections.create("Other", provider="okta")
    keep(storage, connection, timedelta(days=20), 1)
    keep(storage, connection, timedelta(days=2), 2)
    keep(storage, other, timedelta(days=-1), 3)
    for path in PAGES:
        text = operator.get(path).text
        found = [text.index(f"Number {number} of") for number in (3, 2, 1)]
        assert found == sorted(found)


@pytest.mark.parametrize("why", ["another is live", "revoked", "disabled", "older of two"])
def test_a_past_that_stops_nothing_is_no_warning(
    why: str,
    storage: Storage,
    operator: Browser,
    app: Flask,
    scim: ScimTeams,
    connection: ConnectionRecord,
) -> None:
    ended = timedelta(days=-2)
    keep(storage, connection, ended, revoked=now() if why == "revoked" else None)
    with app.app_context():
        if why == "another is live":
            scim.tokens.create(label="other", connection=connection)
        elif why == "disabled":
            scim.connections.disable(connection.name)
    if why == "older of two":
        keep(storage, connection, timedelta(days=-1), 2)
    for path in PAGES:
        text = operator.get(path).text
        assert "Number 1 of" not in text
        assert ("has stopped" in text) is (why == "older of two")


class TestWithOAuth:
    @pytest.fixture
    def config(self) -> dict[str, Any]:
        return {"SCIM_OAUTH": True, "SCIM_BASE_URL": "https://gateway.example.com/scim/v2"}

    def test_a_client_takes_the_place_of_a_token(
        self,
        storage: Storage,
        operator: Browser,
        app: Flask,
        scim: ScimTeams,
        connection: ConnectionRecord,
    ) -> None:
        keep(storage, connection, timedelta(days=-2))
        with app.app_context():
            client = scim.clients.create(label="Entra", connection=connection)
        assert "has stopped" not in operator.get("/").text
        with app.app_context():
            scim.clients.disable(client.id)
        assert "has stopped" in operator.get("/").text
