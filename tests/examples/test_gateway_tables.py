from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import Engine
from sqlalchemy import create_engine
from sqlalchemy import inspect
from sqlalchemy import text

from examples.gateway import tables
from examples.gateway.models import Base
from tests.databases import fresh_database

ROOT = Path(__file__).parents[2]
PATIENCE = 120  # seconds until a server that never gets ready is killed, on the slowest machine

GUNICORN = """
def post_worker_init(worker):
    worker.log.info("worker is ready")
"""


def test_workers_that_start_together_create_the_tables_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_INSTANCE_PATH", str(tmp_path))
    (tmp_path / "gunicorn.conf.py").write_text(GUNICORN)
    command = [sys.executable, "-m", "gunicorn", "-w", "4", "-b", "127.0.0.1:0"]
    command += ["-c", str(tmp_path / "gunicorn.conf.py"), "examples.gateway:create_app()"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        deadline = threading.Timer(PATIENCE, server.kill)
        deadline.start()
        try:
            assert server.stdout is not None
            said = []
            for line in server.stdout:
                said.append(line)
                if sum("worker is ready" in each for each in said) == 4:
                    break
            log = "".join(said)
            assert log.count("Booting worker") == 4, log
            assert log.count("worker is ready") == 4, log
            port = re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", log)
            assert port is not None
            connection = HTTPConnection("127.0.0.1", int(port[1]), timeout=PATIENCE)
            connection.request("GET", "/v1/models")
            assert connection.getresponse().status == 401
            connection.close()
        finally:
            deadline.cancel()
            server.terminate()
            server.stdout.read()


@pytest.fixture(params=["mariadb", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with fresh_database(request.param, tmp_path) as url:
        database = create_engine(url)
        yield database
        database.dispose()


@pytest.mark.services
def test_processes_create_the_tables_in_turn(empty_database: Engine) -> None:
    def create(_: int) -> None:
        engine = create_engine(empty_database.url)
        tables.create(engine, Base.metadata)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(create, range(4)))
    found = inspect(empty_database).get_table_names()
    assert {"users", "teams", "team_members", "api_keys"} <= set(found)


def test_a_failure_to_create_them_is_not_swallowed(tmp_path: Path) -> None:
    class Broken:
        def create_all(self, *_: object, **__: object) -> NoReturn:
            raise RuntimeError("no")

    engine = create_engine(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    with pytest.raises(RuntimeError, match="no"):
        tables.create(engine, Broken())  # type: ignore[arg-type]
    engine.dispose()


def test_sqlite_enforces_foreign_keys_and_lets_readers_overlap_writers(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    tables.create(engine, Base.metadata)
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
    engine.dispose()
