"""Request bodies: bytes to JSON values, with everything refused that has two meanings.

Python's JSON reader accepts more than JSON: NaN, duplicate keys, other encodings, halves of
surrogate pairs. Any of them would come back as a broken answer or a failed write.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any
from typing import NoReturn

from flask import request

from flask_scim_teams.core.errors import InvalidSyntax
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.errors import PayloadTooLarge
from flask_scim_teams.core.errors import UnsupportedMediaType
from flask_scim_teams.http.recording import reach

#: Deepest nesting of arrays and objects that is always accepted.
MAX_DEPTH = 32

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ACCEPTED = ("application/scim+json", "application/json")


def read_json(limit: int) -> Any:
    """Return the JSON value in the request's body.

    :param limit: most bytes.
    :raises PayloadTooLarge: if it has more.
    :raises UnsupportedMediaType: if it does not say it is JSON.
    :raises InvalidSyntax: if it is not UTF-8 JSON, nests too deep, or names a key twice.
    :raises InvalidValue: if a string holds NUL or half of a surrogate pair.
    """
    reach("media type")
    if request.mimetype not in _ACCEPTED:
        raise UnsupportedMediaType(
            f"The body has to be {_ACCEPTED[0]}, not {request.mimetype or 'untyped'!r:.80}."
        )
    reach("JSON")
    # One byte more, so that a chunked body that is over the limit shows that it is.
    request.max_content_length = limit + 1
    body = request.get_data(cache=False)
    if len(body) > limit:
        raise PayloadTooLarge(f"The body is over {limit} bytes.")
    return parse_json(body)


def parse_json(body: bytes) -> Any:
    """Return the JSON value in UTF-8 text; see :func:`read_json`."""
    try:
        value = _decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidSyntax("The body is not UTF-8.") from None
    except RecursionError:
        raise InvalidSyntax("The body is nested too deep.") from None
    except ValueError as error:
        raise InvalidSyntax(f"The body is not JSON: {error}") from None
    if _is_deep(body):
        raise InvalidSyntax(f"The body is nested more than {MAX_DEPTH} deep.")
    if b"\\u" in body:
        # NUL and lone surrogates can only come in as escapes: valid UTF-8 has neither.
        _check_characters(value)
    return value


def _is_deep(body: bytes) -> bool:
    """Whether JSON nests deeper than any SCIM message has to; what follows may then recurse.

    Of the brackets alone, the innermost pairs are taken away once a level, all at machine speed.
    """
    brackets = _STRING.sub(b"", body).translate(None, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return bool(brackets)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is out of range")
    return number


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ValueError(f"the key {name!r:.80} is there twice")
            seen.add(name)
    return found


_decode = json.JSONDecoder(
    parse_constant=_refuse_constant,
    parse_float=_finite,
    object_pairs_hook=_without_duplicates,
).decode


def _check_characters(value: Any) -> None:
    stack = [value]
    while stack:
        match stack.pop():
            case str() as text:
                _check_text(text)
            case list() as items:
                stack.extend(items)
            case dict() as members:
                stack.extend(members)
                stack.extend(members.values())


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise InvalidValue("A string holds NUL.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidValue("A string holds half of a surrogate pair.") from None
