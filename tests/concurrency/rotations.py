"""A process that rotates tokens, and makes some, all at once.

``python -m tests.concurrency.rotations URL OVERLAP ID...`` says that it is ready, waits for its
standard input to end, then rotates each token and makes as many new ones, several threads at a
time, and prints the ids of those that there now are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.identifiers import new_id
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.services.tokens import NewToken
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.storage.interface import Backend
from tests.concurrency.crowd import opened

MAX_TOKENS = 6
THREADS = 4


def managers(backend: Backend) -> tuple[TokenManager, ConnectionManager]:
    """Return the managers of tokens and connections over a backend."""
    connections = ConnectionManager(backend, now=now, new_id=new_id)
    return TokenManager(backend, [b"k" * 32], now, connections, max_tokens=MAX_TOKENS), connections


def _made(make: Callable[[], NewToken]) -> str | None:
    try:
        return make().record.id
    except ValueError:
        return None


def main(url: str, overlap: str, *ids: str) -> None:
    """Rotate tokens and make tokens."""
    with opened(url) as (backend, _, _):
        tokens, _ = managers(backend)
        rotations = [
            partial(tokens.rotate, id, overlap=timedelta(hours=int(overlap))) for id in ids
        ]
        creations = [partial(tokens.create, label="new") for _ in ids]
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()
        with ThreadPoolExecutor(THREADS) as pool:
            made = list(pool.map(_made, [*rotations, *creations]))
    sys.stdout.writelines(f"{id}\n" for id in made if id is not None)


if __name__ == "__main__":
    main(*sys.argv[1:])
