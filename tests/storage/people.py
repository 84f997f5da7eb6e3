"""A population with everything in it that databases and letter case disagree about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask_scim_teams.core.resources import Resource
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.testing.samples import ENTERPRISE
from flask_scim_teams.testing.samples import LATER
from flask_scim_teams.testing.samples import id_of
from flask_scim_teams.testing.samples import team
from flask_scim_teams.testing.samples import user

#: Longer than the indexed part of a comparison key, alike up to there and a little beyond.
LONG = "long" * 64

#: Values of text attributes; each stands for a way in which two backends could differ.
TEXTS = (
    "",
    " ",
    "ada",
    "Ada",
    "ADA ",
    " ada",
    "ad",
    "adam",
    "a_a",
    "a%a",
    "100%",
    "a*a",
    "a\\a",
    "\\",
    "%",
    "_",
    'she said "hi"',
    "it's",
    "; --",
    "e",
    "E",
    "é",
    "É",
    "e\u0301",
    "straße",
    "STRASSE",
    "STRAẞE",
    "i",
    "I",
    "ı",
    "İ",
    "σίσυφος",
    "ΣΊΣΥΦΟΣ",
    "ﬁona",
    "Fiona",
    "ａｄａ",
    "иван",
    "ИВАН",
    "王",
    "ä",
    "a\u0308",
    "z",
    "\uffff",
    "ad\ud7ffx",
    "ad\U0010ffff\U0010ffffx",
    "🧑",
    "🧑🏽",
    "🏳️‍🌈",
    "tab\there",
    "line\nbreak",
    "true",
    "null",
    "0",
    "10",
    "9",
    LONG,
    LONG + "a",
    LONG + "B",
    LONG + "é",
    LONG[:-1] + "é",
)
#: Those that fit into the columns of a host's own models.
SHORT = tuple(text for text in TEXTS if len(text) < 100)

TYPES = ("work", "Work", "home", "other", "straße")
EXTERNAL_IDS = ("00u1", "00U1", "00u1 ", "é", "e\u0301", "a_a", "aba", "🧑", "ÿ", "z", LONG[:255])
TIMES = (
    "2024-02-29T12:00:00.000001Z",
    "2024-02-29T12:00:00.000000Z",
    LATER,
    "1999-12-31T23:59:59.999999Z",
)


def _emails(number: int) -> list[dict[str, Any]]:
    """Return up to three elements; over the population, each combination occurs."""
    elements: list[dict[str, Any]] = []
    for place in range(number % 4):
        element: dict[str, Any] = {"value": SHORT[(number * 7 + place * 5) % len(SHORT)]}
        if (number + place) % 3:
            element["type"] = TYPES[(number + place * 2) % len(TYPES)]
        if (number // 4 + place) % 4 == 0:
            element["primary"] = number % 8 < 4 and not any(e.get("primary") for e in elements)
        if (number + place) % 11 == 0:
            del element["value"]
            element.setdefault("type", "work")
        elements.append(element)
    return elements


def _person(number: int) -> Resource:
    def text(step: int, offset: int = 0, choice: tuple[str, ...] = TEXTS) -> str:
        return choice[(number * step + offset) % len(choice)]

    attributes: dict[str, Any] = {"displayName": TEXTS[number]}
    if number % 3:
        attributes["nickName"] = text(5, 2)
    if number % 4 != 1:
        attributes["active"] = number % 4 != 2
    if number % 5:
        attributes["name"] = {"givenName": text(3, 1, SHORT)}
    if number % 5 > 2:
        attributes["name"]["familyName"] = text(7, 4, SHORT)
    if number % 7 == 3:
        attributes["title"] = text(11)
    emails = _emails(number)
    if emails:
        attributes["emails"] = emails
    if number % 6 == 1:
        attributes["roles"] = [{"value": text(2)}, {"value": text(9), "primary": True}]
    if number % 6 == 2:
        attributes["addresses"] = [{"country": text(4), "type": "work"}, {"locality": text(8)}]
    if number % 9 == 4:
        attributes["profileUrl"] = f"https://example.com/{'Ada' if number % 2 else 'ada'}"
    if number % 10 == 5:
        attributes["x509Certificates"] = [{"value": "QUJD"}, {"value": "cXdl"}]
    enterprise: dict[str, Any] = {}
    if number % 3 == 1:
        enterprise["department"] = text(6, 3, SHORT)
    if number % 8 == 3:
        enterprise["manager"] = {"value": id_of(number // 2)}
    if number % 13 == 6:
        enterprise["employeeNumber"] = text(1, 40)
    if enterprise:
        attributes[ENTERPRISE] = enterprise
    # A fold of its own for each name, whatever the text in front of it folds to.
    name = f"{text(13, 5, SHORT).strip() or 'x'}{number}".replace("\t", " ").replace("\n", " ")
    name = "".join(char for char in name if char.isprintable())
    found = user(number, name, **attributes)
    found = replace(
        found,
        external_id=EXTERNAL_IDS[number % 16] if number % 16 < len(EXTERNAL_IDS) else None,
        version=1 + number % 3,
        created=TIMES[number % len(TIMES)],
        last_modified=TIMES[number % 3],
    )
    if number % 4 == 1:
        del found.attributes["active"]  # type: ignore[attr-defined]  # a dict, as we know here
    return found


PEOPLE = tuple(_person(number) for number in range(len(TEXTS)))
TEAMS = tuple(
    replace(team(number, name), external_id=external_id)
    for number, (name, external_id) in enumerate(
        (("Blue", "g1"), ("blå", "G1"), ("BLÅ 2", None), ("a_a", None), ("aba", "é"), ("ẞ", ""))
    )
)
#: Who is in which team, by position; the last team is empty.
SEATS = {0: range(20), 1: range(10, 40, 3), 2: (7,), 3: range(30, 50), 4: (0, 5, 55)}


def members_of(position: int) -> list[str]:
    """Return the ids of a team's members."""
    return [PEOPLE[place].id for place in SEATS.get(position, ())]


def settle(backend: Any) -> None:
    """Store the whole population."""
    with backend.begin(HOST, write=True) as work:
        for person in PEOPLE:
            work.users.add(person)
        for position, one in enumerate(TEAMS):
            work.teams.add(one)
            work.memberships.add(one.id, members_of(position))
        work.commit()
