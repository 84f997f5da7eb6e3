"""The published schemas: complete, and what is enforced (RFC 7643 section 7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.lists import listed
from tests.conformance.lists import matching
from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error

PLURAL = ("value", "display", "type", "primary")
NAME = (
    *("formatted", "familyName", "givenName", "middleName"),
    *("honorificPrefix", "honorificSuffix"),
)
ADDRESS = ("formatted", "streetAddress", "locality", "region", "postalCode", "country")
# RFC 7643 sections 4.1 to 4.3: each attribute with its type and, of a complex one, its parts.
ATTRIBUTES: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    USER: {
        **dict.fromkeys(("userName", "displayName", "nickName", "title"), ("string", ())),
        **dict.fromkeys(("userType", "preferredLanguage", "locale"), ("string", ())),
        **dict.fromkeys(("timezone", "password"), ("string", ())),
        "profileUrl": ("reference", ()),
        "active": ("boolean", ()),
        "name": ("complex", NAME),
        **dict.fromkeys(("emails", "phoneNumbers", "ims", "photos"), ("complex", PLURAL)),
        **dict.fromkeys(("entitlements", "roles", "x509Certificates"), ("complex", PLURAL)),
        "addresses": ("complex", (*ADDRESS, "type", "primary")),
        "groups": ("complex", ("value", "$ref", "display", "type")),
    },
    ENTERPRISE: {
        **dict.fromkeys(("employeeNumber", "costCenter", "organization"), ("string", ())),
        **dict.fromkeys(("division", "department"), ("string", ())),
        "manager": ("complex", ("value", "$ref", "displayName")),
    },
    GROUP: {
        "displayName": ("string", ()),
        "members": ("complex", ("value", "$ref", "type", "display")),
    },
}
PLURALS = {"emails", "phoneNumbers", "ims", "photos", "entitlements", "roles"}
PLURALS |= {"x509Certificates", "addresses", "groups", "members"}
# RFC 7643 section 7: what a characteristic may say.
TYPES = ("string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex")
CHOICES = {
    "type": set(TYPES),
    "mutability": {"readOnly", "readWrite", "immutable", "writeOnly"},
    "returned": {"always", "never", "default", "request"},
    "uniqueness": {"none", "server", "global"},
}
# A value of the type, and one that no leniency can turn into it.
GOOD: dict[str, Any] = {
    "string": "Sample",
    "boolean": True,
    "binary": "U2FtcGxl",
    "reference": "https://example.com/Sample",
}
WRONG = {"string": 5, "boolean": "perhaps", "binary": "&", "reference": 5, "complex": 5}
COMMON = {"schemas", "id", "externalId", "meta"}


def schemas_of(idp: ScimClient) -> dict[str, dict[str, Any]]:
    return {schema["id"]: schema for schema in listed(idp, "/Schemas")["Resources"]}


def with_parts(attributes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for attribute in attributes:
        yield attribute
        yield from attribute.get("subAttributes", [])


def sample(attribute: dict[str, Any]) -> Any:
    """Return a value that the published attribute says it takes."""
    if attribute["type"] != "complex":
        value: Any = GOOD[attribute["type"]]
    else:
        value = {
            sub["name"]: sample(sub)
            for sub in attribute["subAttributes"]
            if sub["mutability"] != "readOnly"
        }
    return [value] if attribute["multiValued"] else value


def body_with(urn: str, name: str, value: Any, user_name: str = "ada") -> dict[str, Any]:
    """Return a User's body that holds the attribute, of the base schema or of the extension."""
    body = {"schemas": [USER], "userName": user_name}
    return {**body, **({name: value} if urn == USER else {urn: {name: value}})}


def writable(idp: ScimClient) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the attributes of a user that can be written and read, with their schema."""
    schemas = schemas_of(idp)
    for urn in (USER, ENTERPRISE):
        for attribute in schemas[urn]["attributes"]:
            if attribute["mutability"] == "readWrite":
                yield urn, attribute


@pytest.mark.requirement("R064")
def test_every_schema_in_use_is_published_with_a_name_and_a_description(idp: ScimClient) -> None:
    schemas = schemas_of(idp)
    assert set(ATTRIBUTES) <= set(schemas)
    for schema in schemas.values():
        assert schema["name"]
        assert schema["description"]
        assert schema["attributes"]


@pytest.mark.requirement("R064")
def test_schemas_hold_the_attributes_that_the_specification_gives_them(idp: ScimClient) -> None:
    schemas = schemas_of(idp)
    for urn, expected in ATTRIBUTES.items():
        published = {one["name"]: one for one in schemas[urn]["attributes"]}
        assert set(published) == set(expected)
        for name, (type, parts) in expected.items():
            assert published[name]["type"] == type, name
            assert published[name]["multiValued"] is (name in PLURALS), name
            subs = [sub["name"] for sub in published[name].get("subAttributes", [])]
            assert set(subs) == set(parts), name
            assert len(subs) == len(parts), name


@pytest.mark.requirement("R064")
def test_every_attribute_is_published_with_all_of_its_characteristics(idp: ScimClient) -> None:
    for schema in schemas_of(idp).values():
        for attribute in with_parts(schema["attributes"]):
            assert attribute["name"]
            assert attribute["description"]
            for flag in ("multiValued", "required"):
                assert type(attribute[flag]) is bool, attribute
            for characteristic, choices in CHOICES.items():
                assert attribute[characteristic] in choices, attribute
            # Letter case is a matter of text: neither of booleans nor of what has parts.
            textual = attribute["type"] not in ("boolean", "complex")
            assert (type(attribute.get("caseExact")) is bool) is textual, attribute
            assert bool(attribute.get("referenceTypes")) is (attribute["type"] == "reference")
            assert bool(attribute.get("subAttributes")) is (attribute["type"] == "complex")
            if "canonicalValues" in attribute:
                assert all(isinstance(value, str) for value in attribute["canonicalValues"])
                assert attribute["canonicalValues"]


@pytest.mark.requirement("R064")
def test_everything_a_resource_shows_is_defined_in_its_schemas(idp: ScimClient) -> None:
    schemas = schemas_of(idp)
    boss = idp.user("boss", displayName="The Boss")["id"]
    user: dict[str, Any] = {"schemas": [USER], "userName": "ada"}
    for urn, attribute in writable(idp):
        if attribute["name"] != "userName":
            user |= body_with(urn, attribute["name"], sample(attribute))
    user[ENTERPRISE] = {"department": "Sample", "manager": {"value": boss}}
    id = idp.post("/Users", user).get_json()["id"]
    team = idp.team("Blue", id)["id"]
    everything = {one["name"] for one in schemas[USER]["attributes"]} - {"password"}
    for path, own in ((f"/Users/{id}", USER), (f"/Groups/{team}", GROUP)):
        shown = idp.get(path).get_json()
        if own == USER:
            assert everything <= set(shown)
        for name in set(shown) - COMMON:
            if name in schemas:
                assert_defined(schemas[name]["attributes"], shown[name])
            else:
                assert_defined(schemas[own]["attributes"], {name: shown[name]})


def assert_defined(attributes: list[dict[str, Any]], shown: dict[str, Any]) -> None:
    json_types = {"boolean": bool, "complex": dict}
    defined = {attribute["name"]: attribute for attribute in attributes}
    for name, value in shown.items():
        attribute = defined[name]
        assert isinstance(value, list) is attribute["multiValued"], name
        for element in value if attribute["multiValued"] else [value]:
            assert type(element) is json_types.get(attribute["type"], str), name
            if attribute["type"] == "complex":
                assert_defined(attribute["subAttributes"], element)


@pytest.mark.requirement("R068")
def test_what_is_published_as_writable_is_kept(idp: ScimClient) -> None:
    for urn, attribute in writable(idp):
        body = body_with(urn, attribute["name"], sample(attribute))
        made = idp.post("/Users", body)
        assert made.status_code == 201, made.text
        url = f"/Users/{made.get_json()['id']}"
        shown = idp.get(url).get_json()
        assert {key: shown.get(key) for key in body} == {
            **body,
            "schemas": [USER] if urn == USER else [USER, urn],
        }
        idp.delete(url)


@pytest.mark.requirement("R068")
def test_the_type_that_is_published_is_the_one_that_is_taken(idp: ScimClient) -> None:
    url = f"/Users/{idp.user('bob')['id']}"
    for urn, attribute in writable(idp):
        name, wrong = attribute["name"], WRONG[attribute["type"]]
        path = name if urn == USER else f"{urn}:{name}"
        refused = idp.post("/Users", body_with(urn, name, wrong))
        assert_error(refused, 400, "invalidValue", name)
        step = {"op": "add", "path": path, "value": wrong}
        assert_error(idp.patch(url, step), 400, "invalidValue", name)
        for sub in attribute.get("subAttributes", []):
            if sub["mutability"] == "readOnly":
                continue
            part: Any = {sub["name"]: WRONG[sub["type"]]}
            part = [part] if attribute["multiValued"] else part
            refused = idp.post("/Users", body_with(urn, name, part))
            assert_error(refused, 400, "invalidValue", f"{name}.{sub['name']}")
    assert listed(idp)["totalResults"] == 1


@pytest.mark.requirement("R068")
def test_only_what_is_published_as_multi_valued_takes_several_values(idp: ScimClient) -> None:
    url = f"/Users/{idp.user('bob')['id']}"
    for urn, attribute in writable(idp):
        one = sample({**attribute, "multiValued": False})
        other = {**one, "value": "aHR0cA", "primary": False} if isinstance(one, dict) else "Other"
        if attribute["name"] == "addresses":
            del other["value"]
        body = body_with(urn, attribute["name"], [one, other], "bob")
        answer = idp.put(url, body)
        if attribute["multiValued"]:
            assert answer.get_json()[attribute["name"]] == [one, other]
        else:
            assert_error(answer, 400, "invalidValue", attribute["name"])


@pytest.mark.requirement("R068")
def test_what_is_published_as_required_is_asked_for(idp: ScimClient) -> None:
    schemas = schemas_of(idp)
    for urn, path in ((USER, "/Users"), (GROUP, "/Groups")):
        required = [one["name"] for one in schemas[urn]["attributes"] if one["required"]]
        assert required
        whole = {"schemas": [urn], **dict.fromkeys(required, "Sample")}
        for name in required:
            less = {key: value for key, value in whole.items() if key != name}
            assert_error(idp.post(path, less), 400, "invalidValue", name)
        assert idp.post(path, whole).status_code == 201


@pytest.mark.requirement("R068")
def test_what_is_published_as_read_only_is_not_written(idp: ScimClient) -> None:
    ada = idp.user("ada", displayName="Ada")["id"]
    bob = idp.user("bob", **{ENTERPRISE: {"manager": {"value": ada}}})["id"]
    team = idp.team("Blue", bob)["id"]
    chosen = {"value": team, "$ref": "https://chosen.example", "display": "Chosen", "type": "x"}
    [groups] = [a for a in schemas_of(idp)[USER]["attributes"] if a["name"] == "groups"]
    assert groups["mutability"] == "readOnly"
    body = body_with(ENTERPRISE, "manager", {"value": ada, "displayName": "Chosen"}, "bob")
    replaced = idp.put(f"/Users/{bob}", {**body, "groups": [chosen]})
    assert replaced.status_code == 200
    assert "chosen" not in replaced.text.lower()
    assert replaced.get_json()[ENTERPRISE]["manager"]["displayName"] == "Ada"
    for path, value in (
        ("groups", [chosen]),
        (f"{ENTERPRISE}:manager.displayName", "Chosen"),
    ):
        step = {"op": "replace", "path": path, "value": value}
        assert_error(idp.patch(f"/Users/{bob}", step), 400, "mutability")
    assert "chosen" not in idp.get(f"/Users/{bob}").text.lower()


@pytest.mark.requirement("R068")
def test_what_is_published_as_unique_is_unique_and_nothing_else_is(idp: ScimClient) -> None:
    body: dict[str, Any] = {"schemas": [USER, ENTERPRISE]}
    for urn, attribute in writable(idp):
        value = sample(attribute)
        if urn == USER:
            body[attribute["name"]] = value
        else:
            body.setdefault(urn, {})[attribute["name"]] = value
    assert idp.post("/Users", body).status_code == 201
    for urn, attribute in writable(idp):
        for part in (attribute, *attribute.get("subAttributes", [])):
            unique = urn == USER and part["name"] == "userName"
            assert (part["uniqueness"] != "none") is unique, part
    assert_error(idp.post("/Users", body), 409, "uniqueness", "userName")
    # All the same but for the one name that has to differ.
    assert idp.post("/Users", {**body, "userName": "Other"}).status_code == 201


@pytest.mark.requirement("R068")
def test_what_is_published_about_letter_case_is_how_filters_compare(idp: ScimClient) -> None:
    texts = [*writable(idp)]
    body: dict[str, Any] = {"schemas": [USER, ENTERPRISE]}
    for urn, attribute in texts:
        body.setdefault(urn, {})[attribute["name"]] = sample(attribute)
    body |= body.pop(USER)
    assert idp.post("/Users", body).status_code == 201
    for urn, attribute in texts:
        prefix = "" if urn == USER else f"{urn}:"
        for part in attribute.get("subAttributes", [attribute]):
            if part["type"] == "boolean" or part["mutability"] == "readOnly":
                continue
            path = prefix + attribute["name"] + (f".{part['name']}" if part != attribute else "")
            text = GOOD[part["type"]]
            assert matching(idp, f'{path} eq "{text}"') == {"Sample"}, path
            other = matching(idp, f'{path} eq "{text.swapcase()}"')
            assert other == (set() if part["caseExact"] else {"Sample"}), path


@pytest.mark.requirement("R068")
def test_what_is_published_about_answers_is_what_they_show(idp: ScimClient) -> None:
    schemas = schemas_of(idp)
    never = [one for one in schemas[USER]["attributes"] if one["returned"] == "never"]
    assert [one["name"] for one in never] == ["password"]
    ada = idp.user("ada", displayName="ada", password="Sample")["id"]
    for query in ({}, {"attributes": "password"}, {"excludedAttributes": "title"}):
        assert "Sample" not in idp.get(f"/Users/{ada}", query_string=query).text
    [members] = [a for a in schemas[GROUP]["attributes"] if a["name"] == "members"]
    on_request = {s["name"] for s in members["subAttributes"] if s["returned"] == "request"}
    url = f"/Groups/{idp.team('Blue', ada)['id']}"
    assert on_request == {"display"}
    [member] = idp.get(url).get_json()["members"]
    assert set(member) == {s["name"] for s in members["subAttributes"]} - on_request
    [member] = idp.get(url, query_string={"attributes": "members.display"}).get_json()["members"]
    assert member == {"display": "ada"}


@pytest.mark.requirement("R068")
def test_what_is_not_published_is_not_kept(idp: ScimClient) -> None:
    body = {"schemas": [USER], "userName": "ada", "shoeSize": 38}
    body |= {"name": {"givenName": "Ada", "nickName": "A"}, ENTERPRISE: {"floor": "1"}}
    shown = idp.get(f"/Users/{idp.post('/Users', body).get_json()['id']}").get_json()
    assert "shoeSize" not in shown
    assert shown["name"] == {"givenName": "Ada"}
    assert ENTERPRISE not in shown
