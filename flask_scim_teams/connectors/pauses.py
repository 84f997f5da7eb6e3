"""How long a provider asks to be left alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

# When counting begins anew, in seconds since 1970: what Okta and Auth0 send for Retry-After.
_RESETS = ("x-rate-limit-reset", "x-ratelimit-reset")


def asked_pause(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that an answer asks for, ``None`` if it does not say.

    :param headers: of the answer, by lower-case name.
    :param now: seconds since 1970, of this machine; the answer's own Date is preferred to it.
    """
    text = headers.get("retry-after", "").strip()
    sent = _instant(headers.get("date", ""))
    now = now if sent is None else sent
    # RFC 9110 section 10.2.3: a number of seconds, or a date.
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = _instant(text)
    if until is None:
        until = next((_number(headers[name]) for name in _RESETS if name in headers), None)
    return None if until is None else max(until - now, 0.0)


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None


def _instant(text: str) -> float | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    # A date without a zone is in GMT (RFC 9110 section 5.6.7).
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
