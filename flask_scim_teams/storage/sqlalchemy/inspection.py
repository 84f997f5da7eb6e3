"""The database as it is, held against what the library relies on."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import Inspector
from sqlalchemy import inspect

from flask_scim_teams.storage.inspection import Finding
from flask_scim_teams.storage.sqlalchemy.dialects import server_findings
from flask_scim_teams.storage.sqlalchemy.dialects import table_findings
from flask_scim_teams.storage.sqlalchemy.dialects import unfinished_indexes
from flask_scim_teams.storage.sqlalchemy.relied import Names
from flask_scim_teams.storage.sqlalchemy.relied import Relied
from flask_scim_teams.storage.sqlalchemy.texts import text_findings

_MIGRATE = "Run the host's migrations, or create_all(), against this database."
_ALTER = "Write a migration that makes it; create_all() leaves tables that there are as they are."


def findings(connection: Connection, relied: Iterable[Relied]) -> Iterator[Finding]:
    """Yield what of the database is not as the library needs it."""
    yield from server_findings(connection)
    unfinished = unfinished_indexes(connection)
    inspector = inspect(connection)
    for one in relied:
        if not inspector.has_table(one.table.name, schema=one.table.schema):
            yield _grave(one, f"The table {one.table.name} is missing.", _MIGRATE)
            continue
        yield from _column_findings(inspector, one)
        yield from _index_findings(inspector, one, unfinished)
        yield from text_findings(connection, one)
        yield from table_findings(connection, one.table)


def _column_findings(inspector: Inspector, relied: Relied) -> Iterator[Finding]:
    name = relied.table.name
    there = {one["name"]: one for one in inspector.get_columns(name, schema=relied.table.schema)}
    for column in relied.columns.values():
        if column.name not in there:
            yield _grave(relied, f"The column {name}.{column.name} is missing.", _ALTER)
            continue
        found = there[column.name]
        filled = found.get("default") is not None or found.get("autoincrement") is True
        if column.nullable and not found["nullable"] and not filled:
            yield _grave(
                relied,
                f"The column {name}.{column.name} cannot be NULL, and has to be able to.",
                "Write a migration that lets it be NULL.",
            )


def _index_findings(
    inspector: Inspector, relied: Relied, unfinished: frozenset[str]
) -> Iterator[Finding]:
    name, there = relied.table.name, {*relied.columns}
    unique, indexed = _indexes(inspector, relied, unfinished)
    for columns in relied.unique:
        if there.issuperset(columns) and not any(set(one) == set(columns) for one in unique):
            yield _grave(
                relied,
                f"Nothing keeps {name}.{', '.join(columns)} unique: two requests at once can store "
                "the same.",
                f"Write a migration that makes a unique constraint on {', '.join(columns)}.",
            )
    for columns in relied.indexed:
        if not any(one[: len(columns)] == columns for one in (*unique, *indexed)):
            yield Finding(
                subject=name,
                grave=False,
                words=f"{name} has no index that begins with {', '.join(columns)}: look-ups read "
                "the whole table.",
                remedy=f"Write a migration that makes an index on {', '.join(columns)}.",
            )


def _indexes(
    inspector: Inspector, relied: Relied, unfinished: frozenset[str]
) -> tuple[list[Names], list[Names]]:
    """Return the columns of what is unique, and those of the other indexes."""
    name, schema = relied.table.name, relied.table.schema
    key = inspector.get_pk_constraint(name, schema=schema)["constrained_columns"]
    unique: list[Names] = [tuple(key)]
    unique += [
        tuple(one["column_names"]) for one in inspector.get_unique_constraints(name, schema=schema)
    ]
    others: list[Names] = []
    for index in inspector.get_indexes(name, schema=schema):
        options: dict[str, Any] = index.get("dialect_options", {})
        # One over a part of the rows says nothing of the others.
        if index["name"] in unfinished or any(one.endswith("_where") for one in options):
            continue
        columns = tuple(one or "" for one in index["column_names"])
        (unique if index["unique"] else others).append(columns)
    return unique, others


def _grave(relied: Relied, words: str, remedy: str) -> Finding:
    return Finding(subject=relied.table.name, grave=True, words=words, remedy=remedy)
