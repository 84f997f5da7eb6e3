"""Where the other ends of memberships are found: members of teams, teams of users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from typing import Protocol

from sqlalchemy import ColumnElement
from sqlalchemy import Select
from sqlalchemy import exists
from sqlalchemy import select

from flask_scim_teams.storage.sqlalchemy.join import JoinTable
from flask_scim_teams.storage.sqlalchemy.mapping import ResourceMapping
from flask_scim_teams.storage.sqlalchemy.mapping import TeamMapping


class Others(Protocol):
    """One kind of membership: an owner, and another resource at its other end."""

    @property
    def id(self) -> Any:
        """The SCIM id of the resource at the other end, for conditions."""
        ...

    @property
    def type(self) -> str:
        """What the membership's ``type`` compares as."""
        ...

    def owners(self, condition: ColumnElement[bool]) -> Select[Any]:
        """Return the owners that have a membership of this kind which meets the condition."""
        ...


class Direct:
    """Memberships that are rows of an association table.

    :param own: the column that refers to the owner.
    :param other: the column that refers to the other end.
    :param mapping: the other end's.
    """

    def __init__(self, own: Any, other: Any, mapping: ResourceMapping, type: str) -> None:
        end = mapping.table.alias()
        self.type = type
        self.id: Any = end.c[mapping.id.name]
        self._own = own
        self._scope = mapping.scope(end)
        self._pairs = own.table.join(end, other == end.c[mapping.primary_key.name])

    def owners(self, condition: ColumnElement[bool]) -> Select[Any]:
        """Return who refers to a resource that meets the condition."""
        found = select(self._own).select_from(self._pairs)
        return found.where(self._scope, condition)


class Indirect:
    """Users' memberships of the teams that their teams are in."""

    type = "indirect"

    def __init__(self, teams: TeamMapping, join: JoinTable, nested: JoinTable) -> None:
        self._join = join
        self._nested = nested
        self._end = teams.table.alias()
        self._scope = teams.scope(self._end)
        self._key = self._end.c[teams.primary_key.name]
        self.id: Any = self._end.c[teams.id.name]

    def owners(self, condition: ColumnElement[bool]) -> Select[Any]:
        """Return the users below a team that meets the condition, but for those right in it.

        From these teams downwards, so that one team costs what is below it. UNION, which keeps each
        pair once, ends where teams hold each other in a circle.
        """
        join, nested = self._join, self._nested
        below = (
            select(nested.team.label("top"), nested.member.label("team"))
            .select_from(nested.table.join(self._end, self._key == nested.team))
            .where(self._scope, condition)
            .cte(recursive=True)
        )
        further = nested.table.alias()
        below = below.union(
            select(below.c.top, further.c[nested.member.name]).select_from(
                below.join(further, further.c[nested.team.name] == below.c.team)
            )
        )
        itself = join.table.alias()
        both_ways = exists().where(
            itself.c[join.member.name] == join.member, itself.c[join.team.name] == below.c.top
        )
        found = select(join.member).select_from(join.table.join(below, below.c.team == join.team))
        return found.where(~both_ways)


def members(users: ResourceMapping, teams: TeamMapping, join: JoinTable) -> Sequence[Others]:
    """Return where the members of teams are found."""
    held: list[Others] = [Direct(join.team, join.member, users, "user")]
    if teams.nested is not None:
        held.append(Direct(teams.nested.team, teams.nested.member, teams, "group"))
    return held


def teams_of(teams: TeamMapping, join: JoinTable) -> Sequence[Others]:
    """Return where the teams of users are found."""
    found: list[Others] = [Direct(join.member, join.team, teams, "direct")]
    if teams.nested is not None:
        found.append(Indirect(teams, join, teams.nested))
    return found
