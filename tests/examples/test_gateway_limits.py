"""The gateway's own extension: an identity provider says what a team may spend and use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from examples.gateway.limits import TEAM_LIMITS
from tests.examples.test_gateway_api import CHAT
from tests.examples.test_gateway_api import HELLO

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIMITS = TEAM_LIMITS.id


@pytest.fixture
def idp(run: Callable[..., str], client_with: Callable[[str], FlaskClient]) -> FlaskClient:
    """An identity provider with a token."""
    return client_with(run("scim", "token", "create", "--label", "test"))


@pytest.fixture
def bakers(idp: FlaskClient, run: Callable[..., str]) -> str:
    """The URL of a team with bob in it, of which nothing but the name is said."""
    bob = idp.post("/scim/v2/Users", json={"schemas": [USER], "userName": "bob"}).json["id"]
    body = {"schemas": [GROUP], "displayName": "Bakers", "members": [{"value": bob}]}
    return f"/scim/v2/Groups/{idp.post('/scim/v2/Groups', json=body).json['id']}"


@pytest.fixture
def bob(
    bakers: str, run: Callable[..., str], client_with: Callable[[str], FlaskClient]
) -> FlaskClient:
    """A client with a key of bob's that is charged to the team."""
    return client_with(run("key", "create", "bob", "--team", "Bakers"))


def patch(idp: FlaskClient, url: str, *operations: dict[str, Any]) -> Any:
    return idp.patch(url, json={"schemas": [PATCH_OP], "Operations": list(operations)})


def test_a_spent_budget_is_refused_and_a_larger_one_lets_in_again(
    idp: FlaskClient, bakers: str, bob: FlaskClient
) -> None:
    set_to = {"op": "replace", "path": f"{LIMITS}:budget"}
    assert bob.post(CHAT, json=HELLO).status_code == 200
    assert patch(idp, bakers, {**set_to, "value": 0}).status_code == 204
    refused = bob.post(CHAT, json=HELLO)
    assert (refused.status_code, refused.json["error"]["code"]) == (429, "insufficient_quota")
    assert patch(idp, bakers, {**set_to, "value": 12}).status_code == 204
    assert bob.post(CHAT, json=HELLO).status_code == 200
    assert idp.get(bakers).json[LIMITS]["budget"] == 12


def test_a_model_that_is_not_named_is_not_there(
    idp: FlaskClient, bakers: str, bob: FlaskClient
) -> None:
    others = {"op": "add", "path": f"{LIMITS}:models", "value": "large-1, large-2"}
    patch(idp, bakers, others)
    assert bob.post(CHAT, json=HELLO).status_code == 404
    assert bob.get("/v1/models").json["data"] == []
    patch(idp, bakers, {"op": "add", "path": f"{LIMITS}:models", "value": "large-1,echo-1"})
    assert bob.post(CHAT, json=HELLO).status_code == 200
    found = idp.get("/scim/v2/Groups", query_string={"filter": f'{LIMITS}:models co "echo-1"'})
    assert found.json["totalResults"] == 1


def test_a_put_that_says_nothing_of_them_leaves_them(
    idp: FlaskClient, bakers: str, run: Callable[..., str]
) -> None:
    patch(idp, bakers, {"op": "add", "path": LIMITS, "value": {"models": "echo-1"}})
    run("team", "budget", "Bakers", "7")
    put = idp.put(bakers, json={"schemas": [GROUP], "displayName": "Bread bakers"})
    assert put.json[LIMITS] == {"budget": 7, "models": "echo-1"}
    assert "$7.00" in run("team", "list")


def test_removed_they_are_what_the_gateway_gives_a_new_team(
    idp: FlaskClient, bakers: str, bob: FlaskClient, run: Callable[..., str]
) -> None:
    given = {"budget": 3, "models": "large-1"}
    patch(idp, bakers, {"op": "add", "path": LIMITS, "value": given})
    assert "$3.00" in run("team", "list")
    patch(idp, bakers, {"op": "remove", "path": LIMITS})
    assert LIMITS not in idp.get(bakers).json
    assert "$50.00" in run("team", "list")
    assert bob.post(CHAT, json=HELLO).status_code == 200


@pytest.mark.parametrize("budget", [-1, 10_000_000_001, 12.5, "a lot", True])
def test_a_budget_that_is_none_is_refused_in_words(
    idp: FlaskClient, bakers: str, budget: Any
) -> None:
    step = {"op": "replace", "path": f"{LIMITS}:budget", "value": budget}
    refused = patch(idp, bakers, step)
    assert (refused.status_code, refused.json["scimType"]) == (400, "invalidValue")
    assert "budget" in refused.json["detail"]
    posted = {"schemas": [GROUP, LIMITS], "displayName": "New", LIMITS: {"budget": budget}}
    assert idp.post("/scim/v2/Groups", json=posted).status_code == 400


def test_the_extension_is_published(idp: FlaskClient) -> None:
    groups = idp.get("/scim/v2/ResourceTypes/Group").json
    assert groups["schemaExtensions"] == [{"schema": LIMITS, "required": False}]
    schema = idp.get(f"/scim/v2/Schemas/{LIMITS}").json
    assert [one["name"] for one in schema["attributes"]] == ["budget", "models"]


def test_a_team_in_a_team_is_refused_in_words(idp: FlaskClient, bakers: str) -> None:
    """The gateway's teams do not nest, and it says so."""
    other = idp.post("/scim/v2/Groups", json={"schemas": [GROUP], "displayName": "All"}).json
    member = {"op": "add", "path": "members", "value": [{"value": other["id"], "type": "Group"}]}
    refused = patch(idp, bakers, member)
    assert (refused.status_code, refused.json["scimType"]) == (400, "invalidValue")
    assert "Group" in refused.json["detail"]
