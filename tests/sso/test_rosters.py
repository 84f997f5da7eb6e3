"""A group is assigned, somebody of it signs in, and the team is there with its members."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import pytest

from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.sso import Link
from flask_scim_teams.sso import RosterLimits
from flask_scim_teams.sso import oidc
from flask_scim_teams.storage.interface import HOST
from tests.connectors.conftest import KINDS
from tests.connectors.entra_api import PRINCIPAL
from tests.connectors.serving import Trouble
from tests.connectors.serving import break_off
from tests.connectors.serving import refuse
from tests.hosts import Storage
from tests.sso.house import House
from tests.sso.test_presets import teams_of

Open = Callable[..., House]

#: Below which path Graph tells the roster of Blue.
BLUE = "/v1.0/groups/g-blue/transitiveMembers"


def people(house: House, team: str = "Blue") -> set[str]:
    """Return the names of the people in a team."""
    idp = house.idp()
    users = {one["id"]: one["userName"] for one in idp.get("/Users").get_json()["Resources"]}
    for one in idp.get("/Groups").get_json()["Resources"]:
        if one["displayName"] == team:
            return {users[member] for member in idp.members(one["id"])}
    return set()


def with_others(house: House, *names: str) -> House:
    """Have others in Blue as well, of whom those are users here who are named."""
    company = house.api.company
    company.hire("grace")
    company.hire("fay")
    company.fill("g-blue", ["ada", "bob", "grace", "fay"])
    for name in names:
        house.idp().user(name, externalId=name)
    return house


@pytest.mark.idp
@pytest.mark.parametrize("kind", KINDS)
def test_whoever_is_a_user_here_comes_into_the_team(open_house: Open, kind: str) -> None:
    """Of the others none is made: whoever may sign in is not decided by who else does."""
    house = with_others(open_house(kind, rosters=True), "bob", "grace")
    # In pages, but for Keycloak's admin API, whose pages overlap.
    house.api.page = 1_000 if kind == "keycloak" else 2
    assert house.sign_in().status_code == 302
    assert people(house) == {"ada@acme.example", "bob", "grace"}
    assert house.idp().get("/Users").get_json()["totalResults"] == 3
    assert "add bob and grace to Blue" in house.detail()
    # Once more there is nothing to do.
    assert house.sign_in().status_code == 302
    assert house.detail() == ""


@pytest.mark.idp
@pytest.mark.parametrize("kind", KINDS)
def test_a_roster_and_ones_own_groups_never_contradict(open_house: Open, kind: str) -> None:
    """Whom the one puts into a team, the other does not take out of it: groups within too."""
    house = open_house(kind, rosters=True)
    house.idp().user("bob", externalId="bob")
    house.sign_in()
    teams = people(house), people(house, "Deep")
    house.server.person |= {"sub": "bob", "oid": "bob"}
    house.sign_in()
    assert "remove" not in house.detail()
    house.server.person |= {"sub": "ada", "oid": "ada"}
    house.sign_in()
    assert people(house) == teams[0]
    assert house.detail() == ""


@pytest.mark.parametrize("storage_kind", ["memory", "sqlite"])
def test_who_left_the_group_leaves_the_team_and_who_was_put_there_by_hand_stays(
    open_house: Open, storages: Callable[[str], Storage], storage_kind: str
) -> None:
    storages(storage_kind).clear()
    hosting = {"backend": storages(storage_kind).backend}
    house = with_others(open_house("entra", rosters=True, hosting=hosting), "bob", "grace")
    eve = house.idp().user("eve", externalId="eve")["id"]
    house.sign_in()
    with house.gateway.app.app_context():
        scim = house.gateway.scim
        [team] = house.idp().get("/Groups").get_json()["Resources"]
        adding = [Operation(Op.ADD, "members", [{"value": eve}])]
        scim.provisioning.modify(HOST, scim.types.group, team["id"], adding, related=False)
    house.api.company.fill("g-blue", ["ada", "grace"])
    house.sign_in()
    assert people(house) == {"ada@acme.example", "grace", "eve"}
    assert "remove bob from Blue" in house.detail()


def test_who_signed_in_before_is_known_by_that(open_house: Open) -> None:
    """Linked by name, nobody's externalId says who they are."""
    link = Link("preferred_username", "userName")
    house = with_others(open_house("entra", rosters=True, link=link))
    idp = house.idp()
    idp.user("bob")
    # Whatever else is called as somebody is there.
    idp.user("not-grace", externalId="grace")
    house.server.person |= {"oid": "bob", "preferred_username": "bob"}
    house.sign_in()
    house.api.company.fill("g-empty", ["ada", "bob", "grace"])
    house.server.person |= {"oid": "ada", "preferred_username": "ada@acme.example"}
    house.sign_in()
    assert people(house, "Empty") == {"ada@acme.example", "bob"}


def test_people_of_another_provider_are_not_taken_for_its_own(open_house: Open) -> None:
    """An externalId is one connection's word."""
    house = open_house(
        "entra", rosters=True, connection="Entra", hosting={"connections": ["Entra", "Okta"]}
    )
    house.gateway.idp("Okta").user("not-bob", externalId="bob")
    house.idp().user("grace", externalId="grace")
    with_others(house)
    assert house.sign_in().status_code == 302
    assert people(house) == {"ada@acme.example", "grace"}


def test_two_users_of_one_external_id_are_nobody(open_house: Open) -> None:
    house = with_others(open_house("entra", rosters=True), "grace")
    for name in ("bob", "bob-2"):
        house.idp().user(name, externalId="bob")
    house.sign_in()
    assert people(house) == {"ada@acme.example", "grace"}


def test_a_team_of_scim_is_left_to_scim(open_house: Open) -> None:
    """Its roster is not even asked for."""
    house = with_others(open_house("entra", rosters=True), "bob")
    grace = house.idp().user("grace", externalId="grace")["id"]
    house.idp().team("Blue", grace)
    assert house.sign_in().status_code == 302
    assert people(house) == {"grace"}
    assert BLUE not in house.api.paths()
    assert house.detail() == "team Blue is left to SCIM"


TROUBLES: dict[str, tuple[Trouble, str]] = {
    "401": (refuse(401), "answered 401"),
    "403": (refuse(403), "grant the application permission GroupMember.Read.All"),
    "404": (refuse(404), "answered 404"),
    "429": (refuse(429, Retry_After="30"), "wants to be left alone for 30 s"),
    "500": (refuse(500), "answered 500"),
    "cut off": (break_off, "broke its answer off"),
    "no list": (refuse(200, {"value": None}), "answers in another form"),
}


@pytest.mark.idp
@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize(("trouble", "words"), TROUBLES.values(), ids=TROUBLES)
def test_a_roster_that_cannot_be_read_changes_nothing_and_keeps_nobody_out(
    open_house: Open, trouble: Trouble, words: str, page: int
) -> None:
    """Not even what was read of it; other groups have theirs, and the person has their own."""
    house = with_others(open_house("entra", rosters=True, require_groups=True), "bob", "grace")
    house.api.company.fill("g-blue", ["ada", "bob"])
    house.sign_in()
    house.api.page = 1
    house.api.company.fill("g-blue", ["ada", "grace"])
    house.api.company.fill("g-empty", ["ada", "grace"])
    house.api.troubles += [(BLUE, lambda: None)] * (page - 1) + [(BLUE, trouble)] * 2
    assert house.sign_in().status_code == 302
    assert house.gateway.identities[-1].groups_known
    assert people(house) == {"ada@acme.example", "bob"}
    assert people(house, "Empty") == {"ada@acme.example", "grace"}
    assert house.detail().startswith("The roster of Blue is unknown (Microsoft Graph ")
    assert words in house.detail()


@pytest.mark.parametrize(
    ("limits", "words", "added"),
    [
        (RosterLimits(people=2), "The roster of Blue was read no further than 2 people", True),
        (RosterLimits(groups=0), "The rosters of 2 groups were left for later", False),
        (RosterLimits(seconds=0), "The rosters of 2 groups were left for later", False),
    ],
    ids=["people", "groups", "seconds"],
)
def test_what_is_not_read_to_its_end_takes_nobody_out(
    open_house: Open, limits: RosterLimits, words: str, added: bool
) -> None:
    house = with_others(open_house("entra", rosters=limits), "bob", "grace")
    house.server.person["oid"] = "bob"
    house.api.company.fill("g-blue", ["bob"])
    house.sign_in()
    house.server.person["oid"] = "ada"
    house.api.company.fill("g-blue", ["ada", "grace", "fay"])
    house.api.company.fill("g-empty", ["ada"])
    assert house.sign_in().status_code == 302
    assert people(house) == {"ada@acme.example", "bob"} | ({"grace"} if added else set())
    assert words in house.detail()


@pytest.mark.idp
def test_only_assigned_groups_become_teams(open_house: Open) -> None:
    """Where it is not known which are assigned, nothing is; a claim does not stand in for it."""
    house = open_house(
        "entra", {"groups": ["g-all"]}, rosters=True, options={"service_principal_id": PRINCIPAL}
    )
    with_others(house, "bob")
    house.api.company.found("g-all", "Everybody", "ada", "bob")
    house.api.assigned = ["g-blue"]
    house.sign_in()
    assert people(house) == {"ada@acme.example", "bob"}
    assert teams_of(house.gateway, house.ada) == {"Blue"}
    house.api.company.fill("g-blue", ["ada"])
    house.api.denied.add("/v1.0/servicePrincipals/")
    house.api.asked.clear()
    assert house.sign_in().status_code == 302
    assert not house.gateway.identities[-1].groups_known
    assert people(house) == {"ada@acme.example", "bob"}
    assert BLUE not in house.api.paths()
    assert "Application.Read.All" in house.detail()


class Lookup:
    """A host's own way to ask."""

    def __init__(self, *pages: Any) -> None:
        self.pages: Sequence[Any] = pages

    def groups_of(self, person: str, *, token: str | None = None) -> list[DirectoryGroup]:
        return [DirectoryGroup("g-blue", "Blue")]

    def roster(self, group_id: str) -> Iterator[Sequence[str]]:
        for page in self.pages:
            if isinstance(page, Exception):
                raise page
            yield page


def test_a_roster_without_the_person_takes_nobody_out(open_house: Open) -> None:
    """It is not of today, or knows people by other ids than the tokens."""
    lookup = Lookup(["ada", "bob"])
    house = with_others(open_house("entra", rosters=True, groups_from=lookup), "bob", "grace")
    house.sign_in()
    lookup.pages = [["grace"], []]
    house.sign_in()
    assert people(house) == {"ada@acme.example", "bob", "grace"}
    lookup.pages = [["grace"], ["ada"]]
    house.sign_in()
    assert people(house) == {"ada@acme.example", "grace"}


def test_what_a_hosts_own_function_fails_with_is_told_nowhere(
    open_house: Open, caplog: pytest.LogCaptureFixture
) -> None:
    lookup = Lookup(["ada", "bob"], RuntimeError("Authorization: Bearer of the host"))
    house = with_others(open_house("entra", rosters=True, groups_from=lookup), "bob")
    assert house.sign_in().status_code == 302
    assert people(house) == {"ada@acme.example"}
    assert "The roster of Blue is unknown (RuntimeError)." in house.detail()
    assert "Bearer" not in caplog.text + str(house.gateway.log())


def test_rosters_take_somebody_who_has_them() -> None:
    class Groups:
        def groups_of(self, person: str, *, token: str | None = None) -> list[DirectoryGroup]:
            return []

    for lookup in (None, Groups()):
        with pytest.raises(SetupError, match="a method roster"):
            oidc(issuer="https://a.example", client_id="x", groups_from=lookup, rosters=True)
