"""What is expected of JSON, and where it is otherwise."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any
from typing import Final


class Missing(enum.Enum):
    """What there is where there is nothing; ``null`` is something."""

    MISSING = "nothing"

    def __repr__(self) -> str:
        return self.value


MISSING: Final = Missing.MISSING


def at(document: Any, path: str | Sequence[str]) -> Any:
    """Return what is at a path, or ``MISSING``.

    :param path: names joined by dots; a list of names where one of them has a dot in it. A number
        is an element of a list, from 0.
    """
    names = path.split(".") if isinstance(path, str) else path
    for name in names:
        if isinstance(document, dict) and name in document:
            document = document[name]
        elif isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        else:
            return MISSING
    return document


def difference(expected: Any, found: Any, path: str = "body") -> str | None:
    """Return the first place where JSON is not as expected, or ``None``.

    ``<any>`` expects a value that is not null, ``<string>`` and ``<number>`` one of that type, and
    ``<empty>`` nothing, null, or what is empty. An object has at least the expected attributes, a
    list as many elements as expected, in any order; where an object is expected of a list, its
    names are numbers of elements. All else is equal, and of the same type.
    """
    if isinstance(expected, dict) and isinstance(found, (dict, list)):
        for key, value in expected.items():
            inner = difference(value, at(found, [key]), f"{path}.{key}")
            if inner is not None:
                return inner
        return None
    if isinstance(expected, list) and isinstance(found, list):
        return _difference_of_lists(expected, found, path)
    if _is_as(expected, found):
        return None
    return f"{path}: expected {expected!r}, found {found!r}"


def _difference_of_lists(expected: list[Any], found: list[Any], path: str) -> str | None:
    if len(expected) != len(found):
        return f"{path}: expected {len(expected)} elements, found {len(found)}: {found!r}"
    taken: dict[int, int] = {}

    def place(index: int, seen: set[int]) -> bool:
        """Find an element of its own for an expected one; others may have to move for it."""
        for other, element in enumerate(found):
            if other in seen or difference(expected[index], element) is not None:
                continue
            seen.add(other)
            if other not in taken or place(taken[other], seen):
                taken[other] = index
                return True
        return False

    for index, element in enumerate(expected):
        if not place(index, set()):
            return f"{path}: expected an element {element!r}, found {found!r}"
    return None


def _is_as(expected: Any, found: Any) -> bool:
    match expected:
        case "<any>":
            return found is not MISSING and found is not None
        case "<string>":
            return isinstance(found, str) and found != ""
        case "<number>":
            return isinstance(found, (int, float)) and not isinstance(found, bool)
        case "<empty>":
            return found is MISSING or found is None or found in ("", [])
        case _:
            return type(expected) is type(found) and bool(expected == found)
