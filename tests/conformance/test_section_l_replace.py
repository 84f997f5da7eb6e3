"""What replace does (RFC 7644 section 3.5.2.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.changes import FULL
from tests.conformance.changes import add
from tests.conformance.changes import changed
from tests.conformance.changes import refused
from tests.conformance.changes import replace
from tests.conftest import ScimClient
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import without_meta

WORK = {"value": "a@work.example", "type": "work"}
HOME = {"value": "a@home.example", "type": "home"}
OTHER = {"value": "a@other.example", "type": "other"}
NAME = {"givenName": "Ada", "familyName": "King"}
REST = {name: value for name, value in FULL.items() if name != "userName"}


def ada(idp: ScimClient, **attributes: Any) -> str:
    """Create a user and return the path."""
    return f"/Users/{idp.user('ada@example.com', **attributes)['id']}"


@pytest.mark.requirement("R190")
@pytest.mark.parametrize("value", ["x", 5, True, None, [], [{"title": "x"}]], ids=repr)
def test_without_path_the_value_is_an_object(idp: ScimClient, storage: Storage, value: Any) -> None:
    url = ada(idp, title="x")
    for op in (add, replace):
        refused(idp, storage, url, op(None, value), scim_type="invalidValue", naming="object")


@pytest.mark.requirement("R191")
def test_replace_of_a_complex_attribute_keeps_its_other_parts(idp: ScimClient) -> None:
    url = ada(idp, name=NAME, **{ENTERPRISE: {"division": "v", "department": "d"}})
    expected = dict(NAME)
    for path, part in (
        ("name", {"givenName": "Augusta"}),
        ("name", {"middleName": "B", "familyName": "Byron"}),
        ("name.familyName", "Lovelace"),
    ):
        expected |= part if isinstance(part, dict) else {"familyName": part}
        assert changed(idp, url, replace(path, part))["name"] == expected
    parts = {"givenName": None, "middleName": None}
    assert changed(idp, url, replace("name", parts))["name"] == {"familyName": "Lovelace"}
    after = changed(idp, url, replace(ENTERPRISE, {"department": "e", "costCenter": "c"}))
    assert after[ENTERPRISE] == {"division": "v", "department": "e", "costCenter": "c"}


@pytest.mark.requirement("R192")
def test_replace_of_a_list_replaces_all_of_it(idp: ScimClient) -> None:
    url = ada(idp, emails=[WORK, {**HOME, "primary": True, "display": "D"}])
    for sent, expected in (
        ([OTHER, HOME], [OTHER, HOME]),
        ([{"value": WORK["value"]}], [{"value": WORK["value"]}]),
        (HOME, [HOME]),
        ([], None),
    ):
        assert changed(idp, url, replace("emails", sent)).get("emails") == expected
    a, b, c = (idp.user(name)["id"] for name in "abc")
    team = idp.team("Blue", a, b)["id"]
    for ids in ([b, c], [a], [a, b, c], []):
        changed(idp, f"/Groups/{team}", replace("members", [{"value": id} for id in ids]))
        assert idp.members(team) == set(ids)


@pytest.mark.requirement("R193")
def test_replace_of_what_is_not_there_adds_it(idp: ScimClient) -> None:
    url = ada(idp)
    expected: dict[str, Any] = {"userName": "ada@example.com", "active": True}
    for name in sorted(set(REST) - {"active"}):
        expected[name] = FULL[name]
        assert without_meta(changed(idp, url, replace(name, FULL[name]))) == expected
    assert expected == FULL


@pytest.mark.requirement("R194")
def test_replace_with_a_filter_replaces_every_selected_element(idp: ScimClient) -> None:
    street = {"type": "work", "streetAddress": "1 Main St", "country": "GB", "primary": True}
    url = ada(idp, addresses=[street, {"type": "home", "locality": "Ockham"}], emails=[WORK, HOME])
    new = {"type": "work", "locality": "London"}
    # All of an element, not the parts that are named: those of the former one are gone.
    after = changed(idp, url, replace('addresses[type eq "work"]', new))["addresses"]
    assert after == [new, {"type": "home", "locality": "Ockham"}]
    after = changed(idp, url, replace('addresses[type eq "work"].locality', "Leeds"))["addresses"]
    assert after == [{**new, "locality": "Leeds"}, {"type": "home", "locality": "Ockham"}]
    # Every one that is selected, and no other.
    after = changed(idp, url, replace('emails[value co "@"].display', "D"))["emails"]
    assert after == [{**WORK, "display": "D"}, {**HOME, "display": "D"}]
    two = [{"value": "1", "type": "x"}, {"value": "2", "type": "y"}, {"value": "3", "type": "x"}]
    bob = f"/Users/{idp.user('bob', roles=two)['id']}"
    after = changed(idp, bob, replace('roles[type eq "x"].display', "X"))["roles"]
    assert after == [{**two[0], "display": "X"}, two[1], {**two[2], "display": "X"}]
