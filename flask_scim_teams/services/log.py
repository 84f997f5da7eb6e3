"""The provisioning log: what was asked for, by whom, and what became of it.

The entry of a change is stored in the unit of work of the change: there is never the one without
the other. Whatever changed nothing is written after it was answered.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import AbstractContextManager
from contextlib import nullcontext
from dataclasses import dataclass
from dataclasses import replace
from datetime import timedelta

from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.ownership import DIRECTORY
from flask_scim_teams.core.ownership import SSO
from flask_scim_teams.core.ownership import kind_of
from flask_scim_teams.core.redaction import shown_filter
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.services.attempts import attempt
from flask_scim_teams.services.background import BackgroundWriter
from flask_scim_teams.services.words import Change
from flask_scim_teams.services.words import action_of
from flask_scim_teams.services.words import attempt_of
from flask_scim_teams.services.words import detail_of
from flask_scim_teams.services.words import name_of
from flask_scim_teams.services.words import shown_states
from flask_scim_teams.services.words import trace_of
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Work
from flask_scim_teams.storage.log import DayCount
from flask_scim_teams.storage.log import Latest
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import LogPage
from flask_scim_teams.storage.log import LogQuery
from flask_scim_teams.storage.log import Recording

#: Entries that an export reads at a time.
_PORTION = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPolicy:
    """What is logged, and for how long it is kept.

    :param enabled: whether anything is.
    :param reads: whether requests are that were answered and meant to change nothing.
    """

    enabled: bool = True
    reads: bool = False
    retention: timedelta = timedelta(days=180)


class ProvisioningLog:
    """Keeps and searches the log of one app.

    :param now: returns the present instant as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    :param new_id: returns a fresh id; later ones sort after earlier ones.
    :param context: what a thread has to be in to use the backend: the app's context.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        now: Callable[[], str],
        new_id: Callable[[], str],
        policy: LogPolicy,
        context: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.policy = policy
        self._backend = backend
        self._now = now
        self._new_id = new_id
        self._context = context
        self._writer = BackgroundWriter(self._write, self._purge_old)
        self._day = now()[:10]

    @property
    def dropped(self) -> int:
        """How many entries this process lost since it began: too many at once, or a failure."""
        return self._writer.dropped

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until what this process has logged is written; return whether it is."""
        return self._writer.flush(timeout)

    def get(self, id: str) -> LogEntry | None:
        """Return an entry."""
        with self._backend.begin(HOST, write=False) as work:
            return work.log.get(id)

    def search(self, query: LogQuery | None = None) -> LogPage:
        """Return one page, newest first."""
        with self._backend.begin(HOST, write=False) as work:
            return work.log.search(query or LogQuery())

    def walk(self, query: LogQuery) -> Iterator[LogEntry]:
        """Yield all that is wanted, newest first, reading a portion at a time."""
        before = query.before_id
        while True:
            page = self.search(replace(query, count=_PORTION, before_id=before))
            yield from page.entries
            before = page.next_before_id
            if before is None:
                return

    def purge(self, older_than: timedelta | None = None) -> int:
        """Remove the entries that are older; return how many.

        :param older_than: the configured retention, if not said.
        """
        before = shifted(self._now(), -(older_than or self.policy.retention))

        def unit() -> int:
            with self._backend.begin(HOST, write=True) as work:
                count = work.log.purge(before)
                work.commit()
            return count

        return attempt(unit)

    def days(self, count: int = 30) -> Sequence[DayCount]:
        """Return what happened on each of the last days, today last; none is left out."""
        today = self._now()
        days = [shifted(today, timedelta(days=-ago))[:10] for ago in range(count - 1, -1, -1)]
        with self._backend.begin(HOST, write=False) as work:
            found = {one.day: one for one in work.log.days(days[0])}
        return [found.get(day, DayCount(day)) for day in days]

    def latest(self) -> Mapping[str, Latest]:
        """Return when each connection was last heard of, by its id."""
        with self._backend.begin(HOST, write=False) as work:
            return work.log.latest()

    # What follows is for the services and edges that serve requests.

    def add(self, work: Work, caller: Caller, change: Change) -> None:
        """Store the entry of a change, in the unit of work that makes it."""
        if not self.policy.enabled:
            return
        self._keep_to_retention()
        before, after = shown_states(change)
        entry = replace(
            self._entry(caller),
            action=action_of(change),
            resource_type=change.resource_type.name,
            resource_id=change.resource.id,
            resource_name=name_of(change.resource),
            before=before,
            after=after,
        )
        work.log.add(entry)

    def finish(
        self,
        caller: Caller,
        *,
        status: int,
        error: ScimError | None = None,
        detail: str | None = None,
    ) -> None:
        """Have a request logged that has been answered, unless its change is logged already.

        :param detail: what is to be said of a refusal; what the client was told, if not given.
        """
        recording = caller.recording
        if recording is None or recording.written or not self.policy.enabled:
            return
        refused = status >= 400
        if not (refused or recording.writes or self.policy.reads):
            return
        self._keep_to_retention()
        recording.written = True
        if error is not None and detail is None:
            detail = detail_of(error, recording, self._backend.types)
        entry = replace(
            self._entry(caller),
            action=attempt_of(recording, refused=refused),
            resource_type=recording.resource_type,
            resource_id=recording.resource_id,
            resource_name=recording.resource_name,
            status=status,
            scim_type=None if error is None else error.scim_type,
            detail=detail,
            trace=trace_of(recording, status=status, error=error, detail=detail or "Refused.")
            if refused
            else (),
        )
        self._offer(entry)

    def add_event(
        self,
        caller: Caller,
        *,
        action: str,
        user: Resource | None = None,
        status: int = 200,
        detail: str | None = None,
    ) -> None:
        """Have something logged that changed nothing by itself, such as that a user signed in.

        :param action: in words.
        :param detail: what is to be said of it; of a refusal, why.
        """
        if not self.policy.enabled:
            return
        self._keep_to_retention()
        entry = replace(
            self._entry(caller),
            action=action,
            resource_type=None if user is None else self._backend.types.user.name,
            resource_id=None if user is None else user.id,
            resource_name=None if user is None else name_of(user),
            status=status,
            detail=detail,
        )
        self._offer(entry)

    def shown(self, text: str) -> str:
        """Return a filter that was refused, without its values."""
        return shown_filter(text, self._backend.types)

    def _offer(self, entry: LogEntry) -> None:
        if self._parallel:
            self._writer.offer(entry)
        else:
            self._writer.write_now(entry)

    @property
    def _parallel(self) -> bool:
        # A backend that says nothing of it can be used from several threads.
        return bool(getattr(self._backend, "parallel", True))

    def _keep_to_retention(self) -> None:
        """Have old entries removed when something is logged on another day than before.

        Not when the process begins: one that is short-lived would do nothing else.
        """
        today = self._now()[:10]
        if today != self._day:
            self._day = today
            # A database in memory ends with its process, and nothing in it gets that old.
            if self._parallel:
                self._writer.tidy()

    def _purge_old(self) -> None:
        with self._context():
            self.purge()

    def _entry(self, caller: Caller) -> LogEntry:
        recording = caller.recording or Recording(
            request_id="", method="", target="", at=self._now(), started=time.monotonic()
        )
        return LogEntry(
            id=self._new_id(),
            at=recording.at,
            connection_id=caller.connection_id,
            tenant=caller.tenant,
            token_id=caller.token_id,
            actor=_actor_of(caller),
            source=caller.source,
            request_id=recording.request_id,
            method=recording.method,
            target=recording.target,
            status=recording.status,
            duration_ms=int((time.monotonic() - recording.started) * 1_000),
            request=recording.request,
            tolerances=tuple(recording.tolerances),
        )

    def _write(self, entries: Sequence[LogEntry]) -> None:
        def unit() -> None:
            with self._backend.begin(HOST, write=True) as work:
                for entry in entries:
                    work.log.add(entry)
                work.commit()

        with self._context():
            attempt(unit)


def _actor_of(caller: Caller) -> str:
    if caller.token_id is not None:
        return "token"
    kind = kind_of(caller.source)
    return kind if kind in (SSO, DIRECTORY) else "host"
