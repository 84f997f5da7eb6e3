"""Groups: their names and their members (RFC 7643 section 4.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta

BASE = "http://localhost/scim/v2"


@pytest.fixture
def users(idp: ScimClient) -> dict[str, str]:
    """The ids of four users by their names."""
    return {name: idp.user(name)["id"] for name in ("ada", "bob", "eve", "kim")}


def adding(*ids: str, path: str = "members") -> dict[str, Any]:
    """Return the operation that adds members."""
    return {"op": "add", "path": path, "value": [{"value": id} for id in ids]}


def removing(id: str) -> list[dict[str, Any]]:
    """Return the operations that remove a member, as each provider writes it."""
    return [
        {"op": "remove", "path": f'members[value eq "{id}"]'},
        {"op": "Remove", "path": "members", "value": [{"value": id}]},
    ]


def assert_both_ends_agree(idp: ScimClient, *, filters: bool = True) -> None:
    """Compare what the teams tell of their members with what the users tell of their groups.

    :param filters: whether to ask each team and each user by a filter, too.
    """
    teams = {team["id"]: team for team in shown(idp, "/Groups")["Resources"]}
    users = {user["id"]: user for user in shown(idp, "/Users")["Resources"]}
    seats = {(team, member["value"]) for team in teams for member in teams[team].get("members", [])}
    groups = [(group, user) for user in users for group in users[user].get("groups", [])]
    assert {(group["value"], user) for group, user in groups} == seats
    assert len(groups) == len(seats)
    for group, _ in groups:
        assert group["display"] == teams[group["value"]]["displayName"]
    if not filters:
        return
    for team in teams:
        mine = {user for one, user in seats if one == team}
        assert idp.members(team) == found(idp, f'groups.value eq "{team}"') == mine
    for user in users:
        mine = {team for team, one in seats if one == user}
        alone = {group["value"] for group in shown(idp, f"/Users/{user}").get("groups", [])}
        assert alone == found(idp, f'members[value eq "{user}"]', "/Groups") == mine


@pytest.mark.requirement("R052")
@pytest.mark.parametrize(
    "name", [None, "", " ", "\t\n", "\u3000", [], [None], {"value": None}, 5, True, {"a": "b"}]
)
def test_a_display_name_is_required(
    idp: ScimClient, storage: Storage, users: dict[str, str], name: Any
) -> None:
    team = idp.team("Blue", users["ada"])
    before = dump(storage)
    url = f"/Groups/{team['id']}"
    members = [{"value": users["bob"]}]
    for body in (
        {"schemas": [GROUP], "members": members},
        {"schemas": [GROUP], "displayName": name, "members": members},
    ):
        assert_error(idp.post("/Groups", body), 400, "invalidValue", "displayName")
        assert_error(idp.put(url, body), 400, "invalidValue", "displayName")
    for step in (
        {"op": "replace", "path": "displayName", "value": name},
        {"op": "add", "value": {"displayName": name}},
    ):
        failed = idp.patch(url, adding(users["bob"]), step)
        assert_error(failed, 400, "invalidValue", "displayName")
    removed = idp.patch(url, {"op": "remove", "path": "displayName"})
    assert_error(removed, 400, "mutability", "displayName")
    assert dump(storage) == before
    attributes = shown(idp, f"/Schemas/{GROUP}")["attributes"]
    [published] = [one for one in attributes if one["name"] == "displayName"]
    assert published["required"] is True


@pytest.mark.requirement("R053")
@pytest.mark.parametrize(
    "said",
    [
        {},
        {"display": "Somebody else"},
        {"type": "User", "$ref": "https://elsewhere.example/Users/1"},
        {"type": "Group"},
        {"type": "Robot", "$ref": "../Robots/1", "display": "R", "nonsense": 1},
    ],
)
def test_the_server_says_what_a_member_is(
    idp: ScimClient, users: dict[str, str], said: dict[str, Any]
) -> None:
    ada, bob, eve = users["ada"], users["bob"], users["eve"]
    body = {"schemas": [GROUP], "displayName": "Blue", "members": [{"value": ada, **said}]}
    team = idp.post("/Groups", body).get_json()
    url = f"/Groups/{team['id']}"
    described = {
        id: {"value": id, "type": "User", "$ref": f"{BASE}/Users/{id}"} for id in users.values()
    }
    assert team["members"] == [described[ada]]
    replaced = idp.put(url, {**body, "members": [{"value": bob, **said}]}).get_json()
    assert replaced["members"] == [described[bob]]
    added = {"op": "add", "path": "members", "value": [{"value": eve, **said}]}
    assert idp.patch(url, added).status_code == 204
    members = sorted(shown(idp, url)["members"], key=lambda member: member["value"])
    assert members == [described[id] for id in sorted((bob, eve))]
    for member in members:
        assert shown(idp, member["$ref"].removeprefix(BASE))["id"] == member["value"]
        # Said of a member that is there already, it is no edit.
        again = {"op": "add", "path": "members", "value": [{"value": member["value"], **said}]}
        before = shown(idp, url)
        assert idp.patch(url, again).status_code == 204
        assert shown(idp, url) == before


@pytest.mark.requirement("R053")
@pytest.mark.parametrize("wrong", ["nobody", "ada", "0190a1b2-0000-7000-8000-000000000000"])
def test_a_member_is_the_id_of_an_existing_resource(
    idp: ScimClient, storage: Storage, users: dict[str, str], wrong: str
) -> None:
    team = idp.team("Blue", users["ada"])
    idp.patch(f"/Users/{users['bob']}", {"op": "add", "path": "externalId", "value": wrong})
    gone = idp.user("gone")["id"]
    idp.delete(f"/Users/{gone}")
    before = dump(storage)
    url = f"/Groups/{team['id']}"
    for id in (wrong, gone, users["bob"].upper()):
        members = [{"value": users["bob"]}, {"value": id}]
        body = {"schemas": [GROUP], "displayName": "Red", "members": members}
        for response in (
            idp.post("/Groups", body),
            idp.put(url, body),
            idp.patch(url, {"op": "add", "path": "members", "value": members}),
            idp.patch(url, {"op": "replace", "path": "members", "value": members}),
            idp.patch(url, adding(users["bob"]), adding(id)),
        ):
            assert_error(response, 400, "invalidValue", "members")
    assert dump(storage) == before


@pytest.mark.requirement("R053")
@pytest.mark.parametrize("op", ["add", "replace", "remove"])
@pytest.mark.parametrize("sub", ["value", "$ref", "type", "display"])
def test_a_member_is_not_edited(
    idp: ScimClient, storage: Storage, users: dict[str, str], op: str, sub: str
) -> None:
    team = idp.team("Blue", users["ada"], users["bob"])
    before = dump(storage)
    url = f"/Groups/{team['id']}"
    selected = f'members[value eq "{users["ada"]}"]'
    for path in (f"{selected}.{sub}", f"members.{sub}", f"{GROUP}:members.{sub}"):
        step = {"op": op, "path": path, "value": users["eve"]}
        assert_error(idp.patch(url, step), 400, "mutability", "member")
    if op != "remove":
        step = {"op": op, "path": selected, "value": {sub: users["eve"]}}
        assert_error(idp.patch(url, step), 400, "mutability", "member")
    assert dump(storage) == before
    attributes = shown(idp, f"/Schemas/{GROUP}")["attributes"]
    [published] = [one for one in attributes if one["name"] == "members"]
    [described] = [one for one in published["subAttributes"] if one["name"] == sub]
    assert described["mutability"] == ("readOnly" if sub == "display" else "immutable")


@pytest.mark.requirement("R055")
def test_a_deleted_user_leaves_every_group(idp: ScimClient, users: dict[str, str]) -> None:
    ada, bob = users["ada"], users["bob"]
    teams = [
        idp.team("Blue", ada, bob),
        idp.team("Red", ada),
        idp.team("Green", bob),
    ]
    assert idp.delete(f"/Users/{ada}").status_code == 204
    assert [idp.members(team["id"]) for team in teams] == [{bob}, set(), {bob}]
    assert "members" not in shown(idp, f"/Groups/{teams[1]['id']}")
    assert found(idp, f'members.value eq "{ada}"', "/Groups") == set()
    # Those that lost a member have changed, and no other.
    after = [shown(idp, f"/Groups/{team['id']}")["meta"] for team in teams]
    for number, team in enumerate(teams):
        unchanged = after[number] == team["meta"]
        assert unchanged == (team["displayName"] == "Green")
    # Nobody inherits the seats: not even one of the same name.
    again = idp.user("ada")
    assert "groups" not in shown(idp, f"/Users/{again['id']}")
    assert_both_ends_agree(idp)


@pytest.mark.requirement("R055")
def test_a_deleted_group_leaves_its_users_groups(idp: ScimClient, users: dict[str, str]) -> None:
    ada, bob = users["ada"], users["bob"]
    blue, red = idp.team("Blue", ada, bob), idp.team("Red", ada)
    assert idp.delete(f"/Groups/{blue['id']}").status_code == 204
    [left] = shown(idp, f"/Users/{ada}")["groups"]
    assert left["value"] == red["id"]
    assert "groups" not in shown(idp, f"/Users/{bob}")
    assert found(idp, f'groups.value eq "{blue["id"]}"') == set()
    assert found(idp, "groups pr") == {ada}
    again = idp.team("Blue")
    assert idp.members(again["id"]) == set()
    assert_both_ends_agree(idp)


@pytest.mark.requirement("R056")
def test_members_and_groups_agree_whatever_happens(idp: ScimClient, users: dict[str, str]) -> None:
    ada, bob, eve, kim = users.values()
    blue, red = idp.team("Blue", ada, bob)["id"], idp.team("Red")["id"]
    put = {"schemas": [GROUP], "displayName": "Blue"}
    requests: list[Any] = [
        lambda: idp.patch(f"/Groups/{red}", adding(ada, eve, kim)),
        lambda: idp.patch(f"/Groups/{blue}", removing(bob)[0], adding(eve)),
        lambda: idp.patch(f"/Groups/{red}", removing(kim)[1]),
        lambda: idp.patch(
            f"/Groups/{red}", {"op": "replace", "path": "members", "value": [{"value": bob}]}
        ),
        lambda: idp.put(f"/Groups/{blue}", {**put, "members": [{"value": kim}, {"value": ada}]}),
        lambda: idp.patch(
            f"/Groups/{blue}", {"op": "replace", "path": "displayName", "value": "Navy"}
        ),
        lambda: idp.put(f"/Users/{ada}", {"schemas": [USER], "userName": "ada", "groups": []}),
        lambda: idp.patch(f"/Users/{kim}", {"op": "replace", "path": "active", "value": False}),
        lambda: idp.delete(f"/Users/{kim}"),
        lambda: idp.patch(f"/Groups/{blue}", adding(bob), adding("nobody")),
        lambda: idp.delete(f"/Groups/{red}"),
        lambda: idp.put(f"/Groups/{blue}", put),
    ]
    statuses = []
    for number, request in enumerate(requests):
        statuses.append(request().status_code)
        assert_both_ends_agree(idp, filters=number in (4, len(requests) - 2))
    assert statuses == [204, 204, 204, 204, 200, 204, 200, 200, 204, 400, 204, 200]
    assert idp.members(blue) == set()


@pytest.mark.requirement("R057")
def test_a_member_that_is_there_is_not_added(idp: ScimClient, users: dict[str, str]) -> None:
    ada, bob, eve = users["ada"], users["bob"], users["eve"]
    team = idp.team("Blue", ada, bob)
    url = f"/Groups/{team['id']}"
    body = {"schemas": [GROUP], "displayName": "Blue"}
    stored = shown(idp, url)
    for response in (
        idp.patch(url, adding(ada)),
        idp.patch(url, adding(bob, ada, bob)),
        idp.patch(url, {"op": "add", "value": {"members": [{"value": ada}]}}),
        idp.patch(url, adding(ada), adding(ada)),
        idp.patch(
            url, {"op": "replace", "path": "members", "value": [{"value": bob}, {"value": ada}]}
        ),
        idp.patch(url, adding(), {"op": "replace", "path": "displayName", "value": "Blue"}),
        idp.put(url, {**body, "members": [{"value": bob}, {"value": ada}, {"value": bob}]}),
        # Gone and back, and there and gone again, within one request.
        idp.patch(url, removing(ada)[0], adding(ada)),
        idp.patch(url, adding(eve), removing(eve)[0]),
    ):
        assert response.status_code in (200, 204), response.text
        assert response.headers["ETag"] == team["meta"]["version"]
        assert shown(idp, url) == stored
    # One that is new is, beside one that is not.
    changed = idp.patch(url, adding(ada, eve))
    assert changed.headers["ETag"] != team["meta"]["version"]
    assert idp.members(team["id"]) == {ada, bob, eve}


@pytest.mark.requirement("R057")
def test_a_member_that_is_absent_is_not_removed(idp: ScimClient, users: dict[str, str]) -> None:
    team = idp.team("Blue", users["ada"])
    url = f"/Groups/{team['id']}"
    stored = shown(idp, url)
    for absent in (users["bob"], "nobody", team["id"]):
        for step in removing(absent):
            response = idp.patch(url, step)
            assert response.status_code == 204, response.text
            assert response.headers["ETag"] == team["meta"]["version"]
            assert shown(idp, url) == stored
    empty = idp.team("Red")
    for step in ({"op": "remove", "path": "members"}, *removing(users["ada"])):
        response = idp.patch(f"/Groups/{empty['id']}", step)
        assert response.headers["ETag"] == empty["meta"]["version"]
    # One that is there is removed, beside one that is not.
    both = {"op": "remove", "path": "members", "value": [{"value": "nobody"}, *stored["members"]]}
    assert idp.patch(url, both).headers["ETag"] != team["meta"]["version"]
    assert without_meta(shown(idp, url)) == {"displayName": "Blue"}
