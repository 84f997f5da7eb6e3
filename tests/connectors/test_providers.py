"""What each provider's connector makes of its API: people, groups, members, one page or many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flask_scim_teams.core.definitions import ENTERPRISE_USER_SCHEMA
from flask_scim_teams.core.directory import DirectoryError
from flask_scim_teams.core.directory import DirectoryGroup
from tests.connectors.conftest import Connecting
from tests.connectors.entra_api import PRINCIPAL
from tests.connectors.google_api import ADMIN

Serve = Callable[[str], Any]


def quiet(what: str, done: int, of: int) -> None:
    """Hear of progress, and say nothing."""


def test_people_are_told_in_scims_form(api: Any, connect: Connecting) -> None:
    people = {one.id: one for one in connect(api).users()}
    ada = people["ada"].attributes
    assert set(people) == {"ada", "bob", "eve"}
    assert ada["userName"] == "ada@example.com"
    assert ada["name"] == {"givenName": "Ada", "familyName": "Byron"}
    assert ada["emails"] == [{"value": "ada@example.com", "type": "work", "primary": True}]
    if api.name in {"entra", "google", "okta"}:
        assert ada[ENTERPRISE_USER_SCHEMA.id]["department"] == "Engines"
    # accountEnabled, suspended, status, enabled, blocked.
    assert (people["ada"].active, people["eve"].active) == (True, False)


def test_every_page_is_read(api: Any, connect: Connecting) -> None:
    """100 is Graph's default page; Link, nextPageToken, first/max, and Auth0's searches."""
    # Auth0's searches end at a thousand; Keycloak's pages are as long as they are asked for.
    size = {"auth0": 1_103, "keycloak": 603}.get(api.name, 153)
    api.page = {"auth0": 100, "keycloak": 1_000}.get(api.name, 7)
    for number in range(size):
        api.company.hire(f"p{number:04}")
    for number in range(120):
        api.company.found(f"t{number:04}", f"Team {number}")
    api.company.found("g-large", "Large", *(f"p{number:04}" for number in range(150)))
    directory = connect(api)
    assert len({one.id for one in directory.users()}) == size + 3
    assert len({one.id for one in directory.groups()}) == 124
    assert sorted(directory.members("g-large")) == [f"p{number:04}" for number in range(150)]


def test_members_of_groups_within_are_members_where_the_provider_has_it_so(
    api: Any, connect: Connecting
) -> None:
    """Graph: transitiveMembers; Google: includeDerivedMembership; things are nobody."""
    inherits = api.name in {"entra", "google"}
    if api.name == "google":
        # Its groups have people and groups alone.
        api.company.fill("g-deep", ["bob"])
    directory = connect(api)
    assert set(directory.members("g-blue")) == ({"ada", "bob"} if inherits else {"ada"})
    assert directory.members("g-empty") == []


def test_groups_of_a_person(api: Any, connect: Connecting) -> None:
    directory = connect(api)
    names = {one.name for one in directory.groups_of("bob")}
    expected = {"entra": {"Deep", "Blue"}, "keycloak": {"Blue/Deep"}}
    assert names == expected.get(api.name, {"Deep"})
    assert directory.groups_of("eve") == []


def test_groups_of_nobody_are_an_error_and_not_none(api: Any, connect: Connecting) -> None:
    if api.name == "auth0":
        api.troubles.append(("/api/v2/users", lambda: api._answer(404, {})))
    with pytest.raises(DirectoryError, match="there is none"):
        connect(api).groups_of("nobody")


@pytest.mark.parametrize("person", ["", ".", "..", "..."])
def test_an_id_leads_nowhere_else(api: Any, connect: Connecting, person: str) -> None:
    with pytest.raises(DirectoryError, match="no id of a user"):
        connect(api).groups_of(person)
    assert api.paths() == []


def test_an_id_is_one_part_of_the_path(serve: Serve, connect: Connecting) -> None:
    """Auth0's ids have a bar in them."""
    api = serve("auth0")
    api.company.hire("auth0|a b?c=d#e")
    api.company.fill("g-blue", ["auth0|a b?c=d#e"])
    assert [one.name for one in connect(api).groups_of("auth0|a b?c=d#e")] == ["Blue"]


def test_directory_roles_are_no_groups(serve: Serve, connect: Connecting) -> None:
    """Graph's lists have whatever can hold a person, one of them called like a group."""
    api = serve("entra")
    assert connect(api).groups_of("ada") == [DirectoryGroup("g-blue", "Blue")]


def test_a_delegated_token_asks_for_its_owner(serve: Serve, connect: Connecting) -> None:
    api = serve("entra")
    api.good_tokens.add("delegated-bob")
    found = connect(api).groups_of("bob", token="delegated-bob")
    assert {one.id for one in found} == {"g-blue", "g-deep"}
    # No credentials of the application were needed.
    assert [one.path for one in api.asked] == ["/v1.0/me/transitiveMemberOf"]


def test_a_refused_delegated_token_is_not_replaced_by_the_applications(
    serve: Serve, connect: Connecting
) -> None:
    api = serve("entra")
    with pytest.raises(DirectoryError, match="credentials are not good"):
        connect(api).groups_of("bob", token="delegated-eve")
    assert len(api.asked) == 1


def test_only_assigned_groups_are_offered(serve: Serve, connect: Connecting) -> None:
    """appRoleAssignedTo, paged; the name is the group's, not what it was when it was assigned."""
    api = serve("entra")
    api.assigned = ["g-deep", "eve"]
    api.page = 1
    directory = connect(api, service_principal_id=PRINCIPAL)
    assert directory.groups() == [DirectoryGroup("g-deep", "Deep")]
    assert {one.id for one in directory.users()} == {"bob", "eve"}
    assert directory.groups_of("bob") == [DirectoryGroup("g-deep", "Deep")]


def test_what_is_assigned_is_unknown_without_the_permission(
    serve: Serve, connect: Connecting
) -> None:
    """A refused list of assignments is neither none nor all."""
    api = serve("entra")
    api.denied.add("/v1.0/servicePrincipals")
    with pytest.raises(DirectoryError, match=r"grant .*Application\.Read\.All"):
        connect(api, service_principal_id=PRINCIPAL).groups_of("bob")


def test_the_service_account_signs_for_the_administrator(serve: Serve, connect: Connecting) -> None:
    api = serve("google")
    connecting = connect(api)
    connecting.users()
    connecting.groups()
    [claims] = api.assertions
    assert (claims["sub"], claims["aud"]) == (ADMIN, f"{api.url}/token")
    assert claims["exp"] - claims["iat"] == 3_600


def test_a_group_of_the_whole_organisation_has_everybody(serve: Serve, connect: Connecting) -> None:
    """Google: a member of the type CUSTOMER."""
    api = serve("google")
    api.company.found("g-all", "All", "everyone")
    assert set(connect(api).members("g-all")) == {"ada", "bob", "eve"}


@pytest.mark.parametrize("old", [True, False], ids=["before-23", "since-23"])
def test_keycloaks_groups_in_groups_are_offered_by_path(
    serve: Serve, connect: Connecting, old: bool
) -> None:
    """Names repeat below other parents; since version 23 children have a list of their own."""
    api = serve("keycloak")
    api.old = old
    api.company.found("g-deeper", "Deep", "eve")
    api.company.fill("g-deep", ["bob", "g-deeper"])
    names = {one.name for one in connect(api).groups()}
    assert names == {"Blue", "Blue/Deep", "Blue/Deep/Deep", "Empty"}


def test_keycloaks_pages_may_be_short(serve: Serve, connect: Connecting) -> None:
    """A federation's users who are gone are left out after the page was cut."""
    api = serve("keycloak")
    for number in range(1_100):
        api.company.hire(f"p{number:04}")
    api.gone_from_federation = {f"p{number:04}" for number in range(0, 700, 9)}
    found = {one.id for one in connect(api).users()}
    assert found == api.company.people.keys() - api.gone_from_federation


@pytest.mark.parametrize("leaves_often", [False, True], ids=["once", "always"])
def test_nobody_is_lost_who_moves_over_the_edge_of_a_page(
    serve: Serve, connect: Connecting, leaves_often: bool
) -> None:
    """Keycloak pages by number: who is removed meanwhile moves all behind them."""
    api = serve("keycloak")
    for number in range(1_100):
        api.company.hire(f"p{number:04}")

    def somebody_leaves() -> None:
        if int(api.asked[-1].query["first"]) > 0 or leaves_often:
            del api.company.people[next(iter(api.company.people))]

    for _ in range(200 if leaves_often else 2):
        api.troubles.append(("/admin/realms/staff/users", somebody_leaves))
    if leaves_often:
        with pytest.raises(DirectoryError, match="changes faster than it can be read"):
            connect(api).users()
    else:
        assert {one.id for one in connect(api).users()} >= api.company.people.keys()


def test_auth0_users_made_at_the_same_instant(serve: Serve, connect: Connecting) -> None:
    """A page that begins where it ended goes on by number; a search ends at a thousand."""
    api = serve("auth0")
    for number in range(1_100):
        api.company.hire(f"p{number:04}")
    api.together = 450
    assert len({one.id for one in connect(api).users()}) == 1_103
    api.together = 1_101
    with pytest.raises(DirectoryError, match="same instant"):
        connect(api).users()


def test_auth0_organizations_as_groups(serve: Serve, connect: Connecting) -> None:
    api = serve("auth0")
    directory = connect(api, groups="organizations")
    assert {one.name for one in directory.groups()} == {"Blue", "Deep", "Empty"}
    assert directory.members("g-blue") == ["ada"]
    assert [one.name for one in directory.groups_of("ada")] == ["Blue"]
    assert "/api/v2/organizations/g-blue/members" in api.paths()


def test_members_only(api: Any, connect: Connecting) -> None:
    """Who is in no group is read, and not meant."""
    snapshot = connect(api, people="members").read("", quiet)
    assert (snapshot.complete, snapshot.offered) == (True, frozenset())
    everybody = connect(api).read("", quiet)
    assert everybody.offered is None
    assert {one.group.id for one in everybody.rosters} == {"g-blue", "g-deep", "g-empty"}
