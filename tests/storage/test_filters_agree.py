"""Every database answers every filter, order and page as the evaluator in memory does."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_scim_teams.core.definitions import ENTERPRISE_USER_SCHEMA
from flask_scim_teams.core.definitions import GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.dialects.expressions import read_filter
from flask_scim_teams.core.errors import InvalidFilter
from flask_scim_teams.core.query import Page
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.resources import Related
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.testing.samples import store
from flask_scim_teams.testing.samples import user
from tests.hosts import STORAGE
from tests.hosts import Storage
from tests.storage import filters
from tests.storage.people import LONG
from tests.storage.people import PEOPLE
from tests.storage.people import SHORT
from tests.storage.people import TEAMS
from tests.storage.people import TEXTS
from tests.storage.people import members_of
from tests.storage.people import settle
from tests.storage.strict import open_any

OTHERS = ["strict", *(kind for kind in STORAGE if kind != "memory")]
# A fixture of the module holds the population for all examples; it is only read.
ALIKE = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)

TEAMS_OF = {
    person.id: [
        Related(team.id, None, "direct")
        for position, team in enumerate(TEAMS)
        if person.id in members_of(position)
    ]
    for person in PEOPLE
}
MEMBERS_OF = {
    team.id: [Related(id, None, "User") for id in members_of(position)]
    for position, team in enumerate(TEAMS)
}


@pytest.fixture(scope="module", params=OTHERS)
def settled(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Any]:
    """A backend with the population in it, for the whole module."""
    with open_any(request.param, tmp_path_factory.mktemp("agree")) as storage:
        settle(storage.backend)
        yield storage.backend


@pytest.fixture(scope="module", params=OTHERS)
def changing(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Storage]:
    """Storage whose population is another one in each example."""
    with open_any(request.param, tmp_path_factory.mktemp("changing")) as storage:
        yield storage


def answer(backend: Any, query: Query) -> Page:
    with backend.begin(HOST, write=False) as work:
        adapter = work.users if query.resource_type is USER else work.teams
        return adapter.search(query)


def as_sent(resource_type: ResourceType, *, filter: str | None = None, **asked: str) -> Query:
    """Return the query of a list request, its filter read as identity providers write it."""
    tree = None if filter is None else read_filter(filter, resource_type)
    return parse_query(resource_type, filter=tree, **asked)


# Each kind of storage is asked the same; what is expected is worked out once.
@functools.cache
def expected(resource_type: str, **asked: str) -> Page:
    if resource_type == "User":
        return as_sent(USER, **asked).apply(PEOPLE, lambda user: TEAMS_OF[user.id])
    return as_sent(GROUP, **asked).apply(TEAMS, lambda team: MEMBERS_OF[team.id])


def names(resources: Sequence[Resource]) -> list[str]:
    return [
        str(resource.attributes.get("displayName", resource.id))[-20:] for resource in resources
    ]


def assert_alike(backend: Any, resource_type: ResourceType, **asked: str) -> None:
    found = answer(backend, as_sent(resource_type, **asked))
    wanted = expected(resource_type.name, **asked)
    assert [r.id for r in found.resources] == [r.id for r in wanted.resources], (
        f"found {names(found.resources)}, expected {names(wanted.resources)}"
    )
    assert found.total == wanted.total


def test_the_population_comes_back_as_it_was_stored(settled: Any) -> None:
    assert answer(settled, Query(resource_type=USER)).resources == PEOPLE
    assert answer(settled, Query(resource_type=GROUP)).resources == TEAMS


@ALIKE
@given(text=filters.USER_FILTERS)
def test_filters_on_users_agree(settled: Any, text: str) -> None:
    try:
        as_sent(USER, filter=text)
    except InvalidFilter:
        # Refused before any backend is asked, and so by all alike.
        return
    assert_alike(settled, USER, filter=text)


@ALIKE
@given(text=st.one_of(filters.TEXT, filters.VALUE_PATHS))
def test_single_comparisons_agree(settled: Any, text: str) -> None:
    # The same as above where it is hardest, without "and" and "or" to hide a difference behind.
    assert_alike(settled, USER, filter=text)
    assert_alike(settled, USER, filter=f"not ({text})")


@settings(ALIKE, max_examples=80)
@given(text=filters.TEAM_FILTERS)
def test_filters_on_teams_agree(settled: Any, text: str) -> None:
    assert_alike(settled, GROUP, filter=text)


@pytest.mark.parametrize(
    ("path", "operator"),
    [("userName", operator) for operator in ("eq", "co", "gt")]
    + [("displayName", operator) for operator in ("eq", "co", "sw", "ew", "gt", "le")],
)
def test_every_text_compares_with_every_other_alike(settled: Any, path: str, operator: str) -> None:
    for text in TEXTS:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        escaped = escaped.replace("\t", "\\t").replace("\n", "\\n")
        assert_alike(settled, USER, filter=f'{path} {operator} "{escaped}"')


@pytest.mark.parametrize("words", ["eq true", "ne true", "eq false", "pr", "eq null", "ne null"])
@pytest.mark.parametrize("path", filters.BOOLEANS)
def test_flags_agree(settled: Any, path: str, words: str) -> None:
    assert_alike(settled, USER, filter=f"{path} {words}")
    assert_alike(settled, USER, filter=f"not ({path} {words})")


@pytest.mark.parametrize("path", filters.ALL_PATHS)
def test_presence_agrees(settled: Any, path: str) -> None:
    assert_alike(settled, USER, filter=f"{path} pr")
    assert_alike(settled, USER, filter=f"{path} eq null")


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("path", filters.ORDERS)
def test_orders_agree(settled: Any, path: str, order: str) -> None:
    assert_alike(settled, USER, sort_by=path, sort_order=order)


@settings(ALIKE, max_examples=30)
@given(
    path=st.sampled_from([None, *filters.ORDERS]),
    descending=st.booleans(),
    count=st.integers(1, 25),
    condition=st.sampled_from([None, "active eq true", 'emails.type eq "work"', "groups pr"]),
)
def test_pages_make_up_the_whole(
    settled: Any, path: str | None, descending: bool, count: int, condition: str | None
) -> None:
    def query(start_index: int, count: int) -> Query:
        return parse_query(
            USER,
            filter=condition,
            sort_by=path,
            sort_order="descending" if descending else None,
            start_index=start_index,
            count=count,
        )

    whole = answer(settled, query(1, len(PEOPLE)))
    pages = [answer(settled, query(start, count)) for start in range(1, whole.total + 1, count)]
    assert tuple(r for page in pages for r in page.resources) == whole.resources
    assert {page.total for page in pages} == {whole.total}


@st.composite
def populations(draw: st.DrawFn) -> list[Resource]:
    """Return a few users of any text at all, not only that of the fixed population."""
    characters = st.characters(codec="utf-8", exclude_characters="\x00")
    text = st.one_of(st.sampled_from(SHORT), st.text(characters, max_size=12))
    long = st.one_of(text, st.builds("{}{}".format, st.just(LONG[:254]), text))
    email = st.fixed_dictionaries(
        {"value": text}, optional={"type": st.sampled_from(["work", "home"])}
    )
    enterprise = st.fixed_dictionaries({"department": text})
    people = []
    for number in range(draw(st.integers(1, 4))):
        attributes = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "displayName": long,
                    "nickName": text,
                    "active": st.booleans(),
                    "emails": st.lists(email, min_size=1, max_size=3, unique_by=str),
                    "name": st.fixed_dictionaries({"familyName": text}),
                    ENTERPRISE_USER_SCHEMA.id: enterprise,
                },
            )
        )
        people.append(user(number, f"user{number}", **{"active": True, **attributes}))
    return people


@settings(ALIKE, max_examples=25, suppress_health_check=list(HealthCheck))
@given(people=populations(), data=st.data())
def test_generated_populations_agree(
    changing: Storage, people: list[Resource], data: st.DataObject
) -> None:
    changing.clear()
    store(changing.backend, people)
    known = [
        text
        for person in people
        for text in (
            person.attributes.get("displayName", ""),
            person.attributes.get("name", {}).get("familyName", ""),
            *(email["value"] for email in person.attributes.get("emails", ())),
        )
    ]
    assert answer(changing.backend, Query(resource_type=USER)).resources == tuple(people)
    for path in ("displayName", "name.familyName", "emails", "nickName"):
        operator = data.draw(st.sampled_from(filters.OPERATORS))
        text = data.draw(filters.texts(known))
        query = parse_query(USER, filter=f"{path} {operator} {text}", sort_by=path)
        assert answer(changing.backend, query) == query.apply(people)
