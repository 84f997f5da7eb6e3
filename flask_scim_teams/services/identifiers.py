"""Fresh identifiers and the present instant: the two things no pure function can make."""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import UTC
from datetime import datetime


def now() -> str:
    """Return the present instant, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_id() -> str:
    """Return a UUID of version 7 (RFC 9562): opaque, and in the order of its making.

    Lists are in the order of ids, so that a resource made while a client pages through them
    comes at the end and shifts no page.
    """
    milliseconds = time.time_ns() // 1_000_000
    number = milliseconds << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=number))
