"""The provisioning log as storage sees it: what was asked for, by whom, and what became of it.

An entry has no place for a header or for a secret: what is not among its fields cannot be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Literal
from typing import Protocol
from typing import TypeAlias

Outcome: TypeAlias = Literal["changed", "ok", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """One thing that was checked of a refused request.

    :param check: its name: ``token``, ``connection``, ``scope``, ``media type``, ``JSON``,
        ``schema``, ``resource``, ``version``, ``values``, ``uniqueness``, ``members`` ...
    :param words: what was found, for the administrator.
    :param remedy: what to do about it; empty unless it failed.
    """

    check: str
    outcome: Literal["passed", "failed"]
    words: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One request, or one operation of a bulk request, or one change by the host itself.

    :param id: later ones sort after earlier ones.
    :param at: when it began, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    :param actor: what kind of caller it was: ``token``, ``host``, or of a sync ``sso`` or
        ``directory``.
    :param source: whose word it was (:mod:`flask_scim_teams.storage.sources`); empty for the host
        by hand, and where nobody is known.
    :param method: and ``target``, the path below the endpoints' prefix with its query, are empty
        where the host changed something itself.
    :param action: in words: "deactivated user".
    :param duration_ms: until the entry was written; what the commit took is not in it.
    :param request: the body as far as the schemas know it, without what is never returned.
    :param before: and ``after``: of what changed only.
    :param tolerances: names of the departures from the RFCs that were understood all the same.
    :param trace: of a refused request, what was checked, in order.
    """

    id: str
    at: str
    connection_id: str | None = None
    tenant: str = ""
    token_id: str | None = None
    actor: str = "host"
    source: str = ""
    request_id: str = ""
    method: str = ""
    target: str = ""
    action: str = ""
    resource_type: str | None = None
    resource_id: str | None = None
    resource_name: str | None = None
    status: int = 200
    scim_type: str | None = None
    detail: str | None = None
    duration_ms: int = 0
    request: Any = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    tolerances: tuple[str, ...] = ()
    trace: tuple[TraceStep, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Whether it was ``refused``, ``changed`` something, or neither: ``ok``."""
        if self.status >= 400:
            return "refused"
        return "ok" if self.before is None and self.after is None else "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """Which entries are wanted; what is ``None`` does not matter.

    :param outcome: ``ok`` are all that were not refused, ``changed`` among them.
    :param text: is in the action, the resource's name, the target, the detail, the source or the
        request's id, in whatever letter case.
    :param since: no earlier than that instant.
    :param before_id: older than that entry: where the page before ended.
    :param count: of one page.
    :param reach: how many of the entries that are wanted otherwise a search for text looks at for
        one page: a page may have few entries, or none, and still be followed by another one.
    """

    connection_id: str | None = None
    resource_id: str | None = None
    outcome: Outcome | None = None
    text: str | None = None
    since: str | None = None
    before_id: str | None = None
    count: int = 50
    reach: int = 10_000


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries, newest first.

    :param next_before_id: asks for the page after this one; ``None`` if this is the last.
    """

    entries: Sequence[LogEntry]
    next_before_id: str | None = None


@dataclass(frozen=True, slots=True)
class DayCount:
    """How much happened on a day.

    :param day: ``YYYY-MM-DD``, UTC.
    """

    day: str
    changes: int = 0
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Latest:
    """When a connection was last heard of.

    :param request: when its last request of the log began; ``None`` if there is none.
    :param success: when its last one began that was not refused.
    """

    request: str | None = None
    success: str | None = None


def searched_text(entry: LogEntry) -> str:
    """Return what a search for text looks at, in one letter case."""
    parts = (
        entry.action,
        entry.resource_name,
        entry.target,
        entry.detail,
        entry.request_id,
        entry.scim_type,
        entry.source,
    )
    return "\n".join(part for part in parts if part).casefold()


@dataclass(slots=True, kw_only=True)
class Recording:
    """What is known of a request while it is served; it travels with the caller.

    :param at: when the request began.
    :param started: the same on a clock that never jumps, in seconds.
    :param status: the status it will be answered with if all goes well.
    :param writes: whether it is meant to change something.
    :param request: the body, rendered fit to be kept.
    :param filter: the filter, once it is known to ask for nothing that is secret.
    :param checks: what has been looked at so far, in order; the last one may have failed.
    :param tolerances: a dictionary for its order; the values mean nothing.
    :param written: whether its entry was stored with the change it made.
    """

    request_id: str
    method: str
    target: str
    at: str
    started: float
    status: int = 200
    resource_type: str | None = None
    resource_id: str | None = None
    resource_name: str | None = None
    writes: bool = False
    request: Any = None
    filter: str | None = None
    checks: list[str] = field(default_factory=list)
    tolerances: dict[str, None] = field(default_factory=dict)
    written: bool = False

    def reach(self, check: str) -> None:
        """Note that a check begins; a unit of work that is run again begins it once."""
        if check not in self.checks:
            self.checks.append(check)

    def bent(self, departures: Sequence[str]) -> None:
        """Note the names of departures that were understood."""
        self.tolerances.update(dict.fromkeys(departures))


class LogAdapter(Protocol):
    """The provisioning log, of all tenants and connections."""

    def add(self, entry: LogEntry) -> None:
        """Store an entry; it is kept if the unit of work is committed."""
        ...

    def get(self, id: str) -> LogEntry | None:
        """Return an entry."""
        ...

    def search(self, query: LogQuery) -> LogPage:
        """Return one page, newest first."""
        ...

    def purge(self, before: str) -> int:
        """Remove the entries that began before that instant; return how many."""
        ...

    def days(self, since: str) -> Sequence[DayCount]:
        """Return the days from that one on (``YYYY-MM-DD``) on which something happened."""
        ...

    def latest(self) -> Mapping[str, Latest]:
        """Return when each connection was last heard of, by its id; all connections are in it."""
        ...
