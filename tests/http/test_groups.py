"""Groups and their members."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import GROUP
from tests.http.messages import assert_error
from tests.http.messages import without_meta

# What Entra puts beside the Group's own URN.
ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


@pytest.mark.requirement("R026", "R032", "R034", "R052", "R090")
def test_create_without_members(idp: ScimClient) -> None:
    # A URN nobody knows is let through: Entra sends one.
    body = {"schemas": [GROUP, ADSCIM], "displayName": "Blue", "externalId": "8aa1a0c0"}
    response = idp.post("/Groups", {**body, "members": [], "meta": {"resourceType": "Group"}})
    assert response.status_code == 201
    team = response.get_json()
    assert team["schemas"] == [GROUP]
    assert without_meta(team) == {"displayName": "Blue", "externalId": "8aa1a0c0"}
    assert team["meta"]["resourceType"] == "Group"
    assert team["meta"]["location"] == f"http://localhost/scim/v2/Groups/{team['id']}"
    assert response.headers["Location"] == team["meta"]["location"]
    assert response.headers["ETag"] == team["meta"]["version"]
    assert idp.get(f"/Groups/{team['id']}").get_json() == team


@pytest.mark.requirement("R012", "R018", "R053")
def test_create_with_members(idp: ScimClient) -> None:
    # Named twice, with a display, with a $ref: one member all the same
    ada, bob = idp.user("ada", displayName="Ada"), idp.user("bob")
    team = idp.post(
        "/Groups",
        {
            "schemas": [GROUP],
            "displayName": "Blue",
            "members": [
                {"value": bob["id"], "$ref": None},
                {"value": ada["id"], "display": "Somebody else", "$ref": "https://elsewhere/1"},
                {"Value": bob["id"], "type": "User"},
            ],
        },
    ).get_json()
    assert sorted(team["members"], key=lambda member: member["value"]) == [
        {
            "value": id,
            "$ref": f"http://localhost/scim/v2/Users/{id}",
            "type": "User",
        }
        for id in sorted([ada["id"], bob["id"]])
    ]
    assert idp.get(f"/Groups/{team['id']}").get_json() == team
    for member in team["members"]:
        assert idp.get(member["$ref"].removeprefix("http://localhost/scim/v2")).status_code == 200


@pytest.mark.requirement("R104")
def test_names_of_members_for_those_who_ask(idp: ScimClient) -> None:
    ada, bob = idp.user("ada", displayName="Ada L."), idp.user("bob")
    team = idp.team("Blue", ada["id"], bob["id"])
    found = idp.get(f"/Groups/{team['id']}?attributes=members.display,members.value").get_json()
    names = {member["value"]: member["display"] for member in found["members"]}
    # Storage whose table has no column for displayName calls people by their userName.
    assert names[ada["id"]] in ("Ada L.", "ada")
    assert names[bob["id"]] == "bob"
    assert "display" not in idp.get(f"/Groups/{team['id']}?attributes=members").text


@pytest.mark.requirement("R013", "R053", "R092", "R093")
@pytest.mark.parametrize(
    "member",
    [
        "nobody",
        "0190a1b2-0000-7000-8000-000000000000",
        "1",
        "x" * 5000,
    ],
)
def test_a_member_has_to_exist(idp: ScimClient, storage: Storage, member: str) -> None:
    # And nothing is left behind, good members included
    ada = idp.user("ada")
    team = idp.team("Blue", ada["id"])
    before = dump(storage)
    members = [{"value": ada["id"]}, {"value": member}]
    body = {"schemas": [GROUP], "displayName": "Red", "members": members}
    url = f"/Groups/{team['id']}"
    for response in (
        idp.post("/Groups", body),
        idp.put(url, body),
        idp.patch(url, {"op": "add", "path": "members", "value": members}),
        idp.patch(url, {"op": "replace", "path": "members", "value": members}),
    ):
        assert_error(response, 400, "invalidValue", "members")
    assert dump(storage) == before


@pytest.mark.requirement("R054")
def test_a_team_cannot_be_its_own_member(idp: ScimClient) -> None:
    # A cycle is refused, since a group takes users alone
    team = idp.team("Blue")
    response = idp.patch(
        f"/Groups/{team['id']}",
        {"op": "add", "path": "members", "value": [{"value": team["id"]}]},
    )
    assert_error(response, 400, "invalidValue", "members")


@pytest.mark.requirement("R053", "R068")
def test_the_published_schema_names_what_can_be_a_member(quick: ScimClient) -> None:
    # Either a group can be a member, or /Schemas does not say so
    outer, inner = quick.team("Outer"), quick.team("Inner")
    add = {"op": "add", "path": "members", "value": [{"value": inner["id"]}]}
    accepted = quick.patch(f"/Groups/{outer['id']}", add).status_code < 300
    schema = quick.get(f"/Schemas/{GROUP}").get_json()
    members = next(a for a in schema["attributes"] if a["name"] == "members")
    subs = {sub["name"]: sub for sub in members["subAttributes"]}
    assert ("Group" in subs["$ref"]["referenceTypes"]) == accepted
    assert ("Group" in subs["type"]["canonicalValues"]) == accepted


@pytest.mark.requirement("R092", "R162", "R196")
@pytest.mark.parametrize(("taken", "wanted"), [("Blue", "blue"), ("ÉQUIPE", "équipe")])
def test_names_are_unique(idp: ScimClient, storage: Storage, taken: str, wanted: str) -> None:
    idp.team(taken)
    other = idp.team("Other")
    before = dump(storage)
    body = {"schemas": [GROUP], "displayName": wanted}
    url = f"/Groups/{other['id']}"
    rename = {"op": "replace", "path": "displayName", "value": wanted}
    for response in (idp.post("/Groups", body), idp.put(url, body), idp.patch(url, rename)):
        assert_error(response, 409, "uniqueness", "displayName")
    assert dump(storage) == before


@pytest.mark.requirement("R021", "R052", "R093", "R094", "R160")
@pytest.mark.parametrize("name", [None, "", "   ", "\u3000", [], 1, {"a": 1}, ["a", "b"], True])
def test_a_name_is_required(idp: ScimClient, storage: Storage, name: Any) -> None:
    team = idp.team("Blue")
    before = dump(storage)
    body = {"schemas": [GROUP], "displayName": name}
    assert_error(idp.post("/Groups", body), 400, "invalidValue", "displayName")
    assert_error(idp.put(f"/Groups/{team['id']}", body), 400, "invalidValue", "displayName")
    assert_error(idp.post("/Groups", {"schemas": [GROUP]}), 400, "invalidValue", "displayName")
    assert dump(storage) == before


@pytest.mark.requirement("R055", "R056", "R202", "R203", "R204")
def test_deletion(idp: ScimClient) -> None:
    ada = idp.user("ada")
    team = idp.team("Blue", ada["id"])
    assert idp.delete(f"/Groups/{team['id']}").status_code == 204
    assert_error(idp.delete(f"/Groups/{team['id']}"), 404)
    assert_error(idp.get(f"/Groups/{team['id']}"), 404)
    assert "groups" not in idp.get(f"/Users/{ada['id']}").get_json()
    assert idp.get(f'/Users?filter=groups.value eq "{team["id"]}"').get_json()["totalResults"] == 0
    again = idp.team("Blue")
    assert idp.members(again["id"]) == set()


def test_deactivation_keeps_memberships(idp: ScimClient) -> None:
    # Entra does not send them again when the account is restored.
    ada = idp.user("ada")
    team = idp.team("Blue", ada["id"])
    for active in (False, True):
        idp.patch(f"/Users/{ada['id']}", {"op": "replace", "path": "active", "value": active})
        assert idp.members(team["id"]) == {ada["id"]}


@pytest.mark.requirement("R056", "R144")
def test_both_ends_agree(idp: ScimClient) -> None:
    users = [idp.user(f"u{n}")["id"] for n in range(4)]
    blue, red = idp.team("Blue", *users[:3])["id"], idp.team("Red", *users[2:])["id"]
    for user in users:
        told = {g["value"] for g in idp.get(f"/Users/{user}").get_json().get("groups", [])}
        found = idp.get(f'/Groups?filter=members[value eq "{user}"]').get_json()
        assert told == {team["id"] for team in found.get("Resources", [])}
        assert told == {team for team in (blue, red) if user in idp.members(team)}
    for team in (blue, red):
        found = idp.get(f'/Users?filter=groups.value eq "{team}"').get_json()
        assert {user["id"] for user in found["Resources"]} == idp.members(team)


@pytest.mark.requirement("R057", "R182", "R207", "R210")
def test_a_member_change_counts_in_the_teams_version(idp: ScimClient) -> None:
    ada = idp.user("ada")
    team = idp.team("Blue")
    url = f"/Groups/{team['id']}"
    add = {"op": "add", "path": "members", "value": [{"value": ada["id"]}]}
    versions = [team["meta"]["version"]]
    for _ in range(2):
        response = idp.patch(url, add)
        assert response.status_code == 204
        versions.append(response.headers["ETag"])
    assert versions[0] != versions[1] == versions[2]
    remove = {"op": "remove", "path": f'members[value eq "{ada["id"]}"]'}
    versions += [idp.patch(url, remove).headers["ETag"] for _ in range(2)]
    assert len(set(versions)) == 3
    meta = idp.get(url).get_json()["meta"]
    assert meta["version"] == versions[-1]
    assert meta["created"] == team["meta"]["created"] < meta["lastModified"]
    assert idp.get(f"/Users/{ada['id']}").get_json() == ada


@pytest.mark.requirement("R168", "R200")
def test_a_change_is_answered_without_members_unless_asked(idp: ScimClient) -> None:
    ada = idp.user("ada")
    url = f"/Groups/{idp.team('Blue')['id']}"
    add = {"op": "add", "path": "members", "value": [{"value": ada["id"]}]}
    response = idp.patch(url, add)
    assert (response.status_code, response.data) == (204, b"")
    response = idp.patch(f"{url}?excludedAttributes=members", add)
    assert response.status_code == 200
    assert response.get_json()["displayName"] == "Blue"
    assert "members" not in response.get_json()
    response = idp.patch(f"{url}?attributes=members.value", add)
    assert response.get_json()["members"] == [{"value": ada["id"]}]


def test_more_than_a_hundred_members(idp: ScimClient) -> None:
    # Servers have lost those beyond the hundredth.
    users = [idp.user(f"u{n:03}")["id"] for n in range(130)]
    team = idp.team("Blue", *users[:120])
    url = f"/Groups/{team['id']}"
    idp.patch(url, {"op": "Add", "path": "members", "value": [{"value": u} for u in users[120:]]})
    assert idp.members(team["id"]) == set(users)
    idp.patch(url, {"op": "replace", "value": {"id": team["id"], "displayName": "Renamed"}})
    assert idp.members(team["id"]) == set(users)
    idp.patch(url, {"op": "Remove", "path": "members", "value": [{"value": users[7]}]})
    assert idp.members(team["id"]) == set(users) - {users[7]}
