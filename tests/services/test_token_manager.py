"""Tokens are rotated, limited in number, noted when used and warned of before they end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams import signals
from flask_scim_teams.core.comparison import elapsed
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.core.errors import Unauthorized
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.memory import MemoryWork
from tests.conftest import SECRET_KEY

START = "2024-02-29T12:00:00.000000Z"
DAY = timedelta(days=1)


class Clock:
    """A present that the test decides."""

    now = START

    def __call__(self) -> str:
        return self.now

    def at(self, later: timedelta) -> None:
        self.now = shifted(START, later)


class Wall(MemoryBackend):
    """Memory that can be read, and not always written."""

    broken = False
    writes = 0

    def begin(self, caller: Caller, *, write: bool) -> AbstractContextManager[MemoryWork]:
        self.writes += write
        if write and self.broken:
            raise OSError("the disk is full")
        return super().begin(caller, write=write)


class Host:
    """An app over memory, with a clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **config: Any) -> None:
        self.backend = Wall()
        self.clock = Clock()
        self.app = Flask("host")
        self.app.config.update(SECRET_KEY=SECRET_KEY, **config)
        scim = ScimTeams(self.backend, self.app)
        with self.app.app_context():
            self.tokens: TokenManager = scim.tokens
            self.connections: ConnectionManager = scim.connections
        monkeypatch.setattr(self.tokens, "_now", self.clock)

    def good(self, secret: str) -> bool:
        try:
            self.tokens.verify(secret, "192.0.2.1")
        except Unauthorized:
            return False
        return True


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(monkeypatch)


@contextmanager
def heard(signal: Any) -> Iterator[list[dict[str, Any]]]:
    """Collect what a signal passes."""
    calls: list[dict[str, Any]] = []

    def hear(sender: Flask, **arguments: Any) -> None:
        calls.append(arguments)

    with signal.connected_to(hear):
        yield calls


def test_a_rotated_token_stays_good_for_the_overlap(host: Host) -> None:
    old = host.tokens.create(
        label="Entra", scopes=["users:read"], addresses=["192.0.2.0/24"], expires_in=60 * DAY
    )
    host.clock.at(20 * DAY)
    assert host.good(old.secret)
    new = host.tokens.rotate(old.record.id)
    assert host.good(old.secret)
    assert host.good(new.secret)
    one, other = old.record, new.record
    assert (one.label, one.scopes, one.addresses, one.connection_id) == (
        other.label,
        other.scopes,
        other.addresses,
        other.connection_id,
    )
    # As long as the old one was good for, from now; and never used yet.
    assert other.expires == shifted(START, 80 * DAY)
    assert (other.last_used, other.last_address) == (None, None)
    host.clock.at(21 * DAY)
    assert not host.good(old.secret)
    assert host.good(new.secret)
    assert host.tokens.status(host.tokens.get(one.id)) == "expired"


def test_a_token_for_ever_is_followed_by_one_for_ever(host: Host) -> None:
    old = host.tokens.create(label="x")
    assert host.tokens.rotate(old.record.id, overlap=timedelta(hours=1)).record.expires is None
    assert host.tokens.get(old.record.id).expires == shifted(START, timedelta(hours=1))


def test_an_overlap_never_makes_a_token_live_longer(host: Host) -> None:
    old = host.tokens.create(label="x", expires_in=timedelta(hours=1))
    host.tokens.rotate(old.record.id)
    assert host.tokens.get(old.record.id).expires == old.record.expires


def test_no_overlap_revokes_the_old_token_at_once(host: Host) -> None:
    old = host.tokens.create(label="x")
    new = host.tokens.rotate(old.record.id, overlap=timedelta(0))
    assert not host.good(old.secret)
    assert host.good(new.secret)
    assert host.tokens.status(host.tokens.get(old.record.id)) == "revoked"
    assert host.tokens.get(old.record.id).replaced_by == new.record.id


def test_what_cannot_be_rotated(host: Host) -> None:
    old = host.tokens.create(label="x").record
    revoked = host.tokens.create(label="x").record
    expired = host.tokens.create(label="x", expires_in=timedelta(hours=1)).record
    assert host.tokens.revoke(revoked.id)
    new = host.tokens.rotate(old.id).record
    host.clock.at(timedelta(hours=2))
    for id, words in (
        (revoked.id, "no live token"),
        (expired.id, "no live token"),
        ("unknown", "no live token"),
        # A second rotation would leave a token that nobody has put in place.
        (old.id, new.id),
    ):
        with pytest.raises(ValueError, match=words):
            host.tokens.rotate(id)
    for overlap in (timedelta(seconds=-1), timedelta.max):
        with pytest.raises(ValueError, match=r"overlap|9999"):
            host.tokens.rotate(new.id, overlap=overlap)
    assert len(host.tokens.list()) == 4


def test_a_connection_has_so_many_live_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, SCIM_MAX_TOKENS=2)
    first = host.tokens.create(label="1").record
    second = host.tokens.create(label="2", expires_in=DAY).record
    connection = host.connections.named("default")
    for attempt in (
        lambda: host.tokens.create(label="3"),
        lambda: host.tokens.rotate(first.id),
    ):
        with pytest.raises(ValueError, match="'default' has 2 live tokens"):
            attempt()
    # One for one is no more; another connection has its own; what has ended does not count.
    first = host.tokens.rotate(first.id, overlap=timedelta(0)).record
    okta = host.connections.create("Okta")
    host.tokens.create(label="4", connection=okta)
    host.clock.at(DAY)
    host.tokens.rotate(first.id)
    with pytest.raises(ValueError, match="live tokens"):
        host.tokens.create(label="5", connection=connection)
    assert host.tokens.revoke(first.id)
    host.tokens.create(label="6", connection=connection)
    assert host.tokens.status(second) == "expired"


@pytest.mark.parametrize(
    "address", ["192.0.2.1/24", "192.0.2", "example.com", "", "192.0.2.0/33", "10.0.0.0/8 x"]
)
def test_addresses_that_are_no_networks(host: Host, address: str) -> None:
    with pytest.raises(ValueError, match="is no network") as caught:
        host.tokens.create(label="x", addresses=[address])
    assert ("192.0.2.0/24 is one" in str(caught.value)) is (address == "192.0.2.1/24")
    assert host.tokens.list() == ()


def test_networks_have_one_spelling(host: Host) -> None:
    given = ["192.0.2.7", "2001:DB8:0::/32", "::ffff:192.0.2.0/120", "192.0.2.7/32"]
    made = host.tokens.create(label="x", addresses=given).record
    assert made.addresses == ("192.0.2.7/32", "2001:db8::/32", "192.0.2.0/24")


def test_a_use_is_noted_once_a_minute(host: Host) -> None:
    made = host.tokens.create(label="x")
    host.backend.writes = 0
    for second in range(0, 130, 5):
        host.clock.at(timedelta(seconds=second))
        assert host.good(made.secret)
    assert host.backend.writes == 2
    record = host.tokens.get(made.record.id)
    assert record.last_used == shifted(START, timedelta(seconds=65))
    assert record.last_address == "192.0.2.1"


def test_a_request_passes_where_its_use_cannot_be_noted(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    made = host.tokens.create(label="x")
    host.backend.broken, host.backend.writes = True, 0
    response = host.app.test_client().get(
        "/scim/v2/Users", headers={"Authorization": f"Bearer {made.secret}"}
    )
    assert response.status_code == 200
    assert made.record.id in caplog.text
    assert made.secret not in caplog.text
    # Not tried again at every request, only as often as it would be noted.
    assert all(host.good(made.secret) for _ in range(10))
    assert host.backend.writes == 1
    host.backend.broken = False
    host.clock.at(timedelta(seconds=61))
    assert host.good(made.secret)
    assert host.tokens.get(made.record.id).last_used == host.clock.now


def test_live_tokens_that_end_soon(host: Host) -> None:
    ends = {
        label: host.tokens.create(label=label, expires_in=days * DAY).record
        for label, days in {"year": 365, "quarter": 90, "month": 30, "week": 7, "day": 1}.items()
    }
    host.tokens.create(label="ever")
    replaced = host.tokens.create(label="replaced", expires_in=90 * DAY).record
    revoked = host.tokens.create(label="revoked", expires_in=90 * DAY).record
    off = host.connections.create("Okta")
    host.tokens.create(label="disabled", expires_in=90 * DAY, connection=off)
    host.connections.disable("Okta")
    host.tokens.rotate(replaced.id)
    host.tokens.revoke(revoked.id)
    soon = {}
    for day in (0, 3, 4, 15, 16, 59, 60, 76, 87, 89, 90, 335, 362):
        host.clock.at(day * DAY + timedelta(seconds=1))
        soon[day] = [
            (one.token.label, one.days, one.threshold)
            for one in host.tokens.expiring()
            # Its successor is as old, and ends when the quarter does.
            if one.token.label != "replaced"
        ]
    assert soon == {
        0: [],
        3: [],
        4: [("week", 2, 3)],
        15: [],
        16: [("month", 13, 14)],
        59: [],
        60: [("quarter", 29, 30)],
        76: [("quarter", 13, 14)],
        87: [("quarter", 2, 3)],
        89: [("quarter", 0, 3)],
        90: [],
        335: [("year", 29, 30)],
        362: [("year", 2, 3)],
    }
    assert ends["year"].expires is not None
    assert elapsed(START, ends["year"].expires) == 365 * DAY


def test_a_token_in_use_is_warned_of_once_for_each_threshold(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "flask_scim_teams")
    made = host.tokens.create(label="Zoë\n", expires_in=90 * DAY)
    # Two processes over one storage.
    elsewhere: list[Any] = []
    keys = [SECRET_KEY.encode()]
    second = TokenManager(
        host.backend, keys, host.clock, host.connections, publish=elsewhere.append
    )
    with heard(signals.token_expiring) as here:
        for hours in range(57 * 24, 90 * 24, 3):
            managers = [host.tokens, second] if hours % 2 else [second, host.tokens]
            for number, manager in enumerate([*managers, *managers]):
                host.clock.at(timedelta(hours=hours, minutes=2 * number))
                manager.verify(made.secret)
    told = [(call["days"], call["threshold"]) for call in here]
    told += [(event.days, event.threshold) for event in elsewhere]
    # The first use of each that finds no more left: a moment after noon.
    assert sorted(told, reverse=True) == [(30, 30), (14, 14), (3, 3)]
    warnings = [record.getMessage() for record in caplog.records]
    for left, warning in zip((30, 14, 3), warnings, strict=True):
        assert f" in {left} days" in warning
    assert all(made.record.id in warning and "\n" not in warning for warning in warnings)


def test_a_token_is_warned_of_at_its_next_use_however_late_that_is(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    made = host.tokens.create(label="x", expires_in=90 * DAY)
    with heard(signals.token_expiring) as told:
        # Days of silence, a switched-off connection, and the first use of all.
        for days in (80, 81, 88, 89):
            host.clock.at(days * DAY)
            host.tokens.verify(made.secret)
    assert [call["threshold"] for call in told] == [14, 3]


def test_signals_of_tokens(host: Host) -> None:
    with (
        heard(signals.token_created) as created,
        heard(signals.token_rotated) as rotated,
        heard(signals.token_revoked) as revoked,
    ):
        old = host.tokens.create(label="x")
        new = host.tokens.rotate(old.record.id)
        assert host.tokens.revoke(new.record.id)
        assert not host.tokens.revoke(new.record.id)
    connection = host.connections.named("default")
    assert created == [{"token": old.record, "connection": connection}]
    [call] = rotated
    assert call == {
        "token": new.record,
        "before": host.tokens.get(old.record.id),
        "connection": connection,
    }
    assert call["before"].replaced_by == new.record.id
    assert [one["token"] for one in revoked] == [host.tokens.get(new.record.id)]
    for secret in (old.secret, new.secret):
        assert secret.split("_")[2][:64] not in repr((created, rotated, revoked))
