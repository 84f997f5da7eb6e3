"""People sign in to the gateway with the identity providers that its environment names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from examples.gateway import create_app
from examples.gateway.models import db
from examples.gateway.provisioning import scim
from tests.conftest import ScimClient
from tests.sso.gateway import ADA
from tests.sso.gateway import Browser
from tests.sso.openid_provider import CLIENT_ID
from tests.sso.openid_provider import CLIENT_SECRET
from tests.sso.openid_provider import OpenIDProvider


@pytest.fixture
def server() -> Iterator[OpenIDProvider]:
    server = OpenIDProvider("/realms/acme")
    server.person = ADA | {"groups": ["/Platform"]}
    server.redirect_uris.add("http://localhost/sso/keycloak/callback")
    yield server
    server.close()


@pytest.fixture
def gateway(
    server: OpenIDProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    for name, value in {
        "BASE": server.base,
        "REALM": "acme",
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": CLIENT_SECRET,
        "ALLOW_LOCALHOST": "yes",
    }.items():
        monkeypatch.setenv(f"GATEWAY_SSO_KEYCLOAK_{name}", value)
    gateway = create_app({"INSTANCE_PATH": str(tmp_path)})
    yield gateway
    with gateway.app_context():
        assert scim.log.flush()
        db.engine.dispose()


def test_a_person_signs_in_sees_their_teams_and_signs_out(gateway: Flask) -> None:
    with gateway.app_context():
        token = scim.tokens.create(label="idp").secret
    idp = ScimClient(gateway.test_client(), token)
    ada = idp.user("ada@example.com", externalId=ADA["sub"])
    browser = Browser(gateway.test_client())
    assert "Sign in with Keycloak" in browser.client.get("/").text
    assert browser.sign_in("keycloak").headers["Location"] == "/"
    page = browser.client.get("/").text
    assert "Signed in as <strong>ada@example.com</strong>, in\n      Platform." in page
    assert browser.client.get("/settings/scim/").status_code == 302, "an operator she is not"
    off = {"op": "replace", "path": "active", "value": False}
    idp.patch(f"/Users/{ada['id']}", off)
    assert browser.client.get("/").status_code == 403
    idp.patch(f"/Users/{ada['id']}", off | {"value": True})
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', browser.client.get("/").text)[1]
    browser.client.post("/sign-out", data={"csrf_token": "of somebody else"})
    assert "Signed in as" in browser.client.get("/").text
    browser.client.post("/sign-out", data={"csrf_token": token})
    assert "Signed in as" not in browser.client.get("/").text


def test_whoever_was_deactivated_can_sign_out(gateway: Flask) -> None:
    browser = Browser(gateway.test_client())
    with browser.client.session_transaction() as session:
        session["person"] = "nobody any more"
    assert browser.client.get("/").status_code == 403
    assert browser.client.post("/sign-out").status_code == 302
    assert browser.begin("keycloak")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"GATEWAY_SSO_ACME_DOMAIN": "x"}, "GATEWAY_SSO_ACME: known are entra, okta"),
        ({"GATEWAY_SSO_OKTA_CLIENT_ID": "x"}, "GATEWAY_SSO_OKTA: .*'domain'"),
    ],
    ids=["kind", "parameter"],
)
def test_what_describes_no_provider_is_said(
    variables: dict[str, str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=words):
        create_app({"INSTANCE_PATH": str(tmp_path)})
