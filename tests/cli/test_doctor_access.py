"""``flask scim doctor``: connections, their tokens, and providers that may have stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import TokenRecord
from flask_scim_teams.storage.log import LogEntry
from tests.cli.doctor import findings
from tests.cli.doctor import host
from tests.cli.doctor import scim
from tests.cli.doctor import with_token


def test_a_host_without_a_connection() -> None:
    [(name, outcome, words)] = findings(host())
    assert (name, outcome) == ("Access", "warning")
    assert "no connection yet" in words


def test_a_connection_without_a_token() -> None:
    app = host()
    scim(app, "connection", "create", "Okta")
    [(name, outcome, words)] = findings(app, "--no-connection-test")
    assert (name, outcome, words) == ("Access: Okta", "warning", "The connection has no token yet.")
    # The token of the connection test is not one to sign in with.
    assert findings(app) == findings(app) == [(name, outcome, words)]


def test_a_connection_whose_token_has_expired() -> None:
    app = with_token(host(), expires_in=timedelta(microseconds=1))
    [(name, outcome, words)] = findings(app)
    assert (name, outcome) == ("Access: default", "failure")
    assert "the last one expired at" in words
    with_token(app)
    assert findings(app) == []


def test_a_connection_whose_tokens_are_revoked() -> None:
    app = with_token(host())
    with app.app_context():
        tokens = app.extensions["scim_teams"].tokens
        tokens.revoke(tokens.list()[0].id)
    [(name, outcome, words)] = findings(app)
    assert (name, outcome) == ("Access: default", "warning")
    assert "revoked" in words
    scim(app, "connection", "disable", "default")
    assert findings(app) == []


@pytest.mark.parametrize(
    ("days", "outcome"), [(2.5, "failure"), (10, "warning"), (29, "warning"), (31, None)]
)
def test_a_token_that_ends_soon(days: float, outcome: str | None) -> None:
    app = host()
    scim(app, "connection", "create", "Okta")
    state = app.extensions["scim_teams"]
    with app.app_context(), state.tokens._backend.begin(HOST, write=True) as work:
        token = TokenRecord(
            id="ends",
            label="Okta",
            digest=bytes(32),
            scopes=state.tokens.scopes,
            created=shifted(now(), timedelta(days=-365)),
            expires=shifted(now(), timedelta(days=days)),
            connection_id=state.connections.named("Okta").id,
        )
        work.tokens.add(token)
        work.commit()
    found = [(name, outcome) for name, outcome, words in findings(app) if "ends" in words]
    assert found == ([] if outcome is None else [("Access: Okta", outcome)])


def days_ago(days: float) -> str:
    return shifted(now(), timedelta(days=-days))


@pytest.mark.parametrize(
    ("created", "used", "words"),
    [
        (365, 31, "was last used at"),
        (365, 29, None),
        (8, None, "has never been used"),
        (6, None, None),
    ],
)
def test_a_provider_that_may_have_stopped(
    created: float, used: float | None, words: str | None
) -> None:
    app = host()
    scim(app, "connection", "create", "Okta")
    state = app.extensions["scim_teams"]
    with app.app_context(), state.tokens._backend.begin(HOST, write=True) as work:
        token = TokenRecord(
            id="quiet",
            label="Okta",
            digest=bytes(32),
            scopes=state.tokens.scopes,
            created=days_ago(created),
            connection_id=state.connections.named("Okta").id,
            last_used=None if used is None else days_ago(used),
        )
        work.tokens.add(token)
        work.commit()
    # The connection test is nobody's use.
    found = findings(app, "--write") + findings(app)
    assert len(found) == (0 if words is None else 2)
    for name, outcome, said in found:
        assert (name, outcome) == ("Access: Okta", "warning")
        assert (words or "") in said


@pytest.mark.parametrize(("success", "refused"), [(3, True), (1.5, False), (None, True)])
def test_a_provider_that_is_refused_whatever_it_sends(success: float | None, refused: bool) -> None:
    app = with_token(host())
    state = app.extensions["scim_teams"]
    with app.app_context(), state.tokens._backend.begin(HOST, write=True) as work:
        [connection] = work.connections.list()
        entry = LogEntry(id="2", at=days_ago(1), connection_id=connection.id, status=403)
        if success is not None:
            fine = replace(entry, id="1", at=days_ago(success), status=200)
            work.log.add(fine)
        else:
            entry = replace(entry, at=days_ago(-2))
        work.log.add(entry)
        work.commit()
    found = findings(app, "--no-connection-test")
    assert [outcome for _, outcome, _ in found] == ["warning"] * refused
    assert all("Every request was refused since" in words for _, _, words in found)


def test_a_token_that_was_rotated_is_not_warned_of() -> None:
    app = with_token(host(), expires_in=timedelta(days=365))
    with app.app_context():
        tokens = app.extensions["scim_teams"].tokens
        made = tokens.rotate(tokens.list()[0].id)
    assert findings(app) == []
    with app.app_context():
        tokens.revoke(made.record.id)
    [(name, outcome, words)] = findings(app)
    assert (name, outcome) == ("Access: default", "warning")
    assert "replaced" in words
