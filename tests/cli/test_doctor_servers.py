"""``flask scim doctor`` on PostgreSQL and MariaDB: what SQLite does not have."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.cli.doctored import findings
from tests.cli.doctored import opened
from tests.cli.doctored import ready
from tests.cli.doctored import run
from tests.databases import fresh_database


@contextmanager
def server(kind: str, folder: Path) -> Iterator[tuple[Engine, Flask]]:
    """Yield an engine on a database with all tables, and a host over it."""
    with fresh_database(kind, folder) as url, opened(url) as engine:
        app, metadata, _ = ready(engine)
        metadata.create_all(engine)
        yield engine, app


@pytest.fixture(scope="module")
def unaltered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Return the URL of a database with all tables, by its kind; nobody alters them."""
    urls: dict[str, str] = {}
    with ExitStack() as stack:

        def url_of(kind: str) -> str:
            if kind not in urls:
                folder = tmp_path_factory.mktemp(kind)
                urls[kind] = stack.enter_context(fresh_database(kind, folder))
                with opened(urls[kind]) as engine:
                    ready(engine)[1].create_all(engine)
            return urls[kind]

        yield url_of


@pytest.mark.parametrize(
    ("seconds", "words"), [(300, "s ahead of this"), (-300, "s behind this"), (30, None)]
)
def test_a_clock_of_mariadb(
    unaltered: Callable[[str], str], seconds: int, words: str | None
) -> None:
    shift = f"SET SESSION timestamp = unix_timestamp(now(6)) + {seconds}"
    with opened(unaltered("mariadb"), connect_args={"init_command": shift}) as engine:
        found = findings(ready(engine)[0], "--no-connection-test")
        if words is None:
            assert found == []
        else:
            [(name, outcome, said)] = found
            assert (name, outcome) == ("Clock", "failure")
            assert words in said


def test_tables_of_mariadb(tmp_path: Path) -> None:
    exact = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
    with server("mariadb", tmp_path) as (engine, app):
        run(
            engine,
            "ALTER TABLE scim_user MODIFY scim_unique VARCHAR(255) COLLATE utf8mb4_general_ci",
            "ALTER TABLE scim_user MODIFY user_name VARCHAR(255) CHARACTER SET latin1",
            f"ALTER TABLE scim_team MODIFY scim_external_id VARCHAR(40) {exact}",
            "ALTER TABLE scim_attribute_index ENGINE = Aria",
        )
        assert [
            (name, outcome, words.partition(",")[0]) for name, outcome, words in findings(app)
        ] == [
            (
                *("scim_attribute_index", "failure"),
                "The table scim_attribute_index is kept by Aria",
            ),
            *[
                ("scim_user", "failure", f"The column scim_user.{words}")
                for words in (
                    "user_name is of the character set latin1: some names are refused or lost.",
                    "scim_unique is compared by utf8mb4_general_ci",
                )
            ],
            (
                *("scim_team", "failure"),
                "The column scim_team.scim_external_id holds 40 characters",
            ),
        ]


@pytest.mark.parametrize(
    ("kind", "given", "name", "outcome", "words"),
    [
        (
            *("postgresql", {"isolation_level": "SERIALIZABLE"}, "isolation", "warning"),
            "Transactions are SERIALIZABLE",
        ),
        (
            *("postgresql", {"isolation_level": "AUTOCOMMIT"}, "isolation", "failure"),
            "commits each statement",
        ),
        (
            "postgresql",
            {"connect_args": {"options": "-c default_transaction_read_only=on"}},
            *("access", "failure", "can only be read"),
        ),
        (
            *("mariadb", {"isolation_level": "READ UNCOMMITTED"}, "isolation", "warning"),
            "Transactions are READ UNCOMMITTED",
        ),
        (
            *("mariadb", {"connect_args": {"charset": "latin1"}}),
            *("charset", "failure", "character set is latin1"),
        ),
    ],
)
def test_a_connection_to_a_server(
    unaltered: Callable[[str], str],
    kind: str,
    given: dict[str, Any],
    name: str,
    outcome: str,
    words: str,
) -> None:
    with opened(unaltered(kind), **given) as engine:
        [(found, how, said)] = findings(ready(engine)[0], "--no-connection-test")
    assert (found, how) == (name, outcome)
    assert words in said


def test_columns_of_postgresql(tmp_path: Path) -> None:
    with server("postgresql", tmp_path) as (engine, app):
        run(
            engine,
            'ALTER TABLE scim_user ALTER scim_id TYPE varchar(36) COLLATE "und-x-icu"',
            'ALTER TABLE scim_team ALTER scim_id TYPE varchar(30) COLLATE "C"',
        )
        [user, team] = findings(app, "--no-connection-test")
        assert user[:2] == ("scim_user", "warning")
        assert "scim_user.scim_id is compared by und-x-icu" in user[2]
        assert team[:2] == ("scim_team", "failure")
        assert "scim_team.scim_id holds 30 characters, not 36" in team[2]


def test_unique_indexes_of_postgresql_that_are_none(tmp_path: Path) -> None:
    """One over a part of the rows, and one that could not be finished, keep nobody out."""
    with server("postgresql", tmp_path) as (engine, app):
        run(
            engine,
            "ALTER TABLE scim_user DROP CONSTRAINT scim_user_scim_unique_key",
            "CREATE UNIQUE INDEX part ON scim_user (scim_unique) WHERE active",
            "INSERT INTO scim_user (user_name, scim_unique) VALUES ('a', 'a'), ('b', 'a')",
        )
        broken = "CREATE UNIQUE INDEX CONCURRENTLY broken ON scim_user (scim_unique)"
        at_once = engine.execution_options(isolation_level="AUTOCOMMIT")
        with at_once.connect() as connection, pytest.raises(DBAPIError):
            connection.execute(text(broken))
        [(name, outcome, words)] = findings(app)
        assert (name, outcome) == ("scim_user", "failure")
        assert "Nothing keeps scim_user.scim_unique unique" in words
