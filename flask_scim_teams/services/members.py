"""Steps on a team's members, carried out in order."""

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
from flask_scim_teams.storage.interface import MembershipDelta
from flask_scim_teams.storage.interface import UnknownMember
from flask_scim_teams.storage.interface import Work


def apply_memberships(
    work: Work, team: str, operations: Iterable[MembershipOperation]
) -> MembershipDelta:
    """Carry the steps out; return who came and went in the end.

    :raises UnknownMember: if an id that is to be added belongs to nobody.
    :raises InvalidValue: if it belongs to the team itself, or to another where teams do not nest.
    """
    added: dict[str, None] = {}
    removed: dict[str, None] = {}
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
    return MembershipDelta(tuple(added), tuple(removed))


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
