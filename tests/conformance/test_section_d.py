"""Discovery: what the service provider says of itself (RFC 7644 section 4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.lists import listed
from tests.conformance.lists import names
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import LIST
from tests.http.messages import USER
from tests.http.messages import assert_error

BASE = "http://localhost/scim/v2"
CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
DISCOVERY = (
    "/ServiceProviderConfig",
    "/ResourceTypes",
    "/ResourceTypes/User",
    "/Schemas",
    f"/Schemas/{USER}",
)
# RFC 7643 section 5: what "type" of an authentication scheme may be.
SCHEMES = {"oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"}
MESSAGES = ("ListResponse", "SearchRequest", "PatchOp", "BulkRequest", "BulkResponse", "Error")


def config_of(idp: ScimClient) -> dict[str, Any]:
    return listed(idp, "/ServiceProviderConfig")


@pytest.mark.requirement("R058")
def test_discovery_can_be_read_and_by_no_method_be_changed(
    idp: ScimClient, storage: Storage
) -> None:
    before = {path: idp.get(path) for path in DISCOVERY}
    stored = dump(storage)
    for path, response in before.items():
        assert response.status_code == 200, path
        document = response.get_json()
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            refused = idp.request(method, path, {**document, "name": "Changed"})
            assert_error(refused, 405, None, method)
            assert refused.headers["Allow"] == "GET"
        assert idp.get(path).get_json() == document
    assert dump(storage) == stored


@pytest.mark.requirement("R059")
@pytest.mark.parametrize("config", [{"SCIM_DOCUMENTATION_URI": "https://example.com/scim"}])
def test_the_configuration_states_every_feature_with_its_limits(idp: ScimClient) -> None:
    response = idp.get("/ServiceProviderConfig")
    assert response.content_type == "application/scim+json"
    config = response.get_json()
    assert CONFIG in config["schemas"]
    assert config["documentationUri"] == "https://example.com/scim"
    for feature in ("patch", "bulk", "filter", "changePassword", "sort", "etag"):
        assert type(config[feature]["supported"]) is bool, feature
    limits = (
        config["bulk"]["maxOperations"],
        config["bulk"]["maxPayloadSize"],
        config["filter"]["maxResults"],
    )
    for limit in limits:
        assert type(limit) is int
        assert limit >= 0
    assert config["meta"]["resourceType"] == "ServiceProviderConfig"
    assert config["meta"]["location"] == f"{BASE}/ServiceProviderConfig"


@pytest.mark.requirement("R059")
def test_the_configuration_says_how_to_sign_in(idp: ScimClient) -> None:
    schemes = config_of(idp)["authenticationSchemes"]
    assert schemes
    for scheme in schemes:
        assert scheme["type"] in SCHEMES
        assert scheme["name"]
        assert scheme["description"]
    assert sum(scheme.get("primary", False) for scheme in schemes) <= 1
    # The token that these tests sign in with is of a scheme that is announced.
    assert "oauthbearertoken" in {scheme["type"] for scheme in schemes}


@pytest.mark.requirement("R060")
def test_patch_is_announced_and_works(idp: ScimClient) -> None:
    assert config_of(idp)["patch"]["supported"] is True
    url = f"/Users/{idp.user('ada')['id']}"
    idp.patch(url, {"op": "add", "path": "title", "value": "Countess"})
    assert idp.get(url).get_json()["title"] == "Countess"


@pytest.mark.requirement("R060")
@pytest.mark.parametrize("config", [{"SCIM_MAX_RESULTS": 2, "SCIM_DEFAULT_COUNT": 50}])
def test_filters_are_announced_and_work_up_to_the_result_announced(idp: ScimClient) -> None:
    announced = config_of(idp)["filter"]
    assert announced == {"supported": True, "maxResults": 2}
    for name in ("ada", "adb", "adc", "bob"):
        idp.user(name)
    for query in ({"count": 3}, {}):
        body = listed(idp, filter='userName sw "ad"', **query)
        assert (body["totalResults"], len(body["Resources"])) == (3, 2)


@pytest.mark.requirement("R060")
def test_sorting_is_announced_and_works(idp: ScimClient) -> None:
    assert config_of(idp)["sort"]["supported"] is True
    for name in ("bob", "ada", "cyd"):
        idp.user(name)
    assert names(listed(idp, sortBy="userName")) == ["ada", "bob", "cyd"]
    backwards = listed(idp, sortBy="userName", sortOrder="descending")
    assert names(backwards) == ["cyd", "bob", "ada"]


@pytest.mark.requirement("R060")
def test_versions_are_announced_and_work(idp: ScimClient) -> None:
    assert config_of(idp)["etag"]["supported"] is True
    url = f"/Users/{idp.user('ada')['id']}"
    first = idp.get(url).headers["ETag"]
    step = {"op": "add", "path": "title", "value": "Countess"}
    assert idp.patch(url, step, headers={"If-Match": first}).status_code == 200
    assert_error(idp.delete(url, headers={"If-Match": first}), 412)
    assert idp.get(url, headers={"If-None-Match": first}).status_code == 200


@pytest.mark.requirement("R060")
def test_passwords_are_announced_as_missing_and_are_not_changed(
    idp: ScimClient, storage: Storage
) -> None:
    assert config_of(idp)["changePassword"]["supported"] is False
    url = f"/Users/{idp.user('ada', password='first')['id']}"
    before = dump(storage)
    step = {"op": "replace", "path": "password", "value": "second"}
    assert idp.patch(url, step).status_code == 200
    assert dump(storage) == before


@pytest.mark.requirement("R061")
@pytest.mark.parametrize("config", [{"SCIM_PUBLIC_DISCOVERY": True}])
def test_who_has_not_signed_in_can_read_how_to_where_the_host_allows_it(idp: ScimClient) -> None:
    anybody = idp.client
    config = anybody.get("/scim/v2/ServiceProviderConfig")
    assert config.status_code == 200
    assert config.get_json()["authenticationSchemes"]
    for path in DISCOVERY:
        assert anybody.get(f"/scim/v2{path}").get_json() == idp.get(path).get_json()
        assert_error(anybody.post(f"/scim/v2{path}"), 401)
    # Nothing else becomes public with it.
    for path in ("/Users", "/Groups", "/Users/x", "/Nope", "/SchemasX", "/.search"):
        assert_error(anybody.get(f"/scim/v2{path}"), 401)


@pytest.mark.requirement("R061")
def test_otherwise_the_refusal_says_how_to_sign_in(idp: ScimClient) -> None:
    response = idp.client.get("/scim/v2/ServiceProviderConfig")
    assert_error(response, 401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.requirement("R062")
def test_resource_types_state_name_endpoint_schema_and_extensions(idp: ScimClient) -> None:
    schemas = {schema["id"] for schema in listed(idp, "/Schemas")["Resources"]}
    types = {one["name"]: one for one in listed(idp, "/ResourceTypes")["Resources"]}
    assert {"User", "Group"} <= set(types)
    for name, one in types.items():
        assert one["schemas"] == [RESOURCE_TYPE]
        assert one["id"] == name
        assert one["schema"] in schemas
        assert one["meta"]["resourceType"] == "ResourceType"
        assert one["meta"]["location"] == f"{BASE}/ResourceTypes/{name}"
        for extension in one.get("schemaExtensions", []):
            assert extension["schema"] in schemas
            assert type(extension["required"]) is bool
        assert idp.get(one["endpoint"]).status_code == 200
    assert types["User"]["endpoint"] == "/Users"
    assert types["User"]["schema"] == USER
    assert types["User"]["schemaExtensions"] == [{"schema": ENTERPRISE, "required": False}]
    assert types["Group"]["endpoint"] == "/Groups"
    assert types["Group"]["schema"] == GROUP


@pytest.mark.requirement("R062")
def test_what_is_created_is_of_the_type_that_its_endpoint_states(idp: ScimClient) -> None:
    made = {"/Users": idp.user("ada"), "/Groups": idp.team("Blue")}
    for one in listed(idp, "/ResourceTypes")["Resources"]:
        resource = made[one["endpoint"]]
        assert resource["meta"]["resourceType"] == one["name"]
        assert resource["schemas"] == [one["schema"]]


@pytest.mark.requirement("R065")
@pytest.mark.parametrize("path", ["/Schemas", "/ResourceTypes"])
def test_discovery_lists_are_list_messages_of_entries_that_are_found_singly(
    idp: ScimClient, path: str
) -> None:
    body = listed(idp, path)
    assert body["schemas"] == [LIST]
    assert body["totalResults"] == len(body["Resources"]) > 1
    for entry in body["Resources"]:
        response = idp.get(f"{path}/{entry['id']}")
        assert response.status_code == 200
        assert response.get_json() == entry
        assert entry["meta"]["location"] == f"{BASE}{path}/{entry['id']}"
    ids = [entry["id"] for entry in body["Resources"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.requirement("R065")
def test_discovery_entries_that_do_not_exist_are_not_found(idp: ScimClient) -> None:
    for path in (
        *("/Schemas/User", "/Schemas/urn:example:none", f"/Schemas/{USER}x", f"/Schemas/{USER}:"),
        *("/ResourceTypes/Users", "/ResourceTypes/Nope", f"/ResourceTypes/{USER}"),
        *("/ServiceProviderConfig/x", f"/Schemas/{USER}/userName"),
    ):
        assert_error(idp.get(path), 404)


@pytest.mark.requirement("R066")
def test_discovery_takes_no_notice_of_pages_order_and_projection(idp: ScimClient) -> None:
    for path in DISCOVERY:
        plain = idp.get(path).get_json()
        for query in (
            *({"startIndex": "2"}, {"startIndex": "x"}, {"count": "0"}, {"count": "1"}),
            *({"sortBy": "nonsense"}, {"sortBy": "id", "sortOrder": "descending"}),
            *({"attributes": "id"}, {"excludedAttributes": "name,attributes"}),
            {"attributes": "id", "excludedAttributes": "id", "sortOrder": "up", "count": "-1"},
        ):
            assert idp.get(path, query_string=query).get_json() == plain, (path, query)


@pytest.mark.requirement("R066")
def test_discovery_forbids_filters(idp: ScimClient) -> None:
    for path in DISCOVERY:
        for filter in ("id pr", 'name eq "User"', "not a filter", ""):
            assert_error(idp.get(path, query_string={"filter": filter}), 403)


@pytest.mark.requirement("R067")
def test_the_schemas_of_messages_are_not_published(idp: ScimClient) -> None:
    for schema in listed(idp, "/Schemas")["Resources"]:
        assert not schema["id"].lower().startswith("urn:ietf:params:scim:api:")
    for name in MESSAGES:
        assert_error(idp.get(f"/Schemas/urn:ietf:params:scim:api:messages:2.0:{name}"), 404)
