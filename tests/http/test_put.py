"""PUT: the whole resource anew."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta


@pytest.mark.requirement("R036", "R155", "R156", "R206")
def test_what_is_left_out_is_cleared(idp: ScimClient) -> None:
    user = idp.user(
        "ada",
        externalId="e",
        title="Countess",
        name={"givenName": "Ada", "familyName": "Lovelace"},
        emails=[{"value": "ada@example.com", "type": "work"}],
        **{ENTERPRISE: {"department": "Programs", "division": "Mathematics"}},
    )
    url = f"/Users/{user['id']}"
    body = {
        "schemas": [USER, ENTERPRISE],
        "userName": "ada",
        "name": {"givenName": "Augusta"},
        ENTERPRISE: {"division": "Poetry"},
    }
    response = idp.put(url, body)
    assert response.status_code == 200
    changed = response.get_json()
    assert without_meta(changed) == {
        "userName": "ada",
        "active": True,
        "name": {"givenName": "Augusta"},
        ENTERPRISE: {"division": "Poetry"},
    }
    assert changed["id"] == user["id"]
    assert changed["meta"]["created"] == user["meta"]["created"]
    assert changed["meta"]["version"] == response.headers["ETag"] != user["meta"]["version"]
    assert changed["meta"]["lastModified"] > user["meta"]["lastModified"]
    assert response.headers["Content-Location"] == changed["meta"]["location"]
    assert idp.get(url).get_json() == changed
    # The last value of the extension is gone, and its URN with it.
    assert idp.put(url, {"schemas": [USER], "userName": "ada"}).get_json()["schemas"] == [USER]


@pytest.mark.requirement("R156")
@pytest.mark.parametrize("active", [True, False])
def test_active_left_out_stays(idp: ScimClient, active: bool) -> None:
    # OneLogin leaves it out and means no change.
    user = idp.user("ada", active=active)
    url = f"/Users/{user['id']}"
    for value in ({}, {"active": None}):
        changed = idp.put(url, {"schemas": [USER], "userName": "ada", "title": "x", **value})
        assert changed.get_json()["active"] is active
    changed = idp.put(url, {"schemas": [USER], "userName": "ada", "active": str(not active)})
    assert changed.get_json()["active"] is not active


@pytest.mark.requirement("R057", "R159", "R164", "R182")
def test_a_full_body_put_back_changes_nothing(idp: ScimClient) -> None:
    user = idp.user(
        "ada",
        externalId="e",
        emails=[{"value": "a", "type": "work", "primary": True}, {"value": "b"}],
        name={"givenName": "Ada"},
        **{ENTERPRISE: {"manager": {"value": "x"}, "department": "d"}},
    )
    team = idp.team("Blue", user["id"], externalId="t")
    for url in (f"/Users/{user['id']}", f"/Groups/{team['id']}"):
        stored = idp.get(url).get_json()
        response = idp.put(url, stored)
        assert response.status_code == 200
        assert response.get_json() == stored == idp.get(url).get_json()


@pytest.mark.requirement("R026", "R031", "R048", "R091", "R159", "R161")
def test_what_belongs_to_the_server_is_ignored(idp: ScimClient) -> None:
    ada, bob = idp.user("ada"), idp.user("bob")
    team = idp.team("Blue")
    body = {
        "schemas": [USER],
        "id": bob["id"],
        "userName": "ada",
        "title": "changed",
        "meta": {"version": 'W/"77"', "created": "2001-01-01T00:00:00Z", "resourceType": "Group"},
        "groups": [{"value": team["id"]}],
    }
    changed = idp.put(f"/Users/{ada['id']}", body).get_json()
    assert changed["id"] == ada["id"]
    assert changed["title"] == "changed"
    assert changed["meta"]["created"] == ada["meta"]["created"]
    assert "groups" not in changed
    assert idp.members(team["id"]) == set()
    assert idp.get(f"/Users/{bob['id']}").get_json() == bob


@pytest.mark.requirement("R154")
@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_put_never_creates(idp: ScimClient, storage: Storage, path: str) -> None:
    before = dump(storage)
    body = {"schemas": [USER], "userName": "ada", "displayName": "x", "id": "new"}
    assert_error(idp.put(f"{path}/new", body), 404)
    assert dump(storage) == before


@pytest.mark.requirement("R162", "R196")
def test_a_name_that_is_taken(idp: ScimClient, storage: Storage) -> None:
    idp.user("ada")
    bob = idp.user("bob")
    before = dump(storage)
    url = f"/Users/{bob['id']}"
    assert_error(idp.put(url, {"schemas": [USER], "userName": "ADA"}), 409, "uniqueness")
    rename = {"op": "replace", "path": "userName", "value": "Ada"}
    assert_error(idp.patch(url, rename), 409, "uniqueness", "userName")
    assert dump(storage) == before
    # One's own name is no clash, whatever its letter case.
    assert idp.put(url, {"schemas": [USER], "userName": "BOB"}).get_json()["userName"] == "BOB"
    # And the old name of somebody who was renamed is free.
    assert idp.put(url, {"schemas": [USER], "userName": "eve"}).status_code == 200
    idp.user("bob")


@pytest.mark.requirement("R021", "R039", "R093", "R094", "R160")
@pytest.mark.parametrize("name", [None, "", " \t", [], 5, {"x": 1}, False])
def test_a_user_name_is_required(idp: ScimClient, storage: Storage, name: Any) -> None:
    user = idp.user("ada")
    before = dump(storage)
    url = f"/Users/{user['id']}"
    body = {"schemas": [USER], "userName": name}
    assert_error(idp.put(url, body), 400, "invalidValue", "userName")
    assert_error(idp.post("/Users", body), 400, "invalidValue", "userName")
    assert_error(idp.put(url, {"schemas": [USER]}), 400, "invalidValue", "userName")
    assert_error(idp.post("/Users", {"schemas": [USER]}), 400, "invalidValue", "userName")
    assert dump(storage) == before


@pytest.mark.requirement("R158", "R163")
def test_the_members_are_replaced(idp: ScimClient) -> None:
    ada, bob, eve = (idp.user(name)["id"] for name in ("ada", "bob", "eve"))
    team = idp.team("Blue", ada, bob)
    url = f"/Groups/{team['id']}"
    members = [{"value": bob, "display": "B"}, {"value": eve, "type": "User"}]
    body = {"schemas": [GROUP], "displayName": "Blue", "members": members}
    response = idp.put(url, body)
    assert {member["value"] for member in response.get_json()["members"]} == {bob, eve}
    assert response.headers["ETag"] != team["meta"]["version"]
    assert idp.members(team["id"]) == {bob, eve}
    # The same set in another order is no change.
    again = idp.put(url, {**body, "members": [{"value": eve}, {"value": bob}]})
    assert again.headers["ETag"] == response.headers["ETag"]


@pytest.mark.requirement("R156", "R163")
@pytest.mark.parametrize("members", [{}, {"members": []}, {"members": None}])
def test_a_group_without_members_is_emptied(idp: ScimClient, members: dict[str, Any]) -> None:
    # keycloak-scim leaves the key out when the last one has left.
    team = idp.team("Blue", idp.user("ada")["id"])
    body = {"schemas": [GROUP], "displayName": "Blue", **members}
    assert "members" not in idp.put(f"/Groups/{team['id']}", body).get_json()
    assert idp.members(team["id"]) == set()


@pytest.mark.requirement("R016")
def test_put_obeys_one_primary(idp: ScimClient, storage: Storage) -> None:
    user = idp.user("ada")
    before = dump(storage)
    emails = [{"value": "a", "primary": True}, {"value": "b", "primary": "true"}]
    body = {"schemas": [USER], "userName": "ada", "emails": emails}
    assert_error(idp.put(f"/Users/{user['id']}", body), 400, "invalidValue", "emails")
    assert_error(idp.post("/Users", {**body, "userName": "b"}), 400, "invalidValue", "emails")
    assert dump(storage) == before
