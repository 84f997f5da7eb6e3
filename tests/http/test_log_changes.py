"""The log tells of changes in words, with before and after, and whose they were."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.storage.interface import HOST
from tests.conftest import ScimClient
from tests.http.log import Log

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
DEACTIVATE = {"op": "Replace", "path": "active", "value": "False"}


@pytest.fixture
def config() -> dict[str, Any]:
    return {"SCIM_LOG_READS": True}


def members(op: str, *ids: str) -> dict[str, Any]:
    return {"op": op, "path": "members", "value": [{"value": id} for id in ids]}


def test_changes_in_words(idp: ScimClient, log: Log) -> None:
    ada = idp.user("ada", title="Countess")
    bob = idp.user("bob", active=False)
    path = f"/Users/{ada['id']}"
    idp.patch(path, DEACTIVATE)
    idp.patch(path, DEACTIVATE)
    idp.patch(path, {"op": "replace", "value": {"active": True, "title": "Lady"}})
    idp.put(path, {"schemas": [USER], "userName": "ada"})
    blue = idp.team("Blue", ada["id"])
    team = f"/Groups/{blue['id']}"
    idp.patch(team, members("add", ada["id"], bob["id"]))
    rename = {"op": "replace", "path": "displayName", "value": "Red"}
    idp.patch(team, rename, {"op": "remove", "path": "members"})
    idp.delete(team)
    idp.delete(path)
    found = log()
    assert [(one.action, one.status) for one in found] == [
        ("created user", 201),
        ("created deactivated user", 201),
        ("deactivated user", 200),
        ("nothing changed", 200),
        ("reactivated user, updated user", 200),
        ("updated user", 200),
        ("created team with 1 member", 201),
        ("added 1 member to team", 204),
        ("renamed team, removed 2 members from team", 204),
        ("deleted team", 204),
        ("deleted user", 204),
    ]
    states = [(one.before, one.after) for one in found]
    assert states[2] == ({"active": True}, {"active": False})
    assert states[3] == (None, None)
    assert states[4] == ({"active": False, "title": "Countess"}, {"active": True, "title": "Lady"})
    assert states[5] == ({"title": "Lady"}, {})
    assert states[7] == ({}, {"members": {"count": 1, "ids": [bob["id"]]}})
    assert found[8].before == {
        "displayName": "Blue",
        "members": {"count": 2, "ids": sorted([ada["id"], bob["id"]])},
    }
    assert [one.outcome for one in found].count("changed") == 10
    assert {one.resource_name for one in found} == {"ada", "bob", "Blue", "Red"}
    assert found[2].tolerances == ("entra.boolean_in_quotes",)


def test_whose_request_it_was(idp: ScimClient, log: Log, app: Flask, scim: ScimTeams) -> None:
    answer = idp.get("/Users", headers={"X-Request-ID": "corr-1/2:3"})
    assert answer.headers["X-Request-ID"] == log.last().request_id == "corr-1/2:3"
    for odd in ("", "a b", "x" * 65, "é", f"{idp.token}"):
        answer = idp.get("/Users", headers={"X-Request-ID": odd})
        assert answer.headers["X-Request-ID"] == log.last().request_id != odd
    with app.app_context():
        [token] = scim.tokens.list()
    entry = log.last()
    assert (entry.token_id, entry.connection_id) == (token.id, token.connection_id)
    assert (entry.actor, entry.method, entry.target) == ("token", "GET", "/Users")


def test_what_the_host_changes_is_logged(log: Log, app: Flask, scim: ScimTeams) -> None:
    with app.app_context():
        kind = scim._backend.types.user
        scim.provisioning.create(
            HOST, kind, Draft(attributes={"userName": "ada"}, external_id=None), related=False
        )
    [entry] = log()
    assert (entry.actor, entry.method, entry.token_id) == ("host", "", None)
    assert entry.action == "created user"


def test_each_operation_of_a_bulk_request(idp: ScimClient, log: Log) -> None:
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "ada"}},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"userName": "ADA"}},
        {"method": "DELETE", "path": "/Users/nobody"},
        {"method": "PUT", "path": "/Nothing/1", "data": {}},
    ]
    for operation in operations[:2]:
        operation["data"]["schemas"] = [USER]  # type: ignore[index]
    idp.post("/Bulk", {"schemas": [BULK], "Operations": operations})
    found = {(one.method, one.target, one.status): one for one in log()}
    assert list(found) == [
        ("POST", "/Users", 201),
        ("POST", "/Users", 409),
        ("DELETE", "/Users/nobody", 404),
        ("PUT", "/Nothing/1", 404),
    ]
    assert len({one.request_id for one in found.values()}) == 1
    assert idp.post("/Bulk", {"schemas": [BULK]}).status_code == 400
    assert log.last().target == "/Bulk"
