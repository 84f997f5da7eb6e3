"""What add and remove do (RFC 7644 sections 3.5.2.1 and 3.5.2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.changes import FULL
from tests.conformance.changes import add
from tests.conformance.changes import changed
from tests.conformance.changes import refused
from tests.conformance.changes import remove
from tests.conformance.changes import replace
from tests.conformance.changes import unchanged
from tests.conftest import ScimClient
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import USER
from tests.http.messages import without_meta

WORK = {"value": "a@work.example", "type": "work"}
HOME = {"value": "a@home.example", "type": "home"}
OTHER = {"value": "a@other.example", "type": "other"}
NAME = {"givenName": "Ada", "familyName": "King"}
REST = {name: value for name, value in FULL.items() if name != "userName"}


def ada(idp: ScimClient, **attributes: Any) -> str:
    """Create a user and return the path."""
    return f"/Users/{idp.user('ada@example.com', **attributes)['id']}"


@pytest.mark.requirement("R178")
def test_add_and_replace_need_a_value(idp: ScimClient, storage: Storage) -> None:
    url = ada(idp, title="x", emails=[WORK])
    for op in ("add", "replace"):
        for path in ("title", "name", "emails", 'emails[type eq "work"].value', ENTERPRISE, None):
            step = {"op": op} | ({} if path is None else {"path": path})
            refused(idp, storage, url, step, scim_type="invalidValue", naming=op)
    team = f"/Groups/{idp.team('Blue', url.removeprefix('/Users/'))['id']}"
    for op in ("add", "replace"):
        step = {"op": op, "path": "members"}
        refused(idp, storage, team, step, scim_type="invalidValue", naming="members")


@pytest.mark.requirement("R179", "R190")
@pytest.mark.parametrize("op", [add, replace])
def test_without_path_each_key_is_a_step_of_its_own(idp: ScimClient, op: Any) -> None:
    url = ada(idp, nickName="n", name=NAME, emails=[WORK], **{ENTERPRISE: {"division": "v"}})
    sent = {
        "title": "t",
        "name": {"givenName": "Augusta"},
        "emails": [HOME],
        ENTERPRISE: {"department": "d"},
        "externalId": "e",
    }
    after = without_meta(changed(idp, url, op(None, sent)))
    assert after == {
        "userName": "ada@example.com",
        "active": True,
        "nickName": "n",
        "title": "t",
        "name": {**NAME, "givenName": "Augusta"},
        # The one appends to a list, the other takes its place.
        "emails": [WORK, HOME] if op is add else [HOME],
        ENTERPRISE: {"division": "v", "department": "d"},
        "externalId": "e",
    }


@pytest.mark.requirement("R179")
@pytest.mark.parametrize("op", [add, replace])
def test_keys_without_path_may_be_paths(idp: ScimClient, op: Any) -> None:
    # As Entra sends them: dotted, qualified by a URN, with a filter.
    url = ada(idp, name=NAME, emails=[WORK, HOME])
    sent = {
        "name.givenName": "Augusta",
        "NAME.middleName": "B",
        f"{ENTERPRISE}:department": "d",
        f"{ENTERPRISE}:manager.value": "m",
        f"{USER}:title": "t",
        'emails[type eq "work"].value': "new",
        'phoneNumbers[type eq "mobile"].value': "1",
    }
    assert without_meta(changed(idp, url, op(None, sent))) == {
        "userName": "ada@example.com",
        "active": True,
        "title": "t",
        "name": {**NAME, "givenName": "Augusta", "middleName": "B"},
        "emails": [{**WORK, "value": "new"}, HOME],
        "phoneNumbers": [{"type": "mobile", "value": "1"}],
        ENTERPRISE: {"department": "d", "manager": {"value": "m"}},
    }


@pytest.mark.requirement("R180")
def test_add_replaces_what_is_single_and_merges_what_is_complex(idp: ScimClient) -> None:
    url = ada(idp, title="old", name=NAME, **{ENTERPRISE: {"manager": {"value": "m"}}})
    after = changed(
        idp,
        url,
        add("title", "new"),
        add("nickName", "first"),
        add("name", {"givenName": "Augusta", "middleName": "B"}),
        add("name.honorificPrefix", "Lady"),
        add(f"{ENTERPRISE}:manager", {"value": "n"}),
        add(f"{ENTERPRISE}:department", "d"),
        add("externalId", "e"),
    )
    assert (after["title"], after["nickName"], after["externalId"]) == ("new", "first", "e")
    expected = {"givenName": "Augusta", "middleName": "B", "honorificPrefix": "Lady"}
    assert after["name"] == {**NAME, **expected}
    assert after[ENTERPRISE] == {"manager": {"value": "n"}, "department": "d"}


@pytest.mark.requirement("R181")
def test_add_appends_without_repetition(idp: ScimClient) -> None:
    url = ada(idp)
    for sent, expected in (
        ([WORK], [WORK]),
        (HOME, [WORK, HOME]),
        ([WORK, OTHER, HOME, OTHER], [WORK, HOME, OTHER]),
        ([], [WORK, HOME, OTHER]),
        # The same value of another type is another.
        ({**WORK, "type": "home"}, [WORK, HOME, OTHER, {**WORK, "type": "home"}]),
    ):
        assert changed(idp, url, add("emails", sent))["emails"] == expected
    a, b, c = (idp.user(name)["id"] for name in "abc")
    team = idp.team("Blue", a)["id"]
    for sent in ([{"value": b}], {"value": b}, [{"value": c}, {"value": a}, {"value": c}]):
        listed = changed(idp, f"/Groups/{team}", add("members", sent))["members"]
        assert len(listed) == len({member["value"] for member in listed})
    assert idp.members(team) == {a, b, c}


@pytest.mark.requirement("R181")
def test_add_of_nothing_adds_nothing(idp: ScimClient, storage: Storage) -> None:
    # To a list, null is an empty list.
    url = ada(idp, **REST)
    for name in (name for name, value in FULL.items() if isinstance(value, list)):
        for nothing in ([], None, [None], [{}]):
            unchanged(idp, storage, url, add(name, nothing), add(None, {name: nothing}))
    team = f"/Groups/{idp.team('Blue', url.removeprefix('/Users/'))['id']}"
    for nothing in ([], None):
        unchanged(idp, storage, team, add("members", nothing), add(None, {"members": nothing}))


@pytest.mark.requirement("R182")
def test_add_of_what_is_there_changes_nothing(idp: ScimClient, storage: Storage) -> None:
    url = ada(idp, **REST)
    for name, value in FULL.items():
        unchanged(idp, storage, url, add(name, value))
        unchanged(idp, storage, url, add(None, {name: value}))
    unchanged(idp, storage, url, *(add(name, value) for name, value in FULL.items()))
    for path, value in (
        ("name.givenName", FULL["name"]["givenName"]),
        ('emails[type eq "work"]', FULL["emails"][0]),
        ('emails[type eq "work"].value', FULL["emails"][0]["value"]),
        (f"{ENTERPRISE}:manager.value", "babbage"),
    ):
        unchanged(idp, storage, url, add(path, value))
    id = url.removeprefix("/Users/")
    team = idp.team("Blue", id, externalId="t")
    steps = [add("members", [{"value": id}]), add("displayName", "Blue"), add("externalId", "t")]
    unchanged(idp, storage, f"/Groups/{team['id']}", *steps)
    # The time of change moves with what does change, and only then.
    after = changed(idp, url, add("title", "Countess"), add("nickName", "new"))
    assert after["meta"]["lastModified"] > after["meta"]["created"]
    assert after["meta"]["version"] == 'W/"2"'


@pytest.mark.requirement("R183")
def test_add_merges_into_what_its_filter_selects(idp: ScimClient) -> None:
    url = ada(idp, emails=[WORK, HOME, {**OTHER, "type": "work"}])
    after = changed(idp, url, add('emails[type eq "work"]', {"display": "D"}))["emails"]
    assert after == [
        {**WORK, "display": "D"},
        HOME,
        {**OTHER, "type": "work", "display": "D"},
    ]
    after = changed(idp, url, add('emails[value ew "home.example"].display', "H"))["emails"]
    assert after[1] == {**HOME, "display": "H"}


@pytest.mark.requirement("R183", "R195")
@pytest.mark.parametrize("op", [add, replace])
def test_where_nothing_is_selected_the_filters_terms_make_the_element(
    idp: ScimClient, op: Any
) -> None:
    url = ada(idp, emails=[HOME])
    after = changed(
        idp,
        url,
        op('emails[type eq "work"].value', "new"),
        op('addresses[type eq "work"].country', "GB"),
        op('addresses[type eq "work"].locality', "London"),
        op('phoneNumbers[type eq "fax" and primary eq true].value', "1"),
        op('roles[primary eq "True"]', {"value": "admin"}),
    )
    assert after["emails"] == [HOME, {"type": "work", "value": "new"}]
    assert after["addresses"] == [{"type": "work", "country": "GB", "locality": "London"}]
    assert after["phoneNumbers"] == [{"type": "fax", "primary": True, "value": "1"}]
    assert after["roles"] == [{"primary": True, "value": "admin"}]
    # And what was made can be found again.
    unchanged_twice = changed(idp, url, op('emails[type eq "work"].value', "new"))
    assert unchanged_twice["meta"]["version"] == after["meta"]["version"]


@pytest.mark.requirement("R183", "R195")
@pytest.mark.parametrize("op", [add, replace])
@pytest.mark.parametrize(
    "filter",
    [
        'type ne "home"',
        'type sw "w"',
        'type eq "work" or type eq "other"',
        'not (type eq "home")',
        'type eq "work" and value co "x"',
        "display pr",
    ],
)
def test_where_the_filter_tells_of_no_element_there_is_no_target(
    idp: ScimClient, storage: Storage, op: Any, filter: str
) -> None:
    url = ada(idp, emails=[HOME], title="x")
    for path, value in ((f"emails[{filter}].value", "new"), (f"emails[{filter}]", {"value": "n"})):
        steps = (add("title", "y"), op(path, value))
        refused(idp, storage, url, *steps, scim_type="noTarget", naming="emails")


@pytest.mark.requirement("R184")
@pytest.mark.parametrize("rest", [{}, {"path": None}, {"path": ""}, {"value": {"title": "x"}}])
def test_remove_needs_a_path(idp: ScimClient, storage: Storage, rest: dict[str, Any]) -> None:
    url = ada(idp, title="x")
    team = f"/Groups/{idp.team('Blue', url.removeprefix('/Users/'))['id']}"
    for place in (url, team):
        step = {"op": "remove", **rest}
        refused(idp, storage, place, step, scim_type="noTarget", naming="path")


@pytest.mark.requirement("R185")
def test_what_is_removed_is_unassigned(idp: ScimClient) -> None:
    url = ada(idp, **REST)
    left = dict(FULL)
    for name in sorted(set(REST) - {"active"}):
        del left[name]
        after = changed(idp, url, remove(name))
        assert without_meta(after) == left
        # Nor does a filter find it any more.
        path = f"{ENTERPRISE}:department" if name == ENTERPRISE else name
        found = idp.get("/Users", query_string={"filter": f"{path} pr"}).get_json()
        assert found["totalResults"] == 0
        assert changed(idp, url, remove(name)) == after


@pytest.mark.requirement("R185")
def test_a_part_is_removed_and_the_last_part_takes_the_whole_along(idp: ScimClient) -> None:
    url = ada(idp, name=NAME, **{ENTERPRISE: {"manager": {"value": "m"}, "division": "v"}})
    after = changed(idp, url, remove("name.givenName"), remove(f"{ENTERPRISE}:manager.value"))
    assert after["name"] == {"familyName": "King"}
    assert after[ENTERPRISE] == {"division": "v"}
    after = changed(idp, url, remove("name.familyName"), remove(f"{ENTERPRISE}:division"))
    assert without_meta(after) == {"userName": "ada@example.com", "active": True}


@pytest.mark.requirement("R185")
def test_all_members_are_removed(idp: ScimClient) -> None:
    users = [idp.user(name)["id"] for name in "abc"]
    for step in (remove("members"), {**remove("members"), "value": None}):
        team = idp.team("Blue", *users)["id"]
        assert "members" not in changed(idp, f"/Groups/{team}", step)
        assert all("groups" not in idp.get(f"/Users/{id}").get_json() for id in users)
        assert idp.delete(f"/Groups/{team}").status_code == 204


@pytest.mark.requirement("R186")
def test_remove_takes_the_selected_elements_alone(idp: ScimClient) -> None:
    url = ada(idp, emails=[WORK, HOME, {**OTHER, "type": "work"}])
    # The example of section 3.5.2.2, with one of two work addresses meant.
    path = 'emails[type eq "work" and value ew "other.example"]'
    assert changed(idp, url, remove(path))["emails"] == [WORK, HOME]
    assert changed(idp, url, remove('emails[type eq "work"]'))["emails"] == [HOME]
    assert "emails" not in changed(idp, url, remove('emails[value co "@"]'))
    found = idp.get("/Users", query_string={"filter": "emails pr"}).get_json()
    assert found["totalResults"] == 0


@pytest.mark.requirement("R186")
def test_remove_takes_the_selected_members_alone(idp: ScimClient) -> None:
    a, b, c, d = (idp.user(name)["id"] for name in "abcd")
    team = idp.team("Blue", a, b, c, d)["id"]
    for path, left in (
        (f'members[value eq "{a}"]', {b, c, d}),
        (f'members[type eq "User" and value eq "{b}"]', {c, d}),
        (f'members[not (value eq "{c}")]', {c}),
        ('members[type eq "user"]', set()),
    ):
        changed(idp, f"/Groups/{team}", remove(path))
        assert idp.members(team) == left


@pytest.mark.requirement("R187")
def test_remove_takes_a_sub_attribute_of_each_selected_element(idp: ScimClient) -> None:
    both = {**OTHER, "type": "work", "display": "2"}
    url = ada(idp, emails=[{**WORK, "display": "1"}, {**HOME, "display": "3"}, both])
    after = changed(idp, url, remove('emails[type eq "work"].display'))["emails"]
    assert after == [WORK, {**HOME, "display": "3"}, {**OTHER, "type": "work"}]
    # An element of which nothing is left is gone.
    url = f"/Users/{idp.user('bob', roles=[{'value': 'a'}, {'value': 'b', 'type': 't'}])['id']}"
    assert changed(idp, url, remove("roles[value pr].value"))["roles"] == [{"type": "t"}]


@pytest.mark.requirement("R188")
def test_a_removal_that_selects_nothing_succeeds(idp: ScimClient, storage: Storage) -> None:
    url = ada(idp, emails=[WORK], title="x")
    nobody = idp.user("bob")["id"]
    for path in (
        'emails[type eq "fax"]',
        'emails[type eq "fax"].value',
        'emails[value eq "x" and type eq "work"]',
        'phoneNumbers[type eq "work"]',
        "emails.display",
        "nickName",
        "name.givenName",
        f"{ENTERPRISE}:department",
        ENTERPRISE,
    ):
        unchanged(idp, storage, url, remove(path))
    team = f"/Groups/{idp.team('Blue', url.removeprefix('/Users/'))['id']}"
    for filter in (f'value eq "{nobody}"', 'value eq "unknown"', 'type eq "Group"'):
        unchanged(idp, storage, team, remove(f"members[{filter}]"))


@pytest.mark.requirement("R189")
def test_members_to_remove_may_be_named_in_the_value(idp: ScimClient, storage: Storage) -> None:
    a, b, c, d = (idp.user(name)["id"] for name in "abcd")
    team = idp.team("Blue", a, b, c)["id"]
    url = f"/Groups/{team}"
    # Who is not in it, and nobody at all: the others stay.
    for value in ([{"value": d}], [{"value": "unknown"}], []):
        unchanged(idp, storage, url, {**remove("members"), "value": value})
    for value, left in (
        ([{"$ref": None, "value": a}], {b, c}),
        ([{"value": c}, {"value": d}], {b}),
        ({"value": b}, set()),
    ):
        changed(idp, url, {"op": "Remove", "path": "members", "value": value})
        assert idp.members(team) == left
