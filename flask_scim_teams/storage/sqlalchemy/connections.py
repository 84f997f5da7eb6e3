"""Connections to identity providers in the library's own table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row
from sqlalchemy import Table
from sqlalchemy import bindparam
from sqlalchemy import insert
from sqlalchemy import select

from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.sqlalchemy.transaction import Transaction
from flask_scim_teams.storage.sqlalchemy.transaction import UniqueViolation


class ConnectionStatements:
    """The statements on the table of connections, built once."""

    def __init__(self, table: Table) -> None:
        columns = table.c
        self.list = select(columns.id, columns.name, columns.created, columns.strict).order_by(
            columns.created, columns.id
        )
        self.get = self.list.where(columns.id == bindparam("id_"))
        self.insert = insert(table)


class SQLAlchemyConnections:
    """Connections in one transaction."""

    def __init__(self, statements: ConnectionStatements, transaction: Transaction) -> None:
        self._statements = statements
        self._transaction = transaction

    def get(self, id: str) -> ConnectionRecord | None:
        """Return the connection in the row with that id."""
        row = self._transaction.execute(self._statements.get, {"id_": id}).first()
        return None if row is None else _record(row)

    def list(self) -> Iterable[ConnectionRecord]:
        """Return all connections, oldest first."""
        return [_record(row) for row in self._transaction.execute(self._statements.list)]

    def add(self, connection: ConnectionRecord) -> None:
        """Insert a row."""
        values = {
            "id": connection.id,
            "name": connection.name,
            "created": connection.created,
            "strict": connection.strict,
        }
        try:
            self._transaction.execute(self._statements.insert, values)
        except UniqueViolation as violation:
            raise Conflict("name") from violation


def _record(row: Row[*tuple[Any, ...]]) -> ConnectionRecord:
    id, name, created, strict = row
    return ConnectionRecord(id=id, name=name, created=created, strict=strict)
