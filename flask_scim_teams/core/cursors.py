"""Walks through a list by position rather than by number (RFC 9865).

A page begins behind the last resource of the one before, wherever that is by now: what is created
or deleted in the meantime shifts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

#: An id that sorts before, and one that sorts after, every id that is given.
FIRST_ID = ""
LAST_ID = "~"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a resource stands in an order, or stood when a page ended with it.

    :param key: the comparison key it is sorted by; ``None`` where it has none, or nothing sorts.
    :param id: what decides between equals.
    """

    key: str | None
    id: str


@dataclass(frozen=True, slots=True)
class Seek:
    """Which part of a list is wanted: what follows a position, or what comes before it.

    :param position: ``None`` for the beginning of the list; backward, for its end.
    :param backward: the resources right before the position, in the list's own order all the same.
    """

    position: Position | None = None
    backward: bool = False

    def wants(self, position: Position, *, descending: bool) -> bool:
        """Whether a resource at that position is in the wanted part.

        :param descending: whether the list is; missing keys then come first (RFC 7644 section
            3.4.2.3), and ids decide between equals in ascending order either way.
        """
        if self.position is None:
            return True
        if position == self.position:
            return False
        return _follows(position, self.position, descending) is not self.backward


def _follows(one: Position, other: Position, descending: bool) -> bool:
    if one.key == other.key:
        return one.id > other.id
    if one.key is None or other.key is None:
        return (one.key is None) is not descending
    return (one.key > other.key) is not descending
