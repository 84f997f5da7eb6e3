"""The list of requirements, as values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("requirements.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One statement; the head of the list says what its keys mean."""

    number: str
    level: str
    source: str
    section: str
    statement: str
    not_offered: str | None = None


def _read() -> tuple[Mapping[str, str], Mapping[str, Requirement]]:
    tables = tomllib.loads(LIST.read_text(encoding="utf-8"))
    sections = tables.pop("sections")
    # The texts are broken into lines for the reader of the list; nothing else in them is white
    # space that matters.
    requirements = {
        number: Requirement(
            number=number, **{key: " ".join(text.split()) for key, text in table.items()}
        )
        for number, table in tables.items()
    }
    return sections, requirements


#: Titles of the sections by letter, and the requirements by number, in the order of the list.
SECTIONS, REQUIREMENTS = _read()
