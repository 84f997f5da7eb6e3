"""Where the other ends of memberships are found: members of teams, teams of users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import FromClause
from sqlalchemy import Select
from sqlalchemy import exists
from sqlalchemy import select

from flask_scim_teams.storage.sqlalchemy.join import JoinTable
from flask_scim_teams.storage.sqlalchemy.mapping import ResourceMapping
from flask_scim_teams.storage.sqlalchemy.mapping import TeamMapping


@dataclass(frozen=True, slots=True)
class Others:
    """One kind of membership: a query of pairs of an owner and another resource.

    :param own: the column that refers to the resource asked for.
    :param id: the SCIM id of the resource at the other end.
    :param pairs: what the two are selected from.
    :param type: what the membership's ``type`` compares as.
    :param but: pairs that are of another kind.
    """

    own: Any
    id: Any
    pairs: FromClause
    type: str
    but: ColumnElement[bool] | None = None

    def owners(self, condition: ColumnElement[bool]) -> Select[Any]:
        """Return the owners that have a membership of this kind which meets the condition."""
        found = select(self.own).select_from(self.pairs).where(self.id.is_not(None), condition)
        return found if self.but is None else found.where(self.but)


def members(users: ResourceMapping, teams: TeamMapping, join: JoinTable) -> Sequence[Others]:
    """Return where the members of teams are found."""
    held = [_pairs(join.team, join.member, users, "user")]
    if teams.nested is not None:
        held.append(_pairs(teams.nested.team, teams.nested.member, teams, "group"))
    return held


def teams_of(teams: TeamMapping, join: JoinTable) -> Sequence[Others]:
    """Return where the teams of users are found."""
    direct = _pairs(join.member, join.team, teams, "direct")
    if teams.nested is None:
        return [direct]
    above = ancestors(teams.nested)
    end = teams.table.alias()
    itself = join.table.alias()
    both_ways = exists().where(
        itself.c[join.member.name] == join.member, itself.c[join.team.name] == above.c.ancestor
    )
    pairs = join.table.join(above, above.c.team == join.team).join(
        end, end.c[teams.primary_key.name] == above.c.ancestor
    )
    return [direct, Others(join.member, end.c[teams.id.name], pairs, "indirect", ~both_ways)]


def ancestors(nested: JoinTable) -> Any:
    """Return the pairs of a team and one that it belongs to, over any number of steps.

    UNION, which keeps each pair once, ends where teams hold each other in a circle.
    """
    first = select(nested.member.label("team"), nested.team.label("ancestor"))
    steps = first.cte("scim_above", recursive=True)
    further = nested.table.alias()
    return steps.union(
        select(steps.c.team, further.c[nested.team.name]).select_from(
            steps.join(further, further.c[nested.member.name] == steps.c.ancestor)
        )
    )


def _pairs(own: Any, other: Any, mapping: ResourceMapping, type: str) -> Others:
    end = mapping.table.alias()
    pairs = own.table.join(end, other == end.c[mapping.primary_key.name])
    return Others(own, end.c[mapping.id.name], pairs, type)
