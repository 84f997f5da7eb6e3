"""Strict mode through the door: by configuration, and by connection."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import PATCH
from tests.http.messages import USER
from tests.http.messages import assert_error

UNKNOWN_URN = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
ADA = {"schemas": [USER], "userName": "ada"}

# What identity providers send and the RFCs do not know: bodies of a user, and what is refused.
BODIES: dict[str, tuple[dict[str, Any], str, str]] = {
    "R024 an unknown URN": (ADA | {"schemas": [USER, UNKNOWN_URN]}, "invalidSyntax", "ADSCIM"),
    "R023 no schemas": ({"userName": "ada"}, "invalidSyntax", "schemas"),
    "R023 R024 no base schema": (ADA | {"schemas": [ENTERPRISE]}, "invalidSyntax", "User"),
    "R036 an extension that is not named": (
        ADA | {ENTERPRISE: {"department": "d"}},
        "invalidSyntax",
        "enterprise",
    ),
    "R099 R264 an unknown attribute": (ADA | {"nonsense": 1}, "invalidSyntax", "nonsense"),
    "R099 an unknown sub-attribute": (ADA | {"name": {"nick": "A"}}, "invalidSyntax", "nick"),
    "R094 R198 a boolean in quotes": (ADA | {"active": "True"}, "invalidValue", "active"),
    "R094 an object for an array": (ADA | {"emails": {"value": "a@x"}}, "invalidValue", "emails"),
}

# Operations on a user that strict mode refuses and the default takes.
STEPS: dict[str, tuple[dict[str, Any], str]] = {
    "R179 a dotted key": ({"op": "replace", "value": {"name.givenName": "A"}}, "invalidValue"),
    "R170 an unknown key": ({"op": "add", "value": {"nonsense": 1}}, "invalidValue"),
    "R183 R195 nothing to replace": (
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "a@x"},
        "noTarget",
    ),
    "R188 nothing to remove": ({"op": "remove", "path": 'emails[type eq "work"]'}, "noTarget"),
    "R198 a boolean in quotes": (
        {"op": "replace", "path": "active", "value": "False"},
        "invalidValue",
    ),
    "R189 a remove with a value": (
        {"op": "remove", "path": "emails", "value": [{"value": "a@x"}]},
        "invalidValue",
    ),
}

FILTERS = {
    "R125 without quotes": "userName eq ada",
    "R131 behind the bracket": 'emails[type eq "work"].value eq "a@x"',
}


@pytest.fixture
def config() -> dict[str, Any]:
    return {"SCIM_STRICT": True}


@pytest.mark.parametrize(("body", "scim_type", "named"), BODIES.values(), ids=BODIES)
def test_bodies(
    idp: ScimClient, storage: Storage, body: dict[str, Any], scim_type: str, named: str
) -> None:
    user = idp.user("bob")
    before = dump(storage)
    assert_error(idp.post("/Users", body), 400, scim_type, named)
    assert_error(idp.put(f"/Users/{user['id']}", body), 400, scim_type, named)
    assert dump(storage) == before


@pytest.mark.parametrize(("step", "scim_type"), STEPS.values(), ids=STEPS)
def test_operations(
    idp: ScimClient, storage: Storage, step: dict[str, Any], scim_type: str
) -> None:
    user = idp.user("ada")
    before = dump(storage)
    assert_error(idp.patch(f"/Users/{user['id']}", step), 400, scim_type)
    assert dump(storage) == before


@pytest.mark.parametrize("filter", FILTERS.values(), ids=FILTERS)
def test_filters(idp: ScimClient, filter: str) -> None:
    search = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": filter,
    }
    assert_error(idp.get("/Users", query_string={"filter": filter}), 400, "invalidFilter")
    assert_error(idp.post("/Users/.search", search), 400, "invalidFilter")
    assert_error(idp.get("/", query_string={"filter": filter}), 400, "invalidFilter")


@pytest.mark.requirement("R188")
def test_a_member_who_is_not_there_can_be_removed_all_the_same(idp: ScimClient) -> None:
    ada, bob = idp.user("ada")["id"], idp.user("bob")["id"]
    team = idp.team("Blue", ada)
    step = {"op": "remove", "path": f'members[value eq "{bob}"]'}
    assert idp.patch(f"/Groups/{team['id']}", step).status_code == 204
    assert idp.members(team["id"]) == {ada}


@pytest.mark.requirement("R222", "R264")
def test_a_bulk_operation_is_held_to_the_same(idp: ScimClient) -> None:
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": ADA | {"nonsense": 1}},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": ADA},
    ]
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": operations,
    }
    refused, made = idp.post("/Bulk", body).get_json()["Operations"]
    assert (refused["status"], refused["response"]["scimType"]) == ("400", "invalidSyntax")
    assert made["status"] == "201"


@pytest.mark.parametrize("configured", [True, False])
def test_a_connection_decides_for_itself(scim: ScimTeams, configured: bool) -> None:
    """Two identity providers at once on one server, one by the letter and one as it comes."""
    app = Flask("host")
    app.config.update(SECRET_KEY="a key of the suite, which is long enough", SCIM_STRICT=configured)
    scim.init_app(app)
    clients = {}
    with app.app_context():
        for name, strict in (("strict", True), ("lenient", False), ("configured", None)):
            connection = scim.connections.create(
                name, overrides={} if strict is None else {"strict": strict}
            )
            token = scim.tokens.create(label=name, connection=connection).secret
            clients[name] = ScimClient(app.test_client(), token)
    body = {"schemas": [USER], "nonsense": 1}
    step = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "active", "value": "True"}]}
    taken = {"strict": False, "lenient": True, "configured": not configured}
    for name, client in clients.items():
        posted = client.post("/Users", body | {"userName": name})
        assert (posted.status_code == 201) is taken[name]
        user = client.user(f"{name}2")
        patched = client.request("PATCH", f"/Users/{user['id']}", step)
        assert (patched.status_code == 200) is taken[name]
        [scheme] = client.get("/ServiceProviderConfig").get_json()["authenticationSchemes"]
        assert ("understood" in scheme["description"]) is taken[name]
        found = client.get("/Users", query_string={"filter": "userName eq nobody"})
        assert (found.status_code == 200) is taken[name]
