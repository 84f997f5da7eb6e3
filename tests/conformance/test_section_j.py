"""Sorting (RFC 7644 section 3.4.2.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.lists import SEARCH
from tests.conformance.lists import listed
from tests.conformance.lists import names
from tests.conformance.lists import searched
from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE
from tests.http.messages import USER
from tests.http.messages import assert_error


def in_order(idp: ScimClient, by: str | None = None, order: str | None = None) -> list[str]:
    """Return the names of the users in that order; the same whether it is read or posted."""
    query = {"sortBy": by, "sortOrder": order}
    given = {name: text for name, text in query.items() if text is not None}
    found = names(listed(idp, **given))
    assert found == names(searched(idp, "/Users", **given))
    return found


def settle(idp: ScimClient, people: dict[str, dict[str, Any]]) -> None:
    for name, attributes in people.items():
        idp.user(name, **attributes)


@pytest.mark.requirement("R148")
def test_lists_are_sorted_upwards_unless_they_are_asked_for_downwards(idp: ScimClient) -> None:
    settle(idp, {"bob": {}, "ada": {}, "cyd": {}})
    upwards = ["ada", "bob", "cyd"]
    for order in (None, "ascending", "Ascending", "ASCENDING", ""):
        assert in_order(idp, "userName", order) == upwards, order
    for order in ("descending", "Descending", "DESCENDING"):
        assert in_order(idp, "userName", order) == upwards[::-1], order
    for by in ("USERNAME", f"{USER}:userName", f"{USER.upper()}:username"):
        assert in_order(idp, by) == upwards
    # The names of the parameters are read in any letter case as well.
    assert names(listed(idp, sortby="userName", SORTORDER="descending")) == upwards[::-1]


@pytest.mark.requirement("R148")
def test_teams_are_sorted_too_and_all_types_together(idp: ScimClient) -> None:
    settle(idp, {"u1": {"displayName": "Delta"}, "u2": {"displayName": "alpha"}, "u3": {}})
    for name in ("Gamma", "beta"):
        idp.team(name)
    assert names(listed(idp, "/Groups", sortBy="displayName")) == ["beta", "Gamma"]
    assert names(searched(idp, sortBy="displayName")) == ["u2", "beta", "u1", "Gamma", "u3"]
    downwards = searched(idp, sortBy="displayName", sortOrder="descending")
    assert names(downwards) == ["u3", "Gamma", "u1", "beta", "u2"]


@pytest.mark.requirement("R148")
def test_another_word_for_the_order_is_refused(idp: ScimClient) -> None:
    for word in ("upwards", "asc", "desc", "ascending descending", "1", "-1", "true"):
        refused = idp.get("/Users", query_string={"sortBy": "userName", "sortOrder": word})
        assert_error(refused, 400, "invalidValue", "sortOrder")
        for path in ("/.search", "/Users/.search"):
            message = {"schemas": [SEARCH], "sortBy": "userName", "sortOrder": word}
            assert_error(idp.post(path, message), 400, "invalidValue", "sortOrder")


@pytest.mark.requirement("R148")
def test_pages_follow_the_order(idp: ScimClient) -> None:
    settle(idp, {name: {} for name in ("u4", "u2", "u5", "u1", "u3")})
    query = {"sortBy": "userName", "sortOrder": "descending", "count": 2}
    pages = [names(listed(idp, startIndex=start, **query)) for start in (1, 3, 5)]
    assert pages == [["u5", "u4"], ["u3", "u2"], ["u1"]]
    filtered = listed(idp, filter='userName ne "u4"', **query)
    assert names(filtered) == ["u5", "u3"]


@pytest.mark.requirement("R149")
def test_text_is_sorted_without_regard_to_letter_case(idp: ScimClient) -> None:
    people = ("bob", "Ada", "adb", "ADC", "Bo_c", "zoe", "Zoë", "éva", "ΩMEGA", "ωmegb")
    settle(idp, {name: {"nickName": name} for name in people})
    upwards = ["Ada", "adb", "ADC", "Bo_c", "bob", "zoe", "Zoë", "éva", "ΩMEGA", "ωmegb"]
    for by in ("userName", "nickName"):
        assert in_order(idp, by) == upwards
        assert in_order(idp, by, "descending") == upwards[::-1]


@pytest.mark.requirement("R149")
def test_text_in_which_letter_case_counts_is_sorted_with_regard_to_it(idp: ScimClient) -> None:
    settle(
        idp,
        {
            "u1": {"externalId": "b", "profileUrl": "/B"},
            "u2": {"externalId": "B", "profileUrl": "/b"},
            "u3": {"externalId": "a", "profileUrl": "/a"},
            "u4": {"externalId": "A", "profileUrl": "/A"},
        },
    )
    assert in_order(idp, "externalId") == ["u4", "u2", "u3", "u1"]
    assert in_order(idp, "externalId", "descending") == ["u1", "u3", "u2", "u4"]
    assert in_order(idp, "profileUrl") == ["u4", "u1", "u3", "u2"]
    ids = [user["id"] for user in listed(idp, sortBy="id")["Resources"]]
    assert ids == sorted(ids)
    ids = [user["id"] for user in listed(idp, sortBy="id", sortOrder="descending")["Resources"]]
    assert ids == sorted(ids, reverse=True)


@pytest.mark.requirement("R149")
def test_times_and_booleans_are_sorted_as_such(idp: ScimClient) -> None:
    settle(idp, {"c": {}, "a": {"active": False}, "b": {}})
    assert in_order(idp, "meta.created") == ["c", "a", "b"]
    assert in_order(idp, "meta.created", "descending") == ["b", "a", "c"]
    changed = listed(idp, filter='userName eq "c"')["Resources"][0]["id"]
    idp.patch(f"/Users/{changed}", {"op": "add", "path": "title", "value": "x"})
    assert in_order(idp, "meta.lastModified") == ["a", "b", "c"]
    assert in_order(idp, "active")[0] == "a"
    assert in_order(idp, "active", "descending")[-1] == "a"


@pytest.mark.requirement("R149")
def test_what_is_neither_shown_nor_stored_is_nothing_to_sort_by(idp: ScimClient) -> None:
    for by in ("password", "nonsense", "name.nonsense", "department", "userName eq", "emails[0]"):
        refused = idp.get("/Users", query_string={"sortBy": by})
        assert_error(refused, 400, "invalidValue", by.split()[0].split(".")[-1].split("[")[0])
    # At the root an attribute that no type has orders nothing.
    idp.user("ada")
    assert names(searched(idp, sortBy="nonsense")) == ["ada"]


@pytest.mark.requirement("R150")
def test_of_several_values_the_primary_one_decides_or_else_the_first(idp: ScimClient) -> None:
    settle(
        idp,
        {
            "u1": {"emails": [{"value": "a@x"}, {"value": "m@x", "primary": True}]},
            "u2": {"emails": [{"value": "n@x", "type": "a"}, {"value": "b@x", "type": "b"}]},
            "u3": {"emails": [{"value": "c@x", "primary": False}, {"value": "z@x"}]},
            "u4": {"emails": [{"value": "y@x", "primary": True}, {"value": "a@x", "type": "c"}]},
        },
    )
    upwards = ["u3", "u1", "u2", "u4"]
    for by in ("emails.value", "emails", f"{USER}:emails.value"):
        assert in_order(idp, by) == upwards
        assert in_order(idp, by, "descending") == upwards[::-1]
    idp.user("u0", emails=[{"value": "0@x"}])
    assert in_order(idp, "emails")[0] == "u0"


@pytest.mark.requirement("R151")
def test_of_a_complex_attribute_a_part_is_sorted_by(idp: ScimClient) -> None:
    settle(
        idp,
        {
            "u1": {"name": {"givenName": "Bea", "familyName": "Xu"}},
            "u2": {"name": {"givenName": "Abe", "familyName": "Yu"}},
            "u3": {"name": {"givenName": "Cai", "familyName": "Wu"}},
        },
    )
    assert in_order(idp, "name.givenName") == ["u2", "u1", "u3"]
    assert in_order(idp, "name.familyName") == ["u3", "u1", "u2"]
    assert in_order(idp, f"{USER}:name.familyName", "descending") == ["u2", "u1", "u3"]
    for by in ("name", "addresses", "meta"):
        for path in ("/Users/.search", "/.search"):
            message = {"schemas": [SEARCH], "sortBy": by}
            assert_error(idp.post(path, message), 400, "invalidValue", by)
        assert_error(idp.get("/Users", query_string={"sortBy": by}), 400, "invalidValue", by)


@pytest.mark.requirement("R151")
def test_a_part_of_an_extension_is_sorted_by_with_its_urn(idp: ScimClient) -> None:
    boss, other = idp.user("u1")["id"], idp.user("u2")["id"]
    idp.user("u3", **{ENTERPRISE: {"department": "B", "manager": {"value": other}}})
    idp.user("u4", **{ENTERPRISE: {"department": "a", "manager": {"value": boss}}})
    assert in_order(idp, f"{ENTERPRISE}:department")[:2] == ["u4", "u3"]
    for by in (f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value"):
        assert in_order(idp, by)[:2] == ["u4", "u3"]


@pytest.mark.requirement("R152")
def test_resources_without_a_value_come_last_and_first_downwards(idp: ScimClient) -> None:
    settle(
        idp,
        {
            "u1": {},
            "u2": {"title": "b", "emails": [{"value": "b@x"}], "name": {"givenName": "b"}},
            "u3": {"title": None, "emails": []},
            "u4": {"title": "zzz", "emails": [{"value": "z@x"}], "name": {"givenName": "z"}},
            "u5": {"title": "a", "emails": [{"value": "a@x"}], "name": {"givenName": "a"}},
        },
    )
    for by in ("title", "emails", "name.givenName"):
        # Those without are equal, and in the order of their ids.
        assert in_order(idp, by) == ["u5", "u2", "u4", "u1", "u3"], by
        assert in_order(idp, by, "descending") == ["u1", "u3", "u4", "u2", "u5"], by
    idp.team("Blue")
    assert names(searched(idp, sortBy="title"))[:3] == ["u5", "u2", "u4"]
    downwards = names(searched(idp, sortBy="title", sortOrder="descending"))
    assert downwards[-3:] == ["u4", "u2", "u5"]


@pytest.mark.requirement("R153")
def test_an_order_without_an_attribute_does_nothing(idp: ScimClient) -> None:
    settle(idp, {"bob": {}, "ada": {}, "cyd": {}})
    plain = in_order(idp)
    for order in ("descending", "ascending", "sideways", ""):
        assert in_order(idp, None, order) == plain
        assert in_order(idp, "", order) == plain
        assert names(searched(idp, sortOrder=order)) == plain
