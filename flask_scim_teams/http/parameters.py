"""Query parameters, found in any letter case; those unknown are ignored."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.projection import Projection
from flask_scim_teams.core.projection import parse_projection
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.schemas import ResourceType


def parameters() -> Mapping[str, str]:
    """Return the query parameters under lower-case names; the first of several counts."""
    found: dict[str, str] = {}
    for name, value in request.args.items():
        found.setdefault(name.lower(), value)
    return found


def read_projection(resource_type: ResourceType, given: Mapping[str, str]) -> Projection:
    """Return what ``attributes`` and ``excludedAttributes`` ask for."""
    attributes = given.get("attributes")
    excluded = given.get("excludedattributes")
    return parse_projection(
        resource_type,
        None if attributes is None else attributes.split(","),
        None if excluded is None else excluded.split(","),
    )


def read_query(
    resource_type: ResourceType,
    given: Mapping[str, str],
    *,
    default_count: int,
    max_results: int,
) -> Query:
    """Return the query of a list request.

    :raises InvalidValue: if a number is not one, or the sort cannot be made.
    :raises InvalidFilter: if the filter cannot be parsed or answered.
    """
    count = _number(given, "count", default_count)
    return parse_query(
        resource_type,
        filter=given.get("filter"),
        sort_by=given.get("sortby"),
        sort_order=given.get("sortorder"),
        start_index=_number(given, "startIndex", 1),
        count=min(count, max_results),
    )


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name.lower())
    if text is None:
        return default
    try:
        number = int(text)
    except ValueError:
        raise InvalidValue(f"{name} has to be a whole number, not {text!r:.40}.") from None
    # A position no database can hold is one beyond the end.
    return max(-1, min(number, 2**31 - 1))
