"""Walks through a list by cursor, forwards and back (RFC 9865)."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.lookups import shown
from tests.conftest import ScimClient

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

#: More pages than any walk here has: one that goes on and on is a failure, not a wait.
ENDLESS = 100

Page = dict[str, Any]
#: Asks a client for a page of the list at a path.
Ask = Callable[..., Page]


def by_get(idp: ScimClient, path: str = "/Users", **query: Any) -> Page:
    """Return a page that is asked for in the URI."""
    return shown(idp, path, **query)


def by_search(idp: ScimClient, path: str = "/Users", **query: Any) -> Page:
    """Return a page that is asked for in a body."""
    message = {"schemas": [SEARCH], **query}
    response = idp.post(f"{path.rstrip('/')}/.search", message)
    assert response.status_code == 200, response.text
    body: Page = response.get_json()
    return body


def ids(page: Page) -> list[str]:
    """Return the ids of the resources on a page."""
    found = [resource["id"] for resource in page["Resources"]]
    assert page["itemsPerPage"] == len(found)
    return found


def walk(idp: ScimClient, path: str = "/Users", ask: Ask = by_get, **query: Any) -> Iterator[Page]:
    """Yield the pages from the first one to the last."""
    page = ask(idp, path, cursor="", **query)
    yield page
    for _ in range(ENDLESS):
        if "nextCursor" not in page:
            return
        page = ask(idp, path, cursor=page["nextCursor"], **query)
        yield page
    pytest.fail("the walk does not end")


def walk_back(
    idp: ScimClient, page: Page, path: str = "/Users", ask: Ask = by_get, **query: Any
) -> Iterator[Page]:
    """Yield the pages before one, the nearest first."""
    for _ in range(ENDLESS):
        if "previousCursor" not in page:
            return
        page = ask(idp, path, cursor=page["previousCursor"], **query)
        yield page
    pytest.fail("the walk back does not end")


def portions(whole: list[str], count: int) -> list[list[str]]:
    """Return the pages that a list makes; one that is empty makes one."""
    return [whole[begin : begin + count] for begin in range(0, len(whole), count)] or [[]]


def assert_walks(
    idp: ScimClient, whole: list[str], count: int, path: str = "/Users", ask: Ask = by_get, **q: Any
) -> None:
    """Walk to the end of a list, and back to its beginning: every page is what it has to be."""
    expected = portions(whole, count)
    pages = list(walk(idp, path, ask, count=count, **q))
    assert [ids(page) for page in pages] == expected
    assert {page["totalResults"] for page in pages} == {len(whole)}
    assert ["previousCursor" in page for page in pages] == [False, *[True] * (len(pages) - 1)]
    back = list(walk_back(idp, pages[-1], path, ask, count=count, **q))
    assert [ids(page) for page in back] == expected[-2::-1]
    # Each of them has its way on, to where it was come from.
    assert all("nextCursor" in page for page in back)
    if back:
        again = ask(idp, path, cursor=back[-1]["nextCursor"], count=count, **q)
        assert again["Resources"] == pages[1]["Resources"]
