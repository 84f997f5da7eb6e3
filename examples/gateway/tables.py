"""Tables are made on the first start, once, however many workers start together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import Engine
from sqlalchemy import MetaData
from sqlalchemy import event
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

LOCK_ID = 0x6761_7465  # "gate"; any number that no other program locks in the same database


def create(engine: Engine, metadata: MetaData) -> None:
    """Create the tables that are missing, one process at a time."""
    on_sqlite = engine.dialect.name == "sqlite"
    if on_sqlite:
        event.listen(engine, "connect", _enforce_foreign_keys)
    with engine.connect() as connection, _alone(connection):
        metadata.create_all(connection, checkfirst=True)
        connection.commit()
    if on_sqlite:
        _let_readers_and_writers_overlap(engine)
    if not isinstance(engine.pool, StaticPool):  # that one is a database in memory
        # A server that forks after loading the application must not share a connection with its
        # workers.
        engine.dispose()


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Hold a lock of the database's own, which every process that can reach it respects."""
    match connection.dialect.name:
        case "sqlite":
            # Left alone, the driver begins a transaction only after the check for tables.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield
        case "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": LOCK_ID})
            yield
        case "mysql" | "mariadb":
            name = f"gateway.{connection.engine.url.database}"[:64]
            if connection.scalar(text("SELECT GET_LOCK(:name, 60)"), {"name": name}) != 1:
                raise RuntimeError(f"another process has held the lock {name!r} for a minute")
            try:
                yield
            finally:
                connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name})
        case _:
            yield


def _enforce_foreign_keys(connection: Any, _record: object) -> None:
    # SQLite ignores foreign keys unless each new connection asks for them.
    connection.execute("PRAGMA foreign_keys=ON").close()


def _let_readers_and_writers_overlap(engine: Engine) -> None:
    # The mode is stored in the file. It can be switched only while nobody else is in it, so of
    # workers that start together one that finds the file busy leaves it to the next.
    with suppress(OperationalError), engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
