"""Multi-valued attributes, and what is unassigned (RFC 7643 sections 2.4 and 2.5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conformance.lookups import values
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta

WORK = {"value": "ada@work.example", "type": "work"}
HOME = {"value": "ada@home.example", "type": "home"}


@pytest.mark.requirement("R016")
@pytest.mark.parametrize("true", [True, "True", "true"])
@pytest.mark.parametrize("name", ["emails", "phoneNumbers", "roles", "addresses"])
def test_two_primary_values_are_refused(
    idp: ScimClient, storage: Storage, name: str, true: Any
) -> None:
    value = "locality" if name == "addresses" else "value"
    two = [{value: "a", "primary": True}, {value: "c"}, {value: "b", "primary": true}]
    user = idp.user("ada", **{name: [{value: "z", "primary": True}]})
    before = dump(storage)
    url = f"/Users/{user['id']}"
    body = {"schemas": [USER], "userName": "ada", name: two}
    for response in (
        idp.post("/Users", {**body, "userName": "bob"}),
        idp.put(url, body),
        idp.patch(url, {"op": "add", "path": name, "value": two}),
        idp.patch(url, {"op": "replace", "path": name, "value": two}),
        idp.patch(url, {"op": "replace", "value": {name: two}}),
    ):
        assert_error(response, 400, "invalidValue", name)
    assert dump(storage) == before


@pytest.mark.requirement("R016")
def test_a_new_primary_value_takes_the_place_of_the_former(idp: ScimClient) -> None:
    user = idp.user("ada", emails=[{**WORK, "primary": True}, HOME])
    url = f"/Users/{user['id']}"
    other = {"value": "ada@new.example", "type": "other", "primary": True}
    for step, chosen in (
        ({"op": "add", "path": "emails", "value": [other]}, "other"),
        ({"op": "replace", "path": 'emails[type eq "home"].primary', "value": True}, "home"),
        ({"op": "add", "path": 'emails[type eq "work"]', "value": {"primary": True}}, "work"),
    ):
        emails = idp.patch(url, step).get_json()["emails"]
        assert len(emails) == 3
        assert [email["type"] for email in emails if email.get("primary")] == [chosen]
        assert found(idp, "emails[primary eq true]") == {user["id"]}
    none = idp.patch(url, {"op": "replace", "path": "emails.primary", "value": False})
    assert not any(email.get("primary") for email in none.get_json()["emails"])
    both = {"op": "replace", "path": "emails.primary", "value": True}
    assert_error(idp.patch(url, both), 400, "invalidValue", "emails")


@pytest.mark.requirement("R017")
def test_an_absent_primary_is_read_as_false(idp: ScimClient) -> None:
    absent = idp.user("absent", emails=[WORK])
    false = idp.user("false", emails=[{**WORK, "primary": False}])
    true = idp.user("true", emails=[{**WORK, "primary": True}])
    both = idp.user("both", emails=[{**WORK, "primary": True}, HOME])
    none = idp.user("none")
    absent, false, true, both, none = (user["id"] for user in (absent, false, true, both, none))
    assert found(idp, "emails.primary eq false") == {absent, false, both}
    assert found(idp, "emails[primary eq false]") == {absent, false, both}
    assert found(idp, 'emails[type eq "work" and primary eq false]') == {absent, false}
    assert found(idp, 'emails[type eq "work" and not (primary eq true)]') == {absent, false}
    assert found(idp, "emails.primary eq true") == {true, both}
    assert found(idp, "not (emails.primary eq true)") == {absent, false, none}
    # What is read into an element does not make one.
    assert found(idp, "emails pr") == {absent, false, true, both}
    # And a PATCH path selects as a filter does.
    step = {"op": "replace", "path": "emails[primary eq false].display", "value": "second"}
    emails = idp.patch(f"/Users/{both}", step).get_json()["emails"]
    assert [email.get("display") for email in emails] == [None, "second"]


@pytest.mark.requirement("R018")
def test_a_pair_of_type_and_value_is_returned_once(idp: ScimClient) -> None:
    twice = [WORK, HOME, {**WORK, "display": "At work"}, HOME]
    once = [{**WORK, "display": "At work"}, HOME]
    user = idp.user("ada", emails=twice)
    assert user["emails"] == once
    url = f"/Users/{user['id']}"
    replaced = idp.put(url, {"schemas": [USER], "userName": "ada", "emails": twice})
    assert replaced.get_json()["emails"] == once
    for op in ("add", "replace"):
        changed = idp.patch(url, {"op": op, "path": "emails", "value": twice}).get_json()
        assert changed["emails"] == once
    assert shown(idp, url)["emails"] == once
    # One value of two types is two, and so are two values of one type.
    others = [WORK, {**WORK, "type": "home"}, {**WORK, "value": "b"}, {"value": WORK["value"]}]
    assert idp.user("bob", emails=others)["emails"] == others
    # Values without a type are pairs too.
    assert idp.user("eve", roles=[{"value": "r"}, {"value": "r"}])["roles"] == [{"value": "r"}]


@pytest.mark.requirement("R018")
@pytest.mark.parametrize(
    ("step", "left"),
    [
        (
            {"op": "replace", "path": 'emails[type eq "home"].type', "value": "work"},
            {"type": "work"},
        ),
        ({"op": "replace", "path": "emails.type", "value": "other"}, {"type": "other"}),
        ({"op": "remove", "path": "emails.type"}, {}),
        (
            {"op": "add", "path": 'emails[type eq "home"]', "value": {"type": "work"}},
            {"type": "work"},
        ),
    ],
)
def test_an_edit_that_makes_two_pairs_equal_leaves_one(
    idp: ScimClient, step: Any, left: dict[str, str]
) -> None:
    both = [WORK, {**WORK, "type": "home", "display": "At home", "primary": True}]
    user = idp.user("ada", emails=[*both, {"value": "another", "type": "fax"}])
    emails = idp.patch(f"/Users/{user['id']}", step).get_json()["emails"]
    assert [email for email in emails if email["value"] == WORK["value"]] == [
        {"value": WORK["value"], "display": "At home", "primary": True, **left}
    ]
    assert len(emails) == 2


@pytest.mark.requirement("R019")
def test_values_are_returned_as_they_were_sent_and_compare_in_any_form(idp: ScimClient) -> None:
    # Entra checks what it is answered against what it sent, letter by letter.
    sent = {
        "emails": [{"value": "Ada@EXAMPLE.Com", "type": "Work"}],
        "phoneNumbers": [{"value": "+44 (20) 1234", "type": "MOBILE"}],
        "ims": [{"value": "Ada L", "type": "XMPP"}],
    }
    user = idp.user("ada", **sent)
    assert without_meta(shown(idp, f"/Users/{user['id']}")) == {
        "userName": "ada",
        "active": True,
        **sent,
    }
    for filter in (
        'emails.value eq "ada@example.com"',
        'emails[type eq "work" and value ew "@example.com"]',
        'phoneNumbers.type eq "mobile"',
        'ims[type eq "xmpp" and value eq "ada l"]',
    ):
        assert found(idp, filter) == {user["id"]}, filter
    # The canonical spelling selects the element to change, and no second one is made.
    step = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "new@EXAMPLE.com"}
    changed = idp.patch(f"/Users/{user['id']}", step).get_json()
    assert changed["emails"] == [{"value": "new@EXAMPLE.com", "type": "Work"}]


@pytest.mark.requirement("R020")
@pytest.mark.parametrize("base", ["http://localhost/scim", "http://localhost/scim/v1", ".."])
def test_a_reference_of_another_version_is_the_same_member(idp: ScimClient, base: str) -> None:
    ada = idp.user("ada")
    team = idp.team("Blue", ada["id"])
    url = f"/Groups/{team['id']}"
    member = {"value": ada["id"], "$ref": f"{base}/Users/{ada['id']}"}
    body = {"schemas": [GROUP], "displayName": "Blue", "members": [member]}
    assert idp.put(url, body).get_json()["meta"] == team["meta"]
    for op in ("add", "replace"):
        response = idp.patch(url, {"op": op, "path": "members", "value": [member]})
        assert response.headers["ETag"] == team["meta"]["version"]
    [stored] = shown(idp, url)["members"]
    assert stored["$ref"] == ada["meta"]["location"]
    assert idp.patch(url, {"op": "remove", "path": "members", "value": [member]}).status_code == 204
    assert idp.members(team["id"]) == set()


# What can stand for no value at all, of an attribute with one value and of one with several.
EMPTY_ONE: list[Any] = [None, []]
EMPTY_MANY: list[Any] = [None, [], [None]]
ATTRIBUTES: list[tuple[str, Any, list[Any]]] = [
    ("title", "Countess", EMPTY_ONE),
    ("externalId", "e", EMPTY_ONE),
    ("profileUrl", "https://example.com", EMPTY_ONE),
    ("name", {"givenName": "Ada"}, [*EMPTY_ONE, {"givenName": None}, {"givenName": []}]),
    ("emails", [WORK], [*EMPTY_MANY, [{}], [{"value": None}]]),
    ("roles", [{"value": "r"}], EMPTY_MANY),
    ("addresses", [{"locality": "London"}], EMPTY_MANY),
    (ENTERPRISE, {"department": "d", "manager": {"value": "m"}}, [None]),
    (ENTERPRISE, {"department": "d"}, [{"department": None}, {"department": []}]),
]
EMPTIES = [(name, value, empty) for name, value, empties in ATTRIBUTES for empty in empties]


@pytest.mark.requirement("R021")
@pytest.mark.parametrize(("name", "value", "empty"), EMPTIES, ids=lambda part: repr(part)[:30])
def test_null_and_empty_are_absent(idp: ScimClient, name: str, value: Any, empty: Any) -> None:
    bare = {"userName": "ada", "active": True}
    created = idp.user("ada", **{name: empty})
    assert without_meta(created) == bare
    url = f"/Users/{created['id']}"
    body = {"schemas": [USER, ENTERPRISE], "userName": "ada"}
    assert name in idp.put(url, {**body, name: value}).get_json()
    assert without_meta(idp.put(url, {**body, name: empty}).get_json()) == bare
    assert name in idp.patch(url, {"op": "add", "path": name, "value": value}).get_json()
    cleared = idp.patch(url, {"op": "replace", "path": name, "value": empty}).get_json()
    assert without_meta(cleared) == bare
    assert without_meta(shown(idp, url)) == bare


@pytest.mark.requirement("R021")
def test_a_filter_takes_null_and_absent_for_one_state(idp: ScimClient) -> None:
    absent = idp.user("absent")["id"]
    null = idp.user("null", title=None, emails=None)["id"]
    empty = idp.user("empty", title=[], emails=[])["id"]
    given = idp.user("given", title="x", emails=[WORK])["id"]
    for name in ("title", "emails"):
        assert found(idp, f"{name} eq null") == {absent, null, empty}
        assert found(idp, f"not ({name} pr)") == {absent, null, empty}
        assert found(idp, f"{name} pr") == found(idp, f"{name} ne null") == {given}


@pytest.mark.requirement("R021")
@pytest.mark.parametrize("empty", [None, [], [None], {"value": None}])
def test_a_required_attribute_cannot_be_emptied(
    idp: ScimClient, storage: Storage, empty: Any
) -> None:
    user, team = idp.user("ada"), idp.team("Blue")
    before = dump(storage)
    for path, name, urn, id in (
        ("/Users", "userName", USER, user["id"]),
        ("/Groups", "displayName", GROUP, team["id"]),
    ):
        body = {"schemas": [urn], name: empty}
        url = f"{path}/{id}"
        for response in (
            idp.post(path, body),
            idp.put(url, body),
            idp.put(url, {"schemas": [urn]}),
            idp.patch(url, {"op": "replace", "path": name, "value": empty}),
            idp.patch(url, {"op": "replace", "value": {name: empty}}),
        ):
            assert_error(response, 400, "invalidValue", name)
        removed = idp.patch(url, {"op": "remove", "path": name})
        assert_error(removed, 400, "mutability", name)
    assert dump(storage) == before


@pytest.mark.requirement("R022")
@pytest.mark.parametrize("name", ["name", "emails", "addresses", ENTERPRISE])
def test_an_object_without_content_is_not_stored(idp: ScimClient, name: str) -> None:
    many = name in ("emails", "addresses")
    empty: Any = [{}, {}] if many else {}
    user = idp.user("ada", **{name: empty})
    body = {"schemas": [USER], "userName": "ada", name: empty}
    replaced = idp.put(f"/Users/{user['id']}", body).get_json()
    for answer in (user, replaced, shown(idp, f"/Users/{user['id']}")):
        assert without_meta(answer) == {"userName": "ada", "active": True}
        assert answer["schemas"] == [USER]


@pytest.mark.requirement("R022")
def test_what_is_unassigned_is_left_out(idp: ScimClient) -> None:
    user = idp.user(
        "ada",
        title="x",
        name={"givenName": "Ada"},
        emails=[{**WORK, "display": None}],
        roles=[{"value": "r"}],
        **{ENTERPRISE: {"department": "d", "manager": {"value": "m"}}},
    )
    team = idp.team("Blue", user["id"])
    url, team_url = f"/Users/{user['id']}", f"/Groups/{team['id']}"
    removals = (
        "title",
        "name.givenName",
        "emails.value",
        'emails[type eq "work"].type',
        "roles.value",
        f"{ENTERPRISE}:department",
        f"{ENTERPRISE}:manager.value",
    )
    answers = [user, team, idp.user("bob"), idp.team("Red")]
    answers += [idp.patch(url, {"op": "remove", "path": path}).get_json() for path in removals]
    idp.patch(team_url, {"op": "remove", "path": "members"})
    answers += [shown(idp, path) for path in (url, team_url, "/Users", "/Groups")]
    asked = "name,emails.display,members,groups,title"
    answers += [shown(idp, path, attributes=asked) for path in (url, team_url)]
    for answer in answers:
        assert not [value for value in values(answer) if value in (None, {}, [])], answer
    assert without_meta(shown(idp, url)) == {"userName": "ada", "active": True}
    assert without_meta(shown(idp, team_url)) == {"displayName": "Blue"}
    assert shown(idp, url)["schemas"] == [USER]
