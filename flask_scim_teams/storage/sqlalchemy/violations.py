"""What a database says went wrong, in the storage interface's words."""

from __future__ import annotations

import enum
import re
from typing import Any

from sqlalchemy.exc import DBAPIError

# PostgreSQL: serialization failure, deadlock, lock not available.
_LOST_RACE_STATES = {"40001", "40P01", "55P03"}
# MariaDB: record changed since last read, lock wait timeout, deadlock.
_LOST_RACE_NUMBERS = {1020, 1205, 1213}
_DUPLICATE_ENTRY = 1062
_FOREIGN_KEY_NUMBERS = {1216, 1217, 1451, 1452}
# At the end of MariaDB's message, and of SQLite's: for key 'name', constraint failed: columns.
_CONSTRAINT = re.compile(r"(?:for key '(?:[^'.]*\.)?([^'.]+)'\W*|constraint failed: (.*))$")
_SQLITE_BUSY = 5
_SQLITE_LOCKED = 6
# Two connections began at once in WAL mode; SQLite says to try again.
_SQLITE_PROTOCOL = 15


class Violation(enum.Enum):
    """Kinds of refusal that are answered rather than raised."""

    UNIQUE = "unique"
    FOREIGN_KEY = "foreign key"
    LOST_RACE = "lost race"
    OTHER = "other"


def violation_of(error: DBAPIError) -> Violation:
    """Return what kind of refusal a driver's error is."""
    orig = error.orig
    number = orig.args[0] if orig is not None and orig.args else None
    if isinstance(number, int):
        # MariaDB's error numbers say more than its SQLSTATE, which some drivers give as well.
        return _of_number(number)
    sqlite_name = getattr(orig, "sqlite_errorname", None)
    if sqlite_name is not None:
        return _of_sqlite(sqlite_name, getattr(orig, "sqlite_errorcode", 0))
    return _of_sqlstate(getattr(orig, "sqlstate", None))


def constraint_of(error: DBAPIError) -> str:
    """Return what the database calls the constraint that refused a row, or ``""``.

    A name; on SQLite, which names none, its columns: ``user.email`` or ``seat.team, seat.user``.
    The rest of a message holds values, from which nothing may be concluded.
    """
    orig: Any = error.orig
    if hasattr(orig, "diag"):
        return orig.diag.constraint_name or ""
    found = _CONSTRAINT.search(str(orig))
    return "" if found is None else found[1] or found[2]


def _of_number(number: int) -> Violation:
    if number in _LOST_RACE_NUMBERS:
        return Violation.LOST_RACE
    if number == _DUPLICATE_ENTRY:
        return Violation.UNIQUE
    return Violation.FOREIGN_KEY if number in _FOREIGN_KEY_NUMBERS else Violation.OTHER


def _of_sqlstate(sqlstate: str | None) -> Violation:
    if sqlstate in _LOST_RACE_STATES:
        return Violation.LOST_RACE
    if sqlstate == "23505":
        return Violation.UNIQUE
    return Violation.FOREIGN_KEY if sqlstate in ("23503", "23001") else Violation.OTHER


def _of_sqlite(name: str, code: int) -> Violation:
    if code & 0xFF in (_SQLITE_BUSY, _SQLITE_LOCKED, _SQLITE_PROTOCOL):
        return Violation.LOST_RACE
    if name in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"):
        return Violation.UNIQUE
    return Violation.FOREIGN_KEY if name == "SQLITE_CONSTRAINT_FOREIGNKEY" else Violation.OTHER
