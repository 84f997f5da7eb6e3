"""Access tokens by client credentials, and what they are good for."""

from __future__ import annotations

import logging
import sys
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_wtf import CSRFProtect

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.log import LogQuery
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.memory import MemoryWork
from tests.conftest import SECRET_KEY
from tests.dumps import text_of
from tests.hosts import Storage
from tests.http.messages import assert_error
from tests.oauth.gateway import BASE
from tests.oauth.gateway import EC
from tests.oauth.gateway import ISSUER
from tests.oauth.gateway import TOKEN_URL
from tests.oauth.gateway import Gateway
from tests.oauth.gateway import assert_refused
from tests.oauth.gateway import basic
from tests.oauth.gateway import public

EVERY = "users:read users:write groups:read groups:write"


class Counting(MemoryBackend):
    """Memory that counts how often it is asked."""

    asked = 0

    def begin(self, caller: Caller, *, write: bool) -> AbstractContextManager[MemoryWork]:
        self.asked += 1
        return super().begin(caller, write=write)


def test_a_secret_in_the_header_or_the_body(storage: Storage) -> None:
    gateway = Gateway(storage.backend)
    client = gateway.client()
    secret = gateway.secret(client)
    answers = (
        gateway.ask({}, headers=basic(client.id, secret)),
        gateway.ask({"client_id": client.id, "client_secret": secret}),
    )
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        body = answer.get_json()
        assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
        assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, EVERY)
        assert gateway.get(body["access_token"]).status_code == 200
    assert answers[0].get_json()["access_token"] != answers[1].get_json()["access_token"]


def test_nothing_secret_is_stored_or_logged(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = Gateway(storage.backend)
    client = gateway.client()
    secret = gateway.secret(client)
    with caplog.at_level(logging.DEBUG):
        token = gateway.token(client, secret)
        assert gateway.get(token).status_code == 200
        gateway.ask({}, headers=basic(client.id, secret + "x"))
    for hidden in (secret, token):
        assert hidden not in text_of(storage)
        assert hidden not in caplog.text


def test_an_access_token_is_its_connections() -> None:
    backend = Counting()
    gateway = Gateway(backend)
    with gateway.app.app_context():
        gateway.scim.connections.create("One", provider="entra", tenant="one")
        two = gateway.scim.connections.create("Two", provider="okta", tenant="two")
        client = gateway.scim.clients.create(label="Two", connection=two)
    token = gateway.token(client, gateway.secret(client))
    with gateway.app.app_context():
        caller = gateway.scim.clients.verify(token)
    assert (caller.token_id, caller.connection_id, caller.tenant) == (client.id, two.id, "two")
    # One look-up tells who asks; the other unit of work is the request's own.
    before = backend.asked
    assert gateway.get(token).status_code == 200
    assert backend.asked - before == 2


def test_scopes_are_narrowed_and_never_widened() -> None:
    gateway = Gateway()
    client = gateway.client(("users:read", "groups:read", "groups:write"))
    secret = gateway.secret(client)
    form = {"client_id": client.id, "client_secret": secret}
    assert gateway.ask(form).get_json()["scope"] == "users:read groups:read groups:write"
    # Microsoft's documentation asks for a scope of that name.
    assert gateway.ask(form | {"scope": "scim"}).get_json()["scope"].startswith("users:read")
    narrow = gateway.ask(form | {"scope": "groups:read users:read"}).get_json()
    assert narrow["scope"] == "users:read groups:read"
    assert gateway.get(narrow["access_token"]).status_code == 200
    made = gateway.app.test_client().post(
        "/scim/v2/Groups",
        json={"displayName": "Blue"},
        headers={"Authorization": f"Bearer {narrow['access_token']}"},
    )
    assert_error(made, 403)
    for wanted in ("users:write", "users:read users:write", "admin", "scim users:write", "  "):
        assert_refused(gateway.ask(form | {"scope": wanted}), "invalid_scope", 400)
    # Okta puts the scope into the URL, and nothing else may be there.
    url = {"query_string": {"scope": "users:read"}}
    assert gateway.ask(form, **url).get_json()["scope"] == "users:read"


def test_who_is_refused_is_not_told_why() -> None:
    gateway = Gateway()
    client, other, signing = gateway.client(), gateway.client(), gateway.client(keys=public(EC))
    off = gateway.client()
    secret, foreign, unused = (gateway.secret(one) for one in (client, other, off))
    with gateway.app.app_context():
        clients = gateway.scim.clients
        revoked = clients.add_secret(client.id)
        assert clients.revoke_secret(client.id, revoked.record.id)
        assert not clients.revoke_secret(other.id, revoked.record.id)
        assert clients.disable(off.id)
        token = clients.issue(client, client.scopes)
        bearer = gateway.scim.tokens.create(label="bearer").secret
    attempts = {
        "wrong": (client.id, secret[:-1] + ("0" if secret[-1] != "0" else "1")),
        "empty": (client.id, ""),
        "another's": (client.id, foreign),
        "revoked": (client.id, revoked.secret),
        "unknown client": ("0" * 16, secret),
        "no client": ("nobody", secret),
        "strange": ("\x00é'\"--", "é"),
        "capitals": (client.id.upper(), secret),
        "disabled": (off.id, unused),
        "one that signs": (signing.id, secret),
        "its access token": (client.id, token),
        "a bearer token": (client.id, bearer),
    }
    words = {
        assert_refused(answer)
        for id, wrong in attempts.values()
        for answer in (
            gateway.ask({"client_id": id, "client_secret": wrong}),
            gateway.ask({}, headers=basic(id, wrong)),
        )
    }
    for header in (
        f"Bearer {token}",
        f"Bearer {bearer}",
        "Basic",
        "Basic !!!",
        "Basic /w==",
        "Basic YQ==",
        "Basic " + "A" * 5000,
    ):
        words.add(assert_refused(gateway.ask({}, headers={"Authorization": header})))
    words.add(assert_refused(gateway.ask({})))
    words.add(assert_refused(gateway.ask({"client_id": client.id})))
    assert len(words) == 1
    assert gateway.token(client, secret)


def test_several_secrets_at_once() -> None:
    gateway = Gateway()
    client = gateway.client()
    old, new = gateway.secret(client), gateway.secret(client)
    with gateway.app.app_context():
        clients = gateway.scim.clients
        first, _ = clients.secrets(client.id)
        issued = gateway.token(client, old)
        assert gateway.token(client, new)
        assert clients.revoke_secret(client.id, first.id)
        brief = clients.add_secret(client.id, expires_in=timedelta(days=365))
        assert brief.record.expires == shifted(brief.record.created, timedelta(days=365))
    assert_refused(gateway.ask({}, headers=basic(client.id, old)))
    assert gateway.token(client, new)
    # It was issued while the secret was good, and ends by itself.
    assert gateway.get(issued).status_code == 200


def test_what_ends_an_access_token(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway(SCIM_OAUTH_TOKEN_LIFETIME=300)
    client, other = gateway.client(), gateway.client()
    secret = gateway.secret(client)
    token, kept = gateway.token(client, secret), gateway.token(other, gateway.secret(other))
    with gateway.app.app_context():
        clients, connections = gateway.scim.clients, gateway.scim.connections
        assert clients.disable(client.id)
        assert_error(gateway.get(token), 401)
        assert gateway.get(kept).status_code == 200
        assert clients.enable(client.id)
        assert gateway.get(token).status_code == 200
        connections.disable("default")
        assert_error(gateway.get(token), 401)
        assert_refused(gateway.ask({}, headers=basic(client.id, secret)))
        connections.enable("default")
        later = shifted(now(), timedelta(seconds=290))
        monkeypatch.setattr(clients, "_now", lambda: later)
        assert gateway.get(token).status_code == 200
        later = shifted(now(), timedelta(seconds=310))
        assert_error(gateway.get(token), 401)


def test_the_log_says_why_an_access_token_was_refused() -> None:
    gateway = Gateway()
    client = gateway.client()
    token = gateway.token(client, gateway.secret(client))
    with gateway.app.app_context():
        assert gateway.scim.clients.disable(client.id)
        assert_error(gateway.get(token), 401)
        (entry,) = gateway.scim.log.search(LogQuery(outcome="refused")).entries
    assert entry.token_id == client.id
    assert "disabled" in entry.detail
    assert token not in repr(entry)


def test_access_tokens_that_are_no_good() -> None:
    gateway = Gateway()
    client = gateway.client(("users:read",))
    token = gateway.token(client, gateway.secret(client))
    payload, _, signature = token.rpartition(".")
    prefix, id, nonce, ends, scopes = payload.split("_")
    foreign = Gateway(SECRET_KEY="another key, long enough to sign with")
    stranger = foreign.client()
    bad = {
        "truncated": token[:-1],
        "unsigned": payload + ".",
        "another client": token.replace(id, "0" * 16),
        "another end": f"{prefix}_{id}_{nonce}_{int(ends) + 1}_{scopes}.{signature}",
        "more scopes": f"{prefix}_{id}_{nonce}_{ends}_dXNlcnM6d3JpdGU.{signature}",
        "another key": foreign.token(stranger, foreign.secret(stranger)),
        "another kind": token.replace("scimat_", "scim_", 1),
        "capitals": token.replace("scimat", "Scimat", 1),
        "the prefix": "scimat_",
    }
    for name, wrong in bad.items():
        answer = gateway.get(wrong)
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="scim", error="invalid_token"'
        assert answer.status_code == 401, name
    # One with the right signature, of a client that is not here.
    with gateway.app.app_context():
        nobody = gateway.scim.clients.issue(stranger, stranger.scopes)
    assert_error(gateway.get(nobody), 401)
    assert gateway.get(token).status_code == 200


def test_requests_that_are_malformed() -> None:
    gateway = Gateway()
    client = gateway.client()
    secret = gateway.secret(client)
    form = {"client_id": client.id, "client_secret": secret}
    ask, url = gateway.app.test_client(), "/scim/oauth/token"
    for answer in (
        gateway.ask(form, headers=basic(client.id, secret)),
        gateway.ask({"client_id": client.id}, query_string={"client_secret": secret}),
        gateway.ask(form, query_string={"grant_type": "client_credentials"}),
        gateway.ask(form | {"scope": ["users:read", "users:write"]}),
        gateway.ask(form | {"client_id": [client.id, client.id]}),
        ask.post(url, json=form),
    ):
        assert_refused(answer, "invalid_request", 400)
    for grant in ("password", "authorization_code", "refresh_token", ""):
        assert_refused(gateway.ask(form | {"grant_type": grant}), "unsupported_grant_type", 400)
    assert_refused(gateway.ask(form | {"scope": "x" * 40_000}), "invalid_request", 413)
    for method in ("GET", "PUT", "DELETE", "OPTIONS"):
        refused = ask.open(url, method=method)
        assert refused.headers["Allow"] == "POST"
        assert_refused(refused, "invalid_request", 405)


def test_what_breaks_is_told_by_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway()
    with gateway.app.app_context():
        clients = gateway.scim.clients

    def broken(id: str) -> None:
        raise RuntimeError("a secret of the machinery")

    monkeypatch.setattr(clients, "find", broken)
    words = assert_refused(
        gateway.ask({"client_id": "0" * 16, "client_secret": "x"}), "server_error", 500
    )
    assert "machinery" not in words


def test_the_metadata_document() -> None:
    gateway = Gateway()
    answer = gateway.app.test_client().get("/.well-known/oauth-authorization-server/scim/oauth")
    assert answer.get_json() == {
        "issuer": ISSUER,
        "token_endpoint": TOKEN_URL,
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
        ],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": EVERY.split(),
    }


def test_what_setup_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    for config, words in (
        ({"SCIM_BASE_URL": None}, "SCIM_BASE_URL"),
        ({"SCIM_BASE_URL": "http://gateway.example.com/scim/v2"}, "https"),
        ({"SCIM_OAUTH_TOKEN_LIFETIME": 299}, "300 to 21600"),
        ({"SCIM_OAUTH_TOKEN_LIFETIME": 21_601}, "300 to 21600"),
        ({"SCIM_OAUTH_TOKEN_PATH": "token"}, "SCIM_OAUTH_TOKEN_PATH"),
        ({"SCIM_OAUTH_TOKEN_PATH": "/<path:any>/x"}, "SCIM_OAUTH_TOKEN_PATH"),
    ):
        with pytest.raises(SetupError, match=words):
            Gateway(**config)
    for name in [one for one in sys.modules if one.startswith("flask_scim_teams.oauth")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "authlib", None)
    monkeypatch.setitem(sys.modules, "authlib.oauth2.rfc6749", None)
    monkeypatch.setitem(sys.modules, "authlib.oauth2.rfc7523", None)
    with pytest.raises(SetupError, match=r"flask-scim-teams\[oauth\]"):
        Gateway()


def test_it_is_off_unless_it_is_asked_for() -> None:
    gateway = Gateway(SCIM_OAUTH=False)
    assert gateway.ask({}).status_code == 404
    with gateway.app.app_context(), pytest.raises(SetupError, match="SCIM_OAUTH"):
        gateway.scim.clients.list()
    assert_error(gateway.get("scimat_x"), 401)


def test_a_path_and_a_mount_of_ones_own() -> None:
    gateway = Gateway(SCIM_BASE_URL=f"{BASE}/app/scim/v2", SCIM_OAUTH_TOKEN_PATH="/idp/auth/token")
    ask = gateway.app.test_client()
    found = ask.get("/.well-known/oauth-authorization-server/idp/auth").get_json()
    assert found["token_endpoint"] == f"{BASE}/app/idp/auth/token"
    assert ask.post("/idp/auth/token", data={}).status_code == 400


def test_protection_of_forms_does_not_concern_it() -> None:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, SCIM_OAUTH=True, SCIM_BASE_URL=f"{BASE}/scim/v2")
    CSRFProtect(app)
    ScimTeams(MemoryBackend(), app)
    answer = app.test_client().post("/scim/oauth/token", data={"grant_type": "client_credentials"})
    assert_refused(answer)


def test_guesses_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "limits", raising=False)
    config: dict[str, Any] = {"SCIM_RATE_LIMIT_FAILED": "2/hour", "SCIM_RATE_LIMIT": "3/hour"}
    gateway = Gateway(**config)
    client = gateway.client()
    secret = gateway.secret(client)
    for _ in range(3):
        gateway.token(client, secret)
    busy = gateway.ask({}, headers=basic(client.id, secret))
    assert busy.headers["Retry-After"].isdecimal()
    assert_refused(busy, "temporarily_unavailable", 429)
    for _ in range(2):
        assert_refused(gateway.ask({}, headers=basic(client.id, "x")))
    assert_refused(gateway.ask({}), "temporarily_unavailable", 429)
    # An address is one, whichever door it knocks at.
    assert_error(gateway.get("nonsense"), 429)
