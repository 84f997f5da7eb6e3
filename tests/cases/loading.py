"""Case files: what a case may say, and how the names in it come to mean resources."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

#: ``${ada.id}``, ``${Blue.version}``, ``${bob.created}``, ``${bob.created+05:30}``
_PLACEHOLDER = re.compile(r"\$\{([^{}]+)\.(id|created|modified|version)([+-]\d\d:\d\d)?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterCase:
    """A filter, and what it finds in the population; README.md says what the parts mean."""

    name: str
    section: str
    type: str
    filter: str
    matches: list[str] | None = None
    misses: list[str] | None = None
    error: str | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchCase:
    """A stored resource, a PATCH of it, and what is stored afterwards; see README.md."""

    name: str
    section: str
    type: str
    given: dict[str, Any]
    beside: list[str] = field(default_factory=list)
    operations: list[Any] | None = None
    body: Any = None
    expected: dict[str, Any] | None = None
    error: str | None = None

    def __str__(self) -> str:
        return self.name


def raw_cases(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the cases of a folder as they stand in its files, with the file's name."""
    for path in sorted((FOLDER / kind).glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            yield path.name, case


def filter_cases() -> list[FilterCase]:
    return [FilterCase(**case) for _, case in raw_cases("filters")]


def patch_cases() -> list[PatchCase]:
    return [PatchCase(**case) for _, case in raw_cases("patch")]


def population() -> dict[str, Any]:
    """Return the users and groups that the filters are asked of, in the order of their making."""
    found: dict[str, Any] = json.loads((FOLDER / "population.json").read_text(encoding="utf-8"))
    return found


def filled_in(value: Any, known: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return the JSON with the placeholders in its texts replaced by what the server gave.

    :param known: resources by the name that cases call them by.
    """
    if isinstance(value, dict):
        return {filled_in(key, known): filled_in(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_in(item, known) for item in value]
    if not isinstance(value, str):
        return value

    def fact(match: re.Match[str]) -> str:
        name, part, offset = match.groups()
        return _fact(known[name], part, offset)

    return _PLACEHOLDER.sub(fact, value)


def _fact(resource: Mapping[str, Any], part: str, offset: str | None) -> str:
    if part == "id":
        return str(resource["id"])
    if part == "version":
        # As it stands in a filter, where its quotes are inside of a string.
        return json.dumps(resource["meta"]["version"])[1:-1]
    instant: str = resource["meta"]["created" if part == "created" else "lastModified"]
    if offset is None:
        return instant
    zone = datetime.strptime(offset, "%z").tzinfo
    return datetime.fromisoformat(instant).astimezone(zone).isoformat()
