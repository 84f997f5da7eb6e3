"""A walk by cursor through a list that another process changes all the while (RFC 9865).

By number, such a walk loses people: each one deleted before a page's beginning shifts it.
"""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from tests.concurrency.crowd import SIZE
from tests.concurrency.crowd import gather
from tests.concurrency.crowd import opened
from tests.concurrency.crowd import present
from tests.concurrency.crowd import stays
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.databases import KINDS
from tests.databases import fresh_database
from tests.processes import COMMAND
from tests.processes import ROOT
from tests.processes import environment

COUNT = 200


@dataclass
class Crowd:
    """Users in a database, and who asks for them."""

    url: str
    backend: SQLAlchemyBackend
    engine: Engine
    idp: ScimClient


@pytest.fixture(scope="module", params=KINDS)
def crowd(request: Any, tmp_path_factory: Any) -> Iterator[Crowd]:
    """Twenty thousand users on each database in turn."""
    folder = tmp_path_factory.mktemp(request.param)
    with (
        fresh_database(request.param, folder) as url,
        opened(url) as (backend, engine, metadata),
    ):
        metadata.create_all(engine)
        gather(backend, engine)
        app = Flask("host")
        app.config["SECRET_KEY"] = SECRET_KEY
        scim = ScimTeams(backend, app)
        with app.app_context():
            token = scim.tokens.create(label="test").secret
        yield Crowd(url, backend, engine, ScimClient(app.test_client(), token))


@dataclass
class Changes:
    """What the other process has done so far."""

    _lines: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    made: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def read(self, stream: Any) -> None:
        """Take down what the process prints, until it ends."""
        for line in stream:
            self._lines.put(line)

    def await_some(self) -> None:
        """Return when somebody more has come, and somebody more has gone."""
        made, deleted = len(self.made), len(self.deleted)
        while len(self.made) == made or len(self.deleted) == deleted:
            self._note(self._lines.get(timeout=COMMAND))
        self.drain()

    def drain(self) -> None:
        """Take what is there to be taken."""
        while not self._lines.empty():
            self._note(self._lines.get())

    def _note(self, line: str) -> None:
        (self.made if line[0] == "+" else self.deleted).append(line[1:].strip())


@contextmanager
def coming_and_going(crowd: Crowd, seed: str) -> Iterator[Changes]:
    """Have another process change the crowd while the block runs; then all it did is known."""
    arguments = [sys.executable, "-m", "tests.concurrency.crowd", crowd.url, seed]
    process = subprocess.Popen(
        arguments,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    changes = Changes()
    reader = threading.Thread(target=changes.read, args=(process.stdout,))
    reader.start()
    try:
        yield changes
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(COMMAND) == 0
    finally:
        process.kill()
        process.wait()
        reader.join()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
    changes.drain()


@pytest.mark.requirement("R242", "R250")
@pytest.mark.parametrize("sort_by", [None, "userName"])
def test_a_walk_meets_whoever_lives_through_it_exactly_once(
    crowd: Crowd, sort_by: str | None
) -> None:
    before = present(crowd.backend, crowd.engine)
    assert len(before) >= SIZE
    query: dict[str, Any] = {"count": COUNT, "attributes": "userName"}
    if sort_by is not None:
        query["sortBy"] = sort_by
    seen: list[tuple[str, str]] = []
    pages = 0
    cursor: str | None = ""
    with coming_and_going(crowd, f"{sort_by}") as changes:
        changes.await_some()
        while cursor is not None:
            response = crowd.idp.get("/Users", query_string={**query, "cursor": cursor})
            assert response.status_code == 200, response.text
            page = response.get_json()
            seen += [(user["id"], user["userName"]) for user in page["Resources"]]
            assert len(page["Resources"]) == COUNT or "nextCursor" not in page
            cursor = page.get("nextCursor")
            pages += 1
            # As many come as go: a walk that grows much longer never ends.
            assert pages < 2 * SIZE // COUNT
            # Between any two pages the list changes, however fast they are.
            changes.await_some()
    ids = [id for id, _ in seen]
    assert [id for id, times in Counter(ids).items() if times > 1] == []
    lived = before - set(changes.deleted)
    assert lived - set(ids) == set()
    assert set(ids) <= before.union(changes.made)
    # All of it really happened, and there were many who stayed to be met.
    assert pages >= SIZE // COUNT
    assert min(len(changes.made), len(changes.deleted)) > pages
    assert {id for id in before if stays(id)} <= lived
    assert len(lived) >= SIZE // 2
    ordered = ids if sort_by is None else [name for _, name in seen]
    assert ordered == sorted(ordered)
