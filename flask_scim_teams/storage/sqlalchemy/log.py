"""The provisioning log in the library's own table."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy import Table
from sqlalchemy import bindparam
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import select

from flask_scim_teams.storage.log import DayCount
from flask_scim_teams.storage.log import Latest
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import LogPage
from flask_scim_teams.storage.log import LogQuery
from flask_scim_teams.storage.log import TraceStep
from flask_scim_teams.storage.log import searched_text
from flask_scim_teams.storage.sqlalchemy.transaction import Transaction

#: Fields of an entry that have a column of their own name.
PLAIN = (
    "id",
    "at",
    "connection_id",
    "tenant",
    "token_id",
    "actor",
    "source",
    "request_id",
    "method",
    "target",
    "action",
    "resource_type",
    "resource_id",
    "resource_name",
    "status",
    "scim_type",
    "detail",
    "duration_ms",
)
_ESCAPE = "!"


class LogStatements:
    """The statements on the table of the log, built once but for the filters of a search."""

    def __init__(self, table: Table, connections: Table) -> None:
        self.columns = columns = table.c
        self.insert = insert(table)
        self.select = select(*(columns[name] for name in PLAIN), columns.document)
        self.get = self.select.where(columns.id == bindparam("id_"))
        # The day is there for the index; the instant decides.
        self.purge = delete(table).where(
            columns.day <= bindparam("day_"), columns.at < bindparam("before_")
        )
        self.days = (
            select(columns.day, columns.outcome, func.count())
            .where(columns.day >= bindparam("since_"))
            .group_by(columns.day, columns.outcome)
            .order_by(columns.day)
        )
        newest = (
            select(columns.at)
            .where(columns.connection_id == connections.c.id)
            .order_by(columns.id.desc())
            .limit(1)
        )
        succeeded = newest.where(columns.outcome != "refused")
        self.latest = select(
            connections.c.id, newest.scalar_subquery(), succeeded.scalar_subquery()
        )

    def search(self, query: LogQuery, last: str | None) -> Select[Any]:
        """Return the statement that finds a page, and one entry more.

        :param last: id of the last entry that is looked at.
        """
        columns = self.columns
        found = self._narrowed(self.select, query).limit(query.count + 1)
        if query.text is not None:
            words = query.text.casefold()
            found = found.where(columns.words.contains(words, autoescape=True, escape=_ESCAPE))
        if last is not None:
            found = found.where(columns.id >= last)
        return found

    def reach(self, query: LogQuery) -> Select[Any]:
        """Return the statement that finds how far a search for text looks, and one id more.

        No index helps to find a text within others, so as much is read as is said; the ids come
        from the indexes alone.
        """
        ids = self._narrowed(select(self.columns.id), query)
        return ids.offset(query.reach - 1).limit(2)

    def _narrowed(self, found: Select[Any], query: LogQuery) -> Select[Any]:
        """Narrow a statement by all but the text, newest first."""
        columns = self.columns
        found = found.order_by(columns.id.desc())
        if query.connection_id is not None:
            found = found.where(columns.connection_id == query.connection_id)
        if query.resource_id is not None:
            found = found.where(columns.resource_id == query.resource_id)
        if query.outcome == "ok":
            found = found.where(columns.outcome != "refused")
        elif query.outcome is not None:
            found = found.where(columns.outcome == query.outcome)
        if query.since is not None:
            found = found.where(columns.at >= query.since)
        if query.before_id is not None:
            found = found.where(columns.id < query.before_id)
        return found


class SQLAlchemyLog:
    """The log in one transaction."""

    def __init__(self, statements: LogStatements, transaction: Transaction) -> None:
        self._statements = statements
        self._transaction = transaction

    def add(self, entry: LogEntry) -> None:
        """Insert a row."""
        values = {name: getattr(entry, name) for name in PLAIN}
        values["outcome"] = entry.outcome
        values["day"] = entry.at[:10]
        values["words"] = searched_text(entry)
        values["document"] = _document(entry)
        self._transaction.execute(self._statements.insert, values)

    def get(self, id: str) -> LogEntry | None:
        """Return the entry in the row with that id."""
        row = self._transaction.execute(self._statements.get, {"id_": id}).first()
        return None if row is None else _entry(row)

    def search(self, query: LogQuery) -> LogPage:
        """Select one row more than a page holds, to know whether there is another page."""
        last = None if query.text is None else self._reach(query)
        rows = self._transaction.execute(self._statements.search(query, last)).all()
        page = [_entry(row) for row in rows[: query.count]]
        return LogPage(page, page[-1].id if page and len(rows) > len(page) else last)

    def _reach(self, query: LogQuery) -> str | None:
        """Return the id of the last entry that is looked at; ``None`` if that is the log's last."""
        ids = self._transaction.execute(self._statements.reach(query)).scalars().all()
        return ids[0] if len(ids) > 1 else None

    def purge(self, before: str) -> int:
        """Delete the older rows."""
        values = {"day_": before[:10], "before_": before}
        return self._transaction.execute(self._statements.purge, values).rowcount

    def days(self, since: str) -> Sequence[DayCount]:
        """Count rows by day and outcome."""
        counted: dict[str, dict[str, int]] = {}
        for day, outcome, count in self._transaction.execute(
            self._statements.days, {"since_": since}
        ):
            counted.setdefault(day, {})[outcome] = count
        return [
            DayCount(day, found.get("changed", 0), found.get("refused", 0))
            for day, found in counted.items()
        ]

    def latest(self) -> Mapping[str, Latest]:
        """Look each connection's newest rows up in the index."""
        return {
            id: Latest(request, success)
            for id, request, success in self._transaction.execute(self._statements.latest)
        }


def _document(entry: LogEntry) -> dict[str, Any]:
    """Return what nobody searches by; what is not there takes no room."""
    document: dict[str, Any] = {}
    if entry.request is not None:
        document["request"] = entry.request
    if entry.before is not None:
        document["before"] = entry.before
    if entry.after is not None:
        document["after"] = entry.after
    if entry.tolerances:
        document["tolerances"] = entry.tolerances
    if entry.trace:
        document["trace"] = [[s.check, s.outcome, s.words, s.remedy] for s in entry.trace]
    return document


def _entry(row: Sequence[Any]) -> LogEntry:
    document = row[-1]
    return LogEntry(
        **dict(zip(PLAIN, row[:-1], strict=True)),
        request=document.get("request"),
        before=document.get("before"),
        after=document.get("after"),
        tolerances=tuple(document.get("tolerances", ())),
        trace=tuple(
            TraceStep(check=check, outcome=outcome, words=words, remedy=remedy)
            for check, outcome, words, remedy in document.get("trace", ())
        ),
    )
