"""One database transaction, with the database's refusals told in few words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from typing import TypeAlias

from sqlalchemy import Connection
from sqlalchemy import CursorResult
from sqlalchemy import Engine
from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError

from flask_scim_teams.storage.interface import LostRace
from flask_scim_teams.storage.interface import StorageError
from flask_scim_teams.storage.sqlalchemy.violations import Violation
from flask_scim_teams.storage.sqlalchemy.violations import violation_of

#: How long SQLite waits for another writer, in milliseconds.
SQLITE_BUSY_TIMEOUT = 10_000


Rows: TypeAlias = CursorResult[*tuple[Any, ...]]


class UniqueViolation(StorageError):
    """A unique constraint refused a row; ``message`` is the database's."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ForeignKeyViolation(UniqueViolation):
    """A foreign key refused a row, or the removal of one."""


class Transaction:
    """Statements on one connection; everything is undone unless :meth:`commit` is called."""

    def __init__(self, connection: Connection, *, explicit: bool) -> None:
        self.connection = connection
        self._explicit = explicit

    def execute(self, statement: Executable, parameters: Any = None) -> Rows:
        """Execute a statement.

        :raises UniqueViolation, ForeignKeyViolation: if a constraint refuses it.
        :raises LostRace: if another transaction is in the way.
        """
        with refusals():
            return self.connection.execute(statement, parameters)

    def commit(self) -> None:
        """Commit."""
        with refusals():
            if self._explicit:
                self.connection.exec_driver_sql("COMMIT")
            else:
                self.connection.commit()


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a driver's errors into the storage layer's."""
    try:
        yield
    except DBAPIError as error:
        match violation_of(error):
            case Violation.UNIQUE:
                raise UniqueViolation(str(error.orig)) from error
            case Violation.FOREIGN_KEY:
                raise ForeignKeyViolation(str(error.orig)) from error
            case Violation.LOST_RACE:
                raise LostRace(str(error.orig)) from error
        raise


@contextmanager
def transaction(engine: Engine, *, write: bool) -> Iterator[Transaction]:
    """Open a transaction; leaving it undoes what was not committed."""
    if engine.dialect.name == "sqlite":
        with _sqlite(engine, write) as opened:
            yield opened
        return
    with engine.connect() as connection:
        if not write and engine.dialect.name == "postgresql":
            # Each read stands for itself: no BEGIN and no ROLLBACK to wait for.
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        yield Transaction(connection, explicit=False)


@contextmanager
def _sqlite(engine: Engine, write: bool) -> Iterator[Transaction]:
    """A writer says so at once: SQLite does not wait when a reader turns writer (BEGIN IMMEDIATE).

    The pragmas are set once a connection, on those that pass through here, and the host's own use
    of its engine stays as it is.
    """
    with engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        if "scim_pragmas" not in connection.info:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT}")
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.info["scim_pragmas"] = True
        if not write:
            yield Transaction(connection, explicit=False)
            return
        with refusals():
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield Transaction(connection, explicit=True)
        finally:
            raw: Any = connection.connection.dbapi_connection
            if raw.in_transaction:
                connection.exec_driver_sql("ROLLBACK")
