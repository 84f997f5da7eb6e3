"""Tokens that are no good are told apart by nobody: one answer, to the last header."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_scim_teams import ScimTeams
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conftest import SECRET_KEY
from tests.hosts import Storage

PATHS = [
    ("GET", "/Users"),
    ("POST", "/Groups"),
    ("DELETE", "/Users/x"),
    ("POST", "/Bulk"),
    ("GET", "/Nope"),
    ("FOO", "/Users"),
]
HERE = "192.0.2.7"


def asked(app: Flask, token: str, method: str = "GET", path: str = "/Users", **more: Any) -> Any:
    """Return status, body and headers of the answer to a token from an address."""
    headers = {"Authorization": f"Bearer {token}", **more.get("headers", {})}
    environ = {"REMOTE_ADDR": more.get("address", HERE)}
    response = app.test_client().open(
        f"/scim/v2{path}", method=method, headers=headers, environ_overrides=environ
    )
    # The number of a request is drawn anew for each, whatever becomes of it.
    number = response.headers.pop("X-Request-ID")
    assert re.fullmatch(r"[0-9a-f]{32}", number)
    return response.status_code, response.text, sorted(response.headers.items())


@pytest.fixture
def tokens(app: Flask, scim: ScimTeams) -> TokenManager:
    with app.app_context():
        return scim.tokens


@pytest.fixture
def refused(
    app: Flask, scim: ScimTeams, tokens: TokenManager, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A token of each kind that is no good, by what is the matter with it."""
    with app.app_context():
        entra = scim.connections.create("Entra")
        disabled = scim.connections.create("Okta")
    made = {
        "revoked": tokens.create(label="x", connection=entra),
        "rotated at once": tokens.create(label="x", connection=entra),
        "disabled connection": tokens.create(label="x", connection=disabled),
        "foreign address": tokens.create(
            label="x",
            connection=entra,
            addresses=("192.0.2.0/29", "2001:db8::/32"),
        ),
    }
    monkeypatch.setattr(tokens, "_now", lambda: "2020-01-01T00:00:00.000000Z")
    made["expired"] = tokens.create(label="x", connection=entra, expires_in=timedelta(days=1))
    monkeypatch.undo()
    good = tokens.create(label="x", connection=entra).secret
    assert tokens.revoke(made["revoked"].record.id)
    tokens.rotate(made["rotated at once"].record.id, overlap=timedelta(0))
    with app.app_context():
        assert scim.connections.disable("Okta")
    other = "0" if good[30] != "0" else "1"
    return {name: one.secret for name, one in made.items()} | {
        "malleated": good[:-1] + ("A" if good[-1] != "A" else "Q"),
        "another secret": good[:30] + other + good[31:],
        "unknown": "scim_" + "0" * 16 + "_" + "0" * 64 + "." + "A" * 43,
    }


def test_no_answer_says_what_is_the_matter(app: Flask, refused: dict[str, str]) -> None:
    address = "198.51.100.1"
    for method, path in PATHS:
        expected = asked(app, "nonsense", method, path, address=address)
        assert expected[0] == 401
        assert ("WWW-Authenticate", 'Bearer realm="scim", error="invalid_token"') in expected[2]
        for name, token in refused.items():
            assert asked(app, token, method, path, address=address) == expected, (name, path)


def test_a_refused_use_is_not_noted(
    app: Flask, tokens: TokenManager, refused: dict[str, str]
) -> None:
    for token in refused.values():
        assert asked(app, token, address="198.51.100.1")[0] == 401
    assert {one.last_used for one in tokens.list()} == {None}


@pytest.mark.parametrize(
    ("allowed", "address", "status"),
    [
        (["192.0.2.0/24"], "192.0.2.255", 200),
        (["192.0.2.0/24"], "192.0.3.0", 401),
        (["192.0.2.7"], "192.0.2.7", 200),
        (["192.0.2.7"], "192.0.2.8", 401),
        # A socket for both kinds shows a client of version 4 like this.
        (["192.0.2.0/24"], "::ffff:192.0.2.1", 200),
        (["::ffff:192.0.2.0/120"], "192.0.2.1", 200),
        (["2001:db8::/32"], "2001:DB8:0::1", 200),
        (["2001:db8::/32"], "2001:db9::1", 401),
        (["fe80::/10"], "fe80::1%eth0", 200),
        (["0.0.0.0/0"], "2001:db8::1", 401),
        (["198.51.100.0/24", "192.0.2.0/24"], "192.0.2.1", 200),
        # What is no address is nowhere: a server on a socket of its own names none.
        (["0.0.0.0/0", "::/0"], "", 401),
        (["0.0.0.0/0", "::/0"], "unix:", 401),
        (["0.0.0.0/0"], "192.0.2.1, 192.0.2.2", 401),
        ([], "", 200),
        ([], "unix:", 200),
    ],
)
def test_a_token_is_good_from_its_networks(
    quick_app: tuple[Flask, TokenManager], allowed: list[str], address: str, status: int
) -> None:
    app, tokens = quick_app
    token = tokens.create(label="x", addresses=allowed).secret
    assert asked(app, token, address=address)[0] == status


@pytest.fixture
def quick_app() -> tuple[Flask, TokenManager]:
    app = Flask("host")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(MemoryBackend(), app)
    with app.app_context():
        return app, scim.tokens


def test_the_address_is_the_servers_word_or_that_of_proxy_fix(
    quick_app: tuple[Flask, TokenManager],
) -> None:
    app, tokens = quick_app
    token = tokens.create(label="x", addresses=["192.0.2.0/24"]).secret
    names = ("X-Forwarded-For", "X-Real-IP", "Client-IP", "CF-Connecting-IP")
    claims = dict.fromkeys(names, "192.0.2.7")
    claims["Forwarded"] = "for=192.0.2.7"
    # Whoever can reach the server can send a header: without ProxyFix none is believed.
    assert asked(app, token, address="198.51.100.1", headers=claims)[0] == 401
    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]  # as Flask documents it
    assert asked(app, token, address="198.51.100.1", headers=claims)[0] == 200
    [record] = tokens.list()
    assert record.last_address == "192.0.2.7"
    # One proxy is trusted: of a longer chain its own word counts.
    chain = {"X-Forwarded-For": "192.0.2.7, 203.0.113.9"}
    assert asked(app, token, address="198.51.100.1", headers=chain)[0] == 401


def test_a_disabled_connection_is_disabled_in_every_process(storage: Storage) -> None:
    apps = []
    for _ in range(2):
        app = Flask("host")
        app.config["SECRET_KEY"] = SECRET_KEY
        apps.append((app, ScimTeams(storage.backend, app)))
    (one, scim), (two, _) = apps
    with one.app_context():
        scim.connections.create("Entra")
        token = scim.tokens.create(label="x").secret
        assert asked(one, token)[0] == asked(two, token)[0] == 200
        scim.connections.disable("Entra")
        assert asked(one, token)[0] == asked(two, token)[0] == 401
        scim.connections.enable("Entra")
        assert asked(one, token)[0] == asked(two, token)[0] == 200
