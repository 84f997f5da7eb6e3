"""Everything a storage holds, as text: to see that nothing changed, or what is not there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from tests.hosts import Storage

Dump = dict[str, list[str]]


def dump(storage: Storage) -> Dump:
    """Return every row of every table, in an order that depends on the rows alone."""
    if storage.engine is None or storage.metadata is None:
        state = storage.backend._state
        found = {name: _rows(getattr(state, name)) for name in ("tokens", "connections")}
        for tenant, own in state.tenants.items():
            found |= {f"{name} of {tenant}": _rows(getattr(own, name)) for name in own.__slots__}
        return found
    with storage.engine.connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in storage.metadata.sorted_tables
        }


def text_of(storage: Storage) -> str:
    """Return the dump as one text to search in."""
    return "\n".join(row for rows in dump(storage).values() for row in rows)


def _rows(items: dict[str, Any]) -> list[str]:
    # A set's own repr is in no order: two equal ones may read differently.
    return sorted(
        repr((key, sorted(value) if isinstance(value, frozenset) else value))
        for key, value in items.items()
    )
