"""Who may pass: every endpoint asks for a token, and one token alone is good."""

from __future__ import annotations

import base64
import string
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.memory import MemoryWork
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.dumps import text_of
from tests.hosts import Storage
from tests.http.messages import USER
from tests.http.messages import assert_error

CHALLENGE = 'Bearer realm="scim"'
INVALID = 'Bearer realm="scim", error="invalid_token"'
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO")


class Counting(MemoryBackend):
    """Memory that counts how often it is asked."""

    asked = 0

    def begin(self, caller: Caller, *, write: bool) -> AbstractContextManager[MemoryWork]:
        self.asked += 1
        return super().begin(caller, write=write)


def app_over(backend: Any, **config: Any) -> tuple[Flask, TokenManager]:
    app = Flask("host")
    app.config.update({"SECRET_KEY": SECRET_KEY, **config})
    scim = ScimTeams(backend, app)
    with app.app_context():
        return app, scim.tokens


def ask(app: Flask, token: str | None, method: str = "GET", path: str = "/Users") -> Any:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return app.test_client().open(f"/scim/v2{path}", method=method, headers=headers)


@pytest.mark.requirement("R074", "R076")
def test_every_endpoint_asks_for_a_token() -> None:
    # Every rule of the blueprint, by every method, and what is no rule
    app, _ = app_over(MemoryBackend())
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("scim.")]
    assert len(rules) >= 9
    paths = [rule.replace("<id>", "x").removeprefix("/scim/v2") for rule in rules]
    for path in [*paths, "", "/", "/Nope", "//Users", "/Users/x/y"]:
        for method in METHODS:
            response = ask(app, None, method, path)
            assert response.status_code == 401, (method, path)
            assert response.headers["WWW-Authenticate"] == CHALLENGE
            if method != "HEAD":
                assert_error(response, 401)


def _bodies(app: Flask, headers: list[tuple[str, str]]) -> tuple[int, str | None, Any]:
    response = app.test_client().get("/scim/v2/Users", headers=headers)
    return response.status_code, response.headers.get("WWW-Authenticate"), response.text


@pytest.mark.requirement("R076", "R086")
def test_tokens_that_are_no_good() -> None:
    # One answer to all of them, so that none says why
    app, tokens = app_over(MemoryBackend())
    other, other_tokens = app_over(
        MemoryBackend(), SECRET_KEY="another key, long enough to sign with"
    )
    good = tokens.create(label="good").secret
    revoked = tokens.create(label="revoked")
    assert tokens.revoke(revoked.record.id)
    payload, _, signature = good.rpartition(".")
    head, id, secret = payload.split("_")
    flipped = ("1" if secret[0] != "1" else "2") + secret[1:]
    _, elsewhere = app_over(MemoryBackend())
    bad = {
        "nonsense": "x",
        "a quote": '"',
        "truncated": good[:-1],
        "without signature": payload,
        "without secret": f"{head}_{id}",
        "empty signature": payload + ".",
        "bit in the id": good.replace(id[0], "0" if id[0] != "0" else "1", 1),
        "bit in the secret": f"{head}_{id}_{flipped}.{signature}",
        "capitals": f"{head}_{id.upper()}_{secret.upper()}.{signature}",
        "another prefix": good.replace("scim", "Scim", 1),
        "revoked": revoked.secret,
        "another app's key": other_tokens.create(label="x").secret,
        "unknown here": elsewhere.create(label="x").secret,
        "longer": good + "A",
        "doubled": good + good,
        "very long": "a" * 100_000,
        "a space before": " " + good + " x",
        "a comma": good + ",",
        "parameters": "realm=x",
        "two words": f"{good} {good}",
        "padded": good + "=",
    }
    expected = _bodies(app, [("Authorization", "Bearer nonsense")])
    assert expected[:2] == (401, INVALID)
    for name, token in bad.items():
        assert _bodies(app, [("Authorization", f"Bearer {token}")]) == expected, name
    twice = [("Authorization", f"Bearer {good}"), ("Authorization", f"Bearer {good}")]
    assert _bodies(app, twice) == expected
    basic = base64.b64encode(f"scim:{good}".encode()).decode()
    for value in (
        "Bearer",
        "Bearer ",
        f"Basic {basic}",
        f"Token {good}",
        good,
        f"Bearer{good}",
        "x",
    ):
        assert _bodies(app, [("Authorization", value)]) == expected, value
    for value in (f"Bearer {good}", f"bearer {good}", f"BEARER  {good}", f" Bearer {good} "):
        assert _bodies(app, [("Authorization", value)])[0] == 200, value
    assert ask(other, good).status_code == 401


@pytest.mark.requirement("R085")
def test_an_expired_token(monkeypatch: pytest.MonkeyPatch) -> None:
    # Expiry is a fact of the database, and ends the token to the microsecond
    app, tokens = app_over(MemoryBackend())
    made = tokens.create(label="x", expires_in=timedelta(days=1))
    expires = made.record.expires
    assert expires is not None
    before = shifted(expires, timedelta(microseconds=-1))
    monkeypatch.setattr(tokens, "_now", lambda: before)
    assert ask(app, made.secret).status_code == 200
    monkeypatch.setattr(tokens, "_now", lambda: expires)
    response = ask(app, made.secret)
    assert_error(response, 401)
    assert response.text == ask(app, "nonsense").text


def test_a_signature_has_one_form() -> None:
    # Of base64's 43 characters the last has two bits to spare, and decoders skip what is no base64.
    backend = Counting()
    app, tokens = app_over(backend)
    good = tokens.create(label="x").secret
    alphabet = string.ascii_letters + string.digits + "-_+/=!"
    accepted = [char for char in alphabet if ask(app, good[:-1] + char).status_code == 200]
    assert accepted == [good[-1]]
    middle = len(good) - 20
    for inserted in ("!", " ", "\t", "é", "=", "%0A", "\u200b"):
        for token in (good[:middle] + inserted + good[middle:], good + inserted):
            header = f"Bearer {token}".encode()
            response = app.test_client().get(
                "/scim/v2/Users", environ_overrides={"HTTP_AUTHORIZATION": header.decode("latin-1")}
            )
            # White space around a header's value is no part of it.
            trailing = token.strip() == good and inserted.isspace()
            assert response.status_code == (200 if trailing else 401), repr(token)
    response = app.test_client().get(
        "/scim/v2/Users",
        environ_overrides={"HTTP_AUTHORIZATION": f"Bearer {good[:middle]}\n{good[middle:]}"},
    )
    assert response.status_code == 401


def test_storage_is_not_asked_about_forgeries() -> None:
    backend = Counting()
    app, tokens = app_over(backend)
    good = tokens.create(label="x").secret
    backend.asked = 0
    for token in (
        "x",
        good[:-2],
        good.replace(".", "-"),
        "scim_" + "0" * 16 + "_" + "0" * 64 + ".A" * 22,
    ):
        assert ask(app, token).status_code == 401
    last = "A" if good[-10] != "A" else "B"
    assert ask(app, good[:-10] + last + good[-9:]).status_code == 401
    assert ask(app, None).status_code == 401
    assert backend.asked == 0
    assert ask(app, good).status_code == 200
    assert backend.asked > 0


def test_nothing_but_the_header_is_looked_at(quick: ScimClient) -> None:
    client, token = quick.client, quick.token
    client.set_cookie("Authorization", f"Bearer {token}")
    client.set_cookie("access_token", token)
    for name in ("access_token", "token", "Authorization", "authorization"):
        response = client.get(f"/scim/v2/Users?{name}={token}")
        assert_error(response, 401)
        assert response.headers["WWW-Authenticate"] == CHALLENGE
        assert_error(client.post("/scim/v2/Users", data={name: token}), 401)
    for header in ("X-Authorization", "Proxy-Authorization", "X-Api-Key"):
        assert_error(client.get("/scim/v2/Users", headers={header: f"Bearer {token}"}), 401)
    assert_error(client.get("/scim/v2/Users", headers={"Authorization": "  "}), 401)


NEEDS: list[tuple[str, str, str]] = [
    ("GET", "/Users", "users:read"),
    ("GET", "/Users/x", "users:read"),
    ("HEAD", "/Users/x", "users:read"),
    ("POST", "/Users", "users:write"),
    ("PUT", "/Users/x", "users:write"),
    ("PATCH", "/Users/x", "users:write"),
    ("DELETE", "/Users/x", "users:write"),
    ("GET", "/Groups", "groups:read"),
    ("GET", "/Groups/x", "groups:read"),
    ("POST", "/Groups", "groups:write"),
    ("PUT", "/Groups/x", "groups:write"),
    ("PATCH", "/Groups/x", "groups:write"),
    ("DELETE", "/Groups/x", "groups:write"),
]


@pytest.mark.requirement("R077", "R088")
@pytest.mark.parametrize("scope", ["users:read", "users:write", "groups:read", "groups:write"])
def test_scopes(connect: Any, scope: str) -> None:
    # Refused before the body is read, or anything is looked up
    idp = connect(scopes=(scope,))
    for method, path, needed in NEEDS:
        response = idp.request(method, path)
        if needed == scope:
            assert response.status_code not in (401, 403), (method, path)
            continue
        assert response.status_code == 403, (method, path)
        expected = f'Bearer realm="scim", error="insufficient_scope", scope="{needed}"'
        assert response.headers["WWW-Authenticate"] == expected
        if method != "HEAD":
            assert_error(response, 403, None, needed)
    # Whoever has a token may know what there is.
    assert idp.get("/ServiceProviderConfig").status_code == 200


@pytest.mark.requirement("R086")
def test_only_a_digest_is_stored(
    storage: Storage, scim: ScimTeams, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with app.app_context():
        made = scim.tokens.create(label="Entra")
        listed = scim.tokens.list()
    assert ask(app, made.secret).status_code == 200
    assert ask(app, made.secret[:-1]).status_code == 401
    secret = made.secret.split("_")[2].split(".")[0]
    assert len(bytes.fromhex(secret)) == 32
    text = text_of(storage)
    assert made.record.id in text
    for part in (secret, repr(bytes.fromhex(secret))[2:-1], made.secret.split(".")[1]):
        assert part not in text
        assert part not in caplog.text
        assert part not in repr(made)
        assert part not in repr(listed)


def test_a_revocation_holds_everywhere_at_once(storage: Storage) -> None:
    (one, tokens), (two, _) = app_over(storage.backend), app_over(storage.backend)
    made = tokens.create(label="x")
    kept = tokens.create(label="kept").secret
    assert ask(one, made.secret).status_code == ask(two, made.secret).status_code == 200
    assert tokens.revoke(made.record.id)
    assert ask(one, made.secret).status_code == ask(two, made.secret).status_code == 401
    assert ask(two, kept).status_code == 200
    # Once is for good.
    assert not tokens.revoke(made.record.id)
    assert not tokens.revoke("unknown")


def test_keys_are_rotated() -> None:
    old, new = "old" * 12, "new" * 12
    backend = MemoryBackend()
    before, tokens = app_over(backend, SCIM_SIGNING_KEYS=[old])
    during, new_tokens = app_over(backend, SCIM_SIGNING_KEYS=[old, new])
    after, _ = app_over(backend, SCIM_SIGNING_KEYS=[new])
    first, second = tokens.create(label="1").secret, new_tokens.create(label="2").secret
    statuses = [
        [ask(app, token).status_code for app in (before, during, after)]
        for token in (first, second)
    ]
    assert statuses == [[200, 200, 401], [401, 200, 200]]


def test_flasks_own_keys_are_taken_in_their_order() -> None:
    # Flask names its fallbacks from the newest to the oldest, behind SECRET_KEY.
    backend = MemoryBackend()
    older, old, new = "older" * 8, "old" * 12, "new" * 12
    _, oldest_tokens = app_over(backend, SECRET_KEY=older)
    _, old_tokens = app_over(backend, SECRET_KEY=old, SECRET_KEY_FALLBACKS=[older])
    app, tokens = app_over(backend, SECRET_KEY=new, SECRET_KEY_FALLBACKS=[old, older])
    alone, _ = app_over(backend, SECRET_KEY=new)
    for manager in (oldest_tokens, old_tokens, tokens):
        assert ask(app, manager.create(label="x").secret).status_code == 200
    assert ask(alone, tokens.create(label="x").secret).status_code == 200
    assert ask(alone, old_tokens.create(label="x").secret).status_code == 401
    # A key of the library's own makes Flask's of no account.
    own, _ = app_over(backend, SECRET_KEY=new, SCIM_SIGNING_KEYS=["own" * 12])
    assert ask(own, tokens.create(label="x").secret).status_code == 401


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"SECRET_KEY": None}, "SCIM_SIGNING_KEYS"),
        ({"SECRET_KEY": ""}, "32"),
        ({"SECRET_KEY": "dev"}, "32"),
        ({"SECRET_KEY": "x" * 31}, "SECRET_KEY"),
        ({"SCIM_SIGNING_KEYS": []}, "SCIM_SIGNING_KEYS"),
        ({"SCIM_SIGNING_KEYS": ""}, "SCIM_SIGNING_KEYS"),
        ({"SCIM_SIGNING_KEYS": "x" * 31}, "32"),
        ({"SCIM_SIGNING_KEYS": ["x" * 31, "x" * 32]}, "32"),
        ({"SCIM_SIGNING_KEYS": ["x" * 32, "x" * 31]}, "32"),
        ({"SCIM_SIGNING_KEYS": [None]}, "SCIM_SIGNING_KEYS"),
        ({"SCIM_SIGNING_KEYS": [5]}, "SCIM_SIGNING_KEYS"),
        ({"SCIM_SIGNING_KEYS": 5}, "SCIM_SIGNING_KEYS"),
        ({"SECRET_KEY_FALLBACKS": ["short"]}, "32"),
    ],
    ids=repr,
)
def test_keys_that_are_no_good(config: dict[str, Any], word: str) -> None:
    with pytest.raises(SetupError, match=word) as caught:
        app_over(MemoryBackend(), **config)
    assert "x" * 31 not in str(caught.value)


@pytest.mark.parametrize("key", ["é" * 16, b"\x00" * 32, bytearray(32), "x" * 5000])
def test_keys_that_will_do(key: Any) -> None:
    app, tokens = app_over(
        MemoryBackend(), SCIM_SIGNING_KEYS=bytes(key) if isinstance(key, bytearray) else key
    )
    assert ask(app, tokens.create(label="x").secret).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"label": ""}, "label"),
        ({"label": " \n"}, "label"),
        ({"label": "x" * 256}, "label"),
        ({"label": "x", "scopes": ["users:admin"]}, "users:admin"),
        ({"label": "x", "scopes": []}, "scope"),
        ({"label": "x", "expires_in": timedelta(0)}, "lifetime"),
        ({"label": "x", "expires_in": timedelta(days=-1)}, "lifetime"),
        ({"label": "x", "expires_in": timedelta.max}, "lifetime"),
    ],
)
def test_tokens_that_are_not_made(arguments: dict[str, Any], word: str) -> None:
    _, tokens = app_over(MemoryBackend())
    with pytest.raises(ValueError, match=word):
        tokens.create(**arguments)
    assert tokens.list() == ()


def test_a_token_never_becomes_part_of_an_answer(quick: ScimClient) -> None:
    for response in (
        quick.post("/Users", {"schemas": [USER], "userName": "ada"}),
        quick.get("/Users"),
        quick.get("/Nope"),
        quick.get("/Users?filter=x"),
    ):
        assert quick.token not in response.text
        assert quick.token not in str(response.headers)
