"""How often may be asked: 429 to whom it concerns, and to nobody when the store is away."""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import TestResponse

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.memory import MemoryWork
from tests.conftest import SECRET_KEY
from tests.http.messages import assert_error

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


@pytest.fixture(autouse=True)
def _with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back that the rest of the suite runs as if the extra were not installed."""
    monkeypatch.delitem(sys.modules, "limits", raising=False)


class Clock:
    """Time that stands still until it is moved, so that no window ends where a test does not."""

    def __init__(self) -> None:
        self.instant = time.time()

    def __call__(self) -> float:
        return self.instant


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


class Counting(MemoryBackend):
    """Memory that counts how often it is asked."""

    asked = 0

    def begin(self, caller: Caller, *, write: bool) -> AbstractContextManager[MemoryWork]:
        self.asked += 1
        return super().begin(caller, write=write)


class Gateway:
    """An app with limits, and tokens for it."""

    def __init__(self, backend: MemoryBackend | None = None, **config: Any) -> None:
        self.app = Flask("host")
        self.app.config.update(SECRET_KEY=SECRET_KEY, **config)
        self.scim = ScimTeams(backend or MemoryBackend(), self.app)

    def token(self) -> str:
        with self.app.app_context():
            return self.scim.tokens.create(label="test").secret

    def ask(
        self, token: str | None, address: str = "192.0.2.1", path: str = "/Users", **headers: str
    ) -> TestResponse:
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self.app.test_client().get(
            f"/scim/v2{path}", headers=headers, environ_base={"REMOTE_ADDR": address}
        )

    def statuses(self, count: int, token: str | None, **kwargs: str) -> list[int]:
        return [self.ask(token, **kwargs).status_code for _ in range(count)]


def assert_busy(response: TestResponse) -> int:
    """Hold a response to what Okta understands: 429 and whole seconds; return them."""
    assert_error(response, 429)
    wait = response.headers["Retry-After"]
    assert wait.isdecimal()
    assert int(wait) >= 1
    return int(wait)


def test_a_token_that_comes_too_often() -> None:
    gateway = Gateway(SCIM_RATE_LIMIT="3/hour")
    token, other = gateway.token(), gateway.token()
    assert gateway.statuses(3, token) == [200] * 3
    # Where it comes from does not matter, nor what it asks for.
    assert assert_busy(gateway.ask(token, "192.0.2.9", "/Groups")) == 3600
    assert_busy(gateway.ask(token, path="/Nope"))
    assert gateway.statuses(3, other) == [200] * 3
    # One rule does not stand in for the other: what is no token is refused as such.
    assert gateway.ask("nonsense").status_code == 401


def test_the_log_says_that_a_token_came_too_often() -> None:
    gateway = Gateway(SCIM_RATE_LIMIT="1/hour")
    token = gateway.token()
    for path in ("/Users", "/Users", "/Nope"):
        gateway.ask(token, path=path)
    with gateway.app.app_context():
        assert gateway.scim.log.flush()
        [known] = gateway.scim.tokens.list()
        entries = gateway.scim.log.search().entries
    assert [(one.status, one.token_id) for one in entries] == [(429, known.id)] * 2
    for entry in entries:
        *passed, failed = entry.trace
        assert [one.check for one in passed] == ["token", "address", "connection"]
        assert (failed.check, failed.outcome) == ("rate limit", "failed")
        assert "raise the limit" in failed.remedy


def test_an_address_from_which_too_much_fails() -> None:
    backend = Counting()
    gateway = Gateway(backend, SCIM_RATE_LIMIT_FAILED="3/hour")
    token = gateway.token()
    with gateway.app.app_context():
        made = gateway.scim.tokens.create(label="revoked")
        gateway.scim.tokens.revoke(made.record.id)
    # What is good does not count.
    assert gateway.statuses(5, token) == [200] * 5
    assert gateway.ask(made.secret).status_code == 401
    assert gateway.ask(None).status_code == 401
    assert gateway.ask("nonsense", path="/Nope").status_code == 401
    before = backend.asked
    for asked in (made.secret, None, token):
        assert_busy(gateway.ask(asked))
    assert backend.asked == before
    assert gateway.ask(token, "192.0.2.2").status_code == 200


def test_the_network_of_an_ipv6_address_counts_as_one() -> None:
    gateway = Gateway(SCIM_RATE_LIMIT_FAILED="2/hour")
    for address in ("2001:db8::1", "2001:db8::ffff:1"):
        assert gateway.ask("nonsense", address).status_code == 401
    assert_busy(gateway.ask("nonsense", "2001:db8::2"))
    assert gateway.ask("nonsense", "2001:db8:0:1::1").status_code == 401
    # Addresses of IPv4 are all in one such network when a socket of IPv6 takes them.
    for last in "123":
        assert gateway.ask("nonsense", f"::ffff:192.0.2.{last}").status_code == 401


def test_the_address_behind_a_proxy_is_what_the_app_trusts() -> None:
    gateway = Gateway(SCIM_RATE_LIMIT_FAILED="1/hour")
    # Not trusted: whoever claims another address each time is one.
    assert gateway.ask("nonsense", **{"X-Forwarded-For": "198.51.100.1"}).status_code == 401
    assert_busy(gateway.ask("nonsense", **{"X-Forwarded-For": "198.51.100.2"}))
    gateway = Gateway(SCIM_RATE_LIMIT_FAILED="1/hour")
    gateway.app.wsgi_app = ProxyFix(gateway.app.wsgi_app)  # type: ignore[method-assign]
    assert gateway.ask("nonsense", **{"X-Forwarded-For": "198.51.100.1"}).status_code == 401
    assert gateway.ask("nonsense", **{"X-Forwarded-For": "198.51.100.2"}).status_code == 401
    assert_busy(gateway.ask("nonsense", **{"X-Forwarded-For": "198.51.100.2"}))


def test_requests_without_an_address() -> None:
    # A server on a Unix socket gives none
    gateway = Gateway(SCIM_RATE_LIMIT_FAILED="1/hour")
    assert gateway.ask("nonsense", "").status_code == 401
    assert_busy(gateway.ask("nonsense", ""))


def test_what_is_allowed_without_configuration(clock: Clock) -> None:
    # Microsoft Entra ID wants to send 25 requests a second.
    gateway = Gateway()
    token = gateway.token()
    assert gateway.statuses(100, token) == [200] * 100
    assert assert_busy(gateway.ask(token)) == 1
    assert gateway.statuses(20, "nonsense") == [401] * 20
    assert assert_busy(gateway.ask("nonsense")) == 1
    # Whole seconds, and never none: it would come again at once.
    clock.instant += 0.9
    assert assert_busy(gateway.ask(token)) == 1
    clock.instant += 0.101
    assert gateway.ask("nonsense").status_code == 401
    assert gateway.ask(token).status_code == 200


def test_several_rates_at_once_and_none() -> None:
    gateway = Gateway(SCIM_RATE_LIMIT="2/minute;3/hour", SCIM_RATE_LIMIT_FAILED=None)
    token = gateway.token()
    assert gateway.statuses(2, token) == [200] * 2
    assert assert_busy(gateway.ask(token)) <= 60
    # Counted against the hour as well: the longer wait is the one that helps.
    assert assert_busy(gateway.ask(token)) > 60
    assert gateway.statuses(30, "nonsense") == [401] * 30


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "limits", None)
    # Nobody asked for limits: there are none.
    gateway = Gateway()
    assert gateway.statuses(150, gateway.token()) == [200] * 150
    Gateway(SCIM_RATE_LIMIT=None, SCIM_RATE_LIMIT_FAILED=None)
    for key, value in (
        ("SCIM_RATE_LIMIT", "50/second"),
        ("SCIM_RATE_LIMIT_FAILED", "5/second"),
        ("SCIM_RATE_LIMIT_STORAGE", "memory://"),
    ):
        with pytest.raises(SetupError, match=r"flask-scim-teams\[limits\]"):
            Gateway(**{key: value})


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("SCIM_RATE_LIMIT", "many", "100/second"),
        ("SCIM_RATE_LIMIT", "0/second", "100/second"),
        ("SCIM_RATE_LIMIT", "", "100/second"),
        ("SCIM_RATE_LIMIT", 100, "text"),
        ("SCIM_RATE_LIMIT_FAILED", "5/fortnight", "100/second"),
        ("SCIM_RATE_LIMIT_STORAGE", None, "text"),
        ("SCIM_RATE_LIMIT_STORAGE", "memcached://127.0.0.1", "redis://"),
        ("SCIM_RATE_LIMIT_STORAGE", "redis://:hush@127.0.0.1:port", "URL"),
    ],
)
def test_what_cannot_work_is_refused_at_setup(key: str, value: Any, words: str) -> None:
    with pytest.raises(SetupError, match=words) as caught:
        Gateway(**{key: value})
    assert key in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_redis_without_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(SetupError, match="pip install redis"):
        Gateway(SCIM_RATE_LIMIT_STORAGE=REDIS)


@pytest.mark.services
def test_processes_that_share_a_redis_count_as_one() -> None:
    try:
        redis.Redis.from_url(REDIS).ping()
    except redis.RedisError as error:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(f"Redis does not answer: {error}")
        pytest.skip("Redis does not answer")
    backend = MemoryBackend()
    config = {"SCIM_RATE_LIMIT": "4/hour", "SCIM_RATE_LIMIT_STORAGE": REDIS}
    one, two = Gateway(backend, **config), Gateway(backend, **config)
    token = one.token()
    assert one.statuses(2, token) + two.statuses(2, token) == [200] * 4
    for gateway in (one, two):
        assert 1 <= assert_busy(gateway.ask(token)) <= 3600
    assert one.ask(two.token()).status_code == 200


@contextmanager
def silence() -> Iterator[tuple[str, socket.socket]]:
    """Yield the URL of a server that takes connections and never says a word, and its socket."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        server.setblocking(False)
        yield f"redis://:hush@127.0.0.1:{server.getsockname()[1]}", server


def connections_to(server: socket.socket) -> int:
    count = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_a_store_that_is_away_locks_nobody_out(caplog: pytest.LogCaptureFixture) -> None:
    with silence() as (url, server):
        config = {"SCIM_RATE_LIMIT": "1/hour", "SCIM_RATE_LIMIT_FAILED": "1/hour"}
        gateway = Gateway(**config, SCIM_RATE_LIMIT_STORAGE=url)
        token = gateway.token()
        with caplog.at_level(logging.WARNING, "flask_scim_teams"):
            assert gateway.statuses(20, token) == [200] * 20
            assert gateway.statuses(5, "nonsense") == [401] * 5
        # It was waited for once, not by each request.
        assert connections_to(server) == 1
    (line,) = caplog.messages
    assert "nobody is limited" in line
    assert "hush" not in caplog.text


def test_a_store_that_refuses_connections_locks_nobody_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}"
    gateway = Gateway(SCIM_RATE_LIMIT="1/hour", SCIM_RATE_LIMIT_STORAGE=url)
    assert gateway.statuses(3, gateway.token()) == [200] * 3
