"""``flask scim doctor`` on OAuth clients, and on a log that should have been tidied up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.log import LogEntry
from tests.cli.doctor import findings
from tests.cli.doctor import host
from tests.cli.doctor import scim
from tests.cli.doctor import with_token
from tests.cli.test_doctor_access import days_ago


def with_client(app: Flask, **arguments: Any) -> tuple[Flask, str]:
    clients = app.extensions["scim_teams"].clients
    with app.app_context():
        return app, clients.create(label="Entra", **arguments).id


def test_a_connection_whose_client_signs_needs_no_token() -> None:
    app, _ = with_client(host(SCIM_OAUTH=True), trust={"jwks_uri": "https://idp.example/keys"})
    assert findings(app) == []


@pytest.mark.parametrize(
    ("days", "outcome"), [(2.5, "failure"), (10, "warning"), (29, "warning"), (31, None)]
)
def test_a_client_whose_last_secret_ends_soon(
    monkeypatch: pytest.MonkeyPatch, days: float, outcome: str | None
) -> None:
    app, id = with_client(host(SCIM_OAUTH=True))
    clients = app.extensions["scim_teams"].clients
    monkeypatch.setattr(clients, "_now", lambda: days_ago(365 - days))
    with app.app_context():
        clients.add_secret(id, expires_in=timedelta(days=365))
        monkeypatch.undo()
        name = f"Access: default: client {id}"
        assert [found[:2] for found in findings(app)] == (
            [] if outcome is None else [(name, outcome)]
        )
        clients.add_secret(id)
        assert findings(app) == []


def test_a_client_that_can_prove_nothing_is_nobody() -> None:
    app, id = with_client(host(SCIM_OAUTH=True))
    nobody = [("Access: default", "warning", "The connection has no token yet.")]
    assert findings(app) == nobody
    state = app.extensions["scim_teams"]
    with app.app_context():
        state.clients.add_secret(id)
        assert findings(app) == []
        state.clients.disable(id)
    assert findings(app) == nobody


@pytest.mark.parametrize(("days", "old"), [(181, False), (183, True)])
def test_entries_that_should_be_gone(days: float, old: bool) -> None:
    app = with_token(host())
    state = app.extensions["scim_teams"]
    with app.app_context(), state.tokens._backend.begin(HOST, write=True) as work:
        work.log.add(LogEntry(id="1", at=days_ago(days), status=200))
        work.commit()
    found = findings(app)
    assert [(name, outcome) for name, outcome, _ in found] == [
        ("Provisioning log", "warning")
    ] * old
    scim(app, "log", "purge")
    assert findings(app) == []
