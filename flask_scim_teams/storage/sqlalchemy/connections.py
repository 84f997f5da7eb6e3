"""Connections to identity providers in the library's own table."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column
from sqlalchemy import Table
from sqlalchemy import bindparam
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update

from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.sqlalchemy.transaction import Transaction
from flask_scim_teams.storage.sqlalchemy.transaction import UniqueViolation


class ConnectionStatements:
    """The statements on the table of connections, built once."""

    def __init__(self, table: Table) -> None:
        columns = table.c
        self.list = select(*record_columns(table)).order_by(columns.created, columns.id)
        self.get = self.list.where(columns.id == bindparam("id_"))
        # Written, not only read for update: whoever sees the table as of before another holder's
        # commit is refused then, under whatever isolation.
        self.lock = update(table).where(columns.id == bindparam("id_")).values(name=columns.name)
        self.insert = insert(table)
        self.disable = (
            update(table)
            .where(columns.id == bindparam("id_"), columns.disabled.is_(None))
            .values(disabled=bindparam("when_"))
        )
        self.enable = (
            update(table)
            .where(columns.id == bindparam("id_"), columns.disabled.is_not(None))
            .values(disabled=None)
        )


class SQLAlchemyConnections:
    """Connections in one transaction."""

    def __init__(self, statements: ConnectionStatements, transaction: Transaction) -> None:
        self._statements = statements
        self._transaction = transaction

    def get(self, id: str) -> ConnectionRecord | None:
        """Return the connection in the row with that id."""
        row = self._transaction.execute(self._statements.get, {"id_": id}).first()
        return None if row is None else connection_of(row)

    def lock(self, id: str) -> ConnectionRecord | None:
        """Return the connection in the row with that id, and lock the row."""
        self._transaction.execute(self._statements.lock, {"id_": id})
        return self.get(id)

    def list(self) -> Iterable[ConnectionRecord]:
        """Return all connections, oldest first."""
        return [connection_of(row) for row in self._transaction.execute(self._statements.list)]

    def add(self, connection: ConnectionRecord) -> None:
        """Insert a row."""
        values = {
            "id": connection.id,
            "name": connection.name,
            "created": connection.created,
            "provider": connection.provider,
            "tenant": connection.tenant,
            "overrides": connection.overrides,
            "disabled": connection.disabled,
        }
        try:
            self._transaction.execute(self._statements.insert, values)
        except UniqueViolation as violation:
            raise Conflict("name") from violation

    def set_disabled(self, id: str, when: str | None) -> bool:
        """Set the time of the switch, or take it back."""
        if when is None:
            result = self._transaction.execute(self._statements.enable, {"id_": id})
        else:
            result = self._transaction.execute(self._statements.disable, {"id_": id, "when_": when})
        return result.rowcount == 1


def record_columns(table: Table) -> Sequence[Column[Any]]:
    """Return the columns that a record is made of, in the order :func:`connection_of` takes."""
    names = ("id", "name", "created", "provider", "tenant", "overrides", "disabled")
    return [table.c[name] for name in names]


def connection_of(row: Sequence[Any]) -> ConnectionRecord:
    """Return the record in a row."""
    id, name, created, provider, tenant, overrides, disabled = row
    return ConnectionRecord(
        id=id,
        name=name,
        created=created,
        provider=provider,
        tenant=tenant,
        overrides=overrides,
        disabled=disabled,
    )
