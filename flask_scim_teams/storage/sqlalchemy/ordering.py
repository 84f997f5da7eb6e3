"""Orders compiled to SQL, and the part of a list on either side of a position."""

from __future__ import annotations

from typing import Any
from typing import TypeAlias

from sqlalchemy import ColumnElement
from sqlalchemy import Select
from sqlalchemy import Table
from sqlalchemy import and_
from sqlalchemy import false
from sqlalchemy import or_
from sqlalchemy import true

from flask_scim_teams.core.cursors import Position
from flask_scim_teams.core.cursors import Seek
from flask_scim_teams.core.query import Sort
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.storage.sqlalchemy.mapping import ResourceMapping
from flask_scim_teams.storage.sqlalchemy.tables import HEAD

Sql: TypeAlias = ColumnElement[bool]


class Ordering:
    """Orders of the resources of one type.

    :param key_columns: columns that hold a comparison key as a whole, by path.
    """

    def __init__(self, mapping: ResourceMapping, keys: Table, key_columns: dict[str, Any]) -> None:
        self._mapping = mapping
        self._keys = keys
        self._key_columns = key_columns

    def apply(self, statement: Select[Any], sort: Sort | None, seek: Seek | None) -> Select[Any]:
        """Return the statement ordered, and limited to the part that is sought.

        Backwards, the rows come in the opposite order: those next to the position first.
        """
        columns: tuple[Any, ...] = ()
        if sort is not None:
            statement, columns = self._columns(statement, sort.path)
        position = None if seek is None else seek.position
        backward = seek is not None and seek.backward
        descending = (sort is not None and sort.descending) is not backward
        if position is not None:
            statement = statement.where(self._beyond(columns, position, descending, backward))
        if columns:
            # Missing values come last when ascending (RFC 7644 section 3.4.2.3).
            order = (columns[0].is_(None), *columns)
            statement = statement.order_by(*(c.desc() if descending else c.asc() for c in order))
        id = self._mapping.id
        return statement.order_by(id.desc() if backward else id.asc())

    def _columns(
        self, statement: Select[Any], path: AttrPath
    ) -> tuple[Select[Any], tuple[Any, ...]]:
        name = str(path)
        if name == "meta.resourceType":
            # The same for all of them.
            return statement, ()
        column = self._key_columns.get(name)
        if column is None:
            column = self._mapping.flag_of_path(path)
        if column is not None:
            return statement, (column,)
        key = self._keys.alias()
        on = and_(key.c.resource_id == self._mapping.id, key.c.path == name, key.c.position == 0)
        return statement.outerjoin(key, on), (key.c.head, key.c.rest)

    def _beyond(
        self, columns: tuple[Any, ...], position: Position, descending: bool, backward: bool
    ) -> Sql:
        """Rows that come after the position, in the order that the rows are to come in.

        :param descending: whether keys fall in that order; missing ones then come first.
        """
        id = self._mapping.id
        next_id = id < position.id if backward else id > position.id
        if not columns:
            return next_id
        missing = columns[0].is_(None)
        if position.key is None:
            same = and_(missing, next_id)
            return or_(same, ~missing) if descending else same
        further = _further(columns, position.key, descending)
        same = and_(_equal(columns, position.key), next_id)
        return or_(further, same) if descending else or_(further, same, missing)


def _equal(columns: tuple[Any, ...], key: str) -> Sql:
    if len(columns) == 1:
        same: Sql = columns[0].is_(_flag(key)) if _is_flag(columns[0]) else columns[0] == key
        return same
    head, rest = columns
    return and_(head == key[:HEAD], rest == key[HEAD:])


def _further(columns: tuple[Any, ...], key: str, descending: bool) -> Sql:
    """Keys beyond one: smaller ones when descending."""
    if len(columns) == 1:
        column = columns[0]
        if _is_flag(column):
            # False comes before true: beyond one of them there is the other, or nothing.
            other = "false" if descending else "true"
            beyond: Sql = false() if key == other else column.is_(_flag(other))
        else:
            beyond = column < key if descending else column > key
        return beyond
    head, rest = columns
    first, second = key[:HEAD], key[HEAD:]
    if descending:
        return or_(head < first, and_(head == first, rest < second))
    return or_(head > first, and_(head == first, rest > second))


def _is_flag(column: Any) -> bool:
    return column.type.python_type is bool


def _flag(key: str) -> Any:
    return true() if key == "true" else false()
