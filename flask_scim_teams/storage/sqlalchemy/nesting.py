"""Teams in teams: rows of a second association table, and what users belong to through it."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select

from flask_scim_teams.storage.interface import LostRace
from flask_scim_teams.storage.sqlalchemy.join import JoinTable
from flask_scim_teams.storage.sqlalchemy.mapping import TeamMapping
from flask_scim_teams.storage.sqlalchemy.transaction import Transaction
from flask_scim_teams.storage.sqlalchemy.transaction import UniqueViolation
from flask_scim_teams.storage.sqlalchemy.transaction import chunks


class NestingStatements:
    """The statements on the table of teams in teams, built once."""

    def __init__(self, nested: JoinTable, teams: TeamMapping) -> None:
        self.nested = nested
        ids: Any = bindparam("ids_", expanding=True)
        above, below = teams.table.alias(), teams.table.alias()
        key, id = teams.primary_key.name, teams.id.name
        name = teams.display_columns()[0].name
        with_below = nested.table.join(below, nested.member == below.c[key])
        with_above = nested.table.join(above, nested.team == above.c[key])
        self.keys = select(teams.id, teams.primary_key).where(teams.scope(), teams.id.in_(ids))
        self.present = (
            select(below.c[id], below.c[key])
            .select_from(with_below)
            .where(nested.team == bindparam("team_"), teams.scope(below))
        )
        self.insert = insert(nested.table)
        self.delete = delete(nested.table).where(
            nested.team == bindparam("team_"),
            nested.member.in_(bindparam("members_", expanding=True)),
        )
        self.delete_team = delete(nested.table).where(nested.team == bindparam("team_"))
        self.delete_member = delete(nested.table).where(nested.member == bindparam("member_"))
        self.holding = (
            select(above.c[id])
            .select_from(with_above)
            .where(nested.member == bindparam("member_"), teams.scope(above))
            .order_by(above.c[id])
        )
        both = with_above.join(below, nested.member == below.c[key])
        self.of_teams = (
            select(above.c[id], below.c[id], below.c[name])
            .select_from(both)
            .where(teams.scope(above), above.c[id].in_(ids), teams.scope(below))
            .order_by(above.c[id], below.c[id])
        )
        #: From any number of teams upwards, with all that is passed on the way.
        start = teams.table.alias()
        first = select(start.c[id].label("start"), start.c[key].label("team")).where(
            teams.scope(start), start.c[id].in_(ids)
        )
        steps = first.cte("scim_above", recursive=True)
        step = nested.table.alias()
        steps = steps.union(
            select(steps.c.start, step.c[nested.team.name]).select_from(
                steps.join(step, step.c[nested.member.name] == steps.c.team)
            )
        )
        end = teams.table.alias()
        self.above = (
            select(steps.c.start, end.c[id], end.c[name])
            .select_from(steps.join(end, end.c[key] == steps.c.team))
            .where(teams.scope(end))
        )


class Nesting:
    """Teams in teams, in one transaction."""

    def __init__(self, statements: NestingStatements, transaction: Transaction) -> None:
        self._statements = statements
        self._transaction = transaction

    def add(self, team: Any, members: Sequence[str]) -> tuple[list[str], list[str]]:
        """Put teams into the team with that primary key; return those added, and the unknown."""
        keys = self._keys(members)
        present = self._present(team)
        added = [id for id in members if id in keys and id not in present]
        nested = self._statements.nested
        rows = [{nested.team.name: team, nested.member.name: keys[id]} for id in added]
        if rows:
            try:
                self._transaction.execute(self._statements.insert, rows)
            except UniqueViolation as violation:
                # The host added the same team, or deleted it, between our statements.
                raise LostRace(violation.constraint) from violation
        return added, [id for id in members if id not in keys]

    def remove(self, team: Any, members: Collection[str] | None = None) -> list[str]:
        """Take teams out of a team, all if none are named; return those that were in it."""
        present = self._present(team)
        removed = [id for id in present if members is None or id in members]
        for ids in chunks(removed):
            keys = [present[id] for id in ids]
            self._transaction.execute(self._statements.delete, {"team_": team, "members_": keys})
        return removed

    def remove_member(self, member: Any) -> tuple[str, ...]:
        """Take a team out of all teams; return the ids of those it was in."""
        key = {"member_": member}
        holding = self._transaction.execute_scoped(self._statements.holding, key).scalars().all()
        self._transaction.execute(self._statements.delete_member, key)
        return tuple(holding)

    def remove_team(self, team: Any) -> list[str]:
        """Take everything out of a team, what SCIM did not make too; return the ids of the rest."""
        present = self._present(team)
        self._transaction.execute(self._statements.delete_team, {"team_": team})
        return list(present)

    def present(self, team: Any) -> Collection[str]:
        """Return the ids of the teams in a team."""
        return self._present(team)

    def of_teams(self, teams: Sequence[str]) -> Iterator[tuple[str, str, str]]:
        """Yield team, team in it, and the latter's name."""
        for ids in chunks(teams):
            for row in self._transaction.execute_scoped(self._statements.of_teams, {"ids_": ids}):
                yield tuple(row)

    def above(self, teams: Sequence[str]) -> Iterator[tuple[str, str, str]]:
        """Yield team, one that it belongs to over any number of steps, and the latter's name.

        A team is among those it belongs to.
        """
        for ids in chunks(teams):
            for row in self._transaction.execute_scoped(self._statements.above, {"ids_": ids}):
                yield tuple(row)

    def _keys(self, ids: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for some in chunks(ids):
            rows = self._transaction.execute_scoped(self._statements.keys, {"ids_": some})
            found.update(dict(tuple(row) for row in rows))
        return found

    def _present(self, team: Any) -> dict[str, Any]:
        rows = self._transaction.execute_scoped(self._statements.present, {"team_": team})
        return dict(tuple(row) for row in rows)
