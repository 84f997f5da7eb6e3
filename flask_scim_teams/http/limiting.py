"""How often requests may come: of one token, and, before a token is looked at, from one address.

Counting is the ``limits`` library's. What it counts in may be away: then everybody passes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import IPv6Address
from ipaddress import IPv6Network
from ipaddress import ip_address
from typing import TYPE_CHECKING

from flask import request

from flask_scim_teams.config import Rates
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.errors import TooManyRequests
from flask_scim_teams.core.errors import Unauthorized
from flask_scim_teams.services.logger import logger
from flask_scim_teams.storage.interface import Caller

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import FixedWindowRateLimiter

_SCHEMES = ("memory://", "redis://", "rediss://", "redis+unix://")
#: Seconds that a store on the network is given for an answer.
_PATIENCE = 0.2
#: Seconds for which a store that failed is not asked again: it would slow each request.
_PAUSE = 10
#: Seconds between two lines of the log that say so.
_QUIET = 60


class Limiter:
    """Lets callers pass unless they come too often.

    :param rates: what is allowed.
    :param clock: returns seconds that only ever grow.
    :raises SetupError: if a rate or the store is none, or the library that counts is missing.
    """

    def __init__(self, rates: Rates, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counter: FixedWindowRateLimiter | None = None
        self._token: list[RateLimitItem] = []
        self._failed: list[RateLimitItem] = []
        self._resume = self._speak = -math.inf
        if rates.token is None and rates.failed is None:
            return
        if find_spec("limits") is None:
            if not rates.explicit:
                return
            raise SetupError(
                'Rate limits need the extra "limits": pip install "flask-scim-teams[limits]", or '
                "leave SCIM_RATE_LIMIT and its like unset."
            )
        self._token = _parsed(rates.token, "rate SCIM_RATE_LIMIT")
        self._failed = _parsed(rates.failed, "rate SCIM_RATE_LIMIT_FAILED")
        self._counter = _counter(rates.storage)

    def admit(self, authenticate: Callable[[], Caller]) -> Caller:
        """Return the caller of the request, unless too much failed from its address.

        Whether the caller came too often is for :meth:`count` to say.

        :param authenticate: returns the caller, or refuses.
        :raises TooManyRequests: saying when to come again.
        """
        self.check_address()
        try:
            caller = authenticate()
        except Unauthorized:
            self.count_failure()
            raise
        return caller

    def check_address(self) -> None:
        """Refuse an address from which too many failed just now.

        :raises TooManyRequests: saying when to come again.
        """
        self._ask(self._failed, ("address", _network()), count=False)

    def count_failure(self) -> None:
        """Count a credential that was not good against its address."""
        try:
            self._ask(self._failed, ("address", _network()), count=True)
        except TooManyRequests:
            # This one is refused for what it is; the next, for being too many.
            return

    def count(self, caller: Caller) -> None:
        """Count a request of the caller, whose token is good.

        :raises TooManyRequests: saying when to come again.
        """
        self._ask(self._token, ("token", caller.token_id or ""), count=True)

    def _ask(self, rates: list[RateLimitItem], who: tuple[str, str], *, count: bool) -> None:
        counter = self._counter
        if counter is None or self._clock() < self._resume:
            return
        waits = []
        try:
            ask = counter.hit if count else counter.test
            for rate in rates:
                if not ask(rate, *who):
                    reset = counter.get_window_stats(rate, *who).reset_time
                    waits.append(max(1, math.ceil(reset - time.time())))
        except Exception as error:  # noqa: BLE001 - each store's client has errors of its own
            self._note_failure(error)
            return
        if waits:
            raise TooManyRequests(
                f"Too many requests; come again in {max(waits)} s.", retry_after=max(waits)
            )

    def _note_failure(self, error: Exception) -> None:
        now = self._clock()
        self._resume = now + _PAUSE
        if now >= self._speak:
            self._speak = now + _QUIET
            # Its text could hold the store's URL, and so a password.
            logger.warning(
                "The store of the rate limits fails (%s): nobody is limited.", type(error).__name__
            )


def _network() -> str:
    """Return what stands for the client: its address, or its network with IPv6.

    Whoever has one IPv6 address has all 2**64 of its network.
    """
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        # A Unix socket has no address: then those behind it are one.
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address)


def _parsed(rate: str | None, name: str) -> list[RateLimitItem]:
    from limits import parse_many

    if rate is None:
        return []
    try:
        parsed = parse_many(rate)
    except ValueError:
        parsed = []
    if not parsed or any(one.amount < 1 or one.get_expiry() < 1 for one in parsed):
        raise SetupError(f"The {name} has to read like 100/second, or be None, not {rate!r}.")
    return parsed


def _counter(storage: str) -> FixedWindowRateLimiter:
    from limits.errors import ConfigurationError
    from limits.storage import Storage
    from limits.storage import storage_from_string
    from limits.strategies import FixedWindowRateLimiter

    if not storage.startswith(_SCHEMES):
        raise SetupError(f"SCIM_RATE_LIMIT_STORAGE has to begin with {', '.join(_SCHEMES[:-1])}.")
    network = not storage.startswith("memory")
    options = {"socket_timeout": _PATIENCE, "socket_connect_timeout": _PATIENCE} if network else {}
    try:
        store = storage_from_string(storage, **options)
    except ConfigurationError:
        raise SetupError(
            "SCIM_RATE_LIMIT_STORAGE names a Redis, whose client is missing: pip install redis."
        ) from None
    except ValueError:
        # Not shown: it may hold a password.
        raise SetupError("SCIM_RATE_LIMIT_STORAGE is no URL that can be used.") from None
    assert isinstance(store, Storage)
    return FixedWindowRateLimiter(store)
