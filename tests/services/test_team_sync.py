"""Teams that follow groups, case by case."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import pytest

from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import Roster
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.services.team_sync import Step
from flask_scim_teams.services.team_sync import TeamPolicy
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from tests.hosts import Storage
from tests.services.house import READ
from tests.services.house import SCIM
from tests.services.house import SIGN_IN
from tests.services.house import House


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def every_storage(request: pytest.FixtureRequest, storages: Callable[[str], Storage]) -> Storage:
    return storages(request.param)


MADE_BY_HAND = (
    "The team Group hand was made by hand, and is not taken for the group of its name: rename one "
    "of them, or let the sync adopt teams by name."
)


def words(steps: Sequence[Step]) -> list[str]:
    return [step.words for step in steps]


def test_steps_are_said_in_words(house: House) -> None:
    sync, people = house.scim.team_sync, house.people
    groups = [DirectoryGroup("one", "Platform"), DirectoryGroup("scim", "Group scim")]
    told = [Roster(group, (*people, "nobody")) for group in groups]
    steps = sync.plan_rosters(READ, told)
    assert words(steps) == [
        "create team Platform",
        "add p0 and p1 to Platform",
        "team Group scim is left to SCIM",
    ]
    report = sync.apply(READ, steps)
    assert (words(report.done), words(report.left)) == (words(steps[:2]), words(steps[2:]))
    assert words(sync.plan_person(SIGN_IN, people[0], [])) == []
    house.alter("hand", Op.ADD, 0)
    renamed = [Roster(DirectoryGroup("one", "Core"), people[:1])]
    renamed += [Roster(DirectoryGroup("hand", "Group hand"), people)]
    assert words(sync.plan_rosters(READ, renamed)) == [
        "remove p1 from Platform",
        "rename team Platform to Core",
        MADE_BY_HAND,
    ]


def test_a_team_follows_its_groups_name_and_not_another_teams(house: House) -> None:
    """A name that is taken keeps nobody out of the team, and in it."""
    sync, people = house.scim.team_sync, house.people

    def read(name: str, *members: str) -> tuple[list[str], list[str]]:
        steps = sync.plan_rosters(READ, [Roster(DirectoryGroup("one", name), members)])
        report = sync.apply(READ, steps)
        return words(report.done), [one.words for one in report.failed]

    read("Platform", people[0])
    assert read("Group hand", people[1]) == (
        ["add p1 to Platform", "remove p0 from Platform"],
        ["The value of displayName is already in use."],
    )
    assert house.state() == {"Platform": {1}}
    assert read("Core", people[1]) == (["rename team Platform to Core"], [])
    # Renamed by hand: the group's name is still what it was, so that nothing new is said.
    house.note_teams()
    operation = Operation(Op.REPLACE, "displayName", "Mine")
    scim = house.scim
    scim.provisioning.modify(HOST, scim.types.group, house.teams["one"], [operation], related=False)
    assert read("Core", people[1]) == ([], [])
    assert house.state() == {"Mine": {1}}


@pytest.mark.parametrize(
    ("gone", "by_hand", "left"),
    [
        ("keep", False, {"Platform": {0, 1}}),
        ("empty", False, {}),
        ("empty", True, {"Platform": {1}}),
        ("delete", False, None),
        ("delete", True, {"Platform": {1}}),
    ],
)
def test_a_group_that_is_gone(
    house: House, gone: Any, by_hand: bool, left: dict[str, set[int]] | None
) -> None:
    sync = house.scim.team_sync.under(TeamPolicy(gone=gone))
    told = [Roster(DirectoryGroup("one", "Platform"), tuple(house.people))]
    sync.apply(READ, sync.plan_rosters(READ, told))
    house.note_teams()
    if by_hand:
        house.change(HOST, "one", Op.ADD, 1)
    steps = sync.plan_rosters(READ, [], gone=["one", "never was"])
    assert sync.apply(READ, steps).failed == ()
    assert house.state() == (left or {})
    with house.storage.backend.begin(HOST, write=False) as work:
        assert (work.teams.get(house.teams["one"]) is None) is (left is None)
    assert sync.plan_rosters(READ, [], gone=["one"]) == []


def test_teams_are_made_for_the_groups_and_with_what_the_host_says(house: House) -> None:
    policy = TeamPolicy(
        create=lambda group: group.id != "two",
        defaults=lambda group: {"displayName": f"not {group.name}"},
    )
    sync = house.scim.team_sync.under(policy)
    told = [Roster(DirectoryGroup(id, f"Group {id}")) for id in ("one", "two")]
    steps = sync.plan_rosters(READ, told)
    assert words(steps) == ["create team Group one"]
    assert sync.apply(READ, steps).failed == ()
    assert sync.plan_rosters(READ, told) == []


def test_groups_of_one_name_get_one_team(house: House) -> None:
    """Entra's groups may share a name: the second is told of, and nobody is mixed up."""
    told = [Roster(DirectoryGroup(id, "Staff"), (house.people[at],)) for at, id in enumerate("ab")]
    sync = house.scim.team_sync
    report = sync.apply(READ, sync.plan_rosters(READ, told))
    assert words(report.left) == [
        "The groups a and b are both called Staff: the second gets no team."
    ]
    assert house.state() == {"Staff": {0}}


def test_two_who_sign_in_at_once_get_one_team(house: House) -> None:
    """Both plans say that the team has to be made; whoever is second joins it."""
    sync, group = house.scim.team_sync, DirectoryGroup("one", "Platform")
    plans = [sync.plan_person(SIGN_IN, one, [group]) for one in house.people]
    for plan in plans:
        assert sync.apply(SIGN_IN, plan).failed == ()
    assert house.state() == {"Platform": {0, 1}}


def test_what_becomes_scims_is_left_to_scim_from_then_on(house: House) -> None:
    """Between a plan and its steps, too."""
    sync, people = house.scim.team_sync, house.people
    told = [Roster(DirectoryGroup("one", "Platform"), tuple(people))]
    sync.apply(READ, sync.plan_rosters(READ, told))
    house.note_teams()
    planned = sync.plan_rosters(READ, [Roster(DirectoryGroup("one", "Platform"))])
    house.change(SCIM, "one", Op.REMOVE, 0)
    version = house.versions()["one"]
    [failure] = sync.apply(READ, planned).failed
    assert failure.words == "The team has become SCIM's, and is left to it."
    # What the directory said of it is taken back, and nobody leaves.
    steps = sync.plan_rosters(READ, told)
    assert [(step.verb, len(step.members)) for step in steps] == [("leave", 2)]
    sync.apply(READ, steps)
    assert sync.plan_rosters(READ, told)[0].acts is False
    assert (house.state(), house.versions()["one"]) == ({"Platform": {1}}, version)


@pytest.mark.parametrize("caller", [HOST, SCIM], ids=["host", "scim"])
def test_a_sync_is_of_a_source(house: House, caller: Caller) -> None:
    with pytest.raises(ValueError, match="A sync is of a source"):
        house.scim.team_sync.plan_rosters(caller, [])


def test_a_sync_is_logged_as_what_it_is(house: House) -> None:
    sync = house.scim.team_sync
    told = [Roster(DirectoryGroup("one", "Platform"), (house.people[0],))]
    sync.apply(READ, sync.plan_rosters(READ, told))
    sync.apply(SIGN_IN, sync.plan_person(SIGN_IN, house.people[1], [told[0].group]))
    newest, older, *_ = house.scim.log.search().entries
    assert (older.actor, older.source, older.action) == (
        "directory",
        "directory:acme",
        "created team with 1 member",
    )
    assert (newest.actor, newest.source, newest.action) == (
        "sso",
        "sso:acme",
        "added 1 member to team",
    )
    assert newest.after == {"members": {"count": 1, "ids": [house.people[1]]}}
