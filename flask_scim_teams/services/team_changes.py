"""Steps of a sync, carried out: what is in their way by then is looked at once more."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.errors import ResourceInUse
from flask_scim_teams.core.errors import Uniqueness
from flask_scim_teams.core.ownership import BY_HAND
from flask_scim_teams.core.ownership import spoken_for
from flask_scim_teams.core.patch import MembershipOperation
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.planner import Changes
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.team_plan import Step
from flask_scim_teams.core.team_plan import TeamPolicy
from flask_scim_teams.core.team_plan import Verb
from flask_scim_teams.core.team_plan import stays
from flask_scim_teams.services.provisioning import Provisioning
from flask_scim_teams.services.refusals import in_words
from flask_scim_teams.services.team_groups import is_scims
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Work

_COMING = (Verb.ADD, Verb.CLAIM)
_GOING = (Verb.REMOVE, Verb.RELEASE)


class TeamChanges:
    """One unit of work for what is to be done in one team."""

    def __init__(self, provisioning: Provisioning, backend: Backend, policy: TeamPolicy) -> None:
        self._provisioning = provisioning
        self._backend = backend
        self._policy = policy

    def carry_out(self, caller: Caller, source: str, steps: Sequence[Step]) -> None:
        """Do all steps, or none.

        :raises ScimError: if they cannot be done.
        """
        first = steps[0]
        if first.verb is Verb.CREATE:
            self._create(caller, source, steps)
            return
        assert first.team is not None
        match first.verb:
            case Verb.DELETE:
                self._delete(caller, source, first)
            case Verb.FORGET:
                self._forget(caller, source, first.team)
            case Verb.LEAVE:
                self._let_go(caller, source, first)
            case Verb.RENAME:
                self._rename(caller, first)
            case _:
                self._fill(caller, source, first.team, steps)

    def _create(self, caller: Caller, source: str, steps: Sequence[Step]) -> None:
        group = steps[0].group
        defaults = {} if self._policy.defaults is None else self._policy.defaults(group)
        coming = _members(steps, _COMING)
        draft = Draft(attributes={**defaults, "displayName": group.name}, members=coming)
        try:
            self._provisioning.create(
                caller, self._backend.types.group, draft, reference=group.id, related=False
            )
        except Uniqueness:
            # Somebody else of the same group may have signed in meanwhile.
            with self._backend.begin(caller, write=False) as work:
                team = work.sources.find(source, [group.id]).get(group.id)
            if team is None:
                raise
            self._fill(caller, source, team, steps)

    def _fill(self, caller: Caller, source: str, team: str, steps: Sequence[Step]) -> None:
        coming, going = _members(steps, _COMING), _members(steps, _GOING)
        adopted = steps[0].group if steps[0].verb is Verb.ADOPT else None

        def change(work: Work, stored: Resource) -> Changes:
            _check_not_scims(work, team)
            claims = _claims(work, team, [*coming, *going])
            self._remember(work, team, coming, claims)
            leaving = self._let_others_stay(work, team, going, claims, source)
            operations = (
                MembershipOperation(Op.ADD, coming),
                MembershipOperation(Op.REMOVE, leaving),
            )
            changing = tuple(one for one in operations if one.ids)
            return Changes(stored.attributes, stored.external_id, changing)

        self._provisioning.adjust(
            caller,
            self._backend.types.group,
            team,
            change,
            reference=None if adopted is None else adopted.id,
            name=None if adopted is None else adopted.name,
        )

    def _remember(
        self, work: Work, team: str, coming: Sequence[str], claims: Mapping[str, Collection[str]]
    ) -> None:
        """Have the host claim whom it put into the team, before a source does as well."""
        unclear = [id for id in coming if not claims[id] or BY_HAND in claims[id]]
        if not unclear:
            return
        teams = work.memberships.of_users(unclear)
        present = [
            id
            for id in unclear
            if any(one.id == team and one.type == "direct" for one in teams[id])
        ]
        by_hand = [id for id in present if not claims[id]]
        if by_hand:
            work.sources.claim(team, by_hand, BY_HAND)
        taken_out = [id for id in unclear if claims[id] and id not in present]
        if taken_out:
            work.sources.release(team, taken_out, BY_HAND)

    def _let_others_stay(
        self,
        work: Work,
        team: str,
        going: Sequence[str],
        claims: Mapping[str, Collection[str]],
        source: str,
    ) -> tuple[str, ...]:
        """Take back what the source said; return those who leave with it."""
        keep_manual = self._policy.keep_manual
        leaving = [id for id in going if not stays(claims[id], source, keep_manual=keep_manual)]
        voices = spoken_for(source) if keep_manual else (*spoken_for(source), BY_HAND)
        for voice in voices:
            own = [id for id in going if voice in claims[id]]
            if own:
                work.sources.release(team, own, voice)
        return tuple(leaving)

    def _rename(self, caller: Caller, step: Step) -> None:
        assert step.team is not None
        team = step.team

        def change(work: Work, stored: Resource) -> Changes:
            _check_not_scims(work, team)
            attributes = {**stored.attributes, "displayName": step.group.name}
            return Changes(attributes, stored.external_id, (), frozenset({"displayName"}))

        self._provisioning.adjust(caller, self._backend.types.group, team, change)

    def _delete(self, caller: Caller, source: str, step: Step) -> None:
        assert step.team is not None
        with self._backend.begin(caller, write=False) as work:
            members = [one.id for one in work.memberships.of_teams([step.team])[step.team]]
            claims = _claims(work, step.team, members)
            _check_not_scims(work, step.team)
        keep_manual = self._policy.keep_manual
        if any(stays(claims[id], source, keep_manual=keep_manual) for id in members):
            raise ResourceInUse("Others have put people into the team meanwhile.")
        self._provisioning.delete(caller, self._backend.types.group, step.team)

    @in_words
    def _forget(self, caller: Caller, source: str, team: str) -> None:
        with self._backend.begin(caller, write=True) as work:
            work.sources.forget(team, source)
            work.commit()

    @in_words
    def _let_go(self, caller: Caller, source: str, step: Step) -> None:
        assert step.team is not None
        with self._backend.begin(caller, write=True) as work:
            work.sources.release(step.team, step.members, source)
            work.commit()


def _check_not_scims(work: Work, team: str) -> None:
    if is_scims(work.sources.origins([team])[team]):
        raise ResourceInUse("The team has become SCIM's, and is left to it.")


def _members(steps: Iterable[Step], verbs: Collection[Verb]) -> tuple[str, ...]:
    return tuple(id for step in steps if step.verb in verbs for id in step.members)


def _claims(work: Work, team: str, members: Sequence[str]) -> Mapping[str, Collection[str]]:
    """Return which sources claim each member of a team."""
    found = work.sources.claims_for(members) if members else {}
    return {id: [claim.source for claim in found[id] if claim.team == team] for id in members}
