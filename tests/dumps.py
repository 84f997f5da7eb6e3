"""Everything a storage holds, as text: to see that nothing changed, or what is not there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from tests.hosts import Storage

_USES = ("last_used", "last_address")

Dump = dict[str, list[str]]
_LOG = ("log", "scim_log")


def dump(storage: Storage) -> Dump:
    """Return every row of every table, in an order that depends on the rows alone.

    The log is left out, where every refusal is, and so is when a token was last used, and from
    where: that is noted of refused requests too.
    """
    return _contents(storage, without=_LOG)


def _contents(storage: Storage, without: Collection[str] = ()) -> Dump:
    if storage.engine is None or storage.metadata is None:
        state = storage.backend._state
        tokens = {
            id: replace(one, last_used=None, last_address=None) for id, one in state.tokens.items()
        }
        found = {
            "tokens": _rows(tokens),
            "connections": _rows(state.connections),
            "log": _rows(state.log),
        }
        for tenant, own in state.tenants.items():
            tables = {name: getattr(own, name) for name in own.__slots__ if name != "said"}
            tables |= {"origins": own.said.origins, "claims": dict.fromkeys(own.said.claims)}
            found |= {f"{name} of {tenant}": _rows(rows) for name, rows in tables.items()}
        return {name: rows for name, rows in found.items() if name not in without}
    found = {table.name: [] for table in storage.tables if table.name not in without}
    with storage.engine.connect() as connection:
        for table in storage.filled(connection):
            if table.name in found:
                columns = (column for column in table.c if column.name not in _USES)
                rows = connection.execute(select(*columns))
                found[table.name] = sorted(repr(tuple(row)) for row in rows)
    return found


def text_of(storage: Storage) -> str:
    """Return all of it as one text to search in, the log too."""
    return _text(_contents(storage))


def text_beside_the_log(storage: Storage) -> str:
    """Return what :func:`dump` does as one text: the log tells of what is gone, or was ignored."""
    return _text(dump(storage))


def _text(tables: Dump) -> str:
    return "\n".join(row for rows in tables.values() for row in rows)


def _rows(items: dict[str, Any]) -> list[str]:
    # A set's own repr is in no order: two equal ones may read differently.
    return sorted(
        repr((key, sorted(value) if isinstance(value, frozenset) else value))
        for key, value in items.items()
    )
