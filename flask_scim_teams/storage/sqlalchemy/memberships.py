"""Memberships as rows of the host's association table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column
from sqlalchemy import Select
from sqlalchemy import Table
from sqlalchemy import and_
from sqlalchemy import bindparam
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import select

from flask_scim_teams.core.resources import Related
from flask_scim_teams.storage.interface import LostRace
from flask_scim_teams.storage.interface import MembershipDelta
from flask_scim_teams.storage.interface import UnknownMember
from flask_scim_teams.storage.sqlalchemy.adapters import SQLAlchemyResources
from flask_scim_teams.storage.sqlalchemy.join import JoinTable
from flask_scim_teams.storage.sqlalchemy.mapping import ResourceMapping
from flask_scim_teams.storage.sqlalchemy.mapping import TeamMapping
from flask_scim_teams.storage.sqlalchemy.nesting import Nesting
from flask_scim_teams.storage.sqlalchemy.nesting import NestingStatements
from flask_scim_teams.storage.sqlalchemy.transaction import Transaction
from flask_scim_teams.storage.sqlalchemy.transaction import UniqueViolation
from flask_scim_teams.storage.sqlalchemy.transaction import chunks


class Lookup:
    """A statement over the memberships of one owner, or of several.

    An IN list is expanded anew each time: for one owner, which is what most requests ask for, a
    plain comparison costs half.
    """

    def __init__(self, statement: Select[Any], owner: Column[Any]) -> None:
        self.of_one = statement.where(owner == bindparam("id_"))
        self.of_several = statement.where(owner.in_(bindparam("ids_", expanding=True)))


class MembershipStatements:
    """The statements on the association table, built once.

    Rows of users and teams that SCIM did not make for the tenant are never seen, and never touched
    unless the user or team at their other end is deleted.
    """

    def __init__(self, join: JoinTable, users: ResourceMapping, teams: TeamMapping) -> None:
        table: Table = join.table
        self.nesting = None if teams.nested is None else NestingStatements(teams.nested, teams)
        self.join = join
        ids: Any = bindparam("ids_", expanding=True)
        with_user = table.join(users.table, join.member == users.primary_key)
        self.known = select(users.id, users.primary_key, join.member).select_from(
            users.table.outerjoin(
                table, and_(join.member == users.primary_key, join.team == bindparam("team_"))
            )
        )
        self.known = self.known.where(users.scope(), users.id.in_(ids))
        self.present = (
            select(users.id, users.primary_key)
            .select_from(with_user)
            .where(join.team == bindparam("team_"), users.scope())
        )
        self.present_among = self.present.where(users.id.in_(ids))
        self.insert = insert(table)
        self.delete = delete(table).where(
            join.team == bindparam("team_"), join.member.in_(bindparam("members_", expanding=True))
        )
        self.teams_of = (
            select(teams.id)
            .select_from(table.join(teams.table, join.team == teams.primary_key))
            .where(join.member == bindparam("member_"), teams.scope())
            .order_by(teams.id)
        )
        self.delete_user = delete(table).where(join.member == bindparam("member_"))
        self.delete_team = delete(table).where(join.team == bindparam("team_"))
        both = with_user.join(teams.table, join.team == teams.primary_key)
        names = [func.nullif(column, "") for column in users.display_columns()]
        user_name = func.coalesce(*names) if len(names) > 1 else users.display_columns()[0]
        self.of_teams = Lookup(
            select(teams.id, users.id, user_name)
            .select_from(both)
            .where(teams.scope(), users.scope())
            .order_by(teams.id, users.id),
            teams.id,
        )
        self.of_users = Lookup(
            select(users.id, teams.id, teams.display_columns()[0])
            .select_from(both)
            .where(teams.scope(), users.scope())
            .order_by(users.id, teams.id),
            users.id,
        )


class SQLAlchemyMemberships:
    """Memberships in one transaction; the team's row is locked before its rows here change."""

    def __init__(
        self,
        statements: MembershipStatements,
        transaction: Transaction,
        users: SQLAlchemyResources,
        teams: SQLAlchemyResources,
    ) -> None:
        self._statements = statements
        self._transaction = transaction
        self._users = users
        self._teams = teams
        self._nesting = (
            None if statements.nesting is None else Nesting(statements.nesting, transaction)
        )

    def add(self, team: str, members: Sequence[str]) -> MembershipDelta:
        """Insert the rows that are missing: two statements, however large the team is."""
        primary_key = self._teams.primary_keys[team]
        found: dict[str, tuple[Any, Any]] = {}
        for ids in chunks(members):
            rows = self._transaction.execute_scoped(
                self._statements.known, {"team_": primary_key, "ids_": ids}
            )
            found.update({id: (user, member) for id, user, member in rows})
        unknown = [id for id in members if id not in found]
        nested: list[str] = []
        if unknown and self._nesting is not None:
            nested, unknown = self._nesting.add(primary_key, unknown)
        if unknown:
            raise UnknownMember(unknown)
        added = [id for id in members if id in found and found[id][1] is None]
        self._insert(primary_key, [found[id][0] for id in added])
        return MembershipDelta(added=(*added, *nested))

    def remove(self, team: str, members: Sequence[str]) -> MembershipDelta:
        """Delete the rows that are there: two statements, however large the team is."""
        primary_key = self._teams.primary_keys[team]
        removed: list[str] = []
        for ids in chunks(members):
            rows = self._transaction.execute_scoped(
                self._statements.present_among, {"team_": primary_key, "ids_": ids}
            ).all()
            self._delete(primary_key, [user for _, user in rows])
            removed.extend(id for id, _ in rows)
        if self._nesting is not None and len(removed) < len(members):
            removed += self._nesting.remove(primary_key, set(members))
        return MembershipDelta(removed=tuple(removed))

    def replace(self, team: str, members: Sequence[str]) -> MembershipDelta:
        """Insert and delete the difference."""
        primary_key = self._teams.primary_keys[team]
        rows = self._transaction.execute_scoped(self._statements.present, {"team_": primary_key})
        present: dict[str, Any] = dict(tuple(row) for row in rows)
        wanted = set(members)
        removed = [id for id in present if id not in wanted]
        self._delete(primary_key, [present[id] for id in removed])
        teams: Collection[str] = ()
        if self._nesting is not None:
            teams = self._nesting.present(primary_key)
            outdated = [id for id in teams if id not in wanted]
            removed += self._nesting.remove(primary_key, outdated) if outdated else []
        new = [id for id in members if id not in present and id not in teams]
        added = self.add(team, new).added if new else ()
        return MembershipDelta(added, tuple(removed))

    def remove_member(self, member: str) -> tuple[str, ...]:
        """Delete all rows of a user, or a team, those in the host's own teams too."""
        if self._nesting is not None and member in self._teams.primary_keys:
            return self._nesting.remove_member(self._teams.primary_keys[member])
        return self._remove_user(member)

    def _remove_user(self, user: str) -> tuple[str, ...]:
        member = {"member_": self._users.primary_keys[user]}
        teams = self._transaction.execute_scoped(self._statements.teams_of, member).scalars().all()
        self._transaction.execute(self._statements.delete_user, member)
        return tuple(teams)

    def remove_team(self, team: str) -> tuple[str, ...]:
        """Delete all rows of a team, those of the host's own users too."""
        key = {"team_": self._teams.primary_keys[team]}
        members = self._transaction.execute_scoped(self._statements.present, key).scalars().all()
        self._transaction.execute(self._statements.delete_team, key)
        nested = [] if self._nesting is None else self._nesting.remove_team(key["team_"])
        return (*members, *nested)

    def of_teams(self, teams: Collection[str]) -> Mapping[str, Sequence[Related]]:
        """Return the members of each team: one statement, or two, a thousand teams."""
        found = self._related(self._statements.of_teams, teams, "User")
        if self._nesting is not None:
            for team, id, name in self._nesting.of_teams(list(teams)):
                found[team].append(Related(id, name, "Group"))
        return found

    def of_users(self, users: Collection[str]) -> Mapping[str, Sequence[Related]]:
        """Return the teams of each user: one statement, or two, a thousand users."""
        found = self._related(self._statements.of_users, users, "direct")
        if self._nesting is not None:
            direct = {user: [team.id for team in teams] for user, teams in found.items()}
            above: dict[str, dict[str, str]] = defaultdict(dict)
            starts = sorted({team for teams in direct.values() for team in teams})
            for start, id, name in self._nesting.above(starts):
                above[start][id] = name
            for user, teams in direct.items():
                reached = {id: name for team in teams for id, name in above[team].items()}
                found[user] += [
                    Related(id, name, "indirect")
                    for id, name in sorted(reached.items())
                    if id not in teams
                ]
        return found

    def _related(
        self, lookup: Lookup, owners: Collection[str], type: str
    ) -> dict[str, list[Related]]:
        found: dict[str, list[Related]] = {owner: [] for owner in owners}
        for ids in chunks(list(owners)):
            if len(ids) == 1:
                rows = self._transaction.execute_scoped(lookup.of_one, {"id_": ids[0]})
            else:
                rows = self._transaction.execute_scoped(lookup.of_several, {"ids_": ids})
            for owner, other, display in rows:
                found[owner].append(Related(other, display, type))
        return found

    def _insert(self, team: Any, users: Sequence[Any]) -> None:
        if not users:
            return
        join = self._statements.join
        rows = [{join.team.name: team, join.member.name: user} for user in users]
        try:
            self._transaction.execute(self._statements.insert, rows)
        except UniqueViolation as violation:
            # The host added the same member, or deleted it, between our two statements.
            raise LostRace(violation.constraint) from violation

    def _delete(self, team: Any, users: Sequence[Any]) -> None:
        for members in chunks(users):
            self._transaction.execute(self._statements.delete, {"team_": team, "members_": members})
