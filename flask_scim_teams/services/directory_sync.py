"""Users and teams that follow a directory: what is new in it is planned first, and applied then.

Each step is a unit of work through the same doors as everything else, so that a run may be cut
anywhere and made again. How far the directory was read is kept when all of it is done.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from itertools import groupby

from flask_scim_teams.core.directory import Progress
from flask_scim_teams.core.directory import Roster
from flask_scim_teams.core.directory import Snapshot
from flask_scim_teams.core.team_plan import Step
from flask_scim_teams.core.team_plan import Verb
from flask_scim_teams.core.user_plan import UserPolicy
from flask_scim_teams.core.user_plan import UserStep
from flask_scim_teams.core.user_plan import UserVerb
from flask_scim_teams.services.provisioning import Provisioning
from flask_scim_teams.services.refusals import in_words
from flask_scim_teams.services.team_sync import SyncReport
from flask_scim_teams.services.team_sync import TeamSync
from flask_scim_teams.services.user_changes import UserChanges
from flask_scim_teams.services.user_changes import UserFailure
from flask_scim_teams.services.user_planning import Known
from flask_scim_teams.services.user_planning import UserPlanning
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller

# So few may always leave: of ten people, two are twenty percent.
_FEW = 5
_LEAVING = (UserVerb.DEACTIVATE, UserVerb.DELETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPlan:
    """What a run is to do.

    :param users: and ``teams``: the steps, in their order.
    :param left_to_scim: how many people of the directory SCIM connections speak of.
    :param refusal: why it is not done unless it is forced; empty if nothing is against it.
    :param since: how far the directory was read when this reading began.
    """

    users: tuple[UserStep, ...] = ()
    teams: tuple[Step, ...] = ()
    left_to_scim: int = 0
    refusal: str = ""
    since: str = field(default="", repr=False)
    checkpoint: str = field(default="", repr=False)

    @property
    def complete(self) -> bool:
        """Whether all would be done that the directory wants, but for what is left to SCIM."""
        return not any(not step.acts and not self.is_left(step) for step in self.steps)

    def is_left(self, step: UserStep | Step) -> bool:
        """Whether a step is about what is left to SCIM."""
        return step.verb is Verb.LEAVE

    @property
    def steps(self) -> tuple[UserStep | Step, ...]:
        """Return all steps."""
        return self.users + self.teams


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryReport:
    """What came of a plan.

    :param users: the steps on users that were done.
    :param refused: and ``failed``: those that were not, because they cannot be, and because
        something was in their way.
    :param teams: what came of the steps on teams.
    """

    users: tuple[UserStep, ...] = ()
    refused: tuple[UserStep, ...] = ()
    failed: tuple[UserFailure, ...] = ()
    teams: SyncReport = field(default_factory=SyncReport)

    @property
    def complete(self) -> bool:
        """Whether all is done that the directory wants, but for what is left to SCIM."""
        return not (self.refused or self.failed or self.teams.failed or self.teams_refused)

    @property
    def teams_refused(self) -> int:
        """How many groups get no team, because a name is taken."""
        return sum(step.verb is Verb.REFUSE for step in self.teams.left)


class DirectorySync:
    """Plans and applies what a directory says.

    The caller says which: its source is ``directory:`` and a name.
    """

    def __init__(
        self, backend: Backend, provisioning: Provisioning, teams: TeamSync, policy: UserPolicy
    ) -> None:
        self._backend = backend
        self._teams = teams
        self._policy = policy
        self._planning = UserPlanning(backend, provisioning.new_id, policy)
        self._changes = UserChanges(backend, provisioning)

    @in_words
    def checkpoint(self, caller: Caller) -> str:
        """Return how far the directory was read; empty if it is to be read from the beginning."""
        with self._backend.begin(caller, write=False) as work:
            return work.sources.checkpoint(caller.source)

    def plan(
        self, caller: Caller, snapshot: Snapshot, *, since: str | None = None
    ) -> DirectoryPlan:
        """Return what has to be done for users and teams to be as a directory says.

        :param since: how far it had been read when this reading began; as far as it is now, if
            nothing is said.
        """
        since = self.checkpoint(caller) if since is None else since
        known = self._planning.known(caller)
        users = self._planning.plan(caller, snapshot, known)
        rosters = [
            Roster(one.group, [users.ids[id] for id in one.members if id in users.ids])
            for one in snapshot.rosters
        ]
        gone = {*snapshot.gone_groups} & known.groups
        if snapshot.complete:
            gone |= known.groups - {one.group.id for one in rosters}
        arriving = {one.id: one.name for one in users.steps if one.verb is UserVerb.CREATE}
        teams = self._teams.plan_rosters(caller, rosters, gone=sorted(gone), arriving=arriving)
        steps = [*users.steps, *self._leave_with_teams(caller, snapshot, known, teams)]
        return DirectoryPlan(
            users=tuple(steps),
            teams=tuple(teams),
            left_to_scim=users.left_to_scim,
            refusal=self._refusal(caller, snapshot, known, steps, teams, gone),
            since=since,
            checkpoint=snapshot.checkpoint,
        )

    def _leave_with_teams(
        self, caller: Caller, snapshot: Snapshot, known: Known, teams: Sequence[Step]
    ) -> list[UserStep]:
        """Return the steps on those who are offered no longer, as they are in no group any more.

        Where only what is new was read; of all that there is, they are seen to be missing.
        """
        if snapshot.complete or snapshot.offered is None:
            return []
        left = {
            (step.team, id)
            for step in teams
            if step.verb in (Verb.REMOVE, Verb.RELEASE)
            for id in step.members
        }
        joined = {id for one in snapshot.rosters for id in one.members}
        staying = {*snapshot.offered, *joined}
        return self._planning.leaving_teams(caller, known, left, staying)

    @in_words
    def _refusal(
        self,
        caller: Caller,
        snapshot: Snapshot,
        known: Known,
        users: Sequence[UserStep],
        teams: Sequence[Step],
        gone: Collection[str],
    ) -> str:
        """Return what looks like a mistake, in words; empty if nothing does."""
        active = sum(one.active for one in known.users.values())
        if snapshot.complete and active and not snapshot.users:
            return f"The directory answers with nobody at all, and {active} users are of it."
        leaving = sum(step.verb in _LEAVING for step in users)
        if self._is_mass(leaving, active):
            return self._words(leaving, active, "users would lose their access")
        # One that was gone before, or had nobody, is no loss.
        lost = len({step.group.id for step in teams} & {*gone})
        if self._is_mass(lost, len(known.groups)):
            return self._words(lost, len(known.groups), "groups would be gone")
        removed = sum(len(step.members) for step in teams if step.verb is Verb.REMOVE)
        if removed > _FEW:
            with self._backend.begin(caller, write=False) as work:
                claims = work.sources.claims_on(known.teams)
            of = sum(one.source == caller.source for some in claims.values() for one in some)
            if self._is_mass(removed, of):
                return self._words(removed, of, "memberships would end")
        return ""

    def _is_mass(self, count: int, of: int) -> bool:
        return count > _FEW and count * 100 > self._policy.max_leavers * of

    def _words(self, count: int, of: int, what: str) -> str:
        return f"{count} of {of} {what}, and max_leavers is {self._policy.max_leavers} percent."

    def apply(
        self,
        caller: Caller,
        plan: DirectoryPlan,
        *,
        force: bool = False,
        progress: Progress = lambda what, done, of: None,
    ) -> DirectoryReport:
        """Carry out a plan. What cannot be done is in the report, and keeps nothing else back.

        :param force: whether it is done even if it looks like a mistake.
        :raises ValueError: if it does, and is not forced; nothing is done then.
        """
        if plan.refusal and not force:
            raise ValueError(plan.refusal)
        done, failed = self._changes.carry_out(caller, plan.users, progress)
        absent = {one.step.id for one in failed if one.step.verb is UserVerb.CREATE}
        teams = SyncReport()
        number = 0
        for _, several in groupby(plan.teams, lambda step: step.team or step.group.id):
            unit = list(several)
            progress("teams", number, len(plan.teams))
            teams += self._teams.apply(caller, _without(unit, absent))
            number += len(unit)
        progress("teams", number, len(plan.teams))
        report = DirectoryReport(
            users=tuple(done),
            refused=tuple(step for step in plan.users if not step.acts),
            failed=tuple(failed),
            teams=teams,
        )
        self._keep(caller, plan, complete=report.complete)
        return report

    @in_words
    def _keep(self, caller: Caller, plan: DirectoryPlan, *, complete: bool) -> None:
        with self._backend.begin(caller, write=True) as work:
            stored = work.sources.checkpoint(caller.source)
            if stored != plan.since:
                # Another run went on meanwhile, and what this one did may be older than that.
                checkpoint = ""
            else:
                checkpoint = plan.checkpoint if complete and plan.checkpoint else stored
            if checkpoint != stored:
                work.sources.set_checkpoint(caller.source, checkpoint)
                work.commit()


def _without(steps: Sequence[Step], absent: Collection[str]) -> list[Step]:
    """Return steps without the people who did not come after all."""
    if not absent:
        return list(steps)
    found = []
    for step in steps:
        members = tuple(id for id in step.members if id not in absent)
        if members or not step.members:
            found.append(replace(step, members=members))
    return found
