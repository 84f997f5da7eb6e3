"""Sign-in whose groups come from the identity provider's own API, by the real connectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flask_scim_teams.connectors.api import AT_SIGN_IN
from tests.connectors.conftest import KINDS
from tests.connectors.entra_api import PRINCIPAL
from tests.connectors.serving import Trouble
from tests.connectors.serving import break_off
from tests.connectors.serving import refuse
from tests.sso.house import House
from tests.sso.test_presets import teams_of

OVERAGE: dict[str, dict[str, Any]] = {
    "_claim_names": {
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": "https://graph.windows.net/x/getMemberObjects"}},
    },
    "hasgroups": {"hasgroups": True},
}
#: Below which path each API tells the groups of a person.
GROUPS_OF = {
    "entra": "/v1.0/users/",
    "google": "/admin/directory/v1/groups",
    "okta": "/api/v1/users/",
    "keycloak": "/admin/realms/staff/users/",
    "auth0": "/api/v2/users/",
}


@pytest.fixture(params=KINDS)
def house(request: pytest.FixtureRequest, open_house: Callable[..., House]) -> House:
    """Each provider in turn, with a token that tells no groups."""
    return open_house(request.param)


@pytest.mark.idp
def test_groups_that_no_claim_tells_are_asked_of_the_api(house: House) -> None:
    """Google never tells them, Okta's ID token is thin, Auth0's are roles."""
    assert house.sign_in().status_code == 302
    [identity] = house.gateway.identities
    assert identity.groups_known
    assert [group.name for group in identity.groups] == ["Blue"]
    assert teams_of(house.gateway, house.ada) == {"Blue"}
    # Out of one, into another: as the API has it at the next sign-in.
    house.api.company.fill("g-blue", [])
    house.api.company.fill("g-empty", ["ada"])
    assert house.sign_in().status_code == 302
    assert teams_of(house.gateway, house.ada) == {"Empty"}


@pytest.mark.idp
def test_who_is_in_no_group_any_more_leaves_the_teams(house: House) -> None:
    """A list that is empty is known; one that is missing is not."""
    house.sign_in()
    house.api.company.fill("g-blue", [])
    assert house.sign_in().status_code == 302
    assert house.gateway.identities[-1].groups_known
    assert teams_of(house.gateway, house.ada) == set()


@pytest.mark.idp
@pytest.mark.parametrize("claims", OVERAGE.values(), ids=OVERAGE)
def test_entras_overage_is_asked_of_graph(
    open_house: Callable[..., House], claims: dict[str, Any]
) -> None:
    """By object id, at Graph, within groups too; never at the address that the token names."""
    house = open_house("entra", claims)
    house.api.company.fill("g-blue", ["g-deep"])
    house.api.company.fill("g-deep", ["ada"])
    assert house.sign_in().status_code == 302
    assert teams_of(house.gateway, house.ada) == {"Blue", "Deep"}
    assert house.api.paths() == ["/v1.0/users/ada/transitiveMemberOf"]


@pytest.mark.idp
@pytest.mark.parametrize("kind", ["entra", "google", "okta"])
def test_pages_are_followed_to_the_last(open_house: Callable[..., House], kind: str) -> None:
    """Links of Graph, page tokens of Google, ``Link`` headers of Okta."""
    house = open_house(kind)
    house.api.page = 2
    for number in range(5):
        house.api.company.found(f"g-{number}", f"Group {number}", "ada")
    assert house.sign_in().status_code == 302
    assert teams_of(house.gateway, house.ada) == {"Blue", *(f"Group {n}" for n in range(5))}
    assert len(house.api.paths()) >= 3


@pytest.mark.idp
def test_a_short_wait_is_waited(house: House) -> None:
    """429 with ``Retry-After`` of what a person waits for."""
    house.api.troubles.append((GROUPS_OF[house.api.name], refuse(429, Retry_After="1")))
    assert house.sign_in().status_code == 302
    assert teams_of(house.gateway, house.ada) == {"Blue"}
    assert house.connect.waits == [1]


def cut_at_the_second_page(house: House) -> None:
    """Tell one page whole, and half of the next one."""
    house.api.page = 1
    for number in range(3):
        house.api.company.found(f"g-{number}", f"Group {number}", "ada")
    path = GROUPS_OF[house.api.name]
    house.api.troubles += [(path, lambda: None), (path, break_off), (path, break_off)]


TROUBLES: dict[str, tuple[Trouble, str]] = {
    "401": (refuse(401), "answered 401"),
    "403": (refuse(403), "answered 403"),
    "429": (refuse(429, Retry_After="30"), "wants to be left alone for 30 s"),
    "500": (refuse(500), "answered 500"),
    "cut off": (break_off, "broke its answer off"),
    "no list": (refuse(200, {"kind": 1, "value": None}), "answers in another form"),
}


def in_trouble(open_house: Callable[..., House], kind: str, trouble: Trouble, **more: Any) -> House:
    """Return a house where Ada is in Blue since her last sign-in, and the API in trouble."""
    house = open_house(kind, **more)
    house.sign_in()
    assert teams_of(house.gateway, house.ada) == {"Blue"}
    house.connect.waits.clear()
    house.api.company.fill("g-blue", [])
    house.api.company.found("g-new", "New", "ada")
    house.api.troubles += [(GROUPS_OF[kind], trouble)] * 2
    return house


def assert_nothing_changed(house: House, words: str) -> None:
    assert house.gateway.identities[-1].user_id == house.ada
    assert not house.gateway.identities[-1].groups_known
    assert teams_of(house.gateway, house.ada) == {"Blue"}
    assert words in house.detail()
    assert "Memberships stay as they are." in house.detail()
    assert "-access-" not in str(house.gateway.log())


@pytest.mark.idp
@pytest.mark.parametrize(("trouble", "words"), TROUBLES.values(), ids=TROUBLES)
def test_an_api_in_trouble_changes_nothing_and_the_person_signs_in(
    open_house: Callable[..., House], trouble: Trouble, words: str
) -> None:
    house = in_trouble(open_house, "entra", trouble)
    assert house.sign_in().status_code == 302
    assert_nothing_changed(house, words)
    # Nobody at the door waits for half a minute.
    assert sum(house.connect.waits) <= AT_SIGN_IN.total_wait


@pytest.mark.idp
@pytest.mark.parametrize("kind", ["entra", "google", "okta"])
def test_a_list_that_is_cut_off_between_pages_is_no_list(
    open_house: Callable[..., House], kind: str
) -> None:
    house = in_trouble(open_house, kind, refuse(500))
    house.api.troubles.clear()
    cut_at_the_second_page(house)
    assert house.sign_in().status_code == 302
    assert_nothing_changed(house, "broke its answer off")


@pytest.mark.idp
@pytest.mark.parametrize("trouble", ["403", "429"])
def test_who_needs_groups_is_not_let_in_without(
    open_house: Callable[..., House], trouble: str
) -> None:
    house = in_trouble(open_house, "entra", TROUBLES[trouble][0], require_groups=True)
    answer = house.sign_in()
    assert answer.status_code == 503
    assert "Which groups you are in could not be found out." in answer.text
    assert len(house.gateway.identities) == 1
    assert teams_of(house.gateway, house.ada) == {"Blue"}
    assert TROUBLES[trouble][1] in house.detail("tried to sign in")


@pytest.mark.idp
def test_groups_that_are_not_assigned_to_the_application_are_no_teams(
    open_house: Callable[..., House],
) -> None:
    """With ``service_principal_id``; whether they are cannot be skipped where it is unknown."""
    house = open_house("entra", options={"service_principal_id": PRINCIPAL})
    house.api.company.found("g-all", "Everybody", "ada")
    house.api.assigned = ["g-blue"]
    assert house.sign_in().status_code == 302
    assert teams_of(house.gateway, house.ada) == {"Blue"}
    for trouble in (refuse(403), refuse(404), break_off):
        house.api.troubles += [("/v1.0/servicePrincipals/", trouble)] * 2
        assert house.sign_in().status_code == 302
        house.api.troubles.clear()
        assert_nothing_changed(house, "what is assigned to the enterprise application")


@pytest.mark.idp
def test_ids_of_a_claim_are_not_named_past_what_is_assigned(
    open_house: Callable[..., House],
) -> None:
    """The claim may have all groups there are: which are offered, the API knows."""
    house = open_house(
        "entra",
        {"groups": ["g-blue", "g-all"]},
        options={"service_principal_id": PRINCIPAL},
    )
    house.api.company.found("g-all", "Everybody", "ada")
    house.api.assigned = ["g-blue"]
    assert house.sign_in().status_code == 302
    assert teams_of(house.gateway, house.ada) == {"Blue"}
    house.api.denied.add("/v1.0/servicePrincipals/")
    assert house.sign_in().status_code == 302
    assert_nothing_changed(house, "grant the application permission Application.Read.All")
