"""Values: what a client sends made canonical, or refused in the attribute's own words.

The one home of SCIM's data types (RFC 7643 section 2.3). The wire schemas call it for bodies, the
PATCH planner for the values of operations.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Final

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.comparison import instant
from flask_scim_teams.core.comparison import key as comparison_key
from flask_scim_teams.core.errors import InvalidValue


class Unassigned:
    """The state that null, an empty array and absence share (RFC 7643 section 2.5)."""

    def __repr__(self) -> str:
        return "UNASSIGNED"


UNASSIGNED: Final = Unassigned()

#: Longest text of a string or reference, in characters.
MAX_TEXT = 4_096
#: Longest name that has to be unique, and longest externalId, in characters.
MAX_NAME = 255
#: Longest base64 text of a binary value, in characters.
MAX_BINARY = 65_536
#: Most elements of a multi-valued attribute; memberships have a limit of their own.
MAX_ELEMENTS = 200

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}", re.ASCII)
_NOT_IN_URI = re.compile(r"[\s\x00-\x1f\x7f<>\"{}|\\^`]")


def accept(attribute: Attribute, value: Any, path: str | None = None) -> Any:
    """Return the canonical form of a value for the attribute, or ``UNASSIGNED``.

    The value has the attribute's JSON type; what identity providers send in its place is bent into
    that before (:mod:`flask_scim_teams.core.dialects`).

    :param path: how to call the attribute in an error.
    :raises InvalidValue: if the value does not fit the attribute's type.
    """
    path = path or attribute.name
    if value is None:
        return UNASSIGNED
    if attribute.multi_valued:
        return _accept_elements(attribute, value, path)
    if isinstance(value, list):
        raise InvalidValue(f"{path} takes one value, not an array.", attribute=path)
    if attribute.is_complex:
        return accept_complex(attribute, value, path)
    return accept_simple(attribute, value, path)


def _accept_elements(attribute: Attribute, value: Any, path: str) -> Any:
    if not isinstance(value, list):
        raise InvalidValue(f"{path} takes an array, not {kind(value)}.", attribute=path)
    if len(value) > MAX_ELEMENTS:
        raise InvalidValue(f"{path} takes {MAX_ELEMENTS} values at the most.", attribute=path)
    accepted: list[Any] = []
    for element in value:
        if attribute.is_complex:
            item = accept_complex(attribute, element, path)
        else:
            item = accept_simple(attribute, element, path)
        if item is UNASSIGNED:
            continue
        place = place_of(attribute, accepted, item)
        if place is None:
            accepted.append(item)
        elif attribute.is_complex:
            accepted[place].update(item)
    check_one_primary(attribute, accepted, path)
    return accepted or UNASSIGNED


def place_of(attribute: Attribute, elements: list[Any], element: Any) -> int | None:
    """Return where the same element stands already: the same type and value, or all the same.

    RFC 7643 section 2.4 wants the pair of type and value once.
    """
    if element in elements:
        return elements.index(element)
    if attribute.is_complex and "value" in element:
        pair = (element.get("type"), element["value"])
        for place, other in enumerate(elements):
            if (other.get("type"), other.get("value")) == pair:
                return place
    return None


def check_one_primary(attribute: Attribute, elements: Iterable[Any], path: str) -> None:
    """Refuse elements of which more than one is primary (RFC 7643 section 2.4)."""
    if attribute.is_complex and sum(e.get("primary") is True for e in elements) > 1:
        raise InvalidValue(f"{path} has more than one primary value.", attribute=path)


def accept_complex(attribute: Attribute, value: Any, path: str) -> Any:
    """Return the canonical form of one complex value, or ``UNASSIGNED`` if nothing is in it.

    :raises InvalidValue: if a part does not fit or is missing, or the whole fails its check.
    """
    accepted = accept_parts(attribute, value, path)
    check_whole(attribute, accepted, path)
    return accepted or UNASSIGNED


def accept_parts(attribute: Attribute, value: Any, path: str) -> dict[str, Any]:
    """Return the canonical form of the sub-attributes that are given.

    They are found in any letter case; unknown and readOnly ones are left out.
    """
    if not isinstance(value, Mapping):
        raise InvalidValue(f"{path} takes an object, not {kind(value)}.", attribute=path)
    accepted: dict[str, Any] = {}
    for name, sub_value in value.items():
        sub = attribute.sub_attribute(name)
        if sub is None or sub.mutability is Mutability.READ_ONLY:
            continue
        item = accept(sub, sub_value, f"{path}.{sub.name}")
        if item is not UNASSIGNED:
            if sub.name in accepted:
                raise InvalidValue(f"{path}.{sub.name} is given twice.", attribute=path)
            accepted[sub.name] = item
    return accepted


def check_whole(attribute: Attribute, value: Mapping[str, Any], path: str) -> None:
    """Refuse a complex value that lacks a required sub-attribute, or fails its own check."""
    for sub in attribute.sub_attributes:
        if sub.required and sub.name not in value:
            raise InvalidValue(f"{path}.{sub.name} is required.", attribute=path)
    if value:
        _checked(attribute, value, path)


def accept_simple(attribute: Attribute, value: Any, path: str) -> Any:
    """Return the canonical form of a simple value."""
    accepted = _typed(attribute, value, path)
    return accepted if attribute.check is None else _checked(attribute, accepted, path)


def _checked(attribute: Attribute, value: Any, path: str) -> Any:
    if attribute.check is not None and value is not UNASSIGNED:
        fault = attribute.check(value)
        if fault is not None:
            raise InvalidValue(f"{path} {fault}", attribute=path)
    return value


def _typed(attribute: Attribute, value: Any, path: str) -> Any:
    match attribute.type:
        case Type.BOOLEAN:
            if isinstance(value, bool):
                return value
        case Type.INTEGER:
            if isinstance(value, int) and not isinstance(value, bool):
                return value
        case Type.DECIMAL:
            if isinstance(value, int) and not isinstance(value, bool):
                return value
            if isinstance(value, float) and math.isfinite(value):
                return value
        case Type.DATE_TIME:
            if isinstance(value, str) and instant(value) is not None:
                return value
        case Type.BINARY:
            return _binary(value, path)
        case Type.REFERENCE:
            return _reference(value, path)
        case _:
            return _string(value, path)
    raise InvalidValue(f"{path} takes a {attribute.type}, not {kind(value)}.", attribute=path)


def _string(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise InvalidValue(f"{path} takes a string, not {kind(value)}.", attribute=path)
    if len(value) > MAX_TEXT:
        raise InvalidValue(f"{path} is longer than {MAX_TEXT} characters.", attribute=path)
    if "\x00" in value:
        raise InvalidValue(f"{path} holds a NUL character.", attribute=path)
    return value


def _reference(value: Any, path: str) -> str:
    text = _string(value, path)
    if _NOT_IN_URI.search(text):
        raise InvalidValue(f"{path} takes a URI; {text[:80]!r} is none.", attribute=path)
    return text


def _binary(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise InvalidValue(f"{path} takes base64 text, not {kind(value)}.", attribute=path)
    if len(value) > MAX_BINARY:
        raise InvalidValue(f"{path} is longer than {MAX_BINARY} characters.", attribute=path)
    # RFC 7643 section 2.3.6: the padding may be absent.
    if not _BASE64.fullmatch(value) or len(value.rstrip("=")) % 4 == 1:
        raise InvalidValue(f"{path} is not base64.", attribute=path)
    if value.endswith("=") and len(value) % 4:
        raise InvalidValue(f"{path} is padded wrongly for base64.", attribute=path)
    return value


def kind(value: Any) -> str:
    """Return what a JSON value is, in JSON's words."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
    return "an object"


def unique_key(attribute: Attribute, value: str) -> str:
    """Return the comparison key of a name that has to be unique (userName, a Group's displayName).

    :raises InvalidValue: if the name is blank, too long for a unique index, or - a userName -
        holds characters that nobody sees: two names must not look alike and yet differ.
    """
    name = attribute.name
    if not value.strip():
        raise InvalidValue(f"{name} must not be blank.", attribute=name)
    key = comparison_key(attribute, value)
    if len(value) > MAX_NAME or len(key) > MAX_NAME:
        raise InvalidValue(f"{name} is longer than {MAX_NAME} characters.", attribute=name)
    if name == "userName" and not value.isprintable():
        for char in value:
            if unicodedata.category(char) in ("Cc", "Cf", "Cs"):
                raise InvalidValue(
                    f"{name} holds the invisible character U+{ord(char):04X}.", attribute=name
                )
    return key
