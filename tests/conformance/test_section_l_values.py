"""What a PATCH leaves behind: one primary, extensions, what is unassigned (section 3.5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.definitions import USER as USER_TYPE
from flask_scim_teams.core.errors import Mutability as Refused
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.planner import plan
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import Schema
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

BADGE = "urn:example:params:scim:schemas:Badge"
#: A host's own schema with something that is given once.
BADGES = USER_TYPE.extended(
    Schema(
        id=BADGE,
        name="Badge",
        attributes=(Attribute(name="number", mutability=Mutability.IMMUTABLE),),
    )
)


def planned(number: str | None, *operations: Operation) -> Any:
    """Return the badge's number after operations on a user who has that one, or none."""
    now = "2024-01-01T00:00:00.000000Z"
    badge = {} if number is None else {BADGE: {"number": number}}
    attributes = {"userName": "ada", **badge}
    user = Resource(id="1", external_id=None, attributes=attributes, created=now, last_modified=now)
    return plan(BADGES, user, operations).attributes.get(BADGE, {}).get("number")


@pytest.mark.requirement("R172")
@pytest.mark.parametrize("path", [f"{BADGE}:number", f"{BADGE.upper()}:NUMBER"])
def test_what_is_immutable_is_set_once(path: str) -> None:
    for op in (Op.ADD, Op.REPLACE):
        assert planned(None, Operation(op, path, "7")) == "7"
        assert planned(None, Operation(op, None, {BADGE: {"number": "7"}})) == "7"
        # The same again is no change.
        assert planned("7", Operation(op, path, "7")) == "7"
        for value in ("8", None, ""):
            with pytest.raises(Refused, match="number"):
                planned("7", Operation(op, path, value))
            with pytest.raises(Refused, match="number"):
                planned("7", Operation(op, None, {BADGE: {"number": value}}))
        # Set in the request itself, it is set.
        with pytest.raises(Refused, match="number"):
            planned(None, Operation(Op.ADD, path, "7"), Operation(op, path, "8"))
    with pytest.raises(Refused, match="number"):
        planned("7", Operation(Op.REMOVE, path))
    with pytest.raises(Refused, match="number"):
        planned("7", Operation(Op.REMOVE, path), Operation(Op.ADD, path, "8"))


PLURAL = ["emails", "phoneNumbers", "ims", "photos", "roles", "entitlements"]


@pytest.mark.requirement("R175")
@pytest.mark.parametrize("name", PLURAL)
@pytest.mark.parametrize("op", [add, replace])
@pytest.mark.parametrize("true", [True, "True"])
def test_a_new_primary_takes_the_place_of_the_former(
    idp: ScimClient, name: str, op: Any, true: Any
) -> None:
    one, two = {"value": "https://a", "type": "a"}, {"value": "https://b", "type": "b"}
    url = f"/Users/{idp.user('ada', **{name: [{**one, 'primary': True}, two]})['id']}"

    def chosen(*operations: dict[str, Any]) -> list[str]:
        elements = changed(idp, url, *operations)[name]
        return [e["type"] for e in elements if e.get("primary") is True]

    assert chosen(op(f'{name}[type eq "b"].primary', true)) == ["b"]
    assert chosen(op(f'{name}[type eq "a"]', {**one, "primary": true})) == ["a"]
    assert chosen(op(None, {f'{name}[type eq "b"].primary': true})) == ["b"]
    # Of two in one request the later one.
    steps = [op(f'{name}[type eq "{type}"].primary', true) for type in "ba"]
    assert chosen(*steps) == ["a"]
    # An element that is made is chosen like any other.
    assert chosen(op(f'{name}[type eq "new" and primary eq true].value', "https://n")) == ["new"]


@pytest.mark.requirement("R175")
def test_a_primary_that_is_appended_takes_the_place_of_the_former(idp: ScimClient) -> None:
    one, two = {"value": "a", "primary": True}, {"value": "b", "primary": True}
    for step in (add("emails", [two]), add("emails", two), add(None, {"emails": [two]})):
        url = f"/Users/{idp.user('ada', emails=[one])['id']}"
        assert changed(idp, url, step)["emails"] == [{**one, "primary": False}, two]
        assert idp.delete(url).status_code == 204


@pytest.mark.requirement("R175")
def test_the_rfcs_example_of_an_address_resets_the_other(idp: ScimClient) -> None:
    home = {"type": "home", "locality": "Hollywood", "primary": True}
    work = {"type": "work", "streetAddress": "100 Universal City Plaza"}
    url = f"/Users/{idp.user('bjensen', addresses=[home, work])['id']}"
    new = {
        "type": "work",
        "streetAddress": "911 Universal City Plaza",
        "formatted": "911 Universal City Plaza\nHollywood, CA 91608 US",
        "primary": True,
    }
    after = changed(idp, url, replace('addresses[type eq "work"]', new))["addresses"]
    assert after == [{**home, "primary": False}, new]


@pytest.mark.requirement("R176")
@pytest.mark.parametrize("op", [add, replace])
def test_schemas_follow_the_values_of_the_extension(idp: ScimClient, op: Any) -> None:
    user = idp.user("ada")
    assert user["schemas"] == [USER]
    url = f"/Users/{user['id']}"
    path = f"{ENTERPRISE}:department"
    for given, taken in (
        (op(path, "d"), remove(path)),
        (op(path.upper(), "d"), remove(path.upper())),
        (op(None, {path: "d"}), op(path, None)),
        (op(None, {ENTERPRISE: {"department": "d"}}), op(None, {ENTERPRISE: {"department": None}})),
        (op(ENTERPRISE, {"department": "d"}), remove(ENTERPRISE)),
        (op(f"{ENTERPRISE}:manager.value", "m"), remove(f"{ENTERPRISE}:manager.value")),
        (op(f"{ENTERPRISE}:manager", {"value": "m"}), remove(f"{ENTERPRISE}:manager")),
    ):
        assert changed(idp, url, given)["schemas"] == [USER, ENTERPRISE]
        after = changed(idp, url, taken)
        assert after["schemas"] == [USER]
        assert ENTERPRISE not in after
    # One value of two is left: so is the URN.
    changed(idp, url, op(path, "d"), op(f"{ENTERPRISE}:division", "v"))
    assert changed(idp, url, remove(path))["schemas"] == [USER, ENTERPRISE]
    assert changed(idp, url, remove(f"{ENTERPRISE}:division"))["schemas"] == [USER]


@pytest.mark.requirement("R177")
@pytest.mark.parametrize("op", [add, replace])
def test_schemas_may_be_written_before_what_they_are_for(idp: ScimClient, op: Any) -> None:
    url = f"/Users/{idp.user('ada')['id']}"
    after = changed(
        idp, url, op("schemas", [USER, ENTERPRISE]), add(f"{ENTERPRISE}:department", "d")
    )
    assert after["schemas"] == [USER, ENTERPRISE]
    # In whatever way the URN is taken away, it goes with the values, which can come back.
    after = changed(
        idp, url, remove(ENTERPRISE), op("schemas", [USER]), add(f"{ENTERPRISE}:division", "v")
    )
    assert (after["schemas"], after[ENTERPRISE]) == ([USER, ENTERPRISE], {"division": "v"})
    assert changed(idp, url, op("schemas", [USER]), remove(ENTERPRISE))["schemas"] == [USER]


@pytest.mark.requirement("R177")
def test_no_other_urn_gets_into_schemas(idp: ScimClient, storage: Storage) -> None:
    url = f"/Users/{idp.user('ada', title='x')['id']}"
    other = "urn:example:other"
    for op in (add, replace):
        unchanged(idp, storage, url, op("schemas", [other]), op(None, {"schemas": [USER, other]}))
        # Nor does what is behind it become an attribute.
        steps = (op("schemas", [USER, other]), add(f"{other}:department", "d"))
        refused(idp, storage, url, *steps, scim_type="invalidPath")


@pytest.mark.requirement("R196")
@pytest.mark.parametrize("op", [add, replace])
def test_a_name_that_is_taken_is_refused(idp: ScimClient, storage: Storage, op: Any) -> None:
    for made, kind, name in (
        ([idp.user("Zoë"), idp.user("ada")], "Users", "userName"),
        ([idp.team("Zoë"), idp.team("ada")], "Groups", "displayName"),
    ):
        url = f"/{kind}/{made[1]['id']}"
        for taken in ("Zoë", "ZOË", "zoe\u0308"):
            for step in (op(name, taken), op(None, {name: taken, "externalId": "x"})):
                refused(idp, storage, url, step, scim_type="uniqueness", naming=name, status=409)
        # One's own is not taken, and what is given up in the same request is free.
        assert changed(idp, url, op(name, "ADA"))[name] == "ADA"
        assert changed(idp, url, op(name, "Zoë2"), op(name, "ada"))[name] == "ada"


@pytest.mark.requirement("R196")
def test_the_result_keeps_the_rules_of_lists(idp: ScimClient, storage: Storage) -> None:
    one, two = {"value": "a", "type": "work"}, {"value": "b", "type": "home"}
    url = f"/Users/{idp.user('ada', emails=[one, two])['id']}"
    both = [{**one, "primary": True}, {**two, "primary": True}]
    for step in (
        add("emails", both),
        replace("emails", both),
        replace("emails.primary", True),
        replace("emails[type pr].primary", True),
        add(None, {"emails": both}),
    ):
        refused(idp, storage, url, step, scim_type="invalidValue", naming="emails")
    # The same type and value are one element, and words for booleans are booleans.
    after = changed(idp, url, add("emails", [{**one, "display": "D", "primary": "True"}]))
    assert after["emails"] == [{**one, "display": "D", "primary": True}, two]
    after = changed(idp, url, replace("emails", [one, two, {**one, "primary": "false"}]))
    assert after["emails"] == [{**one, "primary": False}, two]


@pytest.mark.requirement("R197")
@pytest.mark.parametrize("path", [True, False])
def test_null_unassigns(idp: ScimClient, path: bool) -> None:
    attributes = {name: value for name, value in FULL.items() if name != "userName"}
    url = f"/Users/{idp.user('ada@example.com', **attributes)['id']}"
    for name in sorted(set(attributes) - {"active"}):
        left = {key: value for key, value in FULL.items() if key != name}
        # To add no value to a list is not to empty it.
        ops = (replace,) if isinstance(FULL[name], list) else (replace, add)
        for op in ops:
            step = op(name, None) if path else op(None, {name: None})
            assert without_meta(changed(idp, url, step)) == left
            assert without_meta(changed(idp, url, add(name, FULL[name]))) == FULL


@pytest.mark.requirement("R197")
@pytest.mark.parametrize("op", [add, replace])
def test_null_unassigns_a_part(idp: ScimClient, op: Any) -> None:
    one, two = {"value": "a", "type": "work"}, {"value": "b", "type": "home"}
    enterprise = {"manager": {"value": "m"}, "division": "v"}
    user = idp.user("ada", name=FULL["name"], emails=[one, two], **{ENTERPRISE: enterprise})
    url = f"/Users/{user['id']}"
    after = changed(
        idp,
        url,
        op("name.formatted", None),
        op("name", {"givenName": None, "middleName": None}),
        op('emails[type eq "work"].type', None),
        op('emails[type eq "home"]', None),
        op(f"{ENTERPRISE}:manager", None),
    )
    gone = ("formatted", "givenName", "middleName")
    assert after["name"] == {k: v for k, v in FULL["name"].items() if k not in gone}
    assert after["emails"] == [{"value": "a"}]
    assert after[ENTERPRISE] == {"division": "v"}


@pytest.mark.requirement("R197")
def test_nobody_is_locked_out_or_let_in_by_null(idp: ScimClient, storage: Storage) -> None:
    # The one exception, as for PUT: active has a value or the other, and null is neither.
    for active in (True, False):
        url = f"/Users/{idp.user(str(active), active=active)['id']}"
        for op in (add, replace):
            unchanged(idp, storage, url, op("active", None))
            unchanged(idp, storage, url, op(None, {"active": None}))


@pytest.mark.requirement("R198")
@pytest.mark.parametrize("op", [add, replace])
def test_booleans_may_be_words(idp: ScimClient, op: Any) -> None:
    url = f"/Users/{idp.user('ada', emails=[{'value': 'a', 'type': 'work'}])['id']}"
    for word, expected in (("False", False), ("True", True), ("false", False), ("TRUE", True)):
        for value in (word, [word], [{"value": word}], {"value": word}):
            after = changed(idp, url, op("active", not expected), op("active", value))
            assert after["active"] is expected
            assert changed(idp, url, op(None, {"active": value}))["active"] is expected
        path = 'emails[type eq "work"].primary'
        assert changed(idp, url, op(path, word))["emails"][0]["primary"] is expected
        found = idp.get("/Users", query_string={"filter": f"active eq {word.lower()}"}).get_json()
        assert found["totalResults"] == 1


@pytest.mark.requirement("R198")
@pytest.mark.parametrize("op", [add, replace])
def test_a_single_value_may_come_wrapped(idp: ScimClient, op: Any) -> None:
    url = f"/Users/{idp.user('ada')['id']}"
    for number, wrap in enumerate(
        (lambda x: [{"value": x}], lambda x: {"value": x}, lambda x: [x], lambda x: x)
    ):
        value = str(number)
        after = changed(
            idp,
            url,
            op("title", wrap(value)),
            op("name.givenName", wrap(value)),
            op(f"{ENTERPRISE}:department", wrap(value)),
            op(f"{ENTERPRISE}:manager", wrap(value)),
            op("userName", wrap(value)),
        )
        assert (after["title"], after["userName"]) == (value, value)
        assert after["name"] == {"givenName": value}
        assert after[ENTERPRISE] == {"department": value, "manager": {"value": value}}
    after = changed(idp, url, op("name", [{"givenName": "A", "familyName": "K"}]))
    assert after["name"] == {"givenName": "A", "familyName": "K"}
