"""Walks by cursor in an order, and while the list changes (RFC 9865 section 2.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.lookups import shown
from tests.conformance.walks import Page
from tests.conformance.walks import assert_walks
from tests.conformance.walks import by_get
from tests.conformance.walks import by_search
from tests.conformance.walks import ids
from tests.conformance.walks import walk
from tests.conformance.walks import walk_back
from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE

#: Longer than what a database compares at once, and alike up to there.
LONG = "long" * 64

PEOPLE: list[dict[str, Any]] = [
    {
        "userName": "zoe",
        "title": "b",
        "active": False,
        "name": {"familyName": "Ångström"},
        "emails": [{"value": "a@x", "type": "home"}, {"value": "z@x", "primary": True}],
        "roles": [{"value": "r1"}, {"value": "r0", "primary": True}],
        ENTERPRISE: {"department": "Programs", "manager": {"value": "m2"}},
    },
    {
        "userName": "Ada",
        "title": "B",
        "externalId": "e2",
        "emails": [{"value": "Z@X"}, {"value": "b@x", "type": "work"}],
        "name": {"familyName": "Lovelace"},
        ENTERPRISE: {"department": "programs"},
    },
    {"userName": "bob", "title": "", "externalId": "E2", "active": True},
    {"userName": "\u00e9mile", "title": "é", "emails": [{"value": "c@x", "type": "other"}]},
    {"userName": "adam", "externalId": "e1", "active": False, "emails": [{"type": "work"}]},
    {"userName": "y1", "title": LONG + "b", ENTERPRISE: {"manager": {"value": "m1"}}},
    {"userName": "y2", "title": LONG + "a", "name": {"familyName": LONG[:100]}},
    {"userName": "y3", "title": LONG, "x509Certificates": [{"value": "MIIB"}]},
    {"userName": "王", "title": "\U0001f600", "roles": [{"value": "r0"}]},
    {"userName": "\uff5e", "title": "\uff5e", ENTERPRISE: {"department": "~"}},
]

SORTS = [
    *("userName", "title", "active", "externalId", "id", "name.familyName", "nickName"),
    *("emails", "emails.type", "emails.value", "roles", "meta.created", "meta.lastModified"),
    *(f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager.value", f"{ENTERPRISE}:manager"),
    "meta.resourceType",
]


@pytest.fixture
def people(idp: ScimClient) -> ScimClient:
    made = [idp.user(**attributes) for attributes in PEOPLE]
    for user in made[::3]:
        idp.patch(f"/Users/{user['id']}", {"op": "add", "path": "userType", "value": "x"})
    return idp


@pytest.mark.requirement("R235", "R236", "R242")
@pytest.mark.parametrize("sort_by", SORTS)
def test_the_pages_are_in_the_order_of_the_list(people: ScimClient, sort_by: str) -> None:
    found = set()
    for order in ("ascending", "descending"):
        query = {"sortBy": sort_by, "sortOrder": order}
        whole = ids(shown(people, "/Users", **query))
        assert len(set(whole)) == len(PEOPLE)
        found.add(tuple(whole))
        for count in (1, 3, 5, 10):
            assert_walks(people, whole, count, **query)
        active = ids(shown(people, "/Users", filter="active eq true", **query))
        assert_walks(people, active, 2, filter="active eq true", **query)
    # Where all are equal, or missing, ids decide either way.
    assert len(found) == (1 if sort_by in ("nickName", "meta.resourceType") else 2)


@pytest.mark.requirement("R242", "R245")
def test_a_posted_walk_is_in_the_same_order(people: ScimClient) -> None:
    for sort_by in ("title", "emails", "active"):
        query = {"sortBy": sort_by, "sortOrder": "descending", "count": 3}
        pages = zip(walk(people, **query), walk(people, ask=by_search, **query), strict=True)
        for one, other in pages:
            assert one["Resources"] == other["Resources"]
    # An order of nothing is none.
    by_id = ids(shown(people, "/Users"))
    assert_walks(people, by_id, 4, ask=by_search, sortOrder="descending")


@pytest.mark.requirement("R242")
def test_groups_are_walked_in_their_own_order(idp: ScimClient) -> None:
    names = ["b", "C", "a", "é", "B2"]
    members = [idp.user(f"u{number}")["id"] for number in range(3)]
    for number, name in enumerate(names):
        idp.team(name, *members[:number])
    for order in ("ascending", "descending"):
        query = {"sortBy": "displayName", "sortOrder": order}
        whole = ids(shown(idp, "/Groups", **query))
        assert len(set(whole)) == 5
        assert_walks(idp, whole, 2, "/Groups", **query)
        filter = f'members.value eq "{members[0]}"'
        some = ids(shown(idp, "/Groups", filter=filter, **query))
        assert len(some) == 4
        assert_walks(idp, some, 1, "/Groups", filter=filter, **query)
    page = by_get(idp, "/Groups", cursor="", count=5)
    assert {m["value"] for team in page["Resources"] for m in team.get("members", [])} == {*members}


def interrupted(idp: ScimClient, pages: Iterator[Page], gone: dict[int, list[str]]) -> list[str]:
    """Return all ids of a walk between whose pages some users are deleted and others made."""
    seen: list[str] = []
    for number, page in enumerate(pages):
        assert len(ids(page)) <= 3
        seen += ids(page)
        # Before, between and behind those that are there already; not for ever, or it had no end.
        for name in ("a", "u05x", "zz") if number < 3 else ():
            idp.user(f"{name}-{number}")
        for id in gone.get(number, []):
            assert idp.delete(f"/Users/{id}").status_code == 204
    return seen


@pytest.mark.requirement("R242", "R250")
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize(
    "sort",
    [
        {},
        {"sortBy": "userName"},
        {"sortBy": "userName", "sortOrder": "descending"},
        {"sortBy": "title"},
        {"sortBy": "title", "sortOrder": "descending"},
    ],
)
def test_whoever_lives_through_a_walk_is_met_once(
    idp: ScimClient, sort: dict[str, Any], backward: bool
) -> None:
    # Half of them have no title, and two each have the same.
    titles = [{"title": f"t{number % 3}"} if number % 2 else {} for number in range(12)]
    for number, title in enumerate(titles):
        idp.user(f"u{number:02}", **title)
    query = {"count": 3, **sort}
    whole = ids(shown(idp, "/Users", **sort))
    pages = walk(idp, **query)
    seen: list[str] = []
    # The one that a cursor points at, one that was seen and one to come; then a whole page.
    gone = {0: [whole[2], whole[0], whole[7]], 1: whole[9:12]}
    if backward:
        *_, last = pages
        pages = walk_back(idp, last, **query)
        seen = ids(last)
        gone = {0: [whole[6], whole[8], whole[4]], 1: whole[0:3]}
    seen += interrupted(idp, pages, gone)
    survivors = set(whole) - {id for some in gone.values() for id in some}
    assert len(seen) == len(set(seen))
    assert survivors <= set(seen)


@pytest.mark.requirement("R235", "R250")
def test_a_walk_ends_when_there_is_nobody_any_more(idp: ScimClient) -> None:
    users = [idp.user(f"u{number}")["id"] for number in range(4)]
    for sort in ({}, {"sortBy": "userName"}):
        pages = walk(idp, count=2, **sort)
        assert ids(next(pages)) == users[:2]
        for id in users[1:]:
            idp.delete(f"/Users/{id}")
        [last] = pages
        assert (ids(last), last["totalResults"]) == ([], 1)
        assert not {"nextCursor", "previousCursor"} & set(last)
        users[1:] = [idp.user(f"u{number}")["id"] for number in range(1, 4)]


@pytest.mark.requirement("R250")
def test_whoever_comes_behind_is_met_as_well(idp: ScimClient) -> None:
    users = [idp.user(f"u{number}")["id"] for number in range(3)]
    pages = walk(idp, count=2)
    assert ids(next(pages)) == users[:2]
    users += [idp.user(name)["id"] for name in ("a", "z")]
    assert [ids(page) for page in pages] == [users[2:4], users[4:]]


@pytest.mark.requirement("R242", "R250")
def test_a_cursor_keeps_its_place_when_its_user_moves(idp: ScimClient) -> None:
    users = [idp.user(f"u{number}")["id"] for number in range(6)]
    pages = walk(idp, count=2, sortBy="userName")
    assert ids(next(pages)) == users[:2]
    # The last one of the page goes to the end, and is met again there, where it is now.
    idp.patch(f"/Users/{users[1]}", {"op": "replace", "path": "userName", "value": "z"})
    assert [ids(page) for page in pages] == [users[2:4], users[4:6], [users[1]]]
