"""Groups that are unknown are not none: memberships stay, and it is said."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.core.directory import DirectoryError
from tests.sso.gateway import Gateway
from tests.sso.gateway import provider_of
from tests.sso.openid_provider import OpenIDProvider
from tests.sso.test_presets import Api
from tests.sso.test_presets import teams_of

UNKNOWN: dict[str, Any] = {
    "null": None,
    "a number": 7,
    "true": True,
    "an object": {"Platform": {}},
    "a list of objects": [{"name": "Platform"}],
    "a list with a null": ["Platform", None],
    "too many": [str(one) for one in range(2_001)],
    "a name without an end": ["x" * 257],
}


def signed_in_with(server: OpenIDProvider, **settings: Any) -> tuple[Gateway, str]:
    """Return a host where Ada is in the team Platform since her last sign-in."""
    gateway = Gateway(provider_of(server, **settings))
    ada: str = gateway.idp().user("ada@example.com", externalId="ada-at-the-provider")["id"]
    server.person["groups"] = ["Platform"]
    gateway.browser().sign_in()
    assert teams_of(gateway, ada) == {"Platform"}
    return gateway, ada


@pytest.mark.parametrize("value", UNKNOWN.values(), ids=UNKNOWN)
def test_a_claim_that_cannot_be_read_changes_nothing(server: OpenIDProvider, value: Any) -> None:
    gateway, ada = signed_in_with(server)
    server.person["groups"] = value
    browser = gateway.browser()
    assert browser.sign_in().status_code == 302
    assert browser.whoami() == ada
    assert not gateway.identities[-1].groups_known
    assert teams_of(gateway, ada) == {"Platform"}
    entry = next(one for one in gateway.log() if one.action == "signed in")
    assert "Memberships stay as they are." in (entry.detail or "")


@pytest.mark.parametrize("value", [[], "", [""]], ids=["a list", "a text", "an empty name"])
def test_a_claim_without_groups_ends_memberships(server: OpenIDProvider, value: Any) -> None:
    gateway, ada = signed_in_with(server)
    server.person["groups"] = value
    gateway.browser().sign_in()
    assert gateway.identities[-1].groups_known
    assert teams_of(gateway, ada) == set()


def test_a_missing_claim_changes_nothing(server: OpenIDProvider) -> None:
    gateway, ada = signed_in_with(server)
    del server.person["groups"]
    gateway.browser().sign_in()
    assert teams_of(gateway, ada) == {"Platform"}


@pytest.mark.parametrize("status", [401, 500, 302])
def test_a_userinfo_endpoint_that_fails_changes_nothing(
    server: OpenIDProvider, status: int
) -> None:
    gateway, ada = signed_in_with(server)
    del server.person["groups"]
    server.instead["/userinfo"] = lambda: (status, {"Location": f"{server.base}/x"}, {})
    assert gateway.browser().sign_in().status_code == 302
    assert "/x" not in server.asked
    assert teams_of(gateway, ada) == {"Platform"}


def test_an_api_that_fails_changes_nothing_and_tells_no_secret(
    server: OpenIDProvider, caplog: pytest.LogCaptureFixture
) -> None:
    api = Api(fails=RuntimeError("Authorization: Bearer of the connector"))
    gateway, ada = signed_in_with(server, groups_from=api)
    del server.person["groups"]
    assert gateway.browser().sign_in().status_code == 302
    assert teams_of(gateway, ada) == {"Platform"}
    entry = next(one for one in gateway.log() if one.action == "signed in")
    assert "API did not tell the groups (RuntimeError)" in (entry.detail or "")
    assert "The API of sso:oidc did not tell groups: RuntimeError" in caplog.text
    assert "Bearer" not in caplog.text + str(gateway.log())


def test_what_a_connector_says_of_its_failure_is_said(server: OpenIDProvider) -> None:
    api = Api(fails=DirectoryError("Keycloak refuses: grant view-users."))
    gateway, _ = signed_in_with(server, groups_from=api)
    del server.person["groups"]
    assert gateway.browser().sign_in().status_code == 302
    entry = next(one for one in gateway.log() if one.action == "signed in")
    assert "(Keycloak refuses: grant view-users.)" in (entry.detail or "")


def test_an_api_can_be_asked_with_the_persons_own_token(server: OpenIDProvider) -> None:
    api = Api()
    gateway, _ = signed_in_with(server, groups_from=api, as_person=True)
    del server.person["groups"]
    gateway.browser().sign_in()
    [(person, token)] = api.asked
    assert person == "ada-at-the-provider"
    assert token


def test_a_host_can_let_nobody_in_whose_groups_are_unknown(server: OpenIDProvider) -> None:
    gateway, ada = signed_in_with(server, require_groups=True)
    del server.person["groups"]
    browser = gateway.browser()
    answer = browser.sign_in()
    assert answer.status_code == 503
    assert "Which groups you are in could not be found out." in answer.text
    assert browser.whoami() == "nobody"
    assert teams_of(gateway, ada) == {"Platform"}
