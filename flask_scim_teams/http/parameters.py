"""Parameters of list requests, from the URI or a body; those unknown are ignored."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import request

from flask_scim_teams.core.dialects.bending import Bending
from flask_scim_teams.core.dialects.entra import without_filter
from flask_scim_teams.core.dialects.expressions import read_tree
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.filters import Filter
from flask_scim_teams.core.filters import parse_filter
from flask_scim_teams.core.projection import Projection
from flask_scim_teams.core.projection import Projector
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.redaction import MAX_TEXT
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.http.recording import reach
from flask_scim_teams.storage.log import Recording
from flask_scim_teams.wire.messages import SearchRequest

# A position that no database can hold is one beyond the end.
_LARGEST = 2**31 - 1


def parameters() -> Mapping[str, str]:
    """Return the query parameters under lower-case names; the first of several counts."""
    found: dict[str, str] = {}
    for name, value in request.args.items():
        found.setdefault(name.lower(), value)
    return found


def read_projection(projector: Projector, given: Mapping[str, str]) -> Projection:
    """Return what ``attributes`` and ``excludedAttributes`` ask for."""
    attributes = given.get("attributes")
    excluded = given.get("excludedattributes")
    if attributes is None and excluded is None:
        return projector.default
    return projector.read(_names(attributes or ""), _names(excluded or ""))


def search_request(given: Mapping[str, str]) -> SearchRequest:
    """Return the list request that the query parameters state.

    :raises InvalidValue: if a number is not one.
    """
    reach("filter")
    count = None if "count" not in given else _number(given, "count")
    return SearchRequest(
        attributes=_names(given.get("attributes", "")),
        excluded_attributes=_names(given.get("excludedattributes", "")),
        filter=given.get("filter"),
        sort_by=given.get("sortby"),
        sort_order=given.get("sortorder"),
        start_index=_number(given, "startIndex") if "startindex" in given else None,
        count=count,
        cursor=given.get("cursor"),
    )


def query_of(
    resource_type: ResourceType,
    asked: SearchRequest,
    *,
    default_count: int,
    max_results: int,
    strict: bool,
    among_others: bool = False,
    recording: Recording | None = None,
) -> Query:
    """Return the query of a list request.

    :param strict: whether a filter has to keep to the RFC's grammar.
    :param recording: takes the filter, once it is clear that it asks for nothing secret.
    :raises InvalidFilter: if the filter cannot be parsed or answered.
    :raises InvalidValue: if the sort cannot be made, or pages are asked for both by number and by
        cursor.
    """
    if asked.cursor is not None and asked.start_index is not None:
        raise InvalidValue("startIndex and cursor exclude each other.", attribute="startIndex")
    tree: Filter | None = None
    if asked.filter is not None and strict:
        tree = parse_filter(asked.filter)
    elif asked.filter is not None:
        bending = Bending(resource_type)
        tree = read_tree(asked.filter, bending)
        if recording is not None:
            recording.bent(bending.taken)
    count = default_count if asked.count is None else asked.count
    query = parse_query(
        resource_type,
        filter=tree,
        sort_by=asked.sort_by,
        sort_order=asked.sort_order,
        start_index=1 if asked.start_index is None else min(asked.start_index, _LARGEST),
        count=min(count, max_results),
        among_others=among_others,
    )
    if recording is not None and asked.filter is not None:
        recording.filter = asked.filter[:MAX_TEXT]
    return query


def _names(text: str) -> list[str]:
    return [without_filter(name) for name in text.split(",")]


def _number(given: Mapping[str, str], name: str) -> int:
    text = given[name.lower()].strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,40}", text):
        raise InvalidValue(f"{name} has to be a whole number, not {text!r:.40}.")
    return max(-1, min(int(text), _LARGEST))
