"""Every database answers filters on a host's own attributes as the evaluator in memory does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_scim_teams.core.errors import InvalidFilter
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.testing.samples import store
from flask_scim_teams.testing.samples import user
from tests.extensions.declarations import BADGE
from tests.extensions.declarations import DEVICE
from tests.extensions.declarations import SURVEY
from tests.extensions.declarations import TYPES
from tests.extensions.declarations import WARRANTY
from tests.extensions.host import EXTENDED
from tests.extensions.host import ExtendedStorage
from tests.extensions.host import open_extended

# The storage is one for all examples, and emptied in each.
ALIKE = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le", "co", "sw", "ew")

WORDS = ("", "a", "A", "Ab", "aB", "straße", "STRASSE", "z" * 40)
TIMES = ("2024-01-01T00:00:00Z", "2024-01-01T01:00:00+02:00", "2024-01-01T00:00:00.5Z")
INTEGERS = st.one_of(st.integers(-12, 12), st.sampled_from([100, -100, 2**31 - 1, -(2**31)]))
#: Those that cents hold exactly, so that a converted column gives back what it was given.
AMOUNTS = st.integers(-2_000, 2_000).map(lambda cents: cents / 100)
DECIMALS = st.one_of(
    INTEGERS, AMOUNTS, st.sampled_from([1e-7, -1e-7, 1.5e300, 0.1, 0.30000000000000004, -0.0])
)
words, times = st.sampled_from(WORDS), st.sampled_from(TIMES)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "code": words,
    "motto": words,
    "level": INTEGERS,
    "visits": INTEGERS,
    "hourly": AMOUNTS,
    "height": DECIMALS,
    "share": DECIMALS,
    "parking": st.booleans(),
    "hired": times,
    "photo": st.sampled_from(["QUJD", "cXdl"]),
    "page": st.sampled_from(["https://x.example/A", "https://x.example/a"]),
    "skills": st.lists(words, min_size=1, max_size=3, unique=True),
    "scores": st.lists(INTEGERS, min_size=1, max_size=3, unique=True),
    "seat": st.fixed_dictionaries({"room": words}, optional={"building": words, "desk": INTEGERS}),
    "keys": st.lists(
        st.fixed_dictionaries(
            {"value": words.filter(bool)},
            optional={"type": st.sampled_from(["gate", "office"]), "weight": DECIMALS},
        ),
        min_size=1,
        max_size=3,
        unique_by=str,
    ),
    "salary": INTEGERS,
}
SIMPLE = tuple(name for name in VALUES if name not in ("seat", "keys"))
PATHS = (
    *(f"{SURVEY.id}:{name}" for name in SIMPLE),
    *(f"{SURVEY.id}:seat.{sub}" for sub in ("building", "room", "desk")),
    *(f"{SURVEY.id}:keys.{sub}" for sub in ("value", "type", "weight")),
    f"{BADGE.id}:floor",
    f"{BADGE.id}:remote",
)
DEVICE_PATHS = (
    *("name", "serial", "ports", "weight", "active", "bought", "owner", "tags"),
    *(f"{WARRANTY.id}:until", f"{WARRANTY.id}:vendor"),
)
LITERALS = st.one_of(
    words.map(json.dumps),
    times.map(json.dumps),
    INTEGERS.map(str),
    DECIMALS.map(json.dumps),
    st.sampled_from(["true", "false", '"QUJD"', '"https://x.example/a"', '"gate"']),
)


def filters(paths: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Return filters on the paths; some do not apply, and are refused by all alike."""
    path = st.sampled_from(paths)
    compare = st.builds("{} {} {}".format, path, st.sampled_from(OPERATORS), LITERALS)
    leaf = st.one_of(
        compare,
        compare,
        st.builds("{} pr".format, path),
        st.builds("{} {} null".format, path, st.sampled_from(["eq", "ne"])),
    )
    return st.recursive(leaf, _combined, max_leaves=3)


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not ({})".format, inner),
    )


INNER = filters(("value", "type", "weight"))
USER_FILTERS = st.one_of(filters(PATHS), INNER.map(f"{SURVEY.id}:keys[{{}}]".format))
SURVEYS = st.fixed_dictionaries({}, optional=VALUES)
BADGES = st.fixed_dictionaries(
    {"number": st.just("1")}, optional={"floor": INTEGERS, "remote": st.booleans()}
)
DEVICES = st.fixed_dictionaries(
    {WARRANTY.id: st.fixed_dictionaries({"until": times}, optional={"vendor": words})},
    optional={
        "serial": words,
        "ports": INTEGERS,
        "weight": DECIMALS,
        "active": st.booleans(),
        "bought": st.just("2024-01-01T00:00:00Z"),
        "owner": VALUES["page"],
        "tags": st.lists(words, min_size=1, max_size=3, unique=True),
    },
)


@pytest.fixture(scope="module", params=[kind for kind in EXTENDED if kind != "memory"])
def changing(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[ExtendedStorage]:
    """Storage whose population is another one in each example."""
    with open_extended(request.param, tmp_path_factory.mktemp("extended")) as storage:
        yield storage


@st.composite
def people(draw: st.DrawFn) -> list[Resource]:
    """Return a few users with and without each extension."""
    population = []
    for number in range(draw(st.integers(1, 5))):
        extensions = {
            urn: values
            for urn, values in ((BADGE.id, draw(BADGES)), (SURVEY.id, draw(SURVEYS)))
            if values and draw(st.booleans())
        }
        population.append(user(number, f"user{number}", active=True, **extensions))
    return population


def assert_alike(
    storage: ExtendedStorage, type: ResourceType, population: list[Resource], **asked: str
) -> None:
    try:
        query = parse_query(type, **asked)
    except InvalidFilter:
        # Refused before any backend is asked, and so by all alike.
        return
    with storage.backend.begin(HOST, write=False) as work:
        adapter = work.users if type.is_user else work.others[type.name]
        found = adapter.search(query)
    wanted = query.apply(population)
    assert [one.id for one in found.resources] == [one.id for one in wanted.resources], asked
    assert found.total == wanted.total


@ALIKE
@given(population=people(), data=st.data())
def test_users(changing: ExtendedStorage, population: list[Resource], data: st.DataObject) -> None:
    changing.clear()
    store(changing.backend, population)
    with changing.backend.begin(HOST, write=False) as work:
        read = work.users.search(parse_query(TYPES.user)).resources
    assert read == tuple(population)
    for _ in range(8):
        assert_alike(changing, TYPES.user, population, filter=data.draw(USER_FILTERS))
    for order in ("ascending", "descending"):
        path = data.draw(st.sampled_from(PATHS))
        assert_alike(changing, TYPES.user, population, sort_by=path, sort_order=order)


@ALIKE
@given(drawn=st.lists(DEVICES, min_size=1, max_size=5), data=st.data())
def test_devices(
    changing: ExtendedStorage, drawn: list[dict[str, Any]], data: st.DataObject
) -> None:
    changing.clear()
    population = []
    with changing.backend.begin(HOST, write=True) as work:
        for number, attributes in enumerate(drawn):
            name = {"name": f"Device{number}"}
            one = replace(user(number), attributes={**name, **attributes})
            work.others["Device"].add(one)
            population.append(one)
        work.commit()
    for _ in range(8):
        text = data.draw(filters(DEVICE_PATHS))
        assert_alike(changing, DEVICE, population, filter=text)
    for order in ("ascending", "descending"):
        path = data.draw(st.sampled_from(DEVICE_PATHS))
        assert_alike(changing, DEVICE, population, sort_by=path, sort_order=order)


@ALIKE
@given(first=SURVEYS, second=SURVEYS, data=st.data())
def test_users_that_changed(
    changing: ExtendedStorage, first: Any, second: Any, data: st.DataObject
) -> None:
    """The keys of what changed are written anew, and no others have to be."""
    changing.clear()
    before = user(1, "ada", active=True, **({SURVEY.id: first} if first else {}))
    badge = data.draw(st.sampled_from([{}, {BADGE.id: {"number": "1", "floor": 2}}]))
    attributes = {"userName": "ada", "active": True} | badge
    attributes |= {SURVEY.id: second} if second else {}
    after = replace(before, attributes=attributes, version=2)
    store(changing.backend, [before])
    with changing.backend.begin(HOST, write=True) as work:
        work.users.lock(before.id)
        work.users.save(after, 1)
        work.commit()
    for path in (*PATHS, "schemas"):
        assert_alike(changing, TYPES.user, [after], filter=f"{path} pr")
    for urn in (BADGE.id, SURVEY.id):
        assert_alike(changing, TYPES.user, [after], filter=f'schemas eq "{urn}"')
    for _ in range(5):
        assert_alike(changing, TYPES.user, [after], filter=data.draw(USER_FILTERS))
