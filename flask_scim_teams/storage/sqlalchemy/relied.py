"""What the library relies on in the host's tables and its own: columns, uniqueness, indexes."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column
from sqlalchemy import Table

from flask_scim_teams.storage.sqlalchemy.constraints import unique_columns
from flask_scim_teams.storage.sqlalchemy.join import JoinTable
from flask_scim_teams.storage.sqlalchemy.mapping import ResourceMapping

#: Names of columns, in order.
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relied:
    """What has to be so of one table.

    :param columns: by name.
    :param unique: columns of which no two rows may have the same.
    :param indexed: columns that rows are looked up by.
    """

    table: Table
    columns: Mapping[str, Column[Any]]
    unique: Sequence[Names]
    indexed: Sequence[Names]


def of_own_table(table: Table) -> Relied:
    """Return what is relied on in a table of the library's: all of it."""
    return Relied(
        table=table,
        columns=dict(table.c.items()),
        unique=list(dict.fromkeys(tuple(columns) for _, columns in unique_columns(table))),
        indexed=[tuple(column.name for column in index.columns) for index in table.indexes],
    )


def of_mapping(mapping: ResourceMapping) -> Relied:
    """Return what is relied on in a table of the host's: what the mapping names, and no more."""
    relied = [*mapping.selected, mapping.tenant]
    unique = [(mapping.primary_key.name,), (mapping.id.name,)]
    indexed = [(mapping.external_id.name,), (mapping.tenant.name, mapping.id.name)]
    if (names := mapping.names) is not None:
        relied += [names.key, names.unique]
        unique.append((names.unique.name,))
        indexed.append((names.key.name,))
    columns = {column.name: column for column in relied}
    columns |= {name: mapping.table.c[name] for name in mapping.defaults}
    return Relied(table=mapping.table, columns=columns, unique=unique, indexed=indexed)


def of_join(join: JoinTable) -> Relied:
    """Return what is relied on in an association table: looked up from both ends."""
    ends = (join.team, join.member)
    return Relied(
        table=join.table,
        columns={column.name: column for column in ends},
        unique=[(join.team.name, join.member.name)],
        indexed=[(column.name,) for column in ends],
    )
