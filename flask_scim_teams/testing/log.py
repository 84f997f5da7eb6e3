"""The contract of the provisioning log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.log import DayCount
from flask_scim_teams.storage.log import Latest
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import LogQuery
from flask_scim_teams.storage.log import TraceStep
from flask_scim_teams.testing.samples import CREATED
from flask_scim_teams.testing.samples import LATER
from flask_scim_teams.testing.samples import id_of

CONNECTIONS = [
    ConnectionRecord(id=id_of(700 + number), name=name, created=CREATED)
    for number, name in enumerate(("Okta", "Entra", "silent"))
]
OKTA, ENTRA, SILENT = (one.id for one in CONNECTIONS)

CHANGED = LogEntry(
    id=id_of(1),
    at=CREATED,
    connection_id=OKTA,
    tenant="zürich",
    token_id="1" * 16,
    actor="token",
    source=f"scim:{OKTA}",
    request_id="req-100%_!",
    method="PATCH",
    target="/Users/7",
    action="deactivated user",
    resource_type="User",
    resource_id="7",
    resource_name="Ada Łovelace",
    status=204,
    duration_ms=12,
    request={"Operations": [{"op": "replace", "path": "active", "value": False}]},
    before={"active": True, "emails": [{"value": "ada@example.com"}]},
    after={"active": False},
    tolerances=("entra.boolean_in_quotes",),
)
REFUSED = LogEntry(
    id=id_of(2),
    at=LATER,
    connection_id=OKTA,
    actor="token",
    request_id="req-2",
    method="POST",
    target="/Users",
    action="create user",
    resource_type="User",
    status=409,
    scim_type="uniqueness",
    detail="The value of userName is already in use.",
    trace=(
        TraceStep(check="token", outcome="passed", words="The token is good."),
        TraceStep(check="uniqueness", outcome="failed", words="It is taken.", remedy="Rename it."),
    ),
)
READ = LogEntry(id=id_of(3), at=LATER, connection_id=ENTRA, method="GET", action="read user")
EMPTIED = replace(CHANGED, id=id_of(4), at=LATER, connection_id=None, before={}, after=None)
ENTRIES = [CHANGED, REFUSED, READ, EMPTIED]


class LogContract:
    """Rules of :class:`~flask_scim_teams.storage.log.LogAdapter`."""

    @pytest.fixture
    def logged(self, backend: Backend) -> Backend:
        """Return the backend with some entries in its log."""
        with backend.begin(HOST, write=True) as work:
            for connection in CONNECTIONS:
                work.connections.add(connection)
            for entry in (READ, CHANGED, EMPTIED, REFUSED):
                work.log.add(entry)
            work.commit()
        return backend

    def test_an_entry_comes_back_as_it_was_logged(self, logged: Backend) -> None:
        """What was empty is empty, and what was not there is not there."""
        with logged.begin(HOST, write=False) as work:
            for entry in ENTRIES:
                assert work.log.get(entry.id) == entry
            assert work.log.get(id_of(99)) is None

    def test_an_entry_is_no_more_than_the_change_it_is_of(self, backend: Backend) -> None:
        """Without a commit there is neither."""
        with backend.begin(HOST, write=True) as work:
            work.log.add(CHANGED)
        with backend.begin(HOST, write=False) as work:
            assert work.log.get(CHANGED.id) is None

    def test_the_log_is_searched_newest_first(self, logged: Backend) -> None:
        """By each of the query's fields, and by several at once."""
        wanted: list[tuple[LogQuery, list[LogEntry]]] = [
            (LogQuery(), [EMPTIED, READ, REFUSED, CHANGED]),
            (LogQuery(connection_id=OKTA), [REFUSED, CHANGED]),
            (LogQuery(resource_id="7"), [EMPTIED, CHANGED]),
            (LogQuery(outcome="refused"), [REFUSED]),
            (LogQuery(outcome="changed"), [EMPTIED, CHANGED]),
            (LogQuery(outcome="ok"), [EMPTIED, READ, CHANGED]),
            (LogQuery(since=LATER), [EMPTIED, READ, REFUSED]),
            (LogQuery(since=LATER, outcome="changed"), [EMPTIED]),
            (LogQuery(before_id=READ.id), [REFUSED, CHANGED]),
            (LogQuery(connection_id=SILENT), []),
        ]
        with logged.begin(HOST, write=False) as work:
            for query, expected in wanted:
                assert list(work.log.search(query).entries) == expected, query

    def test_the_log_is_searched_for_text(self, logged: Backend) -> None:
        """In any letter case, and with no character that means anything but itself."""
        wanted = [
            ("ada ŁOV", [EMPTIED, CHANGED]),
            ("100%_!", [EMPTIED, CHANGED]),
            ("100_", []),
            ("%", [EMPTIED, CHANGED]),
            ("in USE", [REFUSED]),
            ("Uniqueness", [REFUSED]),
            ("/users", [EMPTIED, REFUSED, CHANGED]),
        ]
        with logged.begin(HOST, write=False) as work:
            for text, expected in wanted:
                assert list(work.log.search(LogQuery(text=text)).entries) == expected, text

    def test_pages_of_the_log_make_up_the_whole(self, logged: Backend) -> None:
        """The last one says that it is."""
        for count in (1, 2, 3, 4, 5):
            found: list[LogEntry] = []
            before: str | None = None
            with logged.begin(HOST, write=False) as work:
                while True:
                    page = work.log.search(LogQuery(count=count, before_id=before))
                    assert len(page.entries) <= count
                    found += page.entries
                    before = page.next_before_id
                    if before is None:
                        break
            assert found == [EMPTIED, READ, REFUSED, CHANGED]

    def test_a_search_for_text_looks_so_far_and_no_further(self, logged: Backend) -> None:
        """The pages make up the whole, although some are empty; all but the text counts before."""
        wanted = [
            (LogQuery(text="uniqueness", reach=2), [[], [REFUSED]]),
            (LogQuery(text="uniqueness", reach=1), [[], [], [REFUSED], []]),
            (LogQuery(text="uniqueness", reach=4), [[REFUSED]]),
            (LogQuery(text="uniqueness", reach=1, connection_id=OKTA), [[REFUSED], []]),
            (LogQuery(text="7", reach=2, count=1), [[EMPTIED], [CHANGED]]),
            (LogQuery(text="e", reach=3, count=2), [[EMPTIED, READ], [REFUSED, CHANGED]]),
            (LogQuery(reach=1), [[EMPTIED, READ, REFUSED, CHANGED]]),
        ]
        with logged.begin(HOST, write=False) as work:
            for query, expected in wanted:
                page = work.log.search(query)
                pages = [list(page.entries)]
                while page.next_before_id is not None:
                    page = work.log.search(replace(query, before_id=page.next_before_id))
                    pages.append(list(page.entries))
                assert pages == expected, query

    def test_old_entries_are_purged(self, logged: Backend) -> None:
        """Those that began earlier, no others."""
        with logged.begin(HOST, write=True) as work:
            assert work.log.purge(CREATED) == 0
            assert work.log.purge(LATER) == 1
            work.commit()
        with logged.begin(HOST, write=False) as work:
            assert list(work.log.search(LogQuery()).entries) == [EMPTIED, READ, REFUSED]

    def test_days_are_counted(self, logged: Backend) -> None:
        """Changes and refusals, by the day they began on."""
        leap, first = DayCount("2024-02-29", 1, 0), DayCount("2024-03-01", 1, 1)
        with logged.begin(HOST, write=False) as work:
            assert list(work.log.days("2024-02-01")) == [leap, first]
            assert list(work.log.days("2024-03-01")) == [first]
            assert list(work.log.days("2024-03-02")) == []

    def test_a_connection_was_last_heard_of(self, logged: Backend) -> None:
        """A refusal is heard too, but is no success."""
        with logged.begin(HOST, write=False) as work:
            assert work.log.latest() == {
                OKTA: Latest(LATER, CREATED),
                ENTRA: Latest(LATER, LATER),
                SILENT: Latest(),
            }
