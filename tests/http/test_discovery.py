"""What the service provider says of itself, and that it is so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import LIST
from tests.http.messages import USER
from tests.http.messages import assert_error

CHARACTERISTICS = {"name", "type", "multiValued", "description", "required", "mutability"}
CHARACTERISTICS |= {"returned", "uniqueness"}
DISCOVERY = (
    "/ServiceProviderConfig",
    "/ResourceTypes",
    "/ResourceTypes/User",
    "/Schemas",
    f"/Schemas/{USER}",
)


@pytest.mark.requirement("R058")
@pytest.mark.parametrize("path", DISCOVERY)
def test_read_only(quick: ScimClient, path: str) -> None:
    assert quick.get(path).status_code == 200
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        response = quick.request(method, path, {"schemas": [USER]})
        assert_error(response, 405, None, "GET")
        assert response.headers["Allow"] == "GET"


@pytest.mark.requirement("R059")
def test_service_provider_config(connect: Any) -> None:
    idp = connect(SCIM_DOCUMENTATION_URI="https://example.com/scim")
    config = idp.get("/ServiceProviderConfig").get_json()
    assert config["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]
    assert config["documentationUri"] == "https://example.com/scim"
    for feature in ("patch", "bulk", "filter", "changePassword", "sort", "etag"):
        assert isinstance(config[feature]["supported"], bool)
    assert {type(config["bulk"][limit]) for limit in ("maxOperations", "maxPayloadSize")} == {int}
    [scheme] = config["authenticationSchemes"]
    assert scheme["type"] == "oauthbearertoken"
    assert scheme["name"]
    assert scheme["description"]
    assert config["meta"]["resourceType"] == "ServiceProviderConfig"
    assert config["meta"]["location"] == "http://localhost/scim/v2/ServiceProviderConfig"


@pytest.mark.requirement("R060", "R082")
def test_what_is_claimed_is_done(quick: ScimClient) -> None:
    config = quick.get("/ServiceProviderConfig").get_json()
    user = quick.user("ada")
    url = f"/Users/{user['id']}"
    assert config["patch"]["supported"]
    assert quick.patch(url, {"op": "add", "path": "title", "value": "x"}).status_code == 200
    assert config["etag"]["supported"]
    assert quick.get(url).headers["ETag"]
    assert config["sort"]["supported"]
    assert_error(quick.get("/Users?sortBy=nonsense"), 400, "invalidValue")
    assert config["filter"]["supported"]
    assert quick.get('/Users?filter=userName eq "eve"').get_json()["totalResults"] == 0
    assert not config["changePassword"]["supported"]
    if not config["bulk"]["supported"]:
        assert_error(quick.post("/Bulk", {}), 501)
    assert_error(quick.get("/Me"), 501)


@pytest.mark.requirement("R062", "R065")
def test_resource_types(quick: ScimClient) -> None:
    body = quick.get("/ResourceTypes").get_json()
    assert body["schemas"] == [LIST]
    assert body["totalResults"] == len(body["Resources"]) == 2
    known = {schema["id"] for schema in quick.get("/Schemas").get_json()["Resources"]}
    for type in body["Resources"]:
        assert type == quick.get(f"/ResourceTypes/{type['name']}").get_json()
        assert type["id"] == type["name"]
        assert type["schema"] in known
        assert {extension["schema"] for extension in type.get("schemaExtensions", [])} <= known
        assert quick.get(type["endpoint"]).status_code == 200
        assert type["meta"]["location"].endswith(f"/ResourceTypes/{type['name']}")
    types = {type["name"]: type for type in body["Resources"]}
    assert types["User"]["schemaExtensions"] == [{"schema": ENTERPRISE, "required": False}]
    for unknown in ("user", "Users", "Device", USER):
        assert_error(quick.get(f"/ResourceTypes/{unknown}"), 404)


@pytest.mark.requirement("R002", "R064", "R065", "R067")
def test_schemas(quick: ScimClient) -> None:
    body = quick.get("/Schemas").get_json()
    assert body["schemas"] == [LIST]
    assert [schema["id"] for schema in body["Resources"]] == [USER, ENTERPRISE, GROUP]
    assert body["totalResults"] == 3
    for schema in body["Resources"]:
        assert schema == quick.get(f"/Schemas/{schema['id']}").get_json()
        assert schema == quick.get(f"/Schemas/{schema['id'].upper()}").get_json()
        assert schema["name"]
        assert schema["description"]
        for attribute in schema["attributes"]:
            _check_attribute(attribute)
    assert_error(quick.get("/Schemas/urn:ietf:params:scim:api:messages:2.0:PatchOp"), 404)
    assert_error(quick.get("/Schemas/User"), 404)


def _check_attribute(attribute: dict[str, Any]) -> None:
    assert set(attribute) >= CHARACTERISTICS, attribute
    assert None not in attribute.values()
    assert attribute["description"]
    if attribute["type"] in ("string", "reference", "binary"):
        assert isinstance(attribute["caseExact"], bool)
    if attribute["type"] == "reference":
        assert attribute["referenceTypes"]
    assert ("subAttributes" in attribute) is (attribute["type"] == "complex")
    for sub in attribute.get("subAttributes", []):
        assert sub["type"] != "complex"
        _check_attribute(sub)


@pytest.mark.requirement("R068")
def test_what_is_published_is_enforced(quick: ScimClient) -> None:
    # Required, type and mutability, attribute by attribute
    wrong = {"string": 5, "boolean": "maybe", "complex": 5, "reference": 5, "binary": "&"}
    schema = quick.get(f"/Schemas/{USER}").get_json()
    user = quick.user("ada")
    for attribute in schema["attributes"]:
        name = attribute["name"]
        body = {"schemas": [USER], "userName": "bob", name: wrong[attribute["type"]]}
        response = quick.post("/Users", body)
        step = {"op": "add", "path": name, "value": wrong[attribute["type"]]}
        patched = quick.patch(f"/Users/{user['id']}", step)
        if attribute["mutability"] == "readOnly":
            assert response.status_code == 201, name
            quick.delete(f"/Users/{response.get_json()['id']}")
            assert_error(patched, 400, "mutability", name)
        else:
            assert_error(response, 400, "invalidValue", name)
            assert_error(patched, 400, "invalidValue", name)
        if attribute["required"]:
            del body[name]
            assert_error(quick.post("/Users", body), 400, "invalidValue", name)


@pytest.mark.requirement("R066")
@pytest.mark.parametrize("path", DISCOVERY)
def test_a_filter_is_forbidden_and_the_rest_ignored(quick: ScimClient, path: str) -> None:
    plain = quick.get(path).get_json()
    query = "startIndex=2&count=1&sortBy=nonsense&sortOrder=up&attributes=id&excludedAttributes=x"
    assert quick.get(f"{path}?{query}").get_json() == plain
    assert_error(quick.get(f"{path}?filter=id pr"), 403)
