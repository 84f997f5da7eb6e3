"""Somebody signs in: there, back, and to the page that they came for."""

from __future__ import annotations

import pytest

from tests.sso.gateway import Gateway
from tests.sso.gateway import provider_of
from tests.sso.openid_provider import OpenIDProvider


@pytest.fixture
def gateway(server: OpenIDProvider) -> Gateway:
    return Gateway(provider_of(server, claims=("locale",)))


def test_a_provisioned_person_signs_in_and_comes_to_their_page(
    server: OpenIDProvider, gateway: Gateway
) -> None:
    ada = gateway.idp().user("ada@example.com", externalId="ada-at-the-provider")
    server.person |= {"groups": [], "locale": "en-GB"}
    browser = gateway.browser()
    answer = browser.sign_in(to="/reports?year=1843")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/reports?year=1843")
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.whoami() == ada["id"]
    [identity] = gateway.identities
    assert (identity.provider, identity.issuer) == ("oidc", server.issuer)
    assert (identity.subject, identity.user_id) == ("ada-at-the-provider", ada["id"])
    assert (identity.email, identity.email_verified) == ("ada@example.com", True)
    assert identity.name == "Ada Lovelace"
    assert identity.claims == {"locale": "en-GB"}
    assert (identity.groups, identity.groups_known) == ((), True)
    [entry] = [one for one in gateway.log() if one.action == "signed in"]
    assert (entry.resource_id, entry.resource_name) == (ada["id"], "ada@example.com")


def test_the_request_has_pkce_state_and_nonce_anew_each_time(
    server: OpenIDProvider, gateway: Gateway
) -> None:
    gateway.idp().user(externalId="ada-at-the-provider")
    seen = []
    for _ in range(2):
        gateway.browser().sign_in()
        asked = server.parameters
        assert asked["code_challenge_method"] == "S256"
        assert asked["scope"] == "openid profile email"
        assert asked["redirect_uri"] == "http://localhost/sso/oidc/callback"
        seen += [asked["code_challenge"], asked["state"], asked["nonce"]]
    assert len(set(seen)) == 6
    assert min(map(len, seen)) >= 20
