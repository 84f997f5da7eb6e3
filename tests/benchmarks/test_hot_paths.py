"""What the hot paths cost beside the floor, as ratios within one run: ``make bench``.

Both apps run under gunicorn, one worker each, on SQLite files. Requests go out one at a time over
a connection that stays open, to ours and to the floor in turn; the median of the ratios is
printed. Nothing is asserted about time.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.benchmarks.floor import GROUP
from tests.benchmarks.floor import USER
from tests.processes import Log
from tests.processes import Server
from tests.processes import environment
from tests.processes import free_port

pytestmark = pytest.mark.benchmark

ROUNDS = 300
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
Request = tuple[str, str, Any]


class Side:
    """One of the two apps: a connection to it, and its token."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {
            "Authorization": f"Bearer {token}",
            # The floor's get_json takes nothing but this.
            "Content-Type": "application/json",
        }

    def call(self, request: Request) -> tuple[float, bytes]:
        """Send a request; return the seconds until the answer was there, and the answer."""
        method, path, body = request
        data = None if body is None else json.dumps(body)
        started = time.perf_counter()
        self._connection.request(method, "/scim/v2" + path, data, self._headers)
        response = self._connection.getresponse()
        answer = response.read()
        seconds = time.perf_counter() - started
        assert response.status < 300, (request, answer)
        return seconds, answer

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request; return the JSON of the answer."""
        answer = self.call((method, path, body))[1]
        return json.loads(answer) if answer else None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def running(name: str, database: str, folder: Path) -> Iterator[Side]:
    """Run one of the apps while the block runs."""
    port, token = free_port(), folder / f"{name}.token"
    arguments = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
    arguments += ["--worker-class", "gthread", "--threads", "1", "--keep-alive", "600"]
    server = Server(
        [*arguments, f"tests.benchmarks.apps:{name}()"],
        environment(BENCHMARK_DATABASE=database, BENCHMARK_TOKEN=str(token)),
        Log(folder / f"{name}.log"),
    )
    try:
        server.await_start(f"http://127.0.0.1:{port}/")
        side = Side(port, token.read_text())
        yield side
        side.close()
    finally:
        server.stop()


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[tuple[Side, Side]]:
    """Our app and the floor, each with 1,000 users."""
    with (
        running("ours", f"sqlite:///{tmp_path / 'ours.sqlite'}", tmp_path) as ours,
        running("floor", str(tmp_path / "floor.sqlite"), tmp_path) as floor,
    ):
        for side in (ours, floor):
            for number in range(1_000):
                side.send("POST", "/Users", person(number))
        yield ours, floor


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
    name: str,
    sides: tuple[Side, Side],
    request: Callable[[Side, int], Request],
    rounds: int = ROUNDS,
) -> None:
    """Print the medians of both sides and of their ratio, pair by pair."""
    pairs: list[tuple[float, float]] = []
    for number in range(rounds):
        taken = [0.0, 0.0]
        for place in (0, 1) if number % 2 else (1, 0):
            taken[place] = sides[place].call(request(sides[place], number))[0]
        pairs.append((taken[0], taken[1]))
    kept = pairs[rounds // 10 :]
    ours, floor = (median(pair[place] for pair in kept) * 1e6 for place in (0, 1))
    ratio = median(a / b for a, b in kept)
    print(f"{name:<34}{ours:>9.0f} us{floor:>9.0f} us{ratio:>8.2f}")


def test_hot_paths(sides: tuple[Side, Side], capsys: pytest.CaptureFixture[str]) -> None:
    ids = {side: [user["id"] for user in side.send("GET", "/Users")["Resources"]] for side in sides}
    numbers = count(10_000)
    everyone = {
        side: [side.send("POST", "/Users", person(next(numbers)))["id"] for _ in range(10_400)]
        for side in sides
    }

    def activate(side: Side, number: int) -> Request:
        operation = {"op": "replace", "path": "active", "value": bool(number // 3 % 2)}
        body = {"schemas": [PATCH_OP], "Operations": [operation]}
        return "PATCH", f"/Users/{ids[side][number % 3]}", body

    def look_up(side: Side, number: int) -> Request:
        query = urlencode({"filter": f'userName eq "person{number}@example.com"'})
        return "GET", f"/Users?{query}", None

    def join(size: int) -> Callable[[Side, int], Request]:
        team = {
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

        def request(side: Side, number: int) -> Request:
            value = [{"value": everyone[side][size + number]}]
            operation = {"op": "Add", "path": "members", "value": value}
            body = {"schemas": [PATCH_OP], "Operations": [operation]}
            return "PATCH", f"/Groups/{team[side]}", body

        return request

    with capsys.disabled():
        print(f"\n{'request':<34}{'ours':>12}{'floor':>12}{'ratio':>8}")
        compared("create a user", sides, lambda s, n: ("POST", "/Users", person(50_000 + n)))
        compared("get a user", sides, lambda s, n: ("GET", f"/Users/{ids[s][n % 100]}", None))
        compared("list 100 users", sides, lambda s, n: ("GET", "/Users", None), 150)
        compared("filter by userName", sides, look_up)
        compared("PATCH active", sides, activate)
        for size in (100, 10_000):
            compared(f"add a member to a team of {size:,}", sides, join(size))
