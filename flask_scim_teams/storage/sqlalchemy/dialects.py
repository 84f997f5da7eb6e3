"""What each kind of database can be wrong about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import Table
from sqlalchemy import inspect
from sqlalchemy import text

from flask_scim_teams.storage.inspection import Finding

#: What databases are called, by SQLAlchemy's names.
STORES = {
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "mariadb": "MariaDB",
    "mysql": "MySQL",
}
_MYSQL = ("mariadb", "mysql")
_CLOCKS = {
    "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')",
    "postgresql": "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', "
    "'YYYY-MM-DD\"T\"HH24:MI:SS.US')",
    "mysql": "SELECT date_format(utc_timestamp(6), '%Y-%m-%dT%H:%i:%s.%f')",
}
#: How units of work may be kept apart: the lost races that the library runs again are of these.
_ISOLATION = {
    "postgresql": frozenset({"READ COMMITTED"}),
    "mysql": frozenset({"READ COMMITTED", "REPEATABLE READ"}),
}


def kind_of(connection: Connection) -> str:
    """Return the database's kind, MySQL's for MariaDB too."""
    name = connection.dialect.name
    return "mysql" if name in _MYSQL else name


def clock_of(connection: Connection) -> str:
    """Return the database's present instant, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``."""
    # Not through text(), which would take the colons for parameters.
    statement = _CLOCKS[kind_of(connection)]
    if connection.dialect.paramstyle in ("format", "pyformat"):
        statement = statement.replace("%", "%%")
    told = str(connection.exec_driver_sql(statement, ()).scalar())
    head, _, fraction = told.partition(".")
    return f"{head}.{fraction[:6]:0<6}Z"


def server_findings(connection: Connection) -> Iterator[Finding]:
    """Yield what is not right with the database as a whole."""
    kind = kind_of(connection)
    match kind:
        case "sqlite":
            yield from _sqlite(connection)
        case "postgresql":
            yield from _postgresql(connection)
        case "mysql":
            yield from _mysql(connection)
    level = connection.get_isolation_level()
    if _commits_by_itself(connection):
        yield Finding(
            subject="isolation",
            grave=True,
            words="The engine commits each statement at once, so that a request can be half done.",
            remedy='Take isolation_level="AUTOCOMMIT" off the engine.',
        )
    elif kind in _ISOLATION and level not in _ISOLATION[kind]:
        yield Finding(
            subject="isolation",
            grave=False,
            words=f"Transactions are {level}, so that requests at once fail more often, with 503.",
            remedy=f"Use {' or '.join(sorted(_ISOLATION[kind]))} for the library's engine.",
        )


def _commits_by_itself(connection: Connection) -> bool:
    # The level that the server tells is another one; only the driver knows.
    raw: Any = connection.connection.dbapi_connection
    if callable(ask := getattr(raw, "get_autocommit", None)):
        return bool(ask())
    return getattr(raw, "autocommit", None) is True


def _sqlite(connection: Connection) -> Iterator[Finding]:
    if not connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
        yield Finding(
            subject="foreign keys",
            grave=False,
            words="SQLite does not enforce foreign keys here: of a user or team that the host "
            "deletes, memberships stay, and go to whoever gets its primary key next.",
            remedy="Run PRAGMA foreign_keys = ON when a connection is opened.",
        )
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    if mode not in ("wal", "memory"):
        yield Finding(
            subject="journal",
            grave=False,
            words=f"The journal mode of the SQLite file is {mode}, so that readers and a writer "
            "wait for each other.",
            remedy="Run PRAGMA journal_mode = WAL once, while nobody else has the file open.",
        )


def _postgresql(connection: Connection) -> Iterator[Finding]:
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        yield Finding(
            subject="encoding",
            grave=True,
            words=f"The database's encoding is {encoding}: names in other scripts are refused.",
            remedy="Move to a database with the encoding UTF8.",
        )
    if connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on":
        yield Finding(
            subject="access",
            grave=True,
            words="The database can only be read here.",
            remedy="Connect to the primary, as a role whose transactions may write.",
        )


def _mysql(connection: Connection) -> Iterator[Finding]:
    charset = connection.exec_driver_sql("SELECT @@character_set_connection").scalar()
    if charset != "utf8mb4":
        yield Finding(
            subject="charset",
            grave=True,
            words=f"The connection's character set is {charset}: some names are refused or lost.",
            remedy="Put ?charset=utf8mb4 at the end of the database's URL.",
        )


def place_of(connection: Connection, table: Table) -> dict[str, Any]:
    """Return where the table is, as parameters of a question to the information schema.

    Both of them said: MariaDB would open the tables of all databases otherwise.
    """
    return {
        "table": table.name,
        "schema": table.schema or inspect(connection).default_schema_name,
    }


def table_findings(connection: Connection, table: Table) -> Iterator[Finding]:
    """Yield what is not right with a table as a whole."""
    match kind_of(connection):
        case "sqlite":
            quoted = connection.dialect.identifier_preparer.quote(table.name)
            lost = len(connection.exec_driver_sql(f"PRAGMA foreign_key_check({quoted})").all())
            if lost:
                yield Finding(
                    subject=table.name,
                    grave=True,
                    words=f"{lost} references of {table.name} are to rows that are gone; whoever "
                    "gets their primary key next gets their place.",
                    remedy=f"Delete what PRAGMA foreign_key_check({table.name}) lists.",
                )
        case "mysql":
            statement = text(
                "SELECT engine FROM information_schema.tables WHERE table_name = :table "
                "AND table_schema = :schema"
            )
            engine = connection.execute(statement, place_of(connection, table)).scalar()
            # None where another session has the table to itself right now.
            if engine not in (None, "InnoDB"):
                yield Finding(
                    subject=table.name,
                    grave=True,
                    words=f"The table {table.name} is kept by {engine}, which has no transactions: "
                    "a request can be half done.",
                    remedy=f"ALTER TABLE {table.name} ENGINE = InnoDB.",
                )


def unfinished_indexes(connection: Connection) -> frozenset[str]:
    """Return the names of indexes that are there and not in force."""
    if kind_of(connection) != "postgresql":
        return frozenset()
    rows = connection.exec_driver_sql(
        "SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE NOT indisvalid"
    )
    return frozenset(name for (name,) in rows)
