"""What the definition of a host's table says of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column
from sqlalchemy import Index
from sqlalchemy import Table
from sqlalchemy import UniqueConstraint


def unique_columns(table: Table) -> Iterator[tuple[str | None, list[str]]]:
    """Yield the name and the columns of whatever makes rows of the table unique."""
    yield None, [column.name for column in table.primary_key.columns]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield _name(constraint), [column.name for column in constraint.columns]
    for index in table.indexes:
        if index.unique:
            yield _name(index), [column.name for column in index.columns]


def _name(constraint: UniqueConstraint | Index) -> str | None:
    return None if constraint.name is None else str(constraint.name)


def names_of(table: Table, name: str | None, columns: list[str]) -> list[str]:
    """Return what databases call a constraint, whether the host named it or not."""
    return [
        *([name] if name is not None else []),
        ", ".join(f"{table.name}.{column}" for column in columns),
        f"{table.name}_{'_'.join(columns)}_key",
        columns[0],
    ]


def has_default(column: Column[Any]) -> bool:
    """Whether a row that does not name the column gets a value for it."""
    given = column.default is not None or column.server_default is not None
    return given or column is column.table.autoincrement_column
