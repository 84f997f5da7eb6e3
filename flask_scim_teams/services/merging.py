"""One page of the resources of several types (RFC 7644 section 3.4.2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask_scim_teams.core.errors import TooMany
from flask_scim_teams.core.query import Page
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.storage.interface import ResourceAdapter

#: How far into a sorted list of several types a page may reach: so many of each type are read.
MAX_REACH = 10_000

Found = list[tuple[ResourceType, Resource]]


def page_of_all(
    asked: Sequence[tuple[Query, ResourceAdapter]], start_index: int, count: int
) -> tuple[int, Found]:
    """Return the total and the page.

    :param asked: the same question of each type, and who answers it.
    :raises TooMany: if they are sorted and the page reaches too far into the list.
    """
    if any(query.sort for query, _ in asked):
        return _sorted(asked, start_index, count)
    return _in_turn(asked, start_index, count)


def _in_turn(
    asked: Sequence[tuple[Query, ResourceAdapter]], start_index: int, count: int
) -> tuple[int, Found]:
    """Type by type: each is asked for its part of the page alone."""
    total = 0
    found: Found = []
    for query, adapter in asked:
        part = replace(query, start_index=max(start_index - total, 1), count=count - len(found))
        page = adapter.search(part)
        total += page.total
        found += [(query.resource_type, resource) for resource in page.resources]
    return total, found


def _sorted(
    asked: Sequence[tuple[Query, ResourceAdapter]], start_index: int, count: int
) -> tuple[int, Found]:
    """In one order: the page can hold the first of any type, up to where it ends."""
    reach = start_index - 1 + count
    if reach > MAX_REACH:
        raise TooMany(f"A sorted search of all types reaches {MAX_REACH} resources; narrow it.")
    pages: list[tuple[Query, Page]] = [
        (query, adapter.search(replace(query, start_index=1, count=reach)))
        for query, adapter in asked
    ]
    merged = [(query, resource) for query, page in pages for resource in page.resources]
    descending = any(query.sort and query.sort.descending for query, _ in pages)
    merged.sort(key=lambda pair: pair[0].sort_key(pair[1]), reverse=descending)
    shown = merged[start_index - 1 : reach]
    total = sum(page.total for _, page in pages)
    return total, [(query.resource_type, resource) for query, resource in shown]
