"""POST /.search, of one type and of all of them at once (RFC 7644 section 3.4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ScimClient
from tests.http.messages import assert_error

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def search(idp: ScimClient, path: str = "", **parameters: Any) -> dict[str, Any]:
    response = idp.post(f"{path}/.search", {"schemas": [SEARCH], **parameters})
    assert response.status_code == 200, response.text
    return response.get_json()


def named(body: dict[str, Any]) -> list[str]:
    return [one.get("userName") or one["displayName"] for one in body.get("Resources", [])]


@pytest.fixture
def office(idp: ScimClient) -> ScimClient:
    ada = idp.user("ada", displayName="Delta")["id"]
    idp.user("bob", displayName="Alpha")
    idp.user("eve")
    idp.team("Beta", ada)
    idp.team("Gamma")
    return idp


@pytest.mark.requirement("R118", "R121")
def test_one_type(office: ScimClient) -> None:
    body = search(office, "/Users", filter='userName sw "a"', attributes=["userName"], count=5)
    assert body["totalResults"] == 1
    assert set(body["Resources"][0]) == {"schemas", "id", "userName"}


@pytest.mark.requirement("R116")
def test_all_types_in_turn(office: ScimClient) -> None:
    assert named(search(office)) == ["ada", "bob", "eve", "Beta", "Gamma"]


@pytest.mark.requirement("R111", "R112", "R115")
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("sort", [{}, {"sortBy": "displayName"}])
def test_pages_add_up_to_the_whole(office: ScimClient, size: int, sort: dict[str, str]) -> None:
    whole = named(search(office, **sort))
    pages = [search(office, startIndex=1 + size * n, count=size, **sort) for n in range(6)]
    assert [name for page in pages for name in named(page)] == whole
    assert {page["totalResults"] for page in pages} == {5}


@pytest.mark.requirement("R148", "R152")
def test_all_types_in_one_order(office: ScimClient) -> None:
    # A resource without a value comes last, and first when descending
    assert named(search(office, sortBy="displayName")) == ["bob", "Beta", "ada", "Gamma", "eve"]
    descending = search(office, sortBy="displayName", sortOrder="descending")
    assert named(descending) == ["eve", "Gamma", "ada", "Beta", "bob"]


@pytest.mark.requirement("R116")
@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ('meta.resourceType eq "Group"', ["Beta", "Gamma"]),
        ('userName eq "bob"', ["bob"]),
        ('userName eq "bob" or displayName eq "beta"', ["bob", "Beta"]),
        ("userName pr", ["ada", "bob", "eve"]),
        ("not (userName pr)", ["Beta", "Gamma"]),
        ('userName ne "bob"', ["ada", "eve", "Beta", "Gamma"]),
        ("members pr", ["Beta"]),
        ("nonsense eq null", ["ada", "bob", "eve", "Beta", "Gamma"]),
        ('emails[type eq "work"] or members pr', ["Beta"]),
        ('not (emails[type eq "work"])', ["ada", "bob", "eve", "Beta", "Gamma"]),
    ],
)
def test_what_a_type_does_not_know_is_absent(
    office: ScimClient, filter: str, expected: list[str]
) -> None:
    assert named(search(office, filter=filter)) == expected


@pytest.mark.requirement("R111", "R117")
def test_far_beyond_the_end(office: ScimClient) -> None:
    body = search(office, startIndex=2_000_000_000)
    assert (body["totalResults"], named(body)) == (5, [])
    message = {"schemas": [SEARCH], "sortBy": "displayName", "startIndex": 2_000_000_000}
    assert_error(office.post("/.search", message), 400, "tooMany", "10000")


@pytest.mark.requirement("R119")
@pytest.mark.parametrize("path", ["", "/Users", "/Groups"])
@pytest.mark.parametrize(
    ("message", "scim_type"),
    [
        ({}, "invalidSyntax"),
        ({"schemas": ["urn:other"]}, "invalidSyntax"),
        ([], "invalidSyntax"),
        ({"schemas": [SEARCH], "count": "ten"}, "invalidValue"),
        ({"schemas": [SEARCH], "startIndex": 1.5}, "invalidValue"),
        ({"schemas": [SEARCH], "attributes": "userName"}, "invalidValue"),
        ({"schemas": [SEARCH], "filter": "id eq"}, "invalidFilter"),
        ({"schemas": [SEARCH], "sortBy": "id", "sortOrder": "up"}, "invalidValue"),
    ],
)
def test_what_is_no_search(office: ScimClient, path: str, message: Any, scim_type: str) -> None:
    assert_error(office.post(f"{path}/.search", message), 400, scim_type)


@pytest.mark.requirement("R088")
def test_only_what_the_token_may_read(office: ScimClient, app: Any, scim: Any) -> None:
    with app.app_context():
        groups = scim.tokens.create(label="groups", scopes=["groups:read"]).secret
        writer = scim.tokens.create(label="writer", scopes=["users:write"]).secret
    assert named(search(ScimClient(office.client, groups))) == ["Beta", "Gamma"]
    refused = ScimClient(office.client, writer).post("/.search", {"schemas": [SEARCH]})
    assert_error(refused, 403, None)


@pytest.mark.requirement("R120")
def test_a_search_changes_nothing(office: ScimClient) -> None:
    before = office.get("/Users").text
    search(office)
    assert office.get("/Users").text == before
