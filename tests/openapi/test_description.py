"""The description itself: valid, complete, and true of what the server answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.definitions.common import COMMON
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.core.schemas import Extension
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema
from flask_scim_teams.openapi.description import description
from tests.conftest import ScimClient

BADGE = Schema(
    id="urn:example:params:scim:schemas:Badge",
    name="Badge",
    attributes=(
        Attribute(name="number", type=Type.INTEGER, required=True),
        Attribute(name="issued", type=Type.DATE_TIME),
        Attribute(name="pin", mutability=Mutability.WRITE_ONLY, returned=Returned.NEVER),
        Attribute(name="uses", type=Type.INTEGER, mutability=Mutability.READ_ONLY),
    ),
)
DEVICE = ResourceType(
    name="Device",
    endpoint="/Devices",
    common=COMMON,
    schema=Schema(
        id="urn:example:params:scim:schemas:Device",
        name="Device",
        description="A laptop or telephone",
        attributes=(
            Attribute(name="serial", required=True, uniqueness=Uniqueness.SERVER),
            Attribute(name="weight", type=Type.DECIMAL),
            Attribute(name="key", type=Type.BINARY),
            Attribute(name="seen", type=Type.DATE_TIME, mutability=Mutability.READ_ONLY),
            Attribute(name="kind", canonical_values=("laptop", "telephone")),
            Attribute(name="manual", type=Type.REFERENCE, reference_types=("external",)),
            Attribute(name="owner", type=Type.REFERENCE, reference_types=("User",)),
            Attribute(
                name="ports",
                type=Type.COMPLEX,
                multi_valued=True,
                sub_attributes=(
                    Attribute(name="name", required=True),
                    Attribute(name="speed", mutability=Mutability.READ_ONLY),
                ),
            ),
        ),
    ),
)
TYPES = ResourceTypes(user=USER.extended(Extension(BADGE, required=True)), others=(DEVICE,))


def described(types: ResourceTypes, *, most: bool = False) -> dict[str, Any]:
    """Return the description as its readers get it: as JSON.

    :param most: whether everything that a host can turn on is on.
    """
    made = description(
        types,
        url="https://host.example/scim/v2",
        max_results=200,
        version="1",
        me=most,
        public_discovery=most,
    )
    return json.loads(json.dumps(made))


def component(document: dict[str, Any], name: str) -> dict[str, Any]:
    return document["components"]["schemas"][name]


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def check(document: dict[str, Any], name: str, instance: Any) -> None:
    """Hold an instance to a component."""
    schema = {
        "$ref": f"#/components/schemas/{name}",
        "components": document["components"],
    }
    formats = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(schema, format_checker=formats).validate(instance)


@pytest.mark.parametrize("types", [ResourceTypes(), TYPES], ids=["default", "extended"])
@pytest.mark.parametrize("most", [False, True])
def test_it_is_valid(types: ResourceTypes, most: bool) -> None:
    document = described(types, most=most)
    validate(document)
    assert document["openapi"].startswith("3.1")
    names = [operation["operationId"] for operation in operations(document).values()]
    assert len(names) == len(set(names))


def test_every_type_has_its_endpoints() -> None:
    found = operations(described(TYPES))
    for endpoint in ("/Users", "/Groups", "/Devices"):
        wanted = {
            f"GET {endpoint}",
            f"POST {endpoint}",
            f"POST {endpoint}/.search",
            *(f"{method} {endpoint}/{{id}}" for method in ("GET", "PUT", "PATCH", "DELETE")),
        }
        assert wanted <= found.keys()
    assert found["POST /Devices"]["requestBody"]["content"]["application/scim+json"] == {
        "schema": {"$ref": "#/components/schemas/Device.Write"}
    }


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("GET /Users", "200 400 401 403 429"),
        ("POST /Users", "201 400 401 403 409 413 415 429 503"),
        ("POST /Users/.search", "200 400 401 403 413 415 429"),
        ("GET /Users/{id}", "200 304 400 401 403 404 429"),
        ("PUT /Users/{id}", "200 400 401 403 404 409 412 413 415 429 503"),
        ("PATCH /Users/{id}", "200 400 401 403 404 409 412 413 415 429 503"),
        ("PATCH /Groups/{id}", "200 204 400 401 403 404 409 412 413 415 429 503"),
        ("DELETE /Users/{id}", "204 401 403 404 409 412 429 503"),
        ("POST /.search", "200 400 401 403 413 415 429"),
        ("GET /", "200 400 401 403 429"),
        ("POST /Bulk", "200 400 401 403 413 415 429"),
        ("GET /Me", "401 429 501"),
        ("GET /Schemas/{id}", "200 401 403 404 429"),
    ],
)
def test_statuses(operation: str, statuses: str) -> None:
    assert sorted(operations(described(ResourceTypes()))[operation]["responses"]) == (
        statuses.split()
    )


def test_what_is_offered_besides() -> None:
    least, most = described(ResourceTypes()), described(ResourceTypes(), most=True)
    assert "501" not in operations(most)["PATCH /Me"]["responses"]
    # Discovery takes a token where one is given, and needs none.
    assert {} in operations(most)["GET /Schemas"]["security"]
    assert "security" not in operations(least)["GET /Schemas"]


def test_attributes_become_properties() -> None:
    document = described(TYPES)
    read, write = (component(document, f"Device{part}") for part in ("", ".Write"))
    taken, shown = write["properties"], read["properties"]
    assert write["required"] == ["schemas", "serial"]
    assert read["required"] == ["schemas", "id"]
    assert {name: taken[name]["type"] for name in ("weight", "key", "ports")} == {
        "weight": "number",
        "key": "string",
        "ports": "array",
    }
    assert taken["key"]["format"] == "byte"
    assert taken["manual"]["format"] == "uri"
    assert taken["owner"]["format"] == "uri-reference"
    assert taken["kind"]["examples"] == ["laptop", "telephone"]
    assert "enum" not in taken["kind"]
    assert "seen" not in taken
    assert shown["seen"] == {"type": "string", "format": "date-time", "readOnly": True}
    assert taken["ports"]["items"]["required"] == ["name"]
    assert "speed" not in taken["ports"]["items"]["properties"]
    assert shown["ports"]["items"]["properties"]["speed"]["readOnly"]


def test_extensions_are_under_their_urns() -> None:
    document = described(TYPES)
    taken = component(document, "User.Write")
    shown = component(document, "User")["properties"][BADGE.id]["properties"]
    assert BADGE.id in taken["required"]
    assert BADGE.id in component(document, "User")["properties"]["schemas"]["items"]["enum"]
    badge = taken["properties"][BADGE.id]
    assert badge["required"] == ["number"]
    assert badge["properties"]["pin"]["writeOnly"]
    assert set(badge["properties"]) == {"number", "issued", "pin"}
    assert set(shown) == {"number", "issued", "uses"}


def test_a_password_is_written_and_never_read() -> None:
    document = described(ResourceTypes())
    assert component(document, "User.Write")["properties"]["password"]["writeOnly"]
    assert "password" not in component(document, "User")["properties"]


@pytest.mark.parametrize("name", ["Error", "List", "Me", "All", "Gerät & Co"])
def test_a_type_of_any_name(name: str) -> None:
    schema = Schema(id="urn:example:params:scim:schemas:Other", name="Other")
    other = ResourceType(name=name, endpoint="/Others", common=COMMON, schema=schema)
    validate(described(ResourceTypes(others=(other,)), most=True))


def test_answers_fit_it(idp: ScimClient) -> None:
    document = described(ResourceTypes())
    ada = idp.user("ada", emails=[{"value": "ada@example.com", "primary": True}])
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    grace = idp.user(
        "grace",
        schemas=["urn:ietf:params:scim:schemas:core:2.0:User", urn],
        profileUrl="https://example.com/grace",
        **{urn: {"manager": {"value": ada["id"]}}},
    )
    team = idp.team("Blue", ada["id"], grace["id"])
    for name, path in (
        ("User", f"/Users/{ada['id']}"),
        ("User", f"/Users/{grace['id']}"),
        ("User", f"/Users/{ada['id']}?attributes=title"),
        ("User", f"/Users/{ada['id']}?excludedAttributes=userName"),
        ("Group", f"/Groups/{team['id']}?attributes=members.display"),
        ("User.List", "/Users?count=1"),
        ("Group.List", "/Groups"),
        ("ServiceProviderConfig", "/ServiceProviderConfig"),
        ("ResourceType.List", "/ResourceTypes"),
        ("Schema.List", "/Schemas"),
        ("Schema", f"/Schemas/{urn}"),
        ("Error", "/Users/nobody"),
        ("Error", "/Users?filter=nonsense"),
    ):
        check(document, name, idp.get(path).get_json())
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": 2}
    check(document, "SearchRequest", search)
    check(document, "List", idp.post("/.search", search).get_json())
