"""The log of a busy service: a page of it is one statement, and no more than an index gives."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.services.log import ProvisioningLog
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import LogQuery
from flask_scim_teams.testing.samples import CREATED
from flask_scim_teams.testing.samples import id_of
from tests.conftest import SECRET_KEY
from tests.hosts import Storage
from tests.hosts import open_storage
from tests.storage.statements import listening

CONNECTIONS = [
    ConnectionRecord(id=id_of(number), name=f"c{number}", created=CREATED) for number in range(3)
]
SIZE = 10_000


def entry(number: int) -> LogEntry:
    """Return an entry of a busy month; every tenth is a refusal, of a connection apart."""
    refused = number % 10 == 0
    return LogEntry(
        id=id_of(number),
        at=shifted(CREATED, timedelta(minutes=5 * number)),
        connection_id=CONNECTIONS[1 if refused else 0].id,
        action="created user",
        target="/Users",
        resource_id=f"r{number % 1_000}",
        resource_name=f"person {number}",
        status=409 if refused else 201,
        after=None if refused else {"active": True},
    )


# The wording of plans is SQLite's; the indexes are the same everywhere.
@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """Storage with 10,000 entries."""
    with open_storage("sqlite", tmp_path_factory.mktemp("busy")) as storage:
        with storage.backend.begin(HOST, write=True) as work:
            for connection in CONNECTIONS:
                work.connections.add(connection)
            for number in range(SIZE):
                work.log.add(entry(number))
            work.commit()
        yield storage


@pytest.fixture
def log(busy: Storage) -> Iterator[ProvisioningLog]:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY)
    scim = ScimTeams(busy.backend, app)
    with app.app_context():
        yield scim.log


QUERIES = {
    "newest": (LogQuery(), "scim_log USING INDEX sqlite_autoindex_scim_log_1", 50),
    "older": (
        LogQuery(before_id=id_of(5_000), count=200),
        "scim_log USING INDEX sqlite_autoindex_scim_log_1",
        200,
    ),
    "refused": (LogQuery(outcome="refused"), "INDEX ix_scim_log_outcome", 50),
    "of a connection": (
        LogQuery(connection_id=CONNECTIONS[0].id),
        "INDEX ix_scim_log_connection",
        50,
    ),
    "of a connection that is silent": (
        LogQuery(connection_id=CONNECTIONS[2].id),
        "INDEX ix_scim_log_connection",
        0,
    ),
    "of a resource": (LogQuery(resource_id="r7"), "INDEX ix_scim_log_resource", 10),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_page_is_one_statement_with_an_index(
    busy: Storage, log: ProvisioningLog, name: str
) -> None:
    query, index, count = QUERIES[name]
    assert isinstance(busy.engine, Engine)
    with listening(busy.engine) as said:
        page = log.search(query)
    assert len(page.entries) == count
    assert said.verbs == ["SELECT log"]
    [step] = said.plans()
    assert index in step
    # Never sorted: rows come out of the index in the order of the page, and no more than it takes.
    assert "TEMP B-TREE" not in step


def test_counts_and_last_times_use_an_index(busy: Storage, log: ProvisioningLog) -> None:
    asked: list[tuple[Callable[[], Any], str]] = [
        (lambda: log.days(30), "COVERING INDEX ix_scim_log_day"),
        (log.latest, "INDEX ix_scim_log_connection"),
    ]
    for ask, index in asked:
        assert busy.engine is not None
        with listening(busy.engine) as said:
            ask()
        assert len(said.statements) == 1
        plans = [step for step in said.plans() if "scim_log" in step]
        assert plans
        assert all(index in step for step in plans), plans


def test_purging_uses_an_index(busy: Storage, log: ProvisioningLog) -> None:
    assert busy.engine is not None
    with busy.engine.connect() as connection:
        with listening(busy.engine) as said, busy.backend.begin(HOST, write=True) as work:
            assert work.log.purge(entry(100).at) == 100
        [(statement, parameters)] = said.statements
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert any("ix_scim_log_day" in row.detail for row in plan)


def test_an_export_walks_all_of_it(log: ProvisioningLog) -> None:
    ids = [one.id for one in log.walk(LogQuery())]
    assert ids == [id_of(number) for number in range(SIZE - 1, -1, -1)]
