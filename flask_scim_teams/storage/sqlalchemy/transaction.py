"""One database transaction, with the database's refusals told in few words."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from contextlib import suppress
from typing import Any
from typing import TypeAlias

from sqlalchemy import Connection
from sqlalchemy import CursorResult
from sqlalchemy import Engine
from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError

from flask_scim_teams.storage.interface import LostRace
from flask_scim_teams.storage.interface import StorageError
from flask_scim_teams.storage.sqlalchemy.tenants import TENANT
from flask_scim_teams.storage.sqlalchemy.violations import Violation
from flask_scim_teams.storage.sqlalchemy.violations import constraint_of
from flask_scim_teams.storage.sqlalchemy.violations import violation_of

#: How long SQLite waits for another writer, in milliseconds.
SQLITE_BUSY_TIMEOUT = 10_000
# Most ids in one IN list; SQLite takes no more than 32,766 parameters.
_CHUNK = 1_000


Rows: TypeAlias = CursorResult[*tuple[Any, ...]]


class UniqueViolation(StorageError):
    """A unique constraint refused a row.

    :param constraint: what the database calls it.
    """

    def __init__(self, message: str, constraint: str) -> None:
        super().__init__(message)
        self.constraint = constraint


class ForeignKeyViolation(UniqueViolation):
    """A foreign key refused a row, or the removal of one."""


def chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield the items in portions that an IN list can hold."""
    for begin in range(0, len(items), _CHUNK):
        yield items[begin : begin + _CHUNK]


class Transaction:
    """Statements on one connection; everything is undone unless :meth:`commit` is called.

    :param tenant: whose resources they are about.
    """

    def __init__(self, connection: Connection, tenant: str) -> None:
        self.connection = connection
        self.tenant = tenant

    def execute(self, statement: Executable, parameters: Any = None) -> Rows:
        """Execute a statement.

        :raises UniqueViolation, ForeignKeyViolation: if a constraint refuses it.
        :raises LostRace: if another transaction is in the way.
        """
        try:
            return self.connection.execute(statement, parameters)
        except DBAPIError as error:
            raise _refusal(error) from error

    def execute_scoped(
        self, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> Rows:
        """Execute a statement that is limited to the resources of the tenant.

        :raises UniqueViolation, ForeignKeyViolation, LostRace: as :meth:`execute`.
        """
        return self.execute(statement, {**(values or {}), TENANT: self.tenant})

    def commit(self) -> None:
        """Commit."""
        try:
            self.connection.commit()
        except DBAPIError as error:
            raise _refusal(error) from error


def _refusal(error: DBAPIError) -> Exception:
    """Return the storage layer's word for a driver's error, or the error where it has none."""
    match violation_of(error):
        case Violation.UNIQUE:
            return UniqueViolation(str(error.orig), constraint_of(error))
        case Violation.FOREIGN_KEY:
            return ForeignKeyViolation(str(error.orig), constraint_of(error))
        case Violation.LOST_RACE:
            return LostRace(str(error.orig))
    return error


@contextmanager
def transaction(engine: Engine, *, tenant: str, write: bool) -> Iterator[Transaction]:
    """Open a transaction; leaving it undoes what was not committed."""
    with engine.connect() as connection:
        match engine.dialect.name:
            case "sqlite":
                _prepare_sqlite(connection, write)
            case "postgresql" if not write:
                # Each read stands for itself: no BEGIN and no ROLLBACK to wait for.
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        yield Transaction(connection, tenant)


def _prepare_sqlite(connection: Connection, write: bool) -> None:
    """Let a writer say so at once: SQLite does not wait when a reader turns writer."""
    raw: Any = connection.connection.dbapi_connection
    if "scim_pragmas" not in connection.info:
        _set_pragmas(connection, raw)
        connection.info["scim_pragmas"] = True
    if not write:
        return
    try:
        connection.begin()
        if raw.in_transaction:
            # The host has its engine begin transactions, and not at once.
            connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except DBAPIError as error:
        raise _refusal(error) from error


def _set_pragmas(connection: Connection, raw: Any) -> None:
    """Wait for other writers, and let readers and a writer overlap.

    Once a connection, and only on those that pass through here. The driver is asked itself: the
    journal's mode cannot be changed in a transaction, which SQLAlchemy would begin.
    """
    (timeout,) = raw.execute("PRAGMA busy_timeout").fetchone()
    if timeout < SQLITE_BUSY_TIMEOUT:
        raw.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT}")
    # The mode is kept in the file: where somebody else is in it right now, another time will do.
    with suppress(connection.dialect.loaded_dbapi.OperationalError):
        raw.execute("PRAGMA journal_mode = WAL").fetchone()
