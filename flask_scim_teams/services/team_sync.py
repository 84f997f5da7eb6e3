"""Teams that follow groups: what identity providers say at sign-in, and what directories hold.

A plan is made first, and applied then: the steps that are shown are the steps that are done. One
unit of work a team, so that a run may be cut anywhere and made again.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import Roster
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.ownership import BY_HAND
from flask_scim_teams.core.ownership import is_scim
from flask_scim_teams.core.ownership import spoken_for
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.team_plan import Step as Step
from flask_scim_teams.core.team_plan import TeamPolicy as TeamPolicy
from flask_scim_teams.core.team_plan import TeamState
from flask_scim_teams.core.team_plan import Verb as Verb
from flask_scim_teams.core.team_plan import shown
from flask_scim_teams.core.team_plan import steps_in_team
from flask_scim_teams.services.adapters import not_found
from flask_scim_teams.services.provisioning import Provisioning
from flask_scim_teams.services.refusals import in_words
from flask_scim_teams.services.team_changes import TeamChanges
from flask_scim_teams.services.team_groups import Found
from flask_scim_teams.services.team_groups import find_teams
from flask_scim_teams.services.words import name_of
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Origin
from flask_scim_teams.storage.interface import Work

# Groups whose members are read together.
_PORTION = 100


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that could not be done; nothing of its team's is, until the next run.

    :param words: why not.
    """

    step: Step
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What came of steps.

    :param done: those that were done.
    :param left: those that say why nothing is done: what is SCIM's, and clashes of names.
    :param failed: those that could not be done now.
    """

    done: tuple[Step, ...] = ()
    left: tuple[Step, ...] = ()
    failed: tuple[Failure, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Return a line for each step."""
        return (
            *(step.words for step in self.done),
            *(step.words for step in self.left),
            *(f"{one.step.words}: {one.words}" for one in self.failed),
        )

    def __add__(self, other: SyncReport) -> SyncReport:
        return SyncReport(
            done=self.done + other.done,
            left=self.left + other.left,
            failed=self.failed + other.failed,
        )


class TeamSync:
    """Plans and applies what a source says of teams.

    The caller says which source: ``sso:`` or ``directory:`` and a name. What is not known - a claim
    that was left out, a list that could not be fetched - is nothing to call this with.
    """

    def __init__(
        self, backend: Backend, provisioning: Provisioning, policy: TeamPolicy | None = None
    ) -> None:
        self.policy = policy or TeamPolicy()
        self._backend = backend
        self._provisioning = provisioning
        self._changes = TeamChanges(provisioning, backend, self.policy)

    @in_words
    def plan_person(
        self, caller: Caller, user_id: str, groups: Sequence[DirectoryGroup]
    ) -> list[Step]:
        """Return what has to be done for one person to be in the teams of these groups.

        They are all the groups of the person that the source tells of: the person leaves the teams
        that it claimed them for before.

        :raises NotFound: if there is no user with that id.
        :raises ValueError: if the caller's source is none that syncs.
        """
        source = _source_of(caller)
        groups = _once(groups)
        with self._backend.begin(caller, write=False) as work:
            types = self._backend.types
            user = work.users.get(user_id)
            if user is None:
                raise not_found(types.user, user_id)
            person = {user_id: name_of(user) or user_id}
            claims: dict[str, set[str]] = {}
            for one in work.sources.claims_for([user_id])[user_id]:
                claims.setdefault(one.team, set()).add(one.source)
            present = {
                one.id
                for one in work.memberships.of_users([user_id])[user_id]
                if one.type == "direct"
            }
            steps: list[Step] = []
            seen: set[str] = set()
            for found in find_teams(work, types, source, self.policy, groups):
                view = _View(source, self.policy, found)
                if found.team is None:
                    steps += view.without_team(person)
                    continue
                seen.add(found.team.id)
                here = person if found.team.id in present else {}
                said = {user_id: claims.get(found.team.id, ())}
                steps += view.steps(person, here, said)
            for found in self._left_by(work, source, claims, present - seen, seen):
                assert found.team is not None
                here = person if found.team.id in present else {}
                said = {user_id: claims.get(found.team.id, ())}
                steps += _View(source, self.policy, found).steps({}, here, said)
        return steps

    def _left_by(
        self,
        work: Work,
        source: str,
        claims: Mapping[str, Collection[str]],
        present: Collection[str],
        seen: Collection[str],
    ) -> Iterator[Found]:
        """Yield the teams that the source put somebody in, or that are its to fill."""
        own = spoken_for(source)
        claimed = {id for id, voices in claims.items() if any(one in voices for one in own)}
        others = () if self.policy.keep_manual else present
        ids = sorted({*claimed, *others} - {*seen})
        teams = work.teams.get_many(ids)
        origins = work.sources.origins(ids)
        for id, team in teams.items():
            found = _of_origins(team, origins[id], source)
            if id in claimed or found.said(source) is not None:
                yield found

    def plan_rosters(
        self,
        caller: Caller,
        rosters: Sequence[Roster],
        *,
        gone: Collection[str] = (),
        arriving: Mapping[str, str] | None = None,
    ) -> list[Step]:
        """Return what has to be done for teams to hold the people of groups.

        :param rosters: their members are ids of users here; those of nobody are passed over.
        :param arriving: names, by id, of users who will be there when the steps are applied.
        :param gone: ids of groups that the source told of before, and that are gone.
        :raises ValueError: if the caller's source is none that syncs.
        """
        source = _source_of(caller)
        by_id = {one.group.id: one for one in rosters}
        steps: list[Step] = []
        taken: dict[str, str] = {}
        groups = [one.group for one in by_id.values()]
        for begin in range(0, len(groups), _PORTION):
            portion = [by_id[group.id] for group in groups[begin : begin + _PORTION]]
            steps += self._plan_portion(caller, source, portion, taken, arriving or {})
        left = sorted({*gone} - {*by_id})
        for begin in range(0, len(left), _PORTION):
            steps += self._plan_gone(caller, source, left[begin : begin + _PORTION])
        return steps

    @in_words
    def _plan_portion(
        self,
        caller: Caller,
        source: str,
        rosters: Sequence[Roster],
        taken: dict[str, str],
        arriving: Mapping[str, str],
    ) -> list[Step]:
        steps: list[Step] = []
        with self._backend.begin(caller, write=False) as work:
            groups = [one.group for one in rosters]
            found = [*find_teams(work, self._backend.types, source, self.policy, groups, taken)]
            people = _People(work, [one.team.id for one in found if one.team is not None])
            names = {**people.names({id for one in rosters for id in one.members}), **arriving}
            for one, roster in zip(found, rosters, strict=True):
                wanted = {id: names[id] for id in roster.members if id in names}
                view = _View(source, self.policy, one)
                if one.team is None:
                    steps += view.without_team(wanted)
                    continue
                present, claims = people.present(one.team.id), people.claims(one.team.id)
                steps += view.steps(wanted, present, claims, complete=roster.complete)
        return steps

    @in_words
    def _plan_gone(self, caller: Caller, source: str, gone: Sequence[str]) -> list[Step]:
        steps: list[Step] = []
        with self._backend.begin(caller, write=False) as work:
            known = work.sources.find(source, gone)
            teams = work.teams.get_many(list(known.values()))
            origins = work.sources.origins(list(known.values()))
            people = _People(work, list(teams))
            for reference in gone:
                if (id := known.get(reference)) is None:
                    continue
                team = teams.get(id)
                found = _of_origins(team, origins[id], source)
                if team is None:
                    words = f"forget team {found.group.name}, which is gone"
                    steps.append(Step(verb=Verb.FORGET, group=found.group, team=id, words=words))
                    continue
                view = _View(source, self.policy, found)
                nested = people.nested(id)
                steps += view.gone(people.present(id), people.claims(id), nested=nested)
        return steps

    def under(self, policy: TeamPolicy) -> TeamSync:
        """Return the same, to do as another policy says."""
        return TeamSync(self._backend, self._provisioning, policy)

    def apply(self, caller: Caller, steps: Sequence[Step]) -> SyncReport:
        """Carry out steps, in units of work a team each.

        What cannot be done is in the report, and keeps nothing else from being done.

        :raises ValueError: if the caller's source is none that syncs.
        """
        source = _source_of(caller)
        report = SyncReport()
        for _, several in groupby(steps, lambda step: (step.team or step.group.id, step.part)):
            unit = list(several)
            acting = [step for step in unit if step.acts]
            report += SyncReport(left=tuple(step for step in unit if not step.acts))
            if not acting:
                continue
            try:
                self._changes.carry_out(caller, source, acting)
            except ScimError as error:
                report += SyncReport(failed=tuple(Failure(one, error.detail) for one in acting))
            else:
                report += SyncReport(done=tuple(acting))
        return report


class _People:
    """Who is in teams, and who is said to be: read for several together."""

    def __init__(self, work: Work, teams: Sequence[str]) -> None:
        self._work = work
        self._related = work.memberships.of_teams(teams)
        self._claims = work.sources.claims_on(teams)

    def present(self, team: str) -> Mapping[str, str]:
        """Return the names of the people in a team, by id."""
        return {one.id: one.display or one.id for one in self._related[team] if one.type == "User"}

    def nested(self, team: str) -> bool:
        """Whether there are teams in a team."""
        return any(one.type != "User" for one in self._related[team])

    def claims(self, team: str) -> Mapping[str, Collection[str]]:
        """Return the sources of each claim on a team, by member id."""
        found: dict[str, set[str]] = {}
        for one in self._claims[team]:
            found.setdefault(one.member, set()).add(one.source)
        return found

    def names(self, ids: Collection[str]) -> Mapping[str, str]:
        """Return what those users are called that there are."""
        users = self._work.users.get_many(sorted(ids))
        return {id: name_of(user) or id for id, user in users.items()}


class _View:
    """What a source may do in the team of a group."""

    def __init__(self, source: str, policy: TeamPolicy, found: Found) -> None:
        self._source = source
        self._policy = policy
        self._found = found

    def _step(self, verb: Verb, words: str, members: Sequence[str] = ()) -> Step:
        team = None if self._found.team is None else self._found.team.id
        return Step(
            verb=verb, group=self._found.group, team=team, members=tuple(members), words=words
        )

    def without_team(self, wanted: Mapping[str, str]) -> Iterator[Step]:
        """Yield what is to be done for a group that has no team yet."""
        group = self._found.group
        if self._found.refusal:
            yield self._step(Verb.REFUSE, self._found.refusal)
        elif self._policy.creates(group):
            yield self._step(Verb.CREATE, f"create team {group.name}")
            if wanted:
                who = shown(list(wanted.values()))
                yield self._step(Verb.ADD, f"add {who} to {group.name}", list(wanted))

    def steps(
        self,
        wanted: Mapping[str, str],
        present: Mapping[str, str],
        claims: Mapping[str, Collection[str]],
        *,
        complete: bool = True,
    ) -> Iterator[Step]:
        """Yield what is to be done in a team that there is."""
        if self._found.is_scim:
            yield self._left_to_scim(claims)
            return
        state = self._state(present, claims)
        yield from steps_in_team(
            self._source, self._policy, self._found.group, state, wanted, complete=complete
        )

    def gone(
        self,
        present: Mapping[str, str],
        claims: Mapping[str, Collection[str]],
        *,
        nested: bool,
    ) -> Iterator[Step]:
        """Yield what becomes of the team of a group that is gone."""
        group, state = self._found.group, self._state(present, claims)
        if self._found.is_scim or self._policy.gone == "keep":
            yield self._step(Verb.FORGET, f"leave team {state.name} as it is: its group is gone")
            return
        steps = [*steps_in_team(self._source, self._policy, group, state, {})]
        own = spoken_for(self._source)
        removed = {id for one in steps if one.verb is Verb.REMOVE for id in one.members}
        alone = all(one.source in own for one in self._found.origins)
        if self._policy.gone == "delete" and alone and not nested and removed == {*present}:
            yield self._step(Verb.DELETE, f"delete team {state.name}: its group is gone")
            return
        yield from steps

    def _left_to_scim(self, claims: Mapping[str, Collection[str]]) -> Step:
        """Return the step that takes back what the source said before SCIM spoke of the team."""
        own = [id for id, voices in claims.items() if self._source in voices]
        assert self._found.team is not None
        return self._step(Verb.LEAVE, f"team {_name(self._found.team)} is left to SCIM", own)

    def _state(
        self, present: Mapping[str, str], claims: Mapping[str, Collection[str]]
    ) -> TeamState:
        team = self._found.team
        assert team is not None
        # A team that is left need not be one that the source ever spoke of itself.
        left = not self._found.group.id
        said = self._found.group.name if left else self._found.said(self._source)
        return TeamState(id=team.id, name=_name(team), said=said, present=present, claims=claims)


def _of_origins(team: Resource | None, origins: Sequence[Origin], source: str) -> Found:
    """Return a team, and its group as the source last told of it."""
    origin = next((one for one in origins if one.source == source), None)
    name = "" if team is None else _name(team)
    group = DirectoryGroup(*(("", name) if origin is None else (origin.reference, origin.name)))
    return Found(group, team, origins)


def _source_of(caller: Caller) -> str:
    if caller.source == BY_HAND or is_scim(caller.source):
        raise ValueError(
            "A sync is of a source: make its caller with source='directory:NAME' or 'sso:NAME'."
        )
    return caller.source


def _once(groups: Sequence[DirectoryGroup]) -> list[DirectoryGroup]:
    return list({one.id: one for one in groups}.values())


def _name(team: Resource) -> str:
    return str(team.attributes["displayName"])
