"""Lists and search (RFC 7644 sections 3.4.2 and 3.4.3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.lists import SEARCH
from tests.conformance.lists import listed
from tests.conformance.lists import names
from tests.conformance.lists import searched
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import LIST
from tests.http.messages import USER
from tests.http.messages import assert_error

NO_NUMBERS = ("x", "", "1.5", "1e2", "0x10", "1 2", "null", "²", "9" * 5000)


def doors(idp: ScimClient, **query: Any) -> list[dict[str, Any]]:
    """Return the answers to one list request by every way there is to make it."""
    return [listed(idp, **query), searched(idp, "/Users", **query), searched(idp, **query)]


@pytest.fixture
def seven(idp: ScimClient) -> list[str]:
    """Seven users; their names in the order of the unsorted list."""
    for number in range(7):
        idp.user(f"u{number}")
    return names(listed(idp))


@pytest.fixture
def office(idp: ScimClient) -> ScimClient:
    """Users and teams, of whom some have a displayName in common."""
    ada = idp.user("ada", displayName="Delta")["id"]
    idp.user("bob", displayName="Alpha", emails=[{"value": "bob@example.com", "type": "work"}])
    idp.user("eve")
    idp.team("Beta", ada)
    idp.team("Gamma")
    return idp


@pytest.mark.requirement("R109")
def test_a_list_is_a_list_message_with_a_total_and_the_resources(
    idp: ScimClient, office: ScimClient
) -> None:
    users = [idp.get(f"/Users/{user['id']}").get_json() for user in listed(idp)["Resources"]]
    for body, total in (
        (listed(idp), 3),
        (listed(idp, "/Groups"), 2),
        (listed(idp, filter='userName eq "ada"'), 1),
        (searched(idp, "/Users"), 3),
        (searched(idp), 5),
    ):
        assert body["schemas"] == [LIST]
        assert type(body["totalResults"]) is int
        assert body["totalResults"] == total == len(body["Resources"])
    # Each entry is the resource as it is read by itself.
    assert listed(idp)["Resources"] == users


@pytest.mark.requirement("R110")
def test_nothing_found_is_a_success_with_a_total_of_0(idp: ScimClient) -> None:
    empty = [listed(idp), listed(idp, "/Groups"), *doors(idp)]
    idp.user("ada")
    for filter in ('userName eq "nobody"', 'id eq "x" and userName eq "ada"', "title pr"):
        empty += doors(idp, filter=filter)
    empty.append(listed(idp, "/Groups", filter='displayName eq "Blue"'))
    for body in empty:
        assert body["schemas"] == [LIST]
        assert body["totalResults"] == 0
        assert body.get("Resources", []) == []


@pytest.mark.requirement("R111")
def test_positions_begin_at_1_and_lower_ones_mean_1(idp: ScimClient, seven: list[str]) -> None:
    for start, expected, first in (
        *((1, seven[:2], 1), (0, seven[:2], 1), (-1, seven[:2], 1), (-(2**40), seven[:2], 1)),
        *((2, seven[1:3], 2), (6, seven[5:], 6), (7, seven[6:], 7)),
    ):
        for body in doors(idp, startIndex=start, count=2):
            assert names(body) == expected, start
            assert body["startIndex"] == first
            assert body["totalResults"] == 7


@pytest.mark.requirement("R111")
def test_a_page_beyond_the_end_is_empty_and_has_the_total(
    idp: ScimClient, seven: list[str]
) -> None:
    for start in (8, 100, 2**31, 10**30):
        for body in doors(idp, startIndex=start, count=2):
            assert (names(body), body["totalResults"], body["itemsPerPage"]) == ([], 7, 0)
    body = listed(idp, startIndex=2, filter='userName eq "u3"')
    assert (names(body), body["totalResults"]) == ([], 1)


@pytest.mark.requirement("R112")
def test_no_page_holds_more_than_count(idp: ScimClient, seven: list[str]) -> None:
    for count in (1, 2, 6, 7, 8, 10**30):
        for body in doors(idp, count=count):
            assert names(body) == seven[:count]
            assert body["totalResults"] == 7


@pytest.mark.requirement("R112")
def test_a_count_of_0_or_less_asks_for_the_total_alone(idp: ScimClient, seven: list[str]) -> None:
    for count in (0, -1, -7, -(10**30)):
        for body in doors(idp, count=count):
            assert (body.get("Resources", []), body["totalResults"]) == ([], 7)
        body = listed(idp, count=count, filter='userName eq "u3"')
        assert (body.get("Resources", []), body["totalResults"]) == ([], 1)


@pytest.mark.requirement("R112")
@pytest.mark.parametrize("config", [{"SCIM_MAX_RESULTS": 3, "SCIM_DEFAULT_COUNT": 2}])
def test_no_page_holds_more_than_the_server_allows(idp: ScimClient, seven: list[str]) -> None:
    whole = names(listed(idp, count=3)) + names(listed(idp, startIndex=4, count=3))
    for query, length in (({}, 2), ({"count": 3}, 3), ({"count": 4}, 3), ({"count": 10**9}, 3)):
        for body in doors(idp, **query):
            assert names(body) == whole[:length]
            assert (body["totalResults"], body["itemsPerPage"]) == (7, length)


@pytest.mark.requirement("R113")
def test_a_page_states_where_it_starts_and_how_many_it_holds(
    idp: ScimClient, seven: list[str]
) -> None:
    for start, count, held in ((1, 3, 3), (4, 3, 3), (7, 3, 1), (8, 3, 0), (1, 7, 7), (3, 0, 0)):
        for body in doors(idp, startIndex=start, count=count):
            assert type(body["startIndex"]) is int
            assert type(body["itemsPerPage"]) is int
            assert (body["startIndex"], body["itemsPerPage"]) == (start, held)
            assert len(body.get("Resources", [])) == held


@pytest.mark.requirement("R114")
def test_a_position_or_count_that_is_no_number_is_refused(idp: ScimClient) -> None:
    for path in ("/Users", "/Groups"):
        for name in ("startIndex", "count"):
            for text in NO_NUMBERS:
                refused = idp.get(path, query_string={name: text})
                assert_error(refused, 400, "invalidValue", name)
    for path in ("/.search", "/Users/.search"):
        for name in ("startIndex", "count"):
            for value in ("x", "", 1.5, "1.5", [1], {"a": 1}):
                refused = idp.post(path, {"schemas": [SEARCH], name: value})
                assert_error(refused, 400, "invalidValue", name)


@pytest.mark.requirement("R115")
def test_pages_of_an_unsorted_list_hold_each_resource_once(
    idp: ScimClient, seven: list[str]
) -> None:
    idp.team("Blue")
    for size in (1, 2, 3, 5):
        for path in ("/Users", ""):
            pages = [searched(idp, path, startIndex=n, count=size) for n in range(1, 10, size)]
            walked = [name for page in pages for name in names(page)]
            assert walked == seven + (["Blue"] if path == "" else []), size
    # A change in between moves nobody: the order is not that of the last change.
    first = names(listed(idp, count=3))
    user = listed(idp, filter='userName eq "u0"')["Resources"][0]["id"]
    idp.patch(f"/Users/{user}", {"op": "add", "path": "title", "value": "x"})
    assert first + names(listed(idp, startIndex=4)) == seven


@pytest.mark.requirement("R115")
def test_pages_of_resources_that_sort_alike_hold_each_once(idp: ScimClient) -> None:
    for number in range(6):
        idp.user(f"u{number}", title="same" if number % 2 else None)
    for order in ("ascending", "descending"):
        query = {"sortBy": "title", "sortOrder": order, "count": 2}
        pages = [listed(idp, startIndex=start, **query) for start in (1, 3, 5)]
        walked = [name for page in pages for name in names(page)]
        assert sorted(walked) == [f"u{number}" for number in range(6)]


@pytest.mark.requirement("R116")
def test_a_search_at_the_root_finds_resources_of_all_types(office: ScimClient) -> None:
    body = searched(office)
    assert set(names(body)) == {"ada", "bob", "eve", "Beta", "Gamma"}
    for resource in body["Resources"]:
        kind = resource["meta"]["resourceType"]
        alone = office.get(f"/{kind}s/{resource['id']}").get_json()
        assert resource == alone


@pytest.mark.requirement("R116")
def test_a_search_at_the_root_is_narrowed_by_resource_type(office: ScimClient) -> None:
    for filter, expected in {
        'meta.resourceType eq "User"': {"ada", "bob", "eve"},
        'meta.resourceType eq "Group"': {"Beta", "Gamma"},
        '(meta.resourceType eq User) or (meta.resourceType eq "Group")': {
            *("ada", "bob", "eve", "Beta", "Gamma")
        },
        'meta.resourceType eq "Device"': set(),
        'meta.resourceType ne "User"': {"Beta", "Gamma"},
        'meta.resourceType eq "Group" and displayName sw "b"': {"Beta"},
        'meta.resourceType eq "User" and displayName pr': {"ada", "bob"},
    }.items():
        assert set(names(searched(office, filter=filter))) == expected, filter


@pytest.mark.requirement("R116")
def test_what_a_type_does_not_have_is_absent_there(office: ScimClient) -> None:
    everybody = {"ada", "bob", "eve", "Beta", "Gamma"}
    for filter, expected in {
        'userName eq "bob"': {"bob"},
        "userName pr": {"ada", "bob", "eve"},
        "not (userName pr)": {"Beta", "Gamma"},
        'userName ne "bob"': everybody - {"bob"},
        'displayName sw "b" or userName sw "b"': {"Beta", "bob"},
        'emails[type eq "work"]': {"bob"},
        'not (emails[type eq "work"])': everybody - {"bob"},
        "members pr": {"Beta"},
        f"{ENTERPRISE}:department eq null": everybody,
        # What no type has.
        "nonsense pr": set(),
        'nonsense eq "x"': set(),
        'nonsense sw "x" or userName eq "ada"': {"ada"},
        "nonsense eq null": everybody,
        'nonsense.part gt "x"': set(),
    }.items():
        assert set(names(searched(office, filter=filter))) == expected, filter
    # Those that a sort knows nothing of come last.
    assert names(searched(office, sortBy="userName"))[:3] == ["ada", "bob", "eve"]


@pytest.mark.requirement("R117")
@pytest.mark.parametrize("config", [{"SCIM_MAX_RESULTS": 2}])
def test_more_than_the_server_is_ready_to_return_is_a_page_with_the_true_total(
    office: ScimClient,
) -> None:
    for body, total in ((listed(office), 3), (searched(office), 5), (searched(office, count=9), 5)):
        assert (len(body["Resources"]), body["totalResults"]) == (2, total)


@pytest.mark.requirement("R117")
def test_more_than_the_server_is_ready_to_read_is_too_many(office: ScimClient) -> None:
    # Types in one order have to be read up to where the page ends.
    message = {"schemas": [SEARCH], "sortBy": "displayName", "startIndex": 2_000_000_000}
    assert_error(office.post("/.search", message), 400, "tooMany")
    assert searched(office, startIndex=2_000_000_000)["totalResults"] == 5


@pytest.mark.requirement("R118")
def test_a_posted_search_takes_each_parameter_and_answers_as_the_list_does(
    idp: ScimClient, office: ScimClient
) -> None:
    for asked in (
        {},
        {"filter": 'displayName pr and userName ne "bob"'},
        {"sortBy": "userName", "sortOrder": "descending"},
        {"sortBy": "displayName"},
        {"startIndex": 2, "count": 1},
        {"count": 0},
        {"attributes": ["userName", "emails.value"]},
        {"excludedAttributes": ["meta", "displayName"]},
        {"attributes": ["userName"], "filter": "title eq null", "sortBy": "userName", "count": 2},
    ):
        query = {k: ",".join(v) if isinstance(v, list) else v for k, v in asked.items()}
        assert searched(idp, "/Users", **asked) == listed(idp, "/Users", **query), asked
        if "userName" not in str(asked):
            assert searched(idp, "/Groups", **asked) == listed(idp, "/Groups", **query), asked
    response = idp.post("/Users/.search", {"schemas": [SEARCH]})
    assert (response.status_code, response.content_type) == (200, "application/scim+json")


@pytest.mark.requirement("R118")
def test_a_posted_search_at_the_root_takes_each_parameter(office: ScimClient) -> None:
    shown = searched(
        office,
        attributes=["displayName", "userName"],
        filter='displayName gt "a" and displayName lt "e"',
        sortBy="displayName",
        sortOrder="descending",
        startIndex=2,
        count=1,
    )
    assert (shown["totalResults"], shown["startIndex"], shown["itemsPerPage"]) == (3, 2, 1)
    [beta] = shown["Resources"]
    assert set(beta) == {"schemas", "id", "displayName"}
    assert beta["displayName"] == "Beta"
    excluded = searched(office, excludedAttributes=["displayName", "meta"], count=5)
    for resource in excluded["Resources"]:
        assert not {"displayName", "meta"} & set(resource)


@pytest.mark.requirement("R118")
def test_the_names_of_search_parameters_are_read_in_any_letter_case(office: ScimClient) -> None:
    body = searched(office, FILTER="userName pr", SortBy="userName", COUNT=1, startindex=2)
    assert (names(body), body["totalResults"]) == (["bob"], 3)
    # null is the same as leaving it out.
    empty = dict.fromkeys(("filter", "sortBy", "sortOrder", "startIndex", "count", "attributes"))
    assert searched(office, **empty) == searched(office)


@pytest.mark.requirement("R119")
def test_a_posted_search_that_does_not_name_its_schema_is_refused(idp: ScimClient) -> None:
    for path in ("/.search", "/Users/.search", "/Groups/.search"):
        for body in (
            *({}, {"filter": "id pr"}, {"schemas": []}, {"schemas": None}, {"schemas": SEARCH}),
            *({"schemas": [LIST]}, {"schemas": [USER]}, {"schemas": [f"{SEARCH}x"]}),
            *([], "x", None, 5, [{"schemas": [SEARCH]}]),
        ):
            refused = idp.post(path, data=json.dumps(body), content_type="application/scim+json")
            assert_error(refused, 400, "invalidSyntax")
        assert idp.post(path, {"schemas": [SEARCH.upper()]}).status_code == 200


@pytest.mark.requirement("R119")
def test_a_posted_search_lists_attributes_as_an_array_of_strings(idp: ScimClient) -> None:
    for path in ("/.search", "/Users/.search"):
        for name in ("attributes", "excludedAttributes"):
            for value in ("userName", "userName,title", 5, {"a": 1}, [5], [["userName"]]):
                refused = idp.post(path, {"schemas": [SEARCH], name: value})
                assert_error(refused, 400, "invalidValue", name)
        for name in ("filter", "sortBy", "sortOrder"):
            for value in (5, True, ["id pr"], {"a": 1}):
                refused = idp.post(path, {"schemas": [SEARCH], name: value})
                assert_error(refused, 400, "invalidValue", name)


@pytest.mark.requirement("R120")
def test_a_posted_search_changes_nothing(office: ScimClient, storage: Storage) -> None:
    before = dump(storage)
    for path in ("", "/Users", "/Groups"):
        searched(office, path, filter="id pr", sortBy="displayName", count=1)
    # Nor does one that reads like a creation.
    body = {"schemas": [SEARCH, USER], "userName": "new", "displayName": "new"}
    for path in ("/.search", "/Users/.search", "/Groups/.search"):
        assert office.post(path, body).status_code == 200
    assert dump(storage) == before


@pytest.mark.requirement("R121")
def test_a_projection_applies_to_each_resource_of_a_list(
    idp: ScimClient, office: ScimClient
) -> None:
    for query in (
        {"attributes": "userName,emails.type"},
        {"attributes": "displayName"},
        {"excludedAttributes": "meta,emails"},
    ):
        arrays = {name: text.split(",") for name, text in query.items()}
        for body in (
            listed(idp, "/Users", **query),
            searched(idp, "/Users", **arrays),
            searched(idp, **arrays, filter="userName pr"),
        ):
            assert len(body["Resources"]) == 3
            for resource in body["Resources"]:
                alone = idp.get(f"/Users/{resource['id']}", query_string=query)
                assert resource == alone.get_json()
    for team in listed(idp, "/Groups", excludedAttributes="members")["Resources"]:
        assert set(team) == {"schemas", "id", "displayName", "meta"}
    [beta] = listed(idp, "/Groups", filter="members pr", attributes="members.type")["Resources"]
    assert beta["members"] == [{"type": "User"}]
