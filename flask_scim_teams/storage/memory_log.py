"""The provisioning log in memory: what the interface says of it, as the simplest code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence

from flask_scim_teams.storage.log import DayCount
from flask_scim_teams.storage.log import Latest
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import LogPage
from flask_scim_teams.storage.log import LogQuery
from flask_scim_teams.storage.log import searched_text


class MemoryLog:
    """Entries in a dictionary.

    :param connections: ids of those there are.
    """

    def __init__(self, entries: dict[str, LogEntry], connections: Mapping[str, object]) -> None:
        self._entries = entries
        self._connections = connections

    def add(self, entry: LogEntry) -> None:
        """Store an entry under its id."""
        self._entries[entry.id] = entry

    def get(self, id: str) -> LogEntry | None:
        """Return an entry."""
        return self._entries.get(id)

    def search(self, query: LogQuery) -> LogPage:
        """Look at every entry, newest first."""
        wanted = [one for one in self._newest_first() if _is_wanted(one, query)]
        if query.text is None:
            looked_at, found = wanted, wanted
        else:
            looked_at, text = wanted[: query.reach], query.text.casefold()
            found = [one for one in looked_at if text in searched_text(one)]
        page = found[: query.count]
        if len(found) > len(page):
            return LogPage(page, page[-1].id)
        return LogPage(page, looked_at[-1].id if len(wanted) > len(looked_at) else None)

    def purge(self, before: str) -> int:
        """Forget the older entries."""
        old = [one.id for one in self._entries.values() if one.at < before]
        for id in old:
            del self._entries[id]
        return len(old)

    def days(self, since: str) -> Sequence[DayCount]:
        """Count the outcomes of each day."""
        counted = Counter((one.at[:10], one.outcome) for one in self._entries.values())
        days = sorted({day for day, _ in counted if day >= since})
        return [DayCount(day, counted[day, "changed"], counted[day, "refused"]) for day in days]

    def latest(self) -> Mapping[str, Latest]:
        """Return the times of each connection's newest entries."""
        found = dict.fromkeys(self._connections, Latest())
        for one in reversed(self._newest_first()):
            if one.connection_id in found:
                before = found[one.connection_id].success
                found[one.connection_id] = Latest(
                    one.at, before if one.outcome == "refused" else one.at
                )
        return found

    def _newest_first(self) -> Sequence[LogEntry]:
        return sorted(self._entries.values(), key=lambda one: one.id, reverse=True)


def _is_wanted(entry: LogEntry, query: LogQuery) -> bool:
    """Whether an entry is wanted by all but the query's text."""
    if query.outcome == "ok":
        outcome = entry.outcome != "refused"
    else:
        outcome = query.outcome in (None, entry.outcome)
    return (
        outcome
        and query.connection_id in (None, entry.connection_id)
        and query.resource_id in (None, entry.resource_id)
        and (query.since is None or entry.at >= query.since)
        and (query.before_id is None or entry.id < query.before_id)
    )
