"""Lists as the conformance tests ask for them, and the names in them."""

from __future__ import annotations

from typing import Any

from tests.conftest import ScimClient
from tests.http.messages import assert_error

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")


def listed(idp: ScimClient, path: str = "/Users", **query: Any) -> dict[str, Any]:
    """Return the answer to a list request that succeeds."""
    response = idp.get(path, query_string=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.get_json()
    return body


def searched(idp: ScimClient, path: str = "", **parameters: Any) -> dict[str, Any]:
    """Return the answer to a posted search that succeeds: of a type, or of all at the root."""
    response = idp.post(f"{path}/.search", {"schemas": [SEARCH], **parameters})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.get_json()
    return body


def names(body: dict[str, Any]) -> list[str]:
    """Return the names of the users and teams on a page, in its order."""
    return [one.get("userName") or one["displayName"] for one in body.get("Resources", [])]


def matching(idp: ScimClient, filter: str, path: str = "/Users") -> set[str]:
    """Return the names of those whom a filter finds, all on one page."""
    body = listed(idp, path, filter=filter)
    found = set(names(body))
    assert len(found) == body["totalResults"], filter
    return found


def assert_finds(idp: ScimClient, expected: dict[str, set[str]], path: str = "/Users") -> None:
    """Hold each filter to the names it has to find."""
    assert {filter: matching(idp, filter, path) for filter in expected} == expected


def assert_refused(idp: ScimClient, filters: dict[str, str], path: str = "/Users") -> None:
    """Hold each filter to a refusal whose detail says the word, be it in a URI or posted."""
    for filter, word in filters.items():
        refused = idp.get(path, query_string={"filter": filter})
        assert_error(refused, 400, "invalidFilter", word)
        posted = idp.post(f"{path}/.search", {"schemas": [SEARCH], "filter": filter})
        assert_error(posted, 400, "invalidFilter", word)
