from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from examples.gateway import create_app
from examples.gateway import origins
from examples.gateway import sign_in
from examples.gateway.canaille import CanailleGroups
from examples.gateway.models import Team
from examples.gateway.models import db
from flask_scim_teams.core.directory import DirectoryError
from flask_scim_teams.core.directory import DirectoryGroup
from tests.admin.browser import Page
from tests.sso.gateway import ADA
from tests.sso.gateway import Browser
from tests.sso.gateway import settings_for
from tests.sso.openid_provider import OpenIDProvider

SAID = {"GATEWAY_SSO_ACME_ISSUER": "https://id.acme.example", "GATEWAY_SSO_ACME_CLIENT_ID": "gw"}


@pytest.fixture
def server() -> Iterator[OpenIDProvider]:
    """An OpenID provider that lets Ada in."""
    server = OpenIDProvider()
    server.person = {**ADA, "groups": ["Analysts"]}
    server.redirect_uris.add("http://localhost/sso/acme/callback")
    yield server
    server.close()


@contextmanager
def made(folder: Path, **config: object) -> Iterator[Flask]:
    gateway = create_app({"INSTANCE_PATH": str(folder), **config})
    try:
        yield gateway
    finally:
        with gateway.app_context():
            db.engine.dispose()


def acme(server: OpenIDProvider, **said: str) -> dict[str, dict[str, str]]:
    """Return settings of a provider called acme, as the environment has them."""
    texts = {key: str(value) for key, value in settings_for(server).items()}
    return {"acme": texts | {"label": "Acme", **said}}


def test_whoever_signs_in_sees_their_teams(server: OpenIDProvider, tmp_path: Path) -> None:
    with made(tmp_path, SSO=acme(server, create_users="yes")) as gateway:
        browser = Browser(gateway.test_client())
        for path in ("/", "/log-in?next=/teams"):
            links = {link["href"] for link in Page(browser.client.get(path).text).all("a")}
            assert "/sso/acme/sign-in?next=/teams" in links
        arrived = browser.sign_in("acme", to="/teams")
        assert arrived.location == "/teams"
        page = browser.client.get("/teams").text
        for words in ("Ada Lovelace", "Analysts", "yours", "signed in with Acme"):
            assert words in page
        assert "Sign in with" not in browser.client.get("/").text
    # Where a team comes from is known when nobody signs in there any more, if not so nicely.
    with made(tmp_path) as gateway, gateway.app_context():
        team = db.session.scalars(select(Team).where(Team.name == "Analysts")).one()
        assert origins.of_team(team).sources == ("signed in with acme",)


def test_signing_in_ends_every_session_that_was_before(
    server: OpenIDProvider, tmp_path: Path
) -> None:
    with made(tmp_path, SSO=acme(server, create_users="yes")) as gateway:
        browser = Browser(gateway.test_client())
        password = gateway.test_cli_runner().invoke(args=["admin", "password"]).stdout.strip()
        stamp = Page(browser.client.get("/log-in").text).value("csrf_token")
        form = {"password": password, "csrf_token": stamp}
        assert browser.client.post("/log-in", data=form).status_code == 302
        with browser.client.session_transaction() as session:
            session["planted"] = "by somebody"
        browser.sign_in("acme")
        with browser.client.session_transaction() as session:
            assert {key for key in session if not key.startswith("_state_")} == {"person"}
        assert browser.client.get("/teams/new").status_code == 403


def test_who_has_no_account_is_told_so_in_the_gateways_own_look(
    server: OpenIDProvider, tmp_path: Path
) -> None:
    with made(tmp_path, SSO=acme(server)) as gateway:
        refused = Browser(gateway.test_client()).sign_in("acme")
        assert refused.status_code == 403
        assert "You have no account here" in refused.text
        assert "gateway.css" in refused.text
        assert "style-src 'self'" in refused.headers["Content-Security-Policy"]
        assert refused.headers["Referrer-Policy"] == "no-referrer"


def test_without_providers_there_is_no_button(gateway: Flask) -> None:
    client = gateway.test_client()
    for path in ("/", "/log-in"):
        assert "Sign in with" not in client.get(path).text
    assert client.get("/sso/acme/sign-in").status_code == 404


def test_providers_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    more = {
        "GATEWAY_SSO_ACME_LINK": "sub=userName",
        "GATEWAY_SSO_ACME_SCOPES": "openid groups",
        "GATEWAY_SSO_ACME_REQUIRE_GROUPS": "No",
        "GATEWAY_SSO_BIG_KIND": "okta",
        "GATEWAY_SSO_BIG_CLIENT_ID": "big",
        "GATEWAY_SSO_BIG_DOMAIN": "big.okta.com",
        "GATEWAY_SSO_BIG_LABEL": "",
        # Of a kind that is its name.
        "GATEWAY_SSO_GOOGLE_CLIENT_ID": "own",
        "GATEWAY_SSO_GOOGLE_HOSTED_DOMAIN": "own.example",
    }
    for name, value in {**SAID, **more}.items():
        monkeypatch.setenv(name, value)
    with made(tmp_path) as gateway, gateway.app_context():
        first, second, third = sign_in.providers()
    assert (first.name, first.issuer) == ("acme", "https://id.acme.example")
    assert (first.link.claim, first.link.attribute) == ("sub", "userName")
    assert first.scopes == ("openid", "groups")
    assert not first.require_groups
    assert not first.create_users
    assert (second.title, second.issuer) == ("Okta", "https://big.okta.com")
    assert (third.title, third.authorize) == ("Google", {"hd": "own.example"})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ACME_COLOUR", "red", "GATEWAY_SSO_ACME_COLOUR is no setting of a provider"),
        ("ACME_KIND", "saml", "acme is of a kind that is none of"),
        ("ACME_ISSUER", "http://id.acme.example", "acme cannot be used: .* https"),
        ("ACME_LINK", "email=emails", "acme cannot be used: .* no proof"),
        ("ACME_CREATE_USERS", "perhaps", "create_users of the provider acme is yes or no"),
        ("ACME_REALM", "r", "settings of the provider acme do not fit: .*realm"),
        ("ACME_KIND", "canaille", "settings of the provider acme do not fit: .*client_secret"),
    ],
    ids=["unknown", "kind", "plain", "email", "switch", "realm", "secret"],
)
def test_settings_that_cannot_work_are_refused_at_the_start(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable, text in {**SAID, f"GATEWAY_SSO_{name}": value}.items():
        monkeypatch.setenv(variable, text)
    with pytest.raises(ValueError, match=words):
        create_app({"INSTANCE_PATH": str(tmp_path)})


def test_canaille_tells_groups_by_ids_and_that_there_are_none(server: OpenIDProvider) -> None:
    def token() -> tuple[int, dict[str, str], object]:
        return 200, {}, {"access_token": "t", "expires_in": 300}

    user: dict[str, object] = {"id": "ada", "groups": [{"value": "g1", "display": "Analysts"}]}
    server.instead["/oauth/token"] = token
    server.instead["/scim/v2/Users/ada"] = lambda: (200, {}, user)
    groups = CanailleGroups(server.base, "gateway", "secret", plain_http=True)
    try:
        assert groups.groups_of("ada") == [DirectoryGroup("g1", "Analysts")]
        del user["groups"]
        assert groups.groups_of("ada") == []
        # What is not understood is no proof that there are none.
        for wrong in ({"id": "bob"}, {"id": "ada", "groups": [{}]}, {"id": "ada", "groups": "x"}):
            user.clear()
            user.update(wrong)
            with pytest.raises(DirectoryError):
                groups.groups_of("ada")
        server.instead["/scim/v2/Users/ada"] = lambda: (403, {}, {})
        with pytest.raises(DirectoryError, match="client_credentials"):
            groups.groups_of("ada")
    finally:
        groups.close()
