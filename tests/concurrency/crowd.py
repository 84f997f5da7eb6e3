"""Twenty thousand users in a database, and a process in which some come and others go.

``python -m tests.concurrency.crowd URL SEED`` makes a user and deletes one in turn, each in a unit
of work of its own, until its standard input ends; it prints which.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy import MetaData
from sqlalchemy import create_engine
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase

from flask_scim_teams.core.resources import Resource
from flask_scim_teams.services.attempts import attempt
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from flask_scim_teams.storage.sqlalchemy import ready_made
from flask_scim_teams.storage.sqlalchemy.adapters import key_rows
from flask_scim_teams.testing.samples import id_of
from flask_scim_teams.testing.samples import user
from tests.databases import close
from tests.hosts import Database

SIZE = 20_000
#: How far apart the users' numbers are: new ones come in between.
APART = 4_096


@contextmanager
def opened(url: str) -> Iterator[tuple[SQLAlchemyBackend, Engine, MetaData]]:
    """Yield a host's backend over a database."""

    class Base(DeclarativeBase):
        pass

    engine = create_engine(url)
    try:
        backend = ready_made(Database(engine, Base, Base.metadata)).backend  # type: ignore[arg-type]
        yield backend, engine, Base.metadata
    finally:
        close(engine)


def gather(backend: SQLAlchemyBackend, engine: Engine) -> None:
    """Store the users, whose names are in another order than their ids, as fast as can be."""
    # 7,919 is a prime, so that each number below the size is met once.
    names = (f"u{number * 7_919 % SIZE:05}" for number in range(SIZE))
    everybody = [user(number * APART, name) for number, name in enumerate(names)]
    statements = backend.users
    mapping = statements.mapping
    rows = [{**mapping.default_values(one), **mapping.values(one)} for one in everybody]
    keys = [
        row for one in everybody for row in key_rows(one.id, statements.indexed(one.attributes))
    ]
    with engine.begin() as connection:
        connection.execute(statements.insert, rows)
        if keys:
            connection.execute(statements.insert_keys, keys)


def present(backend: SQLAlchemyBackend, engine: Engine) -> set[str]:
    """Return the ids of the users that there are."""
    with engine.connect() as connection:
        return set(connection.scalars(select(backend.users.mapping.id)))


def stays(id: str) -> bool:
    """Whether a user is never deleted: half of those that were there at the beginning."""
    return UUID(id).int % (2 * APART) == 0


def come_and_go(backend: SQLAlchemyBackend, engine: Engine, seed: str) -> Iterator[str]:
    """Make a user and delete one in turn, anywhere in the list; yield what was done."""
    chance = random.Random(seed)  # noqa: S311 - no secret: the same crowd each time
    there = present(backend, engine)
    leaving = [id for id in sorted(there) if not stays(id)]
    chance.shuffle(leaving)
    serial = 0
    while True:
        serial += 1
        number = chance.randrange(SIZE * APART)
        if id_of(number) in there or number % APART == 0:
            continue
        come = user(number, f"u{chance.randrange(SIZE):05}-{seed}-{serial}")
        attempt(partial(_add, backend, come))
        there.add(come.id)
        leaving.insert(chance.randrange(len(leaving)), come.id)
        yield f"+{come.id}"
        go = leaving.pop()
        attempt(partial(_remove, backend, go))
        yield f"-{go}"


def _add(backend: SQLAlchemyBackend, one: Resource) -> None:
    with backend.begin(HOST, write=True) as work:
        work.users.add(one)
        work.commit()


def _remove(backend: SQLAlchemyBackend, id: str) -> None:
    with backend.begin(HOST, write=True) as work:
        assert work.users.lock(id) is not None
        work.memberships.remove_member(id)
        work.users.remove(id)
        work.commit()


def main(url: str, seed: str) -> None:
    """Change the crowd until standard input ends."""
    ended = threading.Event()

    def watch() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=watch, daemon=True).start()
    with opened(url) as (backend, engine, _):
        for done in come_and_go(backend, engine, seed):
            sys.stdout.write(f"{done}\n")
            sys.stdout.flush()
            if ended.is_set():
                return


if __name__ == "__main__":
    main(*sys.argv[1:])
