"""One page of the resources of several types (RFC 7644 section 3.4.2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

from flask_scim_teams.core.cursors import FIRST_ID
from flask_scim_teams.core.cursors import LAST_ID
from flask_scim_teams.core.cursors import Position
from flask_scim_teams.core.cursors import Seek
from flask_scim_teams.core.errors import TooMany
from flask_scim_teams.core.query import Page
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.services.cursors import Place
from flask_scim_teams.storage.interface import ResourceAdapter

#: How far into a sorted list of several types a page may reach by number: so many of each type
#: are read. A walk by cursor goes on without end.
MAX_REACH = 10_000

Asked = Sequence[tuple[Query, ResourceAdapter]]
Found = list[tuple[Query, Resource]]


@dataclass(frozen=True, slots=True)
class MixedPage:
    """A page of resources, each with the query that it answers."""

    total: int
    found: Found
    more: bool = False


def page_by_number(asked: Asked, start_index: int, count: int) -> MixedPage:
    """Return the page that starts at a 1-based position.

    :param asked: the same question of each type, and who answers it.
    :raises TooMany: if they are sorted and the page reaches too far into the list.
    """
    if any(query.sort for query, _ in asked):
        return _sorted(asked, start_index, count)
    return _in_turn(asked, start_index, count)


def _in_turn(asked: Asked, start_index: int, count: int) -> MixedPage:
    """Type by type: each is asked for its part of the page alone."""
    total = 0
    found: Found = []
    for query, adapter in asked:
        part = replace(query, start_index=max(start_index - total, 1), count=count - len(found))
        page = adapter.search(part)
        total += page.total
        found += [(query, resource) for resource in page.resources]
    return MixedPage(total, found)


def _sorted(asked: Asked, start_index: int, count: int) -> MixedPage:
    """In one order: the page can hold the first of any type, up to where it ends."""
    reach = start_index - 1 + count
    if reach > MAX_REACH:
        raise TooMany(
            f"A sorted search of all types reaches {MAX_REACH} resources by number; narrow it, or "
            "walk it by cursor."
        )
    pages = [
        (query, adapter.search(replace(query, start_index=1, count=reach)))
        for query, adapter in asked
    ]
    return MixedPage(_total(pages), _merged(pages)[start_index - 1 : reach])


def page_by_place(asked: Asked, place: Place | None, count: int) -> MixedPage:
    """Return the page next to a place, or the first one.

    Resources of one key come type by type, and those of one type by id.
    """
    backward = place is not None and place.seek.backward
    in_order = any(query.sort for query, _ in asked)
    pages: list[tuple[Query, Page]] = []
    wanted = count
    for number, (query, adapter) in reversed([*enumerate(asked)]) if backward else enumerate(asked):
        seek = _seek_of(asked, number, place)
        page = adapter.search(
            replace(query, count=0 if seek is None else wanted, seek=seek or Seek())
        )
        if seek is None:
            page = replace(page, more=False)
        elif not in_order:
            # Types follow one another: a full page leaves nothing to ask the next one for.
            if not wanted:
                page = replace(page, more=page.total > 0)
            wanted -= len(page.resources)
        pages.append((query, page))
    if backward:
        pages.reverse()
    merged = _merged(pages)
    shown = merged[max(len(merged) - count, 0) :] if backward else merged[:count]
    more = len(merged) > count or any(page.more for _, page in pages)
    return MixedPage(_total(pages), shown, more)


def _seek_of(asked: Asked, number: int, place: Place | None) -> Seek | None:
    """Return the part of one type's list that lies beyond the place, ``None`` if none does."""
    if place is None or place.seek.position is None:
        return Seek()
    backward, position = place.seek.backward, place.seek.position
    query = asked[number][0]
    if query.sort is None and position.key is not None:
        # A type without the attribute is missing it throughout: all behind, or all before.
        behind = not any(other.descending for other, _ in asked)
        return Seek(None, backward) if behind is not backward else None
    there = [other.resource_type.name for other, _ in asked].index(place.type)
    id = position.id if number == there else LAST_ID if number < there else FIRST_ID
    return Seek(Position(position.key, id), backward)


def _merged(pages: Sequence[tuple[Query, Page]]) -> Found:
    """Return the resources of all pages in one order; between equals that of the types stays."""
    merged = [(query, resource) for query, page in pages for resource in page.resources]

    def key(one: tuple[Query, Resource]) -> tuple[bool, str]:
        found = one[0].position(one[1]).key
        return (found is None, found or "")

    if any(query.sort for query, _ in pages):
        merged.sort(key=key, reverse=any(query.descending for query, _ in pages))
    return merged


def _total(pages: Sequence[tuple[Query, Page]]) -> int:
    return sum(page.total for _, page in pages)
