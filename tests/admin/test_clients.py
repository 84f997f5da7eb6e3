"""OAuth clients in the console: made, shown once, given secrets, switched off."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import ECKey

from flask_scim_teams import ScimTeams
from tests.admin.browser import PREFIX
from tests.admin.browser import Browser
from tests.admin.browser import Page
from tests.dumps import text_of
from tests.hosts import Storage

TOKEN_URL = "https://gateway.example.com/scim/oauth/token"
KEYS = json.dumps({"keys": [ECKey.generate_key("P-256", {"kid": "one"}).as_dict(private=False)]})
FORM = {"label": "Entra", "scopes": ["users:read"], "proof": "secret", "lifetime": "365"}


@pytest.fixture
def config() -> dict[str, Any]:
    return {"SCIM_OAUTH": True, "SCIM_BASE_URL": "https://gateway.example.com/scim/v2"}


@pytest.fixture
def connection(app: Flask, scim: ScimTeams) -> str:
    with app.app_context():
        return scim.connections.create("Contoso", provider="entra").id


def made(operator: Browser, connection: str, **fields: Any) -> Page:
    """Make a client and return the page that shows its secret."""
    return operator.post("/clients/new", connection=connection, **(FORM | fields))


def asks(app: Flask, id: str, secret: str) -> int:
    """Return the status that a request for an access token gets."""
    form = {"grant_type": "client_credentials", "client_id": id, "client_secret": secret}
    return app.test_client().post("/scim/oauth/token", data=form).status_code


def test_a_client_from_its_creation_to_its_end(
    app: Flask, operator: Browser, storage: Storage, connection: str
) -> None:
    assert operator.get("/connect").value("token-url") == TOKEN_URL
    assert f"{PREFIX}/clients/new?connection={connection}" in [
        link["href"] for link in operator.get(f"/connect/{connection}").all("a")
    ]
    shown = made(operator, connection)
    assert shown.value("token-url") == TOKEN_URL
    id, first = shown.value("client-id"), shown.value("client-secret")
    assert asks(app, id, first) == 200
    listed = operator.get("/clients").text
    for words in ("Entra", "Contoso", "users:read", "active", id):
        assert words in listed

    shown = operator.post(f"/clients/{id}/secret", lifetime="730")
    second = shown.value("client-secret")
    assert second != first
    assert (asks(app, id, first), asks(app, id, second)) == (200, 200)
    page = operator.get(f"/clients/{id}")
    oldest = re.findall("/secrets/([0-9a-f]{16})/revoke", str(page.all("a")))[0]
    revoke = f"/clients/{id}/secrets/{oldest}/revoke"
    assert "Access tokens that it has last until they end" in operator.get(revoke).text
    assert "The secret is revoked." in operator.post(revoke).text
    assert "no such secret that is good" in operator.post(revoke).text
    assert (asks(app, id, first), asks(app, id, second)) == (401, 200)

    assert "You can enable it again" in operator.get(f"/clients/{id}/disable").text
    assert "its access tokens are refused" in operator.post(f"/clients/{id}/disable").text
    assert asks(app, id, second) == 401
    assert "disabled" in operator.get("/clients").text
    assert "gets access tokens again" in operator.post(f"/clients/{id}/enable").text
    assert asks(app, id, second) == 200

    for path in ("/", "/connect", "/clients", f"/clients/{id}", f"/clients/{id}/secret", "/log"):
        text = operator.client.get(PREFIX + path).text
        assert first not in text
        assert second not in text
    assert first not in text_of(storage)


def test_a_client_of_a_disabled_connection_is_shown_as_such(
    operator: Browser, connection: str
) -> None:
    made(operator, connection)
    operator.post(f"/connect/{connection}/disable")
    assert "connection disabled" in operator.get("/clients").text


def test_a_client_that_signs_has_no_secret(
    app: Flask, scim: ScimTeams, operator: Browser, connection: str
) -> None:
    page = made(operator, connection, proof="keys", jwks=KEYS)
    assert "It asks for access tokens with its signature" in page.text
    assert "EC one" in " ".join(page.text.split())
    assert [link for link in page.all("a") if (link["href"] or "").endswith("/secret")] == []
    with app.app_context():
        [client] = scim.clients.list()
    refused = operator.post(f"/clients/{client.id}/secret", 400, lifetime="365")
    assert "has no secret" in refused.text
    assert "signature" in operator.get("/clients").text


def test_a_client_that_another_issuer_vouches_for(operator: Browser, connection: str) -> None:
    named = {"issuer": "https://sts.example", "subject": "s1", "audience": "api://x/.default"}
    page = made(operator, connection, proof="keys", jwks=KEYS, **named)
    for words in ("https://sts.example", "s1", "api://x"):
        assert words in page.text
    assert ".default" not in page.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"label": ""}, "This field is required"),
        ({"scopes": []}, "A client needs a scope"),
        ({"scopes": ["everything"]}, "is not a valid choice"),
        ({"connection": "none"}, "Not a valid choice"),
        ({"lifetime": "1"}, "Not a valid choice"),
        ({"proof": "keys"}, "has its public keys here, or at a URL"),
        ({"proof": "keys", "jwks": KEYS, "jwks_uri": "https://idp.example"}, "or at a URL"),
        ({"proof": "keys", "jwks": "["}, "The public keys are no JSON"),
        ({"proof": "keys", "jwks_uri": "http://idp.example/keys"}, "begins with https://"),
        ({"proof": "keys", "jwks": "{}"}, "no JWK set"),
        ({"proof": "keys", "jwks": KEYS, "issuer": "https://sts.example"}, "belong together"),
        ({"jwks": KEYS}, "A client with a secret has no keys"),
        ({"once": "mine"}, "16 hexadecimal digits"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_what_no_client_can_be_is_refused_in_words_and_loses_nothing(
    fields: dict[str, Any],
    words: str,
    app: Flask,
    scim: ScimTeams,
    operator: Browser,
    connection: str,
) -> None:
    page = operator.post(
        "/clients/new", 400, **({"connection": connection, "subject": ""} | FORM | fields)
    )
    assert words in page.text
    if "jwks" in fields:
        # Neither was the document of keys thrown away.
        assert fields["jwks"] in page.text
    with app.app_context():
        assert scim.clients.list() == ()


class TestWithoutOAuth:
    @pytest.fixture
    def config(self) -> dict[str, Any]:
        return {}

    def test_its_pages_are_not_there(self, operator: Browser, connection: str) -> None:
        for path in ("/clients", "/clients/new", "/clients/x", "/clients/x/secret"):
            assert "SCIM_OAUTH is off" in operator.get(path, 404).text
        for path in ("/", "/connect", f"/connect/{connection}"):
            page = operator.get(path)
            assert [link for link in page.all("a") if "/clients" in (link["href"] or "")] == []
            assert "Token URL" not in page.text
