"""What a block of code says to a database, statement by statement."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from sqlalchemy import Engine
from sqlalchemy import event

_READS = ("SELECT", "WITH")
_WRITES = ("INSERT", "UPDATE", "DELETE")
#: What the tables of the suite's hosts hold.
HOLD = {
    "scim_user": "users",
    "person": "users",
    "scim_team": "teams",
    "squad": "teams",
    "scim_membership": "members",
    "seat": "members",
    "scim_team_nesting": "nested",
    "scim_attribute_index": "keys",
    "scim_token": "tokens",
    "scim_log": "log",
    "scim_origin": "origins",
    "scim_claim": "claims",
}


@dataclass
class Said:
    """Statements with their parameters, in order.

    Apart are those that open and close transactions, and those that note the use of a token: at
    most one a minute, so that the clock would have a say.
    """

    engine: Engine
    statements: list[tuple[str, Any]] = field(default_factory=list)
    control: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def verbs(self) -> list[str]:
        """Return what each statement does, and to what: ``SELECT users``."""
        return [_summary(statement) for statement, _ in self.statements]

    def rows_read(self) -> int:
        """Return how many rows the reading statements find, asked again now."""
        reads = [(s, p) for s, p in self.statements if s.startswith(_READS)]
        with self.engine.connect() as connection:
            return sum(len(connection.exec_driver_sql(s, p).all()) for s, p in reads)

    def plans(self) -> list[str]:
        """Return SQLite's steps of the reading statements."""
        reads = [(s, p) for s, p in self.statements if s.startswith(_READS)]
        with self.engine.connect() as connection:
            return [
                row.detail
                for statement, parameters in reads
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]


def _summary(statement: str) -> str:
    words = statement.split()
    if words[0] == "WITH":
        # The one kind there is: from teams to the teams that they are in, step by step.
        return "SELECT nested"
    marker = {"SELECT": "FROM", "INSERT": "INTO", "DELETE": "FROM"}.get(words[0])
    table = words[words.index(marker) + 1] if marker else words[1]
    return f"{words[0]} {HOLD[table]}"


@contextmanager
def listening(engine: Engine) -> Iterator[Said]:
    """Collect what is said to the database."""
    said = Said(engine)
    here = threading.get_ident()

    def hear(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if threading.get_ident() != here:
            # What is logged after the answer is nothing that the client waits for.
            return
        if statement.startswith("UPDATE scim_token"):
            said.notes.append(statement)
        elif statement.startswith((*_READS, *_WRITES)):
            said.statements.append((statement, parameters))
        else:
            said.control.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", hear)
