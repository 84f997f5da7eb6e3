"""Transactions: our own, apart from the host's, and none left open or half done."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy import StaticPool
from sqlalchemy import create_engine
from sqlalchemy import event
from sqlalchemy import select

from flask_scim_teams import ScimTeams
from flask_scim_teams.services.attempts import ATTEMPTS
from flask_scim_teams.services.attempts import attempt
from flask_scim_teams.storage.sqlalchemy import transaction
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.databases import KINDS
from tests.databases import SERVERS
from tests.databases import close
from tests.databases import fresh_database
from tests.storage.office import Office
from tests.storage.office import open_office

URN = "urn:ietf:params:scim:schemas:core:2.0:User"
ADA = {"schemas": [URN], "userName": "ada"}
#: How each database is told not to wait for a lock.
IMPATIENT: dict[str, dict[str, Any]] = {
    "sqlite": {"connect_args": {"timeout": 0}},
    "postgresql": {"connect_args": {"options": "-c lock_timeout=20"}},
    "mariadb": {"connect_args": {"init_command": "SET SESSION innodb_lock_wait_timeout=0"}},
}


def at_door(office: Office) -> ScimClient:
    """Return an identity provider with a token of that host's.

    What changes nothing would be logged by a thread, whose statements, waits and failures are not
    the request's.
    """
    app = Flask("office")
    app.config.update(SECRET_KEY=SECRET_KEY, SCIM_LOG=False)
    scim = ScimTeams(office.backend, app)
    with app.app_context():
        token = scim.tokens.create(label="test").secret
    return ScimClient(app.test_client(), token)


@contextmanager
def opened(
    url: str, prepare: Callable[[Engine], None] | None = None, **given: Any
) -> Iterator[Any]:
    """Yield a host over an engine made like that."""
    engine = create_engine(url, **given)
    if prepare is not None:
        prepare(engine)
    try:
        yield open_office(engine)
    finally:
        close(engine)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "host.sqlite"


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses between attempts, which are not waited for."""
    pauses: list[float] = []
    monkeypatch.setattr(transaction, "SQLITE_BUSY_TIMEOUT", 0)
    impatient = partial(attempt, pause=pauses.append)
    monkeypatch.setattr("flask_scim_teams.services.refusals.attempt", impatient)
    return pauses


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with fresh_database(request.param, tmp_path) as url:
        yield url


def test_a_file_is_in_wal_mode(file: Path) -> None:
    with opened(f"sqlite:///{file}") as office:
        at_door(office)
        other = sqlite3.connect(file)
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        other.close()


def test_writers_say_so_at_once_and_readers_never(file: Path) -> None:
    said: list[str] = []

    def trace(engine: Engine) -> None:
        @event.listens_for(engine, "connect")
        def listen(connection: Any, record: Any) -> None:
            connection.set_trace_callback(said.append)

    def control(request: Callable[[], Any]) -> list[str]:
        said.clear()
        assert request().status_code < 300
        words = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT")
        return [statement.strip() for statement in said if statement.startswith(words)]

    with opened(f"sqlite:///{file}", trace) as office:
        idp = at_door(office)
        ada = idp.user("ada")["id"]
        blue = idp.team("Blue", ada)["id"]
        deactivate = {"op": "replace", "path": "active", "value": False}
        clear = {"op": "remove", "path": "members"}
        for write in (
            lambda: idp.post("/Users", {**ADA, "userName": "bob"}),
            lambda: idp.put(f"/Users/{ada}", {**ADA, "title": "Countess"}),
            lambda: idp.patch(f"/Users/{ada}", deactivate),
            lambda: idp.patch(f"/Groups/{blue}", clear),
            lambda: idp.delete(f"/Groups/{blue}"),
        ):
            assert control(write) == ["BEGIN IMMEDIATE", "COMMIT"]
        # What turns out to change nothing is given up.
        unchanged = control(lambda: idp.patch(f"/Users/{ada}", deactivate))
        assert unchanged == ["BEGIN IMMEDIATE", "ROLLBACK"]
        for read in (lambda: idp.get(f"/Users/{ada}"), lambda: idp.get("/Groups")):
            assert control(read) == []


def test_the_hosts_own_transactions_begin_as_they_did(file: Path) -> None:
    said: list[str] = []

    def trace(engine: Engine) -> None:
        @event.listens_for(engine, "connect")
        def listen(connection: Any, record: Any) -> None:
            connection.set_trace_callback(said.append)

    with opened(f"sqlite:///{file}", trace, pool_size=1, max_overflow=0) as office:
        idp = at_door(office)
        idp.user("ada")
        idp.get("/Users")
        said.clear()
        with office.session() as session:
            session.add(office.Person(login="local", first="L", role="owner"))
            session.flush()
            session.rollback()
        begins = [statement.strip() for statement in said if statement.startswith("BEGIN")]
        assert begins == ["BEGIN"]
        assert office.count(office.Person.__table__) == 1


def test_a_host_that_waits_longer_goes_on_doing_so(file: Path) -> None:
    patient = {"connect_args": {"timeout": 60}, "pool_size": 1, "max_overflow": 0}
    with opened(f"sqlite:///{file}", **patient) as office:
        at_door(office).user("ada")
        with office.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 60_000


def test_a_host_that_begins_transactions_itself(file: Path) -> None:
    # SQLAlchemy's documentation has hosts do so for savepoints and serializable isolation.
    def begin(engine: Engine) -> None:
        @event.listens_for(engine, "connect")
        def leave_it_to_us(connection: Any, record: Any) -> None:
            connection.isolation_level = None

        @event.listens_for(engine, "begin")
        def say_begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN")

    with opened(f"sqlite:///{file}", begin) as office:
        idp = at_door(office)
        ada = idp.user("ada")
        assert idp.get("/Users").get_json()["totalResults"] == 1
        assert idp.delete(f"/Users/{ada['id']}").status_code == 204
        assert office.count(office.Person.__table__) == 0


def test_a_database_in_memory() -> None:
    shared = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    with opened("sqlite://", **shared) as office:
        idp = at_door(office)
        ada = idp.user("ada")
        idp.team("Blue", ada["id"])
        assert idp.post("/Users", ADA).status_code == 409
        assert idp.get("/Users").get_json()["totalResults"] == 1


def test_the_hosts_connections_keep_their_isolation(url: str) -> None:
    with opened(url, pool_size=1, max_overflow=0) as office:

        def isolation() -> tuple[str, Any]:
            with office.engine.connect() as connection:
                raw: Any = connection.connection.dbapi_connection
                return connection.get_isolation_level(), getattr(raw, "autocommit", None)

        before = isolation()
        idp = at_door(office)
        ada = idp.user("ada")
        idp.get("/Users")
        assert isolation() == before
        # A transaction of the host's is one: what it takes back is back.
        table = office.Person.__table__
        with office.engine.connect() as connection:
            connection.execute(table.update().values(role="owner"))
            connection.rollback()
        assert office.row(office.Person, scim_id=ada["id"])["role"] == "member"


# SQLite has one writer at a time: ours would wait for the host's.
@pytest.mark.parametrize("kind", SERVERS)
def test_what_the_host_has_under_way_is_its_own(kind: str, tmp_path: Path) -> None:
    with fresh_database(kind, tmp_path) as url, opened(url) as office:
        idp = at_door(office)
        with office.session() as session:
            session.add(office.Person(login="local", first="L", role="owner"))
            session.flush()
            idp.user("ada")
            assert idp.get("/Users").get_json()["totalResults"] == 1
            session.rollback()
        assert office.count(office.Person.__table__) == 1


def test_a_database_that_stays_locked(file: Path, waited: list[float]) -> None:
    with opened(f"sqlite:///{file}", **IMPATIENT["sqlite"]) as office:
        idp = at_door(office)
        ada = idp.user("ada")
        blue = idp.team("Blue")
        writer = sqlite3.connect(file, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        member = {"op": "add", "path": "members", "value": [{"value": ada["id"]}]}
        for write in (
            lambda: idp.post("/Users", {**ADA, "userName": "bob"}),
            lambda: idp.put(f"/Users/{ada['id']}", {**ADA, "title": "Countess"}),
            lambda: idp.patch(f"/Groups/{blue['id']}", member),
            lambda: idp.delete(f"/Users/{ada['id']}"),
        ):
            waited.clear()
            refused = write()
            assert refused.status_code == 503
            assert int(refused.headers["Retry-After"]) > 0
            assert "scimType" not in refused.get_json()
            assert len(waited) == ATTEMPTS
        # Readers are not kept waiting.
        assert idp.get(f"/Users/{ada['id']}").get_json() == ada
        writer.execute("ROLLBACK")
        writer.close()
        assert idp.get("/Users").get_json()["Resources"] == [ada]
        assert idp.members(blue["id"]) == set()
        assert idp.patch(f"/Groups/{blue['id']}", member).status_code == 204


def test_a_database_that_is_locked_before_it_is_in_wal_mode(
    file: Path, waited: list[float]
) -> None:
    with opened(f"sqlite:///{file}", **IMPATIENT["sqlite"]) as office:
        idp = at_door(office)
        # The host's next process finds the file as the host has always had it, and in use.
        close(office.engine)
        writer = sqlite3.connect(file, isolation_level=None)
        assert writer.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
        writer.execute("BEGIN IMMEDIATE")
        answers = [idp.get("/Users"), idp.post("/Users", ADA)]
        writer.execute("ROLLBACK")
        writer.close()
        assert answers[0].status_code in (200, 503)
        assert answers[1].status_code == 503
        assert int(answers[1].headers["Retry-After"]) > 0
        assert idp.post("/Users", ADA).status_code == 201


@pytest.mark.parametrize("kind", SERVERS)
def test_a_row_that_stays_locked(kind: str, tmp_path: Path, waited: list[float]) -> None:
    with fresh_database(kind, tmp_path) as url, opened(url, **IMPATIENT[kind]) as office:
        idp = at_door(office)
        ada = idp.user("ada", title="Countess")
        table = office.Person.__table__
        with office.engine.connect() as other:
            other.execute(select(table).with_for_update()).all()
            operation = {"op": "replace", "path": "title", "value": "Duchess"}
            refused = idp.patch(f"/Users/{ada['id']}", operation)
            assert refused.status_code == 503
            assert int(refused.headers["Retry-After"]) > 0
            assert len(waited) == ATTEMPTS
            assert idp.get(f"/Users/{ada['id']}").get_json() == ada
        assert idp.patch(f"/Users/{ada['id']}", operation).status_code == 200
