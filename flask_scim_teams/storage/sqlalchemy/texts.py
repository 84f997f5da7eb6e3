"""How a database keeps text, held against how the library compares it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy import text

from flask_scim_teams.storage.inspection import Finding
from flask_scim_teams.storage.sqlalchemy.dialects import kind_of
from flask_scim_teams.storage.sqlalchemy.dialects import place_of
from flask_scim_teams.storage.sqlalchemy.relied import Relied
from flask_scim_teams.storage.sqlalchemy.types import ExactString

#: Collations whose order is that of the code points.
_EXACT = {
    "postgresql": frozenset({"C", "C.UTF-8", "C.utf8", "POSIX", "ucs_basic"}),
    "mariadb": frozenset({"utf8mb4_nopad_bin"}),
    "mysql": frozenset({"utf8mb4_bin", "utf8mb4_0900_bin"}),
}
_COLUMNS = {
    "postgresql": """
        SELECT column_name, character_set_name,
            coalesce(
                collation_name,
                (SELECT datcollate FROM pg_database WHERE datname = current_database())
            ),
            character_maximum_length
        FROM information_schema.columns
        WHERE table_name = :table AND table_schema = :schema
    """,
    "mysql": """
        SELECT column_name, character_set_name, collation_name, character_maximum_length
        FROM information_schema.columns
        WHERE table_name = :table AND table_schema = :schema
    """,
}


class _Kept(NamedTuple):
    """How a column is kept; ``None`` for what does not apply."""

    name: str
    charset: str | None
    collation: str | None
    length: int | None


def text_findings(connection: Connection, relied: Relied) -> Iterator[Finding]:
    """Yield the columns that hold text otherwise than the library needs it.

    SQLite keeps any text in any column, and compares it byte by byte.
    """
    if (kind := kind_of(connection)) not in ("postgresql", "mysql"):
        return
    exact = _EXACT[connection.dialect.name]
    for kept in _columns(connection, relied):
        if (column := relied.columns.get(kept.name)) is None:
            continue
        place = f"{relied.table.name}.{kept.name}"
        length = getattr(column.type, "length", None)
        if length is not None and kept.length is not None and kept.length < length:
            yield Finding(
                subject=relied.table.name,
                grave=True,
                words=f"The column {place} holds {kept.length} characters, not {length}.",
                remedy=f"Write a migration that gives it {length}.",
            )
        if kind == "mysql" and kept.charset not in (None, "utf8mb4"):
            yield Finding(
                subject=relied.table.name,
                grave=True,
                words=f"The column {place} is of the character set {kept.charset}: some names are "
                "refused or lost.",
                remedy="Write a migration that makes it utf8mb4.",
            )
        elif isinstance(column.type, ExactString) and kept.collation not in exact:
            yield Finding(
                subject=relied.table.name,
                # PostgreSQL tells apart what differs, whatever the order.
                grave=kind == "mysql",
                words=f"The column {place} is compared by {kept.collation}, not byte by byte: "
                "what is found, or its order, is not what it has to be.",
                remedy=f"Write a migration that gives it the collation {min(exact)}.",
            )


def _columns(connection: Connection, relied: Relied) -> Iterator[_Kept]:
    statement = text(_COLUMNS[kind_of(connection)])
    where = place_of(connection, relied.table)
    for row in connection.execute(statement, where):
        yield _Kept(*row)
