"""The enterprise extension (RFC 7643 section 4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import USER
from tests.http.messages import assert_error

WORDS = {
    "employeeNumber": "701984",
    "costCenter": "4130",
    "organization": "Analytical Engines",
    "division": "Mathematics",
    "department": "Programs",
}
MANAGER = f"{ENTERPRISE}:manager"


def manager(idp: ScimClient, user: dict[str, Any]) -> Any:
    """Return a user's manager as the server tells it, the same in a list."""
    alone = shown(idp, f"/Users/{user['id']}").get(ENTERPRISE, {}).get("manager")
    [listed] = [one for one in shown(idp, "/Users")["Resources"] if one["id"] == user["id"]]
    assert listed.get(ENTERPRISE, {}).get("manager") == alone
    return alone


@pytest.mark.requirement("R051")
def test_the_enterprise_extension_is_offered(idp: ScimClient) -> None:
    extensions = shown(idp, "/ResourceTypes/User")["schemaExtensions"]
    assert {"schema": ENTERPRISE, "required": False} in extensions
    published = {one["name"]: one for one in shown(idp, f"/Schemas/{ENTERPRISE}")["attributes"]}
    assert set(published) == {*WORDS, "manager"}
    for name in WORDS:
        assert published[name]["type"] == "string"
        assert published[name]["multiValued"] is False
    assert published["manager"]["type"] == "complex"
    assert published["manager"]["multiValued"] is False
    subs = {sub["name"]: sub for sub in published["manager"]["subAttributes"]}
    assert set(subs) == {"value", "$ref", "displayName"}
    assert subs["$ref"]["referenceTypes"] == ["User"]
    assert subs["displayName"]["mutability"] == "readOnly"


@pytest.mark.requirement("R051")
@pytest.mark.parametrize("name", WORDS)
def test_each_attribute_is_stored_found_and_changed(idp: ScimClient, name: str) -> None:
    user = idp.user("ada", **{ENTERPRISE: WORDS})
    idp.user("bob", **{ENTERPRISE: {name: "another"}})
    url = f"/Users/{user['id']}"
    path = f"{ENTERPRISE}:{name}"
    assert shown(idp, url)[ENTERPRISE] == WORDS
    assert found(idp, f'{path} eq "{WORDS[name].upper()}"') == {user["id"]}
    assert shown(idp, url, attributes=path)[ENTERPRISE] == {name: WORDS[name]}
    for step in (
        {"op": "replace", "path": path, "value": "new"},
        {"op": "add", "value": {ENTERPRISE: {name: "new"}}},
        {"op": "replace", "value": {path: "new"}},
        {"op": "replace", "path": ENTERPRISE, "value": {name: "new"}},
    ):
        assert idp.patch(url, step).get_json()[ENTERPRISE] == {**WORDS, name: "new"}
        assert idp.patch(url, {"op": "remove", "path": path}).get_json()[ENTERPRISE] == {
            other: WORDS[other] for other in WORDS if other != name
        }
    replaced = idp.put(url, {"schemas": [USER], "userName": "ada", ENTERPRISE: {name: "put"}})
    assert replaced.get_json()[ENTERPRISE] == {name: "put"}


@pytest.mark.requirement("R051")
def test_the_manager_is_described_as_the_user_it_is(idp: ScimClient) -> None:
    boss = idp.user("boss", displayName="The Boss")
    url = f"/Users/{boss['id']}"
    described = {"value": boss["id"], "$ref": boss["meta"]["location"], "displayName": "The Boss"}
    # What a client says of the manager's name is not looked at, nor is what it leaves out.
    ada = idp.user("ada", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    made_up = {"value": boss["id"], "displayName": "Made up"}
    bob = idp.user("bob", **{ENTERPRISE: {"manager": made_up}})
    assert ada[ENTERPRISE]["manager"] == bob[ENTERPRISE]["manager"] == described
    assert manager(idp, ada) == manager(idp, bob) == described
    idp.patch(url, {"op": "replace", "path": "displayName", "value": "The Chief"})
    assert manager(idp, ada) == manager(idp, bob) == {**described, "displayName": "The Chief"}
    idp.patch(url, {"op": "remove", "path": "displayName"})
    assert manager(idp, ada) == {"value": boss["id"], "$ref": boss["meta"]["location"]}
    assert manager(idp, bob) == manager(idp, ada)
    # The manager's change is none of the user's.
    assert shown(idp, f"/Users/{ada['id']}")["meta"] == ada["meta"]


@pytest.mark.requirement("R051")
@pytest.mark.parametrize(
    "step",
    [
        {"op": "add", "path": MANAGER, "value": {"value": "{boss}"}},
        {"op": "replace", "path": MANAGER, "value": [{"value": "{boss}"}]},
        # Entra sends the id alone.
        {"op": "Add", "path": MANAGER, "value": "{boss}"},
        {"op": "replace", "path": f"{MANAGER}.value", "value": "{boss}"},
        {"op": "add", "value": {MANAGER: "{boss}"}},
        {"op": "add", "value": {ENTERPRISE: {"manager": {"value": "{boss}"}}}},
        {"op": "add", "path": MANAGER, "value": {"value": "{boss}", "displayName": "Made up"}},
    ],
    ids=lambda step: f"{step['op']}-{step.get('path', '')[-13:]}-{step['value']!r}"[:60],
)
def test_a_manager_is_set_and_taken_away(idp: ScimClient, step: dict[str, Any]) -> None:
    boss = idp.user("boss", displayName="The Boss")
    ada = idp.user("ada", **{ENTERPRISE: {"department": "d"}})
    url = f"/Users/{ada['id']}"

    def filled(value: Any) -> Any:
        match value:
            case str():
                return value.replace("{boss}", boss["id"])
            case list():
                return [filled(item) for item in value]
        return {name: filled(item) for name, item in value.items()}

    assert idp.patch(url, filled(step)).status_code == 200
    assert manager(idp, ada) == {
        "value": boss["id"],
        "$ref": boss["meta"]["location"],
        "displayName": "The Boss",
    }
    assert found(idp, f'{MANAGER}.value eq "{boss["id"]}"') == {ada["id"]}
    for removal in (
        {"op": "remove", "path": MANAGER},
        {"op": "replace", "path": MANAGER, "value": ""},
        {"op": "replace", "path": MANAGER, "value": None},
    ):
        assert idp.patch(url, filled(step)).get_json()[ENTERPRISE]["manager"]
        assert idp.patch(url, removal).get_json()[ENTERPRISE] == {"department": "d"}


@pytest.mark.requirement("R051")
@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_the_managers_name_cannot_be_written(idp: ScimClient, storage: Storage, op: str) -> None:
    boss = idp.user("boss", displayName="The Boss")
    ada = idp.user("ada", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    before = dump(storage)
    url = f"/Users/{ada['id']}"
    path = f"{MANAGER}.displayName"
    step = {"op": op, "path": path, "value": "Made up"}
    assert_error(idp.patch(url, step), 400, "mutability", "displayName")
    if op != "remove":
        assert_error(idp.patch(url, {"op": op, "value": {path: "x"}}), 400, "mutability")
        whole = {"op": op, "path": MANAGER, "value": {"displayName": "Made up"}}
        assert idp.patch(url, whole).get_json()[ENTERPRISE]["manager"]["displayName"] == "The Boss"
    assert dump(storage) == before


@pytest.mark.requirement("R051")
def test_a_manager_that_is_no_user_is_kept_and_not_described(idp: ScimClient) -> None:
    # Providers send managers before, or without, provisioning them.
    ada = idp.user("ada", **{ENTERPRISE: {"manager": {"value": "26118915", "displayName": "x"}}})
    assert manager(idp, ada) == {"value": "26118915"}
    team = idp.team("Blue")
    bob = idp.user("bob", **{ENTERPRISE: {"manager": {"value": team["id"]}}})
    assert manager(idp, bob) == {"value": team["id"]}


@pytest.mark.requirement("R033", "R051", "R159", "R164")
def test_what_was_read_can_be_put_back(idp: ScimClient) -> None:
    boss = idp.user("boss")
    ada = idp.user("ada", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    read = idp.get(f"/Users/{ada['id']}").get_json()
    assert read[ENTERPRISE]["manager"]["$ref"] == boss["meta"]["location"]
    assert idp.put(f"/Users/{ada['id']}", read).get_json() == read


@pytest.mark.requirement("R012", "R051")
def test_a_managers_uri_is_never_that_of_another(idp: ScimClient) -> None:
    boss = idp.user("boss")
    given = {"value": boss["id"], "$ref": boss["meta"]["location"]}
    ada = idp.user("ada", **{ENTERPRISE: {"manager": given}})
    step = {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": "nobody"}}
    changed = idp.patch(f"/Users/{ada['id']}", step).get_json()
    assert changed[ENTERPRISE]["manager"] == {"value": "nobody"}


@pytest.mark.requirement("R051", "R144", "R171")
@pytest.mark.parametrize("sub", ["$ref", "displayName"])
def test_what_the_server_says_of_a_manager_is_its_own(idp: ScimClient, sub: str) -> None:
    ada = idp.user("ada")
    path = f"{ENTERPRISE}:manager.{sub}"
    step = {"op": "add", "path": path, "value": "x"}
    assert_error(idp.patch(f"/Users/{ada['id']}", step), 400, "mutability", sub)
    asked = idp.get("/Users", query_string={"filter": f'{path} eq "x"'})
    assert_error(asked, 400, "invalidFilter", sub)
