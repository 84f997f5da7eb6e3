"""People and teams out of thin air: the same ones for the same seed."""

from __future__ import annotations

import random
import unicodedata
import uuid
from collections.abc import Iterator
from collections.abc import Sequence

from flask_scim_teams.simulator.directory import Person

# Names as directories have them: accents, apostrophes, scripts of several parts of the world.
_GIVEN = (
    "Zoë", "Łukasz", "Amara", "Björn", "Chloé", "Dmitri", "Eilidh", "François", "Grace", "Hamza",
    "Íris", "João", "Keiko", "Leïla", "Małgorzata", "Nia", "Øyvind", "Priya", "Quentin", "Renée",
    "Siobhán", "Tomáš", "Ümit", "Violeta", "Wanjiru", "Ximena", "Yusuf", "Žofia", "Alice", "Bruno",
    "Ifeoma", "Matteo", "Noor", "Sofía", "Thảo", "Viktor",
)  # fmt: skip
_FAMILY = (
    "O'Brien", "Müller", "Nowak", "García", "Nguyễn", "Okafor", "Søndergaard", "D'Angelo", "Şahin",
    "Kovács", "Lindström", "Dvořák", "Ó Súilleabháin", "Peña", "Rossi", "Tanaka", "Fernandes",
    "Weiß", "Ivanov", "Haddad", "Łuczak", "de la Cruz", "Ølsen", "Ahmed", "Brown", "Chen", "Dubois",
    "Eriksen", "Farah", "Gupta", "Horvat",
)  # fmt: skip
_DEPARTMENTS = (
    "Engineering", "Research", "Customer Support", "Finance", "Legal", "Marketing", "Operations",
    "People & Culture", "Sales", "Security",
)  # fmt: skip
_TITLES = (
    "Analyst", "Engineer", "Senior Engineer", "Specialist", "Coordinator", "Consultant", "Lead",
    "Head of Section",
)  # fmt: skip
_PLACES = (
    "Berlin", "Kraków", "Nairobi", "São Paulo", "Toronto", "Zürich", "Osaka", "Galway", "Lyon",
    "Reykjavík",
)  # fmt: skip
_REGIONS = ("EMEA", "APAC", "Americas", "Nordics", "night shift", "headquarters")
# What decomposition does not take apart.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "đ": "d", "ı": "i"})

#: One person of so many leads others.
_SPAN = 10


def people(seed: int, domain: str) -> Iterator[Person]:
    """Yield people without end; the first thousand are the same whoever asks for more.

    :param domain: of their user names and e-mail addresses.
    """
    rng = random.Random(f"people/{seed}/{domain}")  # noqa: S311 - names, not secrets
    taken: set[str] = set()
    leaders: list[str] = []
    number = 0
    while True:
        given, family = rng.choice(_GIVEN), rng.choice(_FAMILY)
        nickname = _unlike(f"{letters(given)}.{letters(family)}", taken)
        key = new_key(rng)
        manager = rng.choice(leaders) if leaders else None
        yield Person(
            key=key,
            given_name=given,
            family_name=family,
            user_name=f"{nickname}@{domain}",
            email=f"{nickname}@{domain}",
            department=rng.choice(_DEPARTMENTS),
            title=rng.choice(_TITLES),
            manager=manager,
        )
        if number % _SPAN == 0:
            leaders.append(key)
        number += 1


def team_names(seed: int, mark: str) -> Iterator[str]:
    """Yield names of teams without end.

    :param mark: what they begin with; may be empty.
    """
    rng = random.Random(f"teams/{seed}/{mark}")  # noqa: S311 - names, not secrets
    names = [f"{what} {place}" for what in _DEPARTMENTS for place in _PLACES]
    rng.shuffle(names)
    number = 0
    while True:
        lap, place = divmod(number, len(names))
        yield f"{mark} {names[place]} {lap + 1 if lap else ''}".strip()
        number += 1


def another(rng: random.Random, kind: str, than: str) -> str:
    """Return a department, title, family name or region that is not the given one."""
    kinds: dict[str, Sequence[str]] = {
        "department": _DEPARTMENTS,
        "title": _TITLES,
        "family name": _FAMILY,
        "region": _REGIONS,
    }
    return rng.choice([one for one in kinds[kind] if one != than])


def new_key(rng: random.Random) -> str:
    """Return a fresh object id, in the form of a UUID."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def letters(name: str) -> str:
    """Return a name in a to z, as mail systems spell it."""
    apart = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return "".join(one for one in apart if "a" <= one <= "z")


def _unlike(nickname: str, taken: set[str]) -> str:
    number = 1
    free = nickname
    while free in taken:
        number += 1
        free = f"{nickname}{number}"
    taken.add(free)
    return free
