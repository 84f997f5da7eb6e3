"""Fresh identifiers and the present instant: the two things no pure function can make."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from datetime import UTC
from datetime import datetime

_ticking = threading.Lock()
_last_tick = 0


def now() -> str:
    """Return the present instant, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_id() -> str:
    """Return a UUID of version 7 (RFC 9562): opaque, and in the order of its making.

    Lists are in the order of ids, so that a resource made while a client pages through them
    comes at the end and shifts no page.
    """
    tick = _next_tick()
    milliseconds, fraction = tick >> 12, tick & 0xFFF
    number = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=number))


def _next_tick() -> int:
    """Return a count of 4,096ths of a millisecond since 1970, larger than all before it."""
    global _last_tick
    with _ticking:
        _last_tick = max(_last_tick + 1, time.time_ns() * 4_096 // 1_000_000)
        return _last_tick
