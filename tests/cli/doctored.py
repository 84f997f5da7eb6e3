"""Databases that ``flask scim doctor`` looks at, and what it finds in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy import MetaData
from sqlalchemy import create_engine
from sqlalchemy import event
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from flask_scim_teams.storage.sqlalchemy import ready_made
from tests.cli.doctor import KEY
from tests.cli.doctor import URL
from tests.databases import close
from tests.hosts import Database
from tests.hosts import Storage


@contextmanager
def opened(url: str, **given: Any) -> Iterator[Engine]:
    engine = create_engine(url, **given)
    if engine.dialect.name == "sqlite":
        on_connect(engine, "PRAGMA foreign_keys = ON")
    try:
        yield engine
    finally:
        close(engine)


def on_connect(engine: Engine, statement: str) -> None:
    """Have each connection of the engine begin with a statement."""

    @event.listens_for(engine, "connect")
    def _run(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()


def ready(engine: Engine) -> tuple[Flask, MetaData, Storage]:
    """Return a host with ready-made models, without its tables."""

    class Base(DeclarativeBase):
        pass

    backend = ready_made(Database(engine, Base, Base.metadata)).backend  # type: ignore[arg-type]
    return over(backend), Base.metadata, Storage(backend, engine, Base.metadata)


def over(backend: SQLAlchemyBackend) -> Flask:
    app = Flask("host")
    app.config.update(SCIM_SIGNING_KEYS=[KEY], SCIM_BASE_URL=URL)
    ScimTeams(backend, app)
    return app


def findings(app: Flask, *arguments: str) -> list[tuple[str, str, str]]:
    """Return the name, outcome and words of what is wrong, but for there being no token."""
    result = app.test_cli_runner().invoke(args=["scim", "doctor", "--json", *arguments])
    checks = json.loads(result.stdout)["checks"]
    bad = [one for one in checks if one["outcome"] in ("warning", "failure")]
    assert result.exit_code == int(any(one["outcome"] == "failure" for one in bad))
    assert all(one["remedy"] for one in bad)
    return [
        (one["name"].removeprefix("Storage: "), one["outcome"], one["words"])
        for one in bad
        if one["name"] != "Access"
    ]


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
