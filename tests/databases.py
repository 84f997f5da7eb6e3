"""Databases for the suite: SQLite always, PostgreSQL and MariaDB where they answer.

With ``REQUIRE_SERVICES=1`` a service that does not answer is a failure, not a skip.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL
from sqlalchemy import Engine
from sqlalchemy import create_engine
from sqlalchemy import event
from sqlalchemy import make_url
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from flask_scim_teams.services.background import flush_all

SERVERS = {
    "postgresql": os.environ.get(
        "TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
    ),
    "mariadb": os.environ.get(
        "TEST_MARIADB_URL", "mariadb+pymysql://root@127.0.0.1:3306/test?charset=utf8mb4"
    ),
}
KINDS = ("sqlite", *SERVERS)


def hasty_engine(url: str) -> Engine:
    """Return an engine for a database that need not outlive a power cut: SQLite waits for no disk.

    Servers whose speed is measured have an engine as hosts have it.
    """
    engine = create_engine(url)
    event.listen(engine, "connect", _do_not_wait_for_the_disk)
    return engine


def _do_not_wait_for_the_disk(connection: Any, _: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


def close(engine: Engine) -> None:
    """Close an engine's connections, all of them.

    One that the log is writing on right now is not in the pool, and nobody would close it.
    """
    assert flush_all(timeout=30.0)
    engine.dispose()


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database; it is gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'scim.sqlite'}"
        return
    server = make_url(SERVERS[kind])
    name = f"scim_{secrets.token_hex(6)}"
    _on_server(kind, server, f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        force = " WITH (FORCE)" if kind == "postgresql" else ""
        _on_server(kind, server, f"DROP DATABASE {name}{force}")


def _on_server(kind: str, server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    except OperationalError as error:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(f"{kind} does not answer at {server}: {error.orig}")
        pytest.skip(f"{kind} does not answer at {server}")
    finally:
        engine.dispose()
