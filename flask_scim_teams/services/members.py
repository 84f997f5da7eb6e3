"""Steps on a team's members, carried out in order, and kept as what the caller's source says."""

from __future__ import annotations

from collections.abc import Iterable

from flask_scim_teams.core.conditions import bind_element
from flask_scim_teams.core.definitions import NESTING_GROUP
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.evaluate import element_facts
from flask_scim_teams.core.evaluate import matches
from flask_scim_teams.core.filters import Filter
from flask_scim_teams.core.patch import MembershipOperation
from flask_scim_teams.core.patch import Op
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import MembershipDelta
from flask_scim_teams.storage.interface import UnknownMember
from flask_scim_teams.storage.interface import Work


def apply_memberships(
    work: Work, caller: Caller, team: str, operations: Iterable[MembershipOperation]
) -> tuple[MembershipDelta, bool]:
    """Carry the steps out; return who came and went in the end, and whether anything new is said.

    They are the word of the caller's source: whom it adds it claims, who was there already
    included, and whom it removes no more. What other sources claim is theirs to take back.

    :raises UnknownMember: if an id that is to be added belongs to nobody.
    :raises InvalidValue: if it belongs to the team itself, or to another where teams do not nest.
    """
    added: dict[str, None] = {}
    removed: dict[str, None] = {}
    said = _Said()
    for operation in operations:
        if operation.op is not Op.REMOVE and team in (operation.ids or ()):
            raise InvalidValue("members: a Group cannot be its own member.", attribute="members")
        try:
            delta = _step(work, team, operation)
        except UnknownMember as unknown:
            for id in work.teams.get_many(unknown.ids):
                raise InvalidValue(
                    f"members: {id} is a Group, and Groups hold Users alone here.",
                    attribute="members",
                ) from unknown
            raise
        said.follow(operation, delta)
        for id in delta.added:
            # Removed by an earlier step and back again: nothing happened to this member.
            if id in removed:
                del removed[id]
            else:
                added[id] = None
        for id in delta.removed:
            if id in added:
                del added[id]
            else:
                removed[id] = None
    delta = MembershipDelta(tuple(added), tuple(removed))
    return delta, said.keep(work, team, caller.source, delta)


class _Said:
    """What steps on a team's members say in the end of each.

    :ivar members: who is to be one, and who is not.
    :ivar whole: whether nobody else is to be one.
    """

    def __init__(self) -> None:
        self.members: dict[str, bool] = {}
        self.whole = False

    def follow(self, operation: MembershipOperation, delta: MembershipDelta) -> None:
        """Let a step overrule those before it."""
        if operation.op is Op.REPLACE or (operation.op, operation.ids, operation.filter) == (
            Op.REMOVE,
            None,
            None,
        ):
            self.whole = True
            self.members = dict.fromkeys(operation.ids or (), True)
        elif operation.op is Op.ADD:
            self.members |= dict.fromkeys(operation.ids or (), True)
        else:
            # Those that a filter selects were members, and are gone.
            self.members |= dict.fromkeys(operation.ids or delta.removed, False)

    def keep(self, work: Work, team: str, source: str, delta: MembershipDelta) -> bool:
        """Store it where it was not said before; return whether anything was stored.

        However large the team is, that takes a statement or two - unless all of it is said.
        """
        sources = work.sources
        wanted = {id for id, is_member in self.members.items() if is_member}
        # Of those who came or went nobody needs to ask what was said.
        sure = {*delta.added, *delta.removed}
        if self.whole:
            known = {one.member for one in sources.claims_on([team])[team] if one.source == source}
            others = known - wanted
        else:
            unsure = [id for id in self.members if id not in sure]
            claims = sources.claims_for(unsure) if unsure else {}
            own = (team, source)
            known = {id for id in unsure for one in claims[id] if (one.team, one.source) == own}
            others = {id for id in self.members if id not in wanted and (id in known or id in sure)}
        released = sorted(others)
        claimed = [id for id in self.members if id in wanted and id not in known]
        if released:
            sources.release(team, released, source)
        if claimed:
            sources.claim(team, claimed, source)
        return bool(released or claimed)


def _step(work: Work, team: str, operation: MembershipOperation) -> MembershipDelta:
    memberships = work.memberships
    match operation:
        case MembershipOperation(Op.ADD, ids):
            return memberships.add(team, ids) if ids else MembershipDelta()
        case MembershipOperation(Op.REPLACE, ids):
            return memberships.replace(team, ids or ())
        case MembershipOperation(Op.REMOVE, None, None):
            return memberships.replace(team, ())
        case MembershipOperation(Op.REMOVE, None, tree) if tree is not None:
            return memberships.remove(team, _selected(work, team, tree))
        case MembershipOperation(Op.REMOVE, ids):
            return memberships.remove(team, ids) if ids else MembershipDelta()
    raise AssertionError(operation)


def _selected(work: Work, team: str, tree: Filter) -> list[str]:
    """Return the members a filter selects; the one step that has to read them all."""
    path = NESTING_GROUP.resolve(None, "members")
    assert path is not None
    members = work.memberships.of_teams([team]).get(team, ())
    known = element_facts(
        path, [{"value": m.id, "display": m.display or "", "type": m.type} for m in members]
    )
    condition = bind_element(tree, path)
    return [m.id for place, m in enumerate(members) if matches(condition, known, place)]
