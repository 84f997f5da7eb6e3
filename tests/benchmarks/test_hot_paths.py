"""What the hot paths cost beside the floor, as ratios within one run: ``make bench``.

Requests go through the whole WSGI app, one at a time, ours and the floor's in turn, on SQLite.
The median ratio is printed; nothing is asserted about time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine
from werkzeug.test import EnvironBuilder
from werkzeug.test import run_wsgi_app

from flask_scim_teams import ScimTeams
from tests.benchmarks.floor import GROUP
from tests.benchmarks.floor import USER
from tests.benchmarks.floor import make_floor
from tests.hosts import own_models

pytestmark = pytest.mark.benchmark

ROUNDS = 300
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Side:
    """One of the two apps, with its token."""

    def __init__(self, app: Flask, token: str) -> None:
        self.app = app
        self.token = token

    def environ(self, method: str, path: str, body: Any = None, query: Any = None) -> Any:
        builder = EnvironBuilder(
            path="/scim/v2" + path,
            method=method,
            query_string=query,
            headers={"Authorization": f"Bearer {self.token}"},
            data=None if body is None else json.dumps(body),
            # The floor's get_json takes nothing but this.
            content_type=None if body is None else "application/json",
        )
        environ = builder.get_environ()
        builder.close()
        return environ

    def call(self, environ: Any) -> tuple[float, bytes]:
        started = time.perf_counter()
        chunks, status, _ = run_wsgi_app(self.app, environ)
        body = b"".join(chunks)
        seconds = time.perf_counter() - started
        assert status[0] == "2", (status, body)
        return seconds, body

    def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.call(self.environ(method, path, body))[1]
        return json.loads(answer) if answer else None


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[tuple[Side, Side]]:
    """Our app and the floor, each with 1,000 users."""
    engine = create_engine(f"sqlite:///{tmp_path / 'ours.sqlite'}")
    base, _, _, backend = own_models(engine)
    base.metadata.create_all(engine)
    scim = ScimTeams(backend)
    app = Flask("ours")
    app.config["SECRET_KEY"] = "a key of the benchmark, long enough to sign"
    scim.init_app(app)
    with app.app_context():
        ours = Side(app, scim.tokens.create(label="benchmark").secret)
    floor = Side(make_floor(str(tmp_path / "floor.sqlite"), "t" * 120), "t" * 120)
    for side in (ours, floor):
        for number in range(1_000):
            side.send("POST", "/Users", person(number))
    yield ours, floor
    engine.dispose()


def person(number: int) -> dict[str, Any]:
    name = f"person{number}@example.com"
    return {
        "schemas": [USER],
        "externalId": f"ext-{number}",
        "userName": name,
        "name": {"givenName": f"Given{number}", "familyName": f"Family{number}"},
        "emails": [{"value": name, "type": "work", "primary": True}],
        "active": True,
    }


def compared(
    name: str, sides: tuple[Side, Side], request: Callable[[Side, int], Any], rounds: int = ROUNDS
) -> None:
    """Print the medians of both sides and of their ratio, pair by pair."""
    times: list[tuple[float, float]] = []
    for number in range(rounds):
        environs = [request(side, number) for side in sides]
        order = (0, 1) if number % 2 else (1, 0)
        taken = [0.0, 0.0]
        for place in order:
            taken[place] = sides[place].call(environs[place])[0]
        times.append((taken[0], taken[1]))
    kept = times[rounds // 10 :]
    ours, floor = (median(pair[place] for pair in kept) * 1e6 for place in (0, 1))
    ratio = median(a / b for a, b in kept)
    print(f"{name:<34}{ours:>9.0f} us{floor:>9.0f} us{ratio:>8.2f}")


def test_hot_paths(sides: tuple[Side, Side], capsys: pytest.CaptureFixture[str]) -> None:
    ours, floor = sides
    ids = {side: [user["id"] for user in side.send("GET", "/Users")["Resources"]] for side in sides}
    everyone: dict[Side, list[str]] = {ours: [], floor: []}
    numbers = count(10_000)
    for side in sides:
        everyone[side] = [
            side.send("POST", "/Users", person(next(numbers)))["id"] for _ in range(10_400)
        ]

    def join(team: dict[Side, str], offset: int) -> Callable[[Side, int], Any]:
        def request(side: Side, number: int) -> Any:
            value = [{"value": everyone[side][offset + number]}]
            operation = {"op": "Add", "path": "members", "value": value}
            body = {"schemas": [PATCH_OP], "Operations": [operation]}
            return side.environ("PATCH", f"/Groups/{team[side]}", body)

        return request

    def team_of(size: int) -> dict[Side, str]:
        return {
            side: side.send(
                "POST",
                "/Groups",
                {
                    "schemas": [GROUP],
                    "displayName": f"Team of {size}",
                    "members": [{"value": id} for id in everyone[side][:size]],
                },
            )["id"]
            for side in sides
        }

    small, large = team_of(100), team_of(10_000)
    flag = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "active"}]}
    with capsys.disabled():
        print(f"\n{'request':<34}{'ours':>12}{'floor':>12}{'ratio':>8}")
        compared(
            "create a user", sides, lambda s, n: s.environ("POST", "/Users", person(50_000 + n))
        )
        compared("get a user", sides, lambda s, n: s.environ("GET", f"/Users/{ids[s][n % 100]}"))
        compared("list 100 users", sides, lambda s, n: s.environ("GET", "/Users"), 100)
        compared(
            "filter by userName",
            sides,
            lambda s, n: s.environ(
                "GET", "/Users", query={"filter": f'userName eq "person{n}@example.com"'}
            ),
        )

        def activate(side: Side, number: int) -> Any:
            operation = flag["Operations"][0] | {"value": bool(number % 2)}
            body = flag | {"Operations": [operation]}
            return side.environ("PATCH", f"/Users/{ids[side][number % 3]}", body)

        compared("PATCH active", sides, activate)
        compared("add a member to a team of 100", sides, join(small, 100))
        compared("add a member to a team of 10,000", sides, join(large, 10_000))
