"""The page of the documentation that says what the library conforms to, and which test holds it.

``python -m tests.conformance.page``, or ``make conformance``, writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.conformance.held import ROOT
from tests.conformance.held import Held
from tests.conformance.held import held_by_the_suite
from tests.conformance.requirements import REQUIREMENTS
from tests.conformance.requirements import SECTIONS
from tests.conformance.requirements import Requirement

PAGE = ROOT / "docs" / "conformance.rst"
RFC = re.compile(r"RFC (\d+)(?: section ([\d.]+))?")
#: Most tests that are named for one requirement.
MAX_NAMED = 3

HEAD = """\
.. Written by "make conformance"; change tests/conformance/requirements.toml or the tests instead.

Conformance
===========

What the SCIM specifications ask of a service provider, statement by statement, and where each one
is put to the test. The words are ours; the source decides. Of {all} statements {held} are held by
tests, and {not_offered} are not offered, each for the reason it names.
"""

TABLE = """
{title}
{underline}

.. list-table::
    :header-rows: 1
    :widths: 7 9 40 16 28

    *   -   Number
        -   Level
        -   Statement
        -   Source
        -   Held by
"""

ROW = """\
    *   -   {number}
        -   {level}
        -   {statement}
        -   {source}
        -   {answer}
"""


def page(held: Held) -> str:
    """Return the page."""
    return "".join(_parts(held))


def _parts(held: Held) -> Iterator[str]:
    reasons = [one for one in REQUIREMENTS.values() if one.not_offered is not None]
    yield HEAD.format(all=len(REQUIREMENTS), held=len(held), not_offered=len(reasons))
    for letter, name in SECTIONS.items():
        title = f"{letter}. {name}"
        yield TABLE.format(title=title, underline="-" * len(title))
        for one in REQUIREMENTS.values():
            if one.section == letter:
                yield ROW.format(
                    number=one.number,
                    level=one.level,
                    statement=one.statement,
                    source=RFC.sub(_linked, one.source),
                    answer=_answer(one, held.get(one.number, [])),
                )


def _linked(match: re.Match[str]) -> str:
    rfc, section = match.groups()
    anchor = f"#section-{section}" if section else ""
    return f":rfc:`{match[0]} <{rfc}{anchor}>`"


def _answer(requirement: Requirement, places: list[str]) -> str:
    if requirement.not_offered is not None:
        return f"Not offered: {requirement.not_offered}"
    if not places:
        return "No test yet."
    named = ", ".join(f"``{place.removeprefix('tests/')}``" for place in places[:MAX_NAMED])
    more = len(places) - MAX_NAMED
    return f"{named} and {more} more" if more > 0 else named


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(held_by_the_suite()), encoding="utf-8")


if __name__ == "__main__":
    main()
