"""Tokens of the filter and path language (RFC 7644 section 3.4.2.2, figure 1)."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import InvalidFilter

#: Longest filter or path, in characters. The limits are checked before anything recurses.
MAX_LENGTH = 16_384
#: Deepest nesting of parentheses and brackets.
MAX_DEPTH = 32


class Kind(enum.Enum):
    """What a token is."""

    WORD = "a name"
    STRING = "a string"
    NUMBER = "a number"
    OPEN = "'('"
    CLOSE = "')'"
    BRACKET = "'['"
    UNBRACKET = "']'"
    END = "the end"


class Token(NamedTuple):
    """A token: its kind, its value (a string's is unescaped), and where it starts."""

    kind: Kind
    value: Any
    position: int


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<STRING>"(?:[^"\\]|\\.)*")
      | (?P<NUMBER>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w:.$@-]))
      | (?P<WORD>[A-Za-z0-9$_.:@-]+)
      | (?P<OPEN>\() | (?P<CLOSE>\)) | (?P<BRACKET>\[) | (?P<UNBRACKET>\])
    )""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)


def excerpt(text: str, position: int) -> str:
    """Return the part of the text that an error points at, short enough for one line."""
    part = text[max(0, position - 20) : position + 20]
    return repr(part)


def tokens(text: str, error: type[BadRequest] = InvalidFilter) -> list[Token]:
    """Return the tokens of a filter or path, the last of kind END.

    :raises BadRequest: of the given class, if a character belongs to no token, a string is not
        a JSON string, or the text is over the limits.
    """
    if len(text) > MAX_LENGTH:
        raise error(f"The expression is longer than {MAX_LENGTH} characters.")
    return list(_tokens(text, error))


def _tokens(text: str, error: type[BadRequest]) -> Iterator[Token]:
    position = depth = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            at = position + len(text[position:]) - len(text[position:].lstrip())
            raise error(f"Unexpected character {text[at]!r} at {excerpt(text, at)}.")
        kind = Kind[match.lastgroup]
        start, raw = match.start(match.lastgroup), match[match.lastgroup]
        if kind in (Kind.OPEN, Kind.BRACKET):
            depth += 1
            if depth > MAX_DEPTH:
                raise error(f"The expression is nested more than {MAX_DEPTH} deep.")
        elif kind in (Kind.CLOSE, Kind.UNBRACKET):
            depth -= 1
        yield Token(kind, _literal(kind, raw, error), start)
        position = match.end()
    yield Token(Kind.END, "", end)


def _literal(kind: Kind, raw: str, error: type[BadRequest]) -> Any:
    if kind not in (Kind.STRING, Kind.NUMBER):
        return raw
    try:
        value = json.loads(raw)
    except ValueError:
        raise error(f"{raw[:80]} is not a JSON {kind.name.lower()}.") from None
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise error("A string holds NUL or half of a surrogate pair; no value can be that.")
    elif value in (float("inf"), float("-inf")):
        raise error(f"{raw[:80]} is out of range.")
    return value
