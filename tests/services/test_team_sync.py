"""Teams that follow groups: what random histories come to, and the cases one by one.

The oracle is a plain dictionary of the rules in ``docs/ownership.rst``.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import Roster
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.services.team_sync import Step
from flask_scim_teams.services.team_sync import TeamPolicy
from flask_scim_teams.services.team_sync import TeamSync
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from tests.hosts import Storage

SCIM = Caller(connection_id="c1")
SIGN_IN = Caller(source="sso:acme")
#: The directory of the same provider, and one that nobody signs in with.
READ = Caller(source="directory:acme")
OTHER = Caller(source="directory:other")
#: One that SCIM has a team of, one that nobody knows, one whose name a team made by hand has.
GROUPS = ("scim", "one", "hand")
PEOPLE = range(2)

Claims = dict[tuple[str, int], set[str]]


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def every_storage(request: pytest.FixtureRequest, storages: Callable[[str], Storage]) -> Storage:
    return storages(request.param)


@pytest.fixture
def house(storage: Storage, scim: ScimTeams, app: Flask) -> Iterator[House]:
    with app.app_context():
        yield House(storage, scim)


class House:
    """A service with people, a team of SCIM's and one that was made by hand."""

    def __init__(self, storage: Storage, scim: ScimTeams) -> None:
        self.storage = storage
        self.scim = scim
        self.begin()

    def begin(self) -> None:
        """Start anew."""
        self.storage.clear()
        self.people = [self._make(HOST, "user", userName=f"p{one}") for one in PEOPLE]
        self.teams = {
            "scim": self._make(SCIM, "group", "scim", displayName="Group scim"),
            "hand": self._make(HOST, "group", displayName="Group hand"),
        }

    def _make(
        self, caller: Caller, kind: str, external_id: str | None = None, **attributes: Any
    ) -> str:
        draft = Draft(attributes=attributes, external_id=external_id)
        resource_type = getattr(self.scim.types, kind)
        made = self.scim.provisioning.create(caller, resource_type, draft, related=False)
        return made.resource.id

    def change(self, caller: Caller, team: str, op: Op, *people: int) -> None:
        """Add or remove members, as a request does."""
        members = [{"value": self.people[one]} for one in people]
        operation = (
            Operation(op, "members", members)
            if op is Op.ADD
            else Operation(op, f'members[value eq "{self.people[people[0]]}"]')
        )
        self.scim.provisioning.modify(
            caller, self.scim.types.group, self.teams[team], [operation], related=False
        )

    def alter(self, team: str, op: Op, person: int) -> None:
        """Add or remove a member behind the library's back, as the host's own code does."""
        with self.storage.backend.begin(HOST, write=True) as work:
            work.teams.lock(self.teams[team])
            change = work.memberships.add if op is Op.ADD else work.memberships.remove
            change(self.teams[team], [self.people[person]])
            work.commit()

    def state(self) -> dict[str, set[int]]:
        """Return who is in which team, by its name."""
        with self.storage.backend.begin(HOST, write=False) as work:
            found = {}
            for one in PEOPLE:
                for team in work.memberships.of_users([self.people[one]])[self.people[one]]:
                    found.setdefault(team.display or "", set()).add(one)
        return found

    def note_teams(self) -> None:
        """Look up the teams that were made for groups."""
        with self.storage.backend.begin(HOST, write=False) as work:
            for source in (SIGN_IN.source, READ.source, OTHER.source):
                for reference, id in work.sources.find(source, GROUPS).items():
                    self.teams[reference] = id

    def versions(self) -> Mapping[str, int]:
        """Return the versions of teams."""
        with self.storage.backend.begin(HOST, write=False) as work:
            teams = work.teams.get_many(list(self.teams.values()))
        return {name: teams[id].version for name, id in self.teams.items()}


@dataclass
class Model:
    """What the rules say, over plain dictionaries.

    :param known: which sources know which group's team.
    """

    names: dict[str, str] = field(default_factory=lambda: {one: f"Group {one}" for one in GROUPS})
    members: dict[str, set[int]] = field(default_factory=lambda: {"scim": set(), "hand": set()})
    claims: Claims = field(default_factory=dict)
    known: dict[str, set[str]] = field(default_factory=dict)

    def said(self, team: str, person: int) -> set[str]:
        return self.claims.setdefault((team, person), set())

    def to_the_letter(self, source: str, team: str, op: Op, person: int) -> None:
        if op is Op.ADD:
            self.members[team].add(person)
            self.said(team, person).add(source)
        else:
            self.members[team].discard(person)
            self.said(team, person).discard(source)

    def alter(self, team: str, op: Op, person: int) -> None:
        (self.members[team].add if op is Op.ADD else self.members[team].discard)(person)

    def may_fill(self, source: str, group: str, *, adopt: bool) -> bool:
        """Whether a source has a team for a group: its own, its provider's, or a new one."""
        own = {source, *(f"{kind}:{source.partition(':')[2]}" for kind in ("sso", "directory"))}
        if group == "scim":
            return False
        if group in self.members and not self.known.get(group):
            if not adopt:
                return False
        elif self.known.get(group) and not own & self.known[group]:
            return False
        self.members.setdefault(group, set())
        self.known.setdefault(group, set()).add(source)
        return True

    def joins(self, source: str, team: str, person: int) -> None:
        said = self.said(team, person)
        if person not in self.members[team]:
            self.members[team].add(person)
            # Whoever put them there by hand has taken them out by hand.
            said.discard("")
        elif not said:
            said.add("")
        said.add(source)

    def leaves(self, source: str, team: str, person: int, *, keep_manual: bool) -> None:
        own = {source}
        if source.startswith("directory:"):
            own.add(f"sso:{source.partition(':')[2]}")
        said = self.said(team, person)
        if team == "scim":
            said.discard(source)
            return
        was, others = said & own, said - own - {""}
        by_hand = "" in said or not was
        if keep_manual and not was:
            return
        said -= own
        if not keep_manual:
            said.discard("")
        if not others and not (by_hand and keep_manual):
            self.members[team].discard(person)

    def sign_in(self, person: int, groups: Sequence[str], policy: TeamPolicy) -> None:
        source, keep = SIGN_IN.source, policy.keep_manual
        filled = [one for one in groups if self.may_fill(source, one, adopt=policy.adopt_by_name)]
        for team in filled:
            self.joins(source, team, person)
        for team in self.members:
            mine = source in self.said(team, person)
            own = source in self.known.get(team, ()) and not keep
            if team not in filled and (mine or own):
                self.leaves(source, team, person, keep_manual=keep)

    def sync(
        self, source: str, rosters: Mapping[str, tuple[set[int], bool]], policy: TeamPolicy
    ) -> None:
        for team, (people, complete) in rosters.items():
            if not self.may_fill(source, team, adopt=policy.adopt_by_name):
                continue
            for person in sorted(people):
                self.joins(source, team, person)
            for person in PEOPLE if complete else ():
                if person not in people:
                    self.leaves(source, team, person, keep_manual=policy.keep_manual)

    def state(self) -> dict[str, set[int]]:
        return {self.names[team]: people for team, people in self.members.items() if people}


def apply(sync: TeamSync, caller: Caller, plan: Callable[[], list[Step]], cut: int) -> None:
    """Apply a plan, cut after some steps and made again; what is planned is what is done."""
    sync.apply(caller, plan()[:cut])
    steps = plan()
    report = sync.apply(caller, steps)
    assert report.failed == ()
    assert sorted(map(str, (*report.done, *report.left))) == sorted(map(str, steps))
    again = plan()
    assert not any(step.acts for step in again), [step.words for step in again]


person = st.sampled_from(list(PEOPLE))
ops = st.sampled_from([Op.ADD, Op.REMOVE])
some_groups = st.lists(st.sampled_from(GROUPS), unique=True)
rosters = st.dictionaries(
    st.sampled_from(GROUPS), st.tuples(st.sets(person), st.booleans()), max_size=3
)
actions = st.one_of(
    st.tuples(st.just("scim"), ops, person),
    st.tuples(st.just("by hand"), st.sampled_from(GROUPS), ops, person),
    st.tuples(st.just("behind"), st.sampled_from(GROUPS), ops, person),
    st.tuples(st.just("sign in"), person, some_groups, st.integers(0, 4)),
    st.tuples(st.just("read"), rosters, st.integers(0, 6)),
    st.tuples(st.just("other"), rosters, st.integers(0, 6)),
)


def play(house: House, history: Sequence[Any], policy: TeamPolicy) -> None:
    house.begin()
    model, sync = Model(), house.scim.team_sync.under(policy)
    for action in history:
        before = house.versions()["scim"]
        match action:
            case ("scim", op, person):
                house.change(SCIM, "scim", op, person)
                model.to_the_letter(SCIM.source, "scim", op, person)
            case ("by hand", team, op, person) if team in house.teams:
                house.change(HOST, team, op, person)
                model.to_the_letter("", team, op, person)
            case ("behind", team, op, person) if team in house.teams:
                house.alter(team, op, person)
                model.alter(team, op, person)
            case ("sign in", person, groups, cut):
                told = [DirectoryGroup(one, f"Group {one}") for one in groups]
                who = house.people[person]
                apply(
                    sync,
                    SIGN_IN,
                    lambda who=who, told=told: sync.plan_person(SIGN_IN, who, told),
                    cut,
                )
                model.sign_in(person, groups, policy)
            case ("read" | "other" as kind, told, cut):
                caller = READ if kind == "read" else OTHER
                listed = [
                    Roster(
                        DirectoryGroup(one, f"Group {one}"),
                        tuple(house.people[person] for person in sorted(people)),
                        complete,
                    )
                    for one, (people, complete) in told.items()
                ]
                apply(
                    sync,
                    caller,
                    lambda caller=caller, listed=listed: sync.plan_rosters(caller, listed),
                    cut,
                )
                model.sync(caller.source, told, policy)
        house.note_teams()
        assert house.state() == model.state(), action
        if action[0] in ("sign in", "read", "other"):
            assert house.versions()["scim"] == before


BOTH, SECOND = {"one": ({0, 1}, True)}, {"one": ({1}, True)}
#: Put into a team by hand, before the directory says so too.
BY_HAND_FIRST = [("read", SECOND, 0), ("behind", "one", Op.ADD, 0), ("read", BOTH, 0)]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    history=st.lists(actions, max_size=10),
    keep_manual=st.booleans(),
    adopt_by_name=st.booleans(),
)
@example(history=[*BY_HAND_FIRST, ("read", SECOND, 0)], keep_manual=True, adopt_by_name=False)
@example(history=[*BY_HAND_FIRST, ("read", SECOND, 0)], keep_manual=False, adopt_by_name=False)
@example(
    history=[
        *BY_HAND_FIRST,
        ("behind", "one", Op.REMOVE, 0),
        ("read", BOTH, 0),
        ("read", SECOND, 0),
    ],
    keep_manual=True,
    adopt_by_name=False,
)
@example(
    history=[("sign in", 0, ["one"], 0), ("read", BOTH, 0), ("sign in", 0, [], 0)],
    keep_manual=True,
    adopt_by_name=False,
)
@example(
    history=[("sign in", 0, ["one"], 0), ("read", BOTH, 0), ("read", SECOND, 0)],
    keep_manual=True,
    adopt_by_name=False,
)
@example(
    history=[("read", BOTH, 0), ("by hand", "one", Op.ADD, 0), ("read", SECOND, 0)],
    keep_manual=True,
    adopt_by_name=False,
)
@example(
    history=[
        ("read", BOTH, 0),
        ("by hand", "one", Op.REMOVE, 0),
        ("read", SECOND, 1),
        ("read", BOTH, 2),
    ],
    keep_manual=True,
    adopt_by_name=False,
)
def test_any_history_comes_to_what_the_rules_say(
    house: House, history: list[Any], keep_manual: bool, adopt_by_name: bool
) -> None:
    policy = TeamPolicy(keep_manual=keep_manual, adopt_by_name=adopt_by_name)
    play(house, history, policy)


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
