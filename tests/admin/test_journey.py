"""What an operator does, from the first visit on, by the pages alone."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from tests.admin.browser import PREFIX
from tests.admin.browser import Browser
from tests.admin.browser import Page
from tests.conftest import ScimClient
from tests.dumps import text_of
from tests.hosts import Storage

SCOPES = ["users:read", "users:write", "groups:read", "groups:write"]


def connect(operator: Browser, name: str = "Contoso", provider: str = "entra") -> str:
    """Make a connection and return the path of its page."""
    made = operator.send("/connect", name=name, provider=provider)
    assert made.status_code == 302, made.text
    return str(made.location).removeprefix(PREFIX)


def create(operator: Browser, connection: str, label: str = "Entra", **fields: object) -> Page:
    """Make a token and return the page that shows it."""
    fields = {"scopes": SCOPES, "lifetime": ""} | fields
    return operator.post(f"{connection}/token", label=label, **fields)


def ids(page: Page) -> list[str]:
    """Return the ids of the tokens that the page offers to revoke."""
    found = [
        re.search("/tokens/([0-9a-f]{16})/revoke", link["href"] or "") for link in page.all("a")
    ]
    return [one[1] for one in found if one]


def asks(app: Flask, secret: str, address: str = "127.0.0.1") -> int:
    """Return the status that a request with the token gets."""
    idp = ScimClient(app.test_client(), secret)
    return idp.get("/Users", environ_base={"REMOTE_ADDR": address}).status_code


def test_from_nothing_to_a_token_that_is_rotated_and_revoked(
    app: Flask, operator: Browser, storage: Storage
) -> None:
    assert "No identity provider is connected yet" in operator.get("/").text
    connection = connect(operator)
    page = operator.get(connection)
    assert page.value("tenant-url") == "http://localhost/scim/v2"
    assert "Tenant URL and the token into Secret Token" in page.text

    shown = create(operator, connection)
    first = shown.value("secret-token")
    assert shown.value("tenant-url") == "http://localhost/scim/v2"
    assert asks(app, first) == 200
    listed = operator.get("/tokens")
    assert "Entra" in listed.text
    assert "live" in listed.text
    assert "127.0.0.1" in listed.text
    [id] = ids(listed)

    shown = operator.post(f"/tokens/{id}/rotate", overlap="24")
    second = shown.value("secret-token")
    assert "The old token goes on until" in shown.text
    assert second != first
    assert (asks(app, first), asks(app, second)) == (200, 200)

    refused = operator.post(f"/tokens/{id}/rotate", 400, overlap="0")
    assert "replaced already" in refused.text
    assert f"Revoke {'Entra'}?" in operator.get(f"/tokens/{id}/revoke").text
    assert asks(app, first) == 200
    assert "The token is revoked." in operator.post(f"/tokens/{id}/revoke").text
    assert (asks(app, first), asks(app, second)) == (401, 200)
    assert "was revoked already" in operator.post(f"/tokens/{id}/revoke").text

    for path in ("/", "/connect", connection, "/tokens", "/settings", f"/tokens/{id}/revoke"):
        assert first not in operator.client.get(PREFIX + path).text
        assert second not in operator.client.get(PREFIX + path).text
    assert first not in text_of(storage)


def test_rotating_without_overlap_ends_the_old_token_at_once(app: Flask, operator: Browser) -> None:
    first = create(operator, connect(operator)).value("secret-token")
    [id] = ids(operator.get("/tokens"))
    shown = operator.post(f"/tokens/{id}/rotate", overlap="0")
    assert "The old token has ended." in shown.text
    assert (asks(app, first), asks(app, shown.value("secret-token"))) == (401, 200)


def test_a_disabled_connection_is_refused_until_it_is_enabled(
    app: Flask, operator: Browser
) -> None:
    connection = connect(operator)
    secret = create(operator, connection).value("secret-token")
    assert "no longer deactivated" in operator.get(f"{connection}/disable").text
    assert asks(app, secret) == 200
    assert "its tokens are refused" in operator.post(f"{connection}/disable").text
    assert asks(app, secret) == 401
    assert "disabled" in operator.get("/").text
    assert "The connection is active" in operator.post(f"{connection}/enable").text
    assert asks(app, secret) == 200


def test_a_token_is_as_it_was_asked_for(app: Flask, scim: ScimTeams, operator: Browser) -> None:
    create(
        operator,
        connect(operator),
        "Narrow",
        scopes=["users:read"],
        lifetime="90",
        addresses="192.0.2.0/24\n2001:db8::/32",
    )
    with app.app_context():
        [token] = scim.tokens.list()
    assert token.label == "Narrow"
    assert token.scopes == ("users:read",)
    assert token.addresses == ("192.0.2.0/24", "2001:db8::/32")
    assert token.expires is not None
    listed = operator.get("/tokens").text
    assert "from 192.0.2.0/24, 2001:db8::/32" in listed
    assert "users:read" in listed


def test_a_token_is_accepted_from_its_addresses_alone(app: Flask, operator: Browser) -> None:
    shown = create(operator, connect(operator), addresses="192.0.2.0/24")
    secret = shown.value("secret-token")
    assert (asks(app, secret, "192.0.2.7"), asks(app, secret, "198.51.100.1")) == (200, 401)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"label": ""}, "This field is required"),
        ({"label": "x" * 256}, "longer than 255"),
        ({"label": "x", "scopes": []}, "A token needs a scope"),
        ({"label": "x", "scopes": ["everything"]}, "is not a valid choice"),
        ({"label": "x", "lifetime": "7000"}, "Not a valid choice"),
        ({"label": "x", "addresses": "the office"}, "the office"),
    ],
)
def test_what_no_token_can_be_is_refused_in_words(
    fields: dict[str, object], words: str, app: Flask, scim: ScimTeams, operator: Browser
) -> None:
    connection = connect(operator)
    page = operator.post(
        f"{connection}/token", 400, **({"scopes": SCOPES, "lifetime": ""} | fields)
    )
    assert words in page.text
    with app.app_context():
        assert scim.tokens.list() == ()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "provider": "entra"}, "This field is required"),
        ({"name": "Contoso", "provider": "entra"}, "There is a connection 'Contoso' already"),
        ({"name": "New", "provider": "nobody"}, "Not a valid choice"),
        ({"name": "a\x07b", "provider": "okta"}, "printable"),
    ],
)
def test_what_no_connection_can_be_is_refused_in_words(
    fields: dict[str, str], words: str, operator: Browser
) -> None:
    connect(operator)
    assert words in operator.post("/connect", 400, **fields).text


@pytest.mark.parametrize("write", [False, True], ids=["reading", "writing"])
def test_the_connection_test_shows_each_check(
    write: bool, app: Flask, scim: ScimTeams, operator: Browser
) -> None:
    connection = connect(operator)
    page = operator.post(f"{connection}/test", **({"write": "on"} if write else {}))
    assert "The connection works." in page.text
    assert page.text.count("passed") >= (8 if write else 5)
    assert "failed" not in page.text
    assert ("removed" in page.text or "deleted" in page.text.lower()) is write
    with app.app_context():
        assert all(token.revoked for token in scim.tokens.list())
    assert "No user was provisioned yet." in operator.get("/users").text


def test_a_disabled_connection_cannot_be_tested(operator: Browser) -> None:
    connection = connect(operator)
    operator.post(f"{connection}/disable")
    assert "is disabled" in operator.post(f"{connection}/test", 400).text


def test_what_is_not_there_is_said_so(operator: Browser) -> None:
    for path in (
        "/connect/none",
        "/connect/none/token",
        "/connect/none/disable",
        "/tokens/none/rotate",
        "/tokens/none/revoke",
        "/users/none",
        "/teams/none",
        "/log/none",
        "/users?tenant=none",
    ):
        assert "There is no" in operator.get(path, 404).text
    for path in ("/connect/none/enable", "/connect/none/test", "/tokens/none/revoke"):
        assert operator.send(path).status_code == 404
