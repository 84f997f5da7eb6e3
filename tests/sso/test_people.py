"""One person, whom SCIM and sign-in both speak of, in every order: one user, and no lost team."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import pytest

from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.sso import Link
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Origin
from tests.conftest import ScimClient
from tests.hosts import Storage
from tests.sso.gateway import ADA
from tests.sso.gateway import URN
from tests.sso.gateway import Gateway
from tests.sso.gateway import provider_of
from tests.sso.openid_provider import OpenIDProvider
from tests.sso.test_presets import teams_of

SUB = ADA["sub"]


def users_of(idp: ScimClient) -> list[str]:
    found = idp.get("/Users").get_json()["Resources"]
    return sorted(one["userName"] for one in found)


def set_active(idp: ScimClient, user_id: str, active: bool) -> None:
    answer = idp.patch(f"/Users/{user_id}", {"op": "replace", "path": "active", "value": active})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_scim_comes_first(
    server: OpenIDProvider, storages: Callable[[str], Storage], kind: str
) -> None:
    storages(kind).clear()
    backend = storages(kind).backend
    gateway = Gateway(provider_of(server, create_users=True), backend=backend)
    idp = gateway.idp()
    ada = idp.user("ada@example.com", externalId=SUB)
    browser = gateway.browser()
    browser.sign_in()
    assert browser.whoami() == ada["id"]
    assert users_of(idp) == ["ada@example.com"]


def test_whoever_is_unknown_gets_no_account_unless_the_host_says_so(
    server: OpenIDProvider,
) -> None:
    gateway = Gateway(provider_of(server))
    browser = gateway.browser()
    answer = browser.sign_in()
    assert answer.status_code == 403
    assert "You have no account here." in answer.text
    assert browser.whoami() == "nobody"
    assert users_of(gateway.idp()) == []


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_sign_in_comes_first_and_scim_finds_the_user(
    server: OpenIDProvider, storages: Callable[[str], Storage], kind: str
) -> None:
    """A POST of the same name is 409 (RFC 7644 section 3.3); then providers look it up."""
    storages(kind).clear()
    backend = storages(kind).backend
    gateway = Gateway(provider_of(server, create_users=True), backend=backend)
    server.person["groups"] = ["Platform"]
    browser = gateway.browser()
    browser.sign_in()
    ada = browser.whoami()
    idp = gateway.idp()
    stored = idp.get(f"/Users/{ada}").get_json()
    assert (stored["userName"], stored["externalId"]) == ("ada@example.com", SUB)
    assert stored["name"] == {"givenName": "Ada", "familyName": "Lovelace"}
    assert stored["emails"] == [{"value": "ada@example.com", "type": "work", "primary": True}]
    body = {"schemas": [URN], "userName": "ada@example.com", "externalId": SUB}
    assert idp.post("/Users", body).status_code == 409
    assert idp.put(f"/Users/{ada}", {**body, "title": "Countess"}).status_code == 200
    again = gateway.browser()
    again.sign_in()
    assert again.whoami() == ada
    assert users_of(idp) == ["ada@example.com"]
    assert teams_of(gateway, ada) == {"Platform"}


def test_a_connection_that_adopts_takes_the_user_that_sign_in_made(
    server: OpenIDProvider,
) -> None:
    gateway = Gateway(provider_of(server, create_users=True))
    gateway.browser().sign_in()
    with gateway.app.app_context():
        gateway.scim.connections.create("Keycloak", provider="keycloak")
    idp = gateway.idp("Keycloak")
    body = {"schemas": [URN], "userName": "ada@example.com", "externalId": SUB}
    answer = idp.post("/Users", body)
    assert (answer.status_code, answer.get_json()["id"]) == (201, gateway.identities[0].user_id)
    assert users_of(idp) == ["ada@example.com"]


def test_deactivation_ends_a_live_session_and_is_not_signed_in_again(
    server: OpenIDProvider,
) -> None:
    gateway = Gateway(provider_of(server, create_users=True))
    idp = gateway.idp()
    ada = idp.user("ada@example.com", externalId=SUB)["id"]
    server.person["groups"] = ["Platform"]
    browser = gateway.browser()
    browser.sign_in()
    assert browser.whoami() == ada
    set_active(idp, ada, False)
    assert browser.whoami() == "refused with 403"
    fresh = gateway.browser()
    answer = fresh.sign_in()
    assert answer.status_code == 403
    assert "This account is deactivated." in answer.text
    assert fresh.whoami() == "nobody"
    assert users_of(idp) == ["ada@example.com"]
    assert teams_of(gateway, ada) == {"Platform"}
    set_active(idp, ada, True)
    assert browser.whoami() == ada
    assert fresh.sign_in().status_code == 302


def test_a_deleted_user_comes_back_as_somebody_new(server: OpenIDProvider) -> None:
    """Memberships of the old one do not come back with them."""
    gateway = Gateway(provider_of(server, create_users=True))
    idp = gateway.idp()
    server.person["groups"] = ["Platform"]
    browser = gateway.browser()
    browser.sign_in()
    old = browser.whoami()
    idp.delete(f"/Users/{old}")
    assert browser.whoami() == "refused with 403"
    server.person["groups"] = ["Data"]
    fresh = gateway.browser()
    fresh.sign_in()
    assert fresh.whoami() not in (old, "nobody")
    assert teams_of(gateway, fresh.whoami()) == {"Data"}


def test_a_team_of_scim_stays_as_scim_has_it(server: OpenIDProvider) -> None:
    gateway = Gateway(provider_of(server))
    idp = gateway.idp()
    ada = idp.user("ada@example.com", externalId=SUB)["id"]
    grace = idp.user("grace@example.com")["id"]
    platform = idp.team("Platform", ada)["id"]
    data = idp.team("Data", grace)["id"]
    server.person["groups"] = ["Data"]
    gateway.browser().sign_in()
    assert idp.members(platform) == {ada}, "not taken back: it is SCIM's"
    assert idp.members(data) == {grace}, "not filled: it is SCIM's"
    entry = next(one for one in gateway.log() if one.action == "signed in")
    assert "SCIM" in (entry.detail or "")


def test_scim_takes_a_team_over(server: OpenIDProvider) -> None:
    gateway = Gateway(provider_of(server))
    idp = gateway.idp()
    ada = idp.user("ada@example.com", externalId=SUB)["id"]
    server.person["groups"] = ["Platform"]
    gateway.browser().sign_in()
    [team] = idp.get("/Groups").get_json()["Resources"]
    idp.patch(f"/Groups/{team['id']}", {"op": "add", "path": "members", "value": [{"value": ada}]})
    server.person["groups"] = []
    gateway.browser().sign_in()
    assert idp.members(team["id"]) == {ada}
    idp.patch(f"/Groups/{team['id']}", {"op": "remove", "path": f'members[value eq "{ada}"]'})
    server.person["groups"] = ["Platform"]
    gateway.browser().sign_in()
    assert idp.members(team["id"]) == set(), "what SCIM removed does not come back"


def test_what_was_made_by_hand_stays(server: OpenIDProvider) -> None:
    gateway = Gateway(provider_of(server))
    idp = gateway.idp()
    ada = idp.user("ada@example.com", externalId=SUB)["id"]
    types = gateway.scim.types
    with gateway.app.app_context():
        gateway.scim.provisioning.create(
            HOST,
            types.group,
            Draft(attributes={"displayName": "Choir"}, members=(ada,)),
            related=False,
        )
    server.person["groups"] = ["Choir", "Platform"]
    gateway.browser().sign_in()
    server.person["groups"] = []
    gateway.browser().sign_in()
    assert teams_of(gateway, ada) == {"Choir"}


def test_a_person_is_found_by_who_they_are_when_scim_changes_their_external_id(
    server: OpenIDProvider,
) -> None:
    """An administrator of Entra may map another attribute to it at any time."""
    gateway = Gateway(provider_of(server))
    idp = gateway.idp()
    ada = idp.user("ada@example.com", externalId=SUB)["id"]
    gateway.browser().sign_in()
    idp.patch(f"/Users/{ada}", {"op": "replace", "path": "externalId", "value": "another"})
    browser = gateway.browser()
    browser.sign_in()
    assert browser.whoami() == ada


def test_scim_has_the_last_word_on_who_somebody_is(server: OpenIDProvider) -> None:
    gateway = Gateway(provider_of(server))
    idp = gateway.idp()
    old = idp.user("ada@example.com", externalId=SUB)["id"]
    server.person["groups"] = ["Platform"]
    gateway.browser().sign_in()
    assert teams_of(gateway, old) == {"Platform"}
    idp.patch(f"/Users/{old}", {"op": "replace", "path": "externalId", "value": "another"})
    new = idp.user("ada.lovelace@example.com", externalId=SUB)["id"]
    for _ in range(2):
        browser = gateway.browser()
        browser.sign_in()
        assert browser.whoami() == new
        assert (teams_of(gateway, new), teams_of(gateway, old)) == ({"Platform"}, set())


def test_two_users_of_one_external_id_are_nobody(server: OpenIDProvider) -> None:
    gateway = Gateway(provider_of(server))
    for name in ("ada@example.com", "eve@example.com"):
        gateway.idp().user(name, externalId=SUB)
    assert gateway.browser().sign_in().status_code == 403


@pytest.mark.parametrize("value", [SUB.upper(), f"{SUB} ", "ada@example.com"])
def test_an_external_id_is_equal_to_the_letter(server: OpenIDProvider, value: str) -> None:
    gateway = Gateway(provider_of(server))
    gateway.idp().user("ada@example.com", externalId=value)
    assert gateway.browser().sign_in().status_code == 403


def test_a_name_is_no_second_persons_account(server: OpenIDProvider) -> None:
    """Whoever gets a userName next is not who had it before."""
    gateway = Gateway(provider_of(server, link=Link("preferred_username", "userName")))
    ada = gateway.idp().user("ada")["id"]
    server.person["preferred_username"] = "Ada"
    first = gateway.browser()
    first.sign_in()
    assert first.whoami() == ada
    server.person |= {"sub": "another-ada", "preferred_username": "ada"}
    assert gateway.browser().sign_in().status_code == 403
    server.person |= {"sub": SUB, "preferred_username": "ada.l"}
    again = gateway.browser()
    again.sign_in()
    assert again.whoami() == ada, "whatever she is called now"


def test_a_name_that_is_taken_makes_no_account(server: OpenIDProvider) -> None:
    gateway = Gateway(provider_of(server, create_users=True))
    idp = gateway.idp()
    idp.user("ADA@example.com")
    answer = gateway.browser().sign_in()
    assert answer.status_code == 403
    assert "There is an account of your name here that is not linked to you." in answer.text
    assert users_of(idp) == ["ADA@example.com"]


def test_the_host_says_what_becomes_of_new_people(server: OpenIDProvider) -> None:
    def make(claims: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if not claims["email"].endswith("@example.com"):
            return None
        return {"userName": claims["sub"], "title": "new"}

    gateway = Gateway(provider_of(server, create_users=make))
    gateway.browser().sign_in()
    assert users_of(gateway.idp()) == [SUB]
    server.person |= {"sub": "eve", "email": "eve@elsewhere.example"}
    assert gateway.browser().sign_in().status_code == 403


def test_what_no_user_can_be_made_of_is_said(server: OpenIDProvider) -> None:
    gateway = Gateway(provider_of(server, create_users=lambda claims: {"userName": "a\u200bda"}))
    answer = gateway.browser().sign_in()
    assert answer.status_code == 403
    assert "No account can be made of what the identity provider tells of you." in answer.text
    assert users_of(gateway.idp()) == []


def test_one_provider_does_not_speak_for_the_people_of_another(
    serve: Callable[..., OpenIDProvider],
) -> None:
    """Each could give its people what the other calls somebody: a connection says whose it is."""
    one, two = serve(), serve()
    gateway = Gateway(
        provider_of(one, name="one", connection="One"),
        provider_of(two, name="two", connection="Two"),
        provider_of(one, name="three"),
        connections=("One", "Two"),
    )
    ada = gateway.idp("One").user("ada@example.com", externalId=SUB)["id"]
    browser = gateway.browser()
    assert browser.sign_in("one").status_code == 302
    assert browser.whoami() == ada
    for other in ("two", "three"):
        stranger = gateway.browser()
        assert stranger.sign_in(other).status_code == 403
        assert stranger.whoami() == "nobody"


def test_with_several_connections_a_provider_has_to_name_its_own(
    server: OpenIDProvider,
) -> None:
    gateway = Gateway(provider_of(server), connections=("One", "Two"))
    gateway.idp("One").user("ada@example.com", externalId=SUB)
    assert gateway.browser().sign_in().status_code == 403


def test_a_connection_that_is_not_there_lets_nobody_in(server: OpenIDProvider) -> None:
    gateway = Gateway(provider_of(server, connection="Okta", create_users=True))
    answer = gateway.browser().sign_in()
    assert (answer.status_code, "not set up here" in answer.text) == (403, True)
    [entry] = [one for one in gateway.log() if one.action == "tried to sign in"]
    assert "There is no connection 'Okta'" in (entry.detail or "")


def test_a_directory_of_the_same_name_knows_who_somebody_is(server: OpenIDProvider) -> None:
    gateway = Gateway(provider_of(server, name="acme"), provider_of(server))
    ada = gateway.idp().user("ada@example.com")["id"]
    with gateway.app.app_context(), gateway.scim._backend.begin(HOST, write=True) as work:
        work.sources.note(
            Origin(
                resource_id=ada,
                resource_type="User",
                source="directory:acme",
                reference=SUB,
            )
        )
        work.commit()
    browser = gateway.browser()
    browser.sign_in("acme")
    assert browser.whoami() == ada
    assert gateway.browser().sign_in("oidc").status_code == 403
