"""Teams that follow groups: what random histories come to.

The oracle is a plain dictionary of the rules in ``docs/ownership.rst``.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import Roster
from flask_scim_teams.core.patch import Op
from flask_scim_teams.services.team_sync import Step
from flask_scim_teams.services.team_sync import TeamPolicy
from flask_scim_teams.services.team_sync import TeamSync
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from tests.hosts import Storage
from tests.services.house import GROUPS
from tests.services.house import OTHER
from tests.services.house import PEOPLE
from tests.services.house import READ
from tests.services.house import SCIM
from tests.services.house import SIGN_IN
from tests.services.house import House

Claims = dict[tuple[str, int], set[str]]


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def every_storage(request: pytest.FixtureRequest, storages: Callable[[str], Storage]) -> Storage:
    return storages(request.param)


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
