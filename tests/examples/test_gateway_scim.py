from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func
from sqlalchemy import select

from examples.gateway.models import ApiKey
from examples.gateway.models import Team
from examples.gateway.models import User
from examples.gateway.models import db

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def operation(op: str, path: str, value: Any) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": [{"op": op, "path": path, "value": value}]}


@pytest.fixture
def idp(run: Callable[..., str], client_with: Callable[[str], FlaskClient]) -> FlaskClient:
    """An identity provider with a token."""
    return client_with(run("scim", "token", "create", "--label", "test"))


@pytest.fixture
def bob(idp: FlaskClient) -> str:
    """The id of a provisioned user."""
    body = {
        "schemas": [f"{CORE}User"],
        "userName": "bob",
        "displayName": "Bob Baker",
        "emails": [{"value": "bob@example.com", "type": "work", "primary": True}],
        "title": "Baker",
    }
    created = idp.post("/scim/v2/Users", json=body)
    assert created.status_code == 201, created.text
    identifier: str = created.json["id"]
    return identifier


@pytest.fixture
def bobs_team(idp: FlaskClient, bob: str) -> str:
    """The id of a provisioned team with bob in it."""
    body = {"schemas": [f"{CORE}Group"], "displayName": "Bakers", "members": [{"value": bob}]}
    created = idp.post("/scim/v2/Groups", json=body)
    assert created.status_code == 201, created.text
    identifier: str = created.json["id"]
    return identifier


def test_a_provisioned_user_is_a_row_of_the_gateways(
    gateway: Flask, idp: FlaskClient, bob: str
) -> None:
    with gateway.app_context():
        user = db.session.scalars(select(User)).one()
        assert (user.username, user.full_name) == ("bob", "Bob Baker")
        assert (user.email, user.is_active, user.role) == ("bob@example.com", True, "member")
    assert idp.get(f"/scim/v2/Users/{bob}").json["title"] == "Baker"


@pytest.mark.parametrize("off_and_on", [(False, True), ("False", "True")])
def test_a_key_stops_working_on_deactivation_and_works_again_after_it(
    run: Callable[..., str],
    client_with: Callable[[str], FlaskClient],
    idp: FlaskClient,
    bob: str,
    off_and_on: tuple[Any, Any],
) -> None:
    client = client_with(run("key", "create", "bob"))
    assert client.get("/v1/models").status_code == 200
    for value, status in zip(off_and_on, (403, 200), strict=True):
        patched = idp.patch(f"/scim/v2/Users/{bob}", json=operation("Replace", "active", value))
        assert patched.status_code in {200, 204}, patched.text
        assert client.get("/v1/models").status_code == status


def test_a_deleted_users_keys_go_with_the_account(
    gateway: Flask,
    run: Callable[..., str],
    client_with: Callable[[str], FlaskClient],
    idp: FlaskClient,
    bob: str,
    bobs_team: str,
) -> None:
    client = client_with(run("key", "create", "bob", "--team", "Bakers"))
    assert client.get("/v1/models").status_code == 200
    assert idp.delete(f"/scim/v2/Users/{bob}").status_code == 204
    assert client.get("/v1/models").status_code == 401
    with gateway.app_context():
        for model in (ApiKey, User):
            assert db.session.scalar(select(func.count()).select_from(model)) == 0
        assert db.session.scalars(select(Team)).one().members == []


def test_who_leaves_a_team_loses_its_key_and_the_team_keeps_its_budget(
    run: Callable[..., str],
    client_with: Callable[[str], FlaskClient],
    idp: FlaskClient,
    bob: str,
    bobs_team: str,
) -> None:
    run("team", "budget", "Bakers", "900")
    client = client_with(run("key", "create", "bob", "--team", "Bakers"))
    team = f"/scim/v2/Groups/{bobs_team}"
    idp.patch(team, json=operation("Replace", "displayName", "Pastry"))
    assert client.get("/v1/models").status_code == 200
    idp.patch(team, json=operation("Remove", "members", [{"$ref": None, "value": bob}]))
    assert client.get("/v1/models").status_code == 403
    assert run("team", "list").splitlines()[1].split() == ["Pastry", "$900.00", "$0.0000", "-"]


def test_a_deleted_teams_keys_go_with_it(
    run: Callable[..., str],
    client_with: Callable[[str], FlaskClient],
    idp: FlaskClient,
    bobs_team: str,
) -> None:
    client = client_with(run("key", "create", "bob", "--team", "Bakers"))
    assert idp.delete(f"/scim/v2/Groups/{bobs_team}").status_code == 204
    assert client.get("/v1/models").status_code == 401


def test_local_accounts_are_invisible_to_the_identity_provider(
    idp: FlaskClient, alice: FlaskClient
) -> None:
    assert idp.get("/scim/v2/Users").json["totalResults"] == 0
    assert alice.get("/v1/models").status_code == 200


def test_keys_and_tokens_open_their_own_doors_only(
    client_with: Callable[[str], FlaskClient], key: str, run: Callable[..., str]
) -> None:
    token = run("scim", "token", "create", "--label", "test")
    assert client_with(key).get("/scim/v2/Users").status_code == 401
    assert client_with(token).get("/v1/models").status_code == 401
