"""Bulk requests: what operations refer to, and the order that follows (RFC 7644 section 3.7)."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_scim_teams.core.errors import BadRequest

# A value that is a reference, and one whose last part is: https://host/scim/v2/Users/bulkId:x.
# The name may be any text.
_REFERENCE = re.compile(r"(?P<before>(?:\S*/)?)bulkId:(?P<id>.+)", re.IGNORECASE)
# In a PATCH path references are quoted: members[value eq "bulkId:x"].
_QUOTED = re.compile(r"\"bulkId:(?P<id>[^\"]+)\"", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOperation:
    """One operation as it was sent.

    :param bulk_id: the client's name for the resource that a POST makes.
    :param version: entity tag that the resource has to be at.
    :param fault: what is wrong with the operation itself, so that it is not even tried.
    """

    method: str
    path: str
    bulk_id: str | None = None
    version: str | None = None
    data: Any = None
    fault: BadRequest | None = None


def references(operation: BulkOperation) -> set[str]:
    """Return the bulkIds that an operation refers to, in its path and anywhere in its data."""
    found: set[str] = set()

    def note(bulk_id: str) -> str:
        found.add(bulk_id)
        return ""

    resolved(operation.path, note)
    resolved(operation.data, note)
    return found


def resolved(value: Any, id_of: Callable[[str], str]) -> Any:
    """Return a copy of JSON data with every reference replaced by an id.

    :param id_of: returns the id that a bulkId stands for.
    """
    match value:
        case str():
            return _resolved_text(value, id_of)
        case list():
            return [resolved(item, id_of) for item in value]
        case Mapping():
            return {
                _resolved_text(name, id_of): resolved(item, id_of) for name, item in value.items()
            }
    return value


def _resolved_text(text: str, id_of: Callable[[str], str]) -> str:
    if "bulkid:" not in text.lower():
        return text
    whole = _REFERENCE.fullmatch(text)
    if whole is not None:
        return whole["before"] + id_of(whole["id"])
    return _QUOTED.sub(lambda found: f'"{id_of(found["id"])}"', text)


def batches(needs: Sequence[Collection[int]]) -> Iterator[tuple[int, ...]]:
    """Yield the numbers of operations that are carried out together, in the order to do so.

    Operations keep their order, except that one waits for those it needs. Those that need one
    another in a circle come together; everything else comes alone.

    :param needs: for each operation the numbers of those it refers to.
    """
    circles = list(_circles(needs))
    circle_of = {number: place for place, circle in enumerate(circles) for number in circle}
    waiting = [0] * len(circles)
    awaited: list[set[int]] = [set() for _ in circles]
    for number, needed in enumerate(needs):
        mine = circle_of[number]
        for other in needed:
            theirs = circle_of[other]
            if theirs != mine and mine not in awaited[theirs]:
                awaited[theirs].add(mine)
                waiting[mine] += 1
    ready = [(circle[0], place) for place, circle in enumerate(circles) if not waiting[place]]
    heapq.heapify(ready)
    while ready:
        _, place = heapq.heappop(ready)
        yield circles[place]
        for waiter in awaited[place]:
            waiting[waiter] -= 1
            if not waiting[waiter]:
                heapq.heappush(ready, (circles[waiter][0], waiter))


def _circles(needs: Sequence[Collection[int]]) -> Iterator[tuple[int, ...]]:
    """Yield the strongly connected components: Tarjan's algorithm, without recursion."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    for root in range(len(needs)):
        if root in order:
            continue
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        path = [(root, iter(needs[root]))]
        while path:
            number, rest = path[-1]
            for other in rest:
                if other not in order:
                    order[other] = low[other] = len(order)
                    stack.append(other)
                    on_stack.add(other)
                    path.append((other, iter(needs[other])))
                    break
                if other in on_stack:
                    low[number] = min(low[number], order[other])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[number])
                if low[number] == order[number]:
                    circle: list[int] = []
                    while not circle or circle[-1] != number:
                        circle.append(stack.pop())
                        on_stack.discard(circle[-1])
                    yield tuple(sorted(circle))
