"""Comparison keys: text whose code-point order is the SCIM order of the values.

Every comparison of a filter, a sort or a uniqueness rule is made on these keys, in memory and in
SQL alike. That is why back ends agree: folding, instants and numbers are settled here, once, and a
database is left with plain text to compare byte by byte.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type

# xsd:dateTime (RFC 7643 section 2.3.5): date and time are both needed, the offset is not.
_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?", re.IGNORECASE | re.ASCII
)
_FRACTION_DIGITS = 6
_INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"
_EXPONENT_BIAS = 10_000


def fold(text: str) -> str:
    """Return the text as it compares where letter case does not matter.

    Compatibility forms are unified before and after folding, so that full-width letters,
    ligatures and sharp s meet their plain spelling (RFC 7644 section 5 asks for width and case
    mapping). Databases' own lower-casing knows less: SQLite's is ASCII alone.
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded)


def instant(text: str) -> str | None:
    """Return the dateTime as a UTC instant of fixed width, or ``None`` if it is not one.

    A dateTime without offset is read as UTC; a fraction finer than
    microseconds is cut.
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    date, time, fraction, offset = match.groups()
    try:
        moment = datetime.fromisoformat(f"{date}T{time}").replace(tzinfo=UTC)
        if offset and offset not in "Zz":
            sign = -1 if offset[0] == "-" else 1
            hours, minutes = int(offset[1:3]), int(offset[4:6])
            if hours > 14 or minutes > 59:
                return None
            moment -= sign * timedelta(hours=hours, minutes=minutes)
    except (ValueError, OverflowError):
        return None
    digits = (fraction or "")[:_FRACTION_DIGITS].ljust(_FRACTION_DIGITS, "0")
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{digits}Z".rjust(27, "0")


def ordinal(number: int | float | Decimal) -> str:
    """Return text that sorts as the number does.

    Sign, then decimal exponent, then digits; for negative numbers exponent and digits are
    complemented so that the larger magnitude comes first.
    """
    # Not normalize(): that would round to the precision of the context.
    value = Decimal(str(number))
    digits = "".join(map(str, value.as_tuple().digits)).strip("0")
    if not digits:
        return "1"
    exponent = value.adjusted() + _EXPONENT_BIAS
    if value > 0:
        return f"2{exponent:05d}{digits}"
    complement = "".join(str(9 - int(digit)) for digit in digits)
    # "~" sorts after every digit: of two negatives that share their digits the longer is smaller.
    return f"0{99_999 - exponent:05d}{complement}~"


def key(attribute: Attribute, value: Any) -> str:
    """Return the comparison key of a value that already fits the attribute."""
    match attribute.type:
        case Type.BOOLEAN:
            return "true" if value else "false"
        case Type.INTEGER | Type.DECIMAL:
            return ordinal(value)
        case Type.DATE_TIME:
            return instant(value) or value
        case _:
            return value if attribute.compares_case else fold(value)


def shifted(moment: str, by: timedelta) -> str:
    """Return the instant that much later, in the same form."""
    return (_moment(moment) + by).strftime(_INSTANT)


def elapsed(start: str, end: str) -> timedelta:
    """Return how much later the second instant is."""
    return _moment(end) - _moment(start)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)
