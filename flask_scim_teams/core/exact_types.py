"""Exact types: a value is of the JSON type its attribute has, or refused.

For strict mode (:mod:`flask_scim_teams.core.strictness`). Whether text of the right type is a date,
a URI or base64 is asked in :mod:`flask_scim_teams.core.values`, of all values alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.values import kind

_TAKES = {
    Type.BOOLEAN: "true or false",
    Type.INTEGER: "a whole number",
    Type.DECIMAL: "a number",
}


def check_value(attribute: Attribute, value: Any, path: str, unknown: type[BadRequest]) -> None:
    """Check a value of the attribute: an array where it is multi-valued, else never one.

    RFC 7643 section 2.4. Null is no value (section 2.5), and so is an array without elements
    where there may be elements. What is readOnly is not looked at (RFC 7644 section 3.3).

    :param path: how to call the attribute in an error.
    :param unknown: how to refuse a sub-attribute that there is not.
    :raises InvalidValue: if the value, or a part of it, is of another type.
    """
    if value is None or not attribute.writable:
        return
    if not attribute.multi_valued:
        check_element(attribute, value, path, unknown)
        return
    if not isinstance(value, list):
        raise InvalidValue(f"{path} takes an array, not {_sent(value)}.", attribute=path)
    for element in value:
        check_element(attribute, element, path, unknown)


def check_element(attribute: Attribute, value: Any, path: str, unknown: type[BadRequest]) -> None:
    """Check one value: an object of known sub-attributes (RFC 7643 section 2.3.8), or no object.

    The parameters and errors are those of :func:`check_value`.
    """
    if not attribute.is_complex:
        _check_simple(attribute, value, path)
        return
    if not isinstance(value, Mapping):
        takes = "objects" if attribute.multi_valued else "an object"
        raise InvalidValue(f"{path} takes {takes}, not {_sent(value)}.", attribute=path)
    for name, item in value.items():
        sub = attribute.sub_attribute(name)
        if sub is None:
            raise unknown(f"{name!r:.120} is not a sub-attribute of {path}.", attribute=path)
        check_value(sub, item, f"{path}.{sub.name}", unknown)


def _check_simple(attribute: Attribute, value: Any, path: str) -> None:
    """RFC 7643 sections 2.3.1 to 2.3.7: all but booleans and numbers are strings in JSON."""
    match attribute.type:
        case Type.BOOLEAN:
            fits = isinstance(value, bool)
        case Type.INTEGER:
            fits = isinstance(value, int) and not isinstance(value, bool)
        case Type.DECIMAL:
            fits = isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            fits = isinstance(value, str)
    if not fits:
        takes = _TAKES.get(attribute.type, "a string")
        raise InvalidValue(f"{path} takes {takes}, not {_sent(value)}.", attribute=path)


def _sent(value: Any) -> str:
    """Return what was sent, never the value itself: a detail ends up in logs."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return "a boolean in quotes"
    return kind(value)
