"""The association tables that hold memberships."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column
from sqlalchemy import Table

from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.storage.sqlalchemy.constraints import has_default
from flask_scim_teams.storage.sqlalchemy.constraints import unique_columns


class JoinTable:
    """The host's association table of teams and users, or of teams and the teams in them.

    :param team: the column that refers to the team's primary key.
    :param member: the column that refers to the primary key of the user, or of the team in it.
    """

    def __init__(self, table: Table, *, team: Column[Any], member: Column[Any]) -> None:
        self.table = table
        self.team = team
        self.member = member

    def check(self, *, team: Column[Any], member: Column[Any]) -> None:
        """Refuse a table that could hold a membership twice, or keep one of a user who is gone.

        :param team, member: the primary keys that its columns have to refer to.
        :raises SetupError: in words.
        """
        for column, key in ((self.team, team), (self.member, member)):
            if column.table is not self.table:
                raise SetupError(f"JoinTable: column {column} belongs to another table.")
            if not column.references(key):
                raise SetupError(f"JoinTable: {column} needs a foreign key to {key}.")
        pair = {self.team.name, self.member.name}
        for column in self.table.c:
            if not column.nullable and column.name not in pair and not has_default(column):
                raise SetupError(
                    f"JoinTable: column {column.name} cannot be NULL and nothing fills it."
                )
        if pair not in [set(columns) for _, columns in unique_columns(self.table)]:
            raise SetupError(
                f"JoinTable: {self.table.name} needs a primary key or unique constraint over "
                f"{self.team.name} and {self.member.name}."
            )
