"""Pages by cursor (RFC 9865)."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conformance.doors import client_at
from tests.conformance.lookups import shown
from tests.conformance.walks import SEARCH
from tests.conformance.walks import Ask
from tests.conformance.walks import assert_walks
from tests.conformance.walks import by_get
from tests.conformance.walks import by_search
from tests.conformance.walks import ids
from tests.conformance.walks import portions
from tests.conformance.walks import walk
from tests.conformance.walks import walk_back
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import LIST
from tests.http.messages import assert_error


@pytest.fixture
def users(idp: ScimClient) -> list[str]:
    """The ids of six users in their order."""
    return [idp.user(f"u{number}")["id"] for number in range(6)]


@pytest.mark.requirement("R234", "R243")
def test_an_empty_cursor_asks_for_the_first_page(idp: ScimClient, users: list[str]) -> None:
    for query in ("cursor&count=2", "cursor=&count=2", "count=2&CURSOR=", "Cursor&Count=2"):
        page = idp.get(f"/Users?{query}").get_json()
        cursor = page.pop("nextCursor")
        assert ids(page) == users[:2]
        assert set(page) == {"schemas", "totalResults", "itemsPerPage", "Resources"}
        assert (page["schemas"], page["totalResults"]) == ([LIST], 6)
        assert ids(shown(idp, "/Users", cursor=cursor, count="2")) == users[2:4]
    # Without one pages go by number, as ever; null is nothing.
    listed = shown(idp, "/Users", count="2")
    assert listed["startIndex"] == 1
    assert not {"nextCursor", "previousCursor"} & set(listed)
    assert by_search(idp, count=2) == by_search(idp, count=2, cursor=None) == listed


@pytest.mark.requirement("R234", "R235", "R236", "R239", "R245")
@pytest.mark.parametrize("ask", [by_get, by_search])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7])
def test_each_page_but_the_last_has_a_next_one(
    idp: ScimClient, users: list[str], ask: Ask, count: int
) -> None:
    # Two, three and six divide six: the last page is full, and still the last.
    assert_walks(idp, users, count, ask=ask)
    assert_walks(idp, users[1:4], count, ask=ask, filter='userName gt "u0" and userName lt "u4"')
    assert_walks(idp, [], count, ask=ask, filter='userName eq "nobody"')
    assert_walks(idp, [], count, "/Groups", ask)


@pytest.mark.requirement("R236")
def test_there_is_a_way_back_from_wherever_one_is(idp: ScimClient, users: list[str]) -> None:
    pages = list(walk(idp, count=2))
    third = pages[2]
    [second, first] = walk_back(idp, third, count=2)
    assert (ids(second), ids(first)) == (users[2:4], users[:2])
    assert "previousCursor" not in first
    forth = by_get(idp, cursor=second["nextCursor"], count=2)
    assert ids(forth) == users[4:]
    assert "nextCursor" not in forth
    # What has gone in the meantime shortens the way, and its beginning is the first page again.
    idp.delete(f"/Users/{users[1]}")
    back = list(walk_back(idp, third, count=2))
    assert [ids(page) for page in back] == [users[2:4], users[:1]]
    assert "previousCursor" not in back[-1]


@pytest.mark.requirement("R235", "R236")
def test_a_way_back_that_is_gone_leads_to_the_new_beginning(
    idp: ScimClient, users: list[str]
) -> None:
    second = list(walk(idp, count=2))[1]
    for id in users[:2]:
        idp.delete(f"/Users/{id}")
    empty = by_get(idp, cursor=second["previousCursor"], count=2)
    assert (ids(empty), empty["totalResults"]) == ([], 4)
    assert "previousCursor" not in empty
    first = by_get(idp, cursor=empty["nextCursor"], count=2)
    assert ids(first) == users[2:4]
    assert "previousCursor" not in first
    assert ids(by_get(idp, cursor=first["nextCursor"], count=2)) == users[4:]


@pytest.mark.requirement("R237", "R242")
@pytest.mark.parametrize(
    "title", ["Zoë", "王", "😀", "a/b+c=d?e&f#g %20", '"\\', "~", "x" * 4_000, "\u2028 \n"]
)
def test_a_cursor_is_made_of_unreserved_characters(idp: ScimClient, title: str) -> None:
    unreserved = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    made = [idp.user(f"u{number}", title=title)["id"] for number in range(3)]
    query = {"sortBy": "title", "count": 1}
    for ask in (by_get, by_search):
        pages = list(walk(idp, ask=ask, **query))
        assert [ids(page) for page in pages] == [[id] for id in made]
        cursors = [page[n] for page in pages for n in ("nextCursor", "previousCursor") if n in page]
        assert len(cursors) == 4
        assert {character for cursor in cursors for character in cursor} <= unreserved
        assert [ids(page) for page in walk_back(idp, pages[-1], ask=ask, **query)] == [
            [made[1]],
            [made[0]],
        ]


@pytest.mark.requirement("R238")
def test_a_count_is_the_most_that_a_page_holds(idp: ScimClient, users: list[str]) -> None:
    for count in (0, -1, -99):
        for ask in (by_get, by_search):
            page = ask(idp, cursor="", count=count)
            assert page == {
                "schemas": [LIST],
                "totalResults": 6,
                "itemsPerPage": 0,
                "Resources": [],
            }
    for count, length in ((1, 1), (5, 5), (6, 6), (200, 6), (10**9, 6)):
        assert len(ids(by_get(idp, cursor="", count=count))) == length


@pytest.mark.requirement("R238", "R241", "R244")
def test_a_page_is_never_larger_than_configured() -> None:
    idp = client_at(MemoryBackend(), SCIM_MAX_RESULTS=4, SCIM_DEFAULT_COUNT=3)
    users = [idp.user(f"u{number}")["id"] for number in range(10)]
    for query, length in (({}, 3), ({"count": 2}, 2), ({"count": 4}, 4), ({"count": 50}, 4)):
        assert [ids(page) for page in walk(idp, **query)] == portions(users, length)
    pagination = shown(idp, "/ServiceProviderConfig")["pagination"]
    assert (pagination["defaultPageSize"], pagination["maxPageSize"]) == (3, 4)


@pytest.mark.requirement("R239")
def test_the_total_is_right_at_each_page(idp: ScimClient, users: list[str]) -> None:
    pages = walk(idp, count=2)
    assert next(pages)["totalResults"] == 6
    idp.user("another")
    assert next(pages)["totalResults"] == 7
    idp.delete(f"/Users/{users[0]}")
    idp.delete(f"/Users/{users[5]}")
    assert [page["totalResults"] for page in pages] == [5]
    filtered = list(walk(idp, count=1, filter='userName co "1" or userName co "2"'))
    assert [page["totalResults"] for page in filtered] == [2, 2]


@pytest.mark.requirement("R243", "R244")
def test_the_configuration_says_how_lists_are_gone_through(idp: ScimClient) -> None:
    document = shown(idp, "/ServiceProviderConfig")
    assert document["pagination"] == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 100,
        "maxPageSize": document["filter"]["maxResults"],
    }
    limited = client_at(MemoryBackend(), SCIM_CURSOR_TIMEOUT=90, SCIM_DEFAULT_COUNT=500)
    pagination = shown(limited, "/ServiceProviderConfig")["pagination"]
    assert pagination["cursorTimeout"] == 90
    # Clients older than the RFC can be spared the attribute; cursors are there all the same.
    silent = client_at(MemoryBackend(), SCIM_ANNOUNCE_CURSORS=False)
    assert "pagination" not in shown(silent, "/ServiceProviderConfig")
    assert shown(silent, "/Users", cursor="")["totalResults"] == 0
    assert pagination["defaultPageSize"] == pagination["maxPageSize"] == 200


@pytest.mark.requirement("R244")
@pytest.mark.parametrize("seconds", [0, -1, 1.5, "60", True])
def test_a_timeout_is_a_positive_number(seconds: Any) -> None:
    with pytest.raises(SetupError, match="SCIM_CURSOR_TIMEOUT"):
        client_at(MemoryBackend(), SCIM_CURSOR_TIMEOUT=seconds)


@pytest.mark.requirement("R251")
@pytest.mark.parametrize("path", ["/Users", "/Groups", "/"])
def test_a_page_is_asked_for_by_number_or_by_cursor(
    idp: ScimClient, users: list[str], path: str
) -> None:
    cursor = by_get(idp, cursor="", count=2)["nextCursor"]
    for given in ("", cursor, "nonsense"):
        for number in (0, 1, 3):
            query = {"cursor": given, "startIndex": number, "count": 2}
            refused = idp.get(path, query_string=query)
            assert_error(refused, 400, "invalidValue", "startIndex", "cursor")
            posted = idp.post(f"{path.rstrip('/')}/.search", {"schemas": [SEARCH], **query})
            assert_error(posted, 400, "invalidValue", "startIndex", "cursor")


@pytest.mark.requirement("R249")
def test_no_cursor_is_kept(idp: ScimClient, users: list[str], storage: Storage) -> None:
    before = dump(storage)
    cursors = {
        page["nextCursor"]
        for number in range(1, 6)
        for page in walk(idp, count=number, filter=f'userName ne "{number}"')
        if "nextCursor" in page
    }
    assert len(cursors) == 5 + 2 + 1 + 1 + 1
    assert dump(storage) == before
    # An app that never made one goes on where another stopped, as after a restart.
    cursor = by_get(idp, cursor="", count=2)["nextCursor"]
    elsewhere = ScimClient(client_at(storage.backend).client, idp.token)
    assert ids(by_get(elsewhere, cursor=cursor, count=2)) == users[2:4]
