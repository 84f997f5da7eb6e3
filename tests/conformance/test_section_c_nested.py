"""Groups in groups: members, indirect membership, circles (RFC 7643 sections 4.1.2 and 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import STORAGE
from tests.hosts import Storage
from tests.hosts import open_storage
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error

BASE = "http://localhost/scim/v2"
DEPTH = 50


@pytest.fixture(scope="module", params=[kind for kind in STORAGE if kind != "mapped"])
def every_storage(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Storage]:
    """Storage of each kind in which groups nest."""
    with open_storage(request.param, tmp_path_factory.mktemp(request.param)) as storage:
        yield storage


def adding(*ids: str) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": id} for id in ids]}


def removing(id: str) -> dict[str, Any]:
    return {"op": "remove", "path": f'members[value eq "{id}"]'}


def groups(idp: ScimClient, user: str) -> dict[str, str]:
    """Return how a user belongs to each of its groups, by their names."""
    told = shown(idp, f"/Users/{user}").get("groups", [])
    for group in told:
        assert group["$ref"] == f"{BASE}/Groups/{group['value']}"
        type = group["type"]
        selected = f'groups[value eq "{group["value"]}" and type eq "{type}"]'
        assert user in found(idp, selected)
    assert len({group["value"] for group in told}) == len(told)
    return {group["display"]: group["type"] for group in told}


@pytest.fixture
def nested(idp: ScimClient) -> dict[str, str]:
    """Ids by name: Ada is in Sky, Bob in Blue; All holds Blue, which holds Sky."""
    ada, bob = idp.user("ada")["id"], idp.user("bob")["id"]
    sky = idp.team("Sky", ada)["id"]
    blue = idp.team("Blue", bob, sky)["id"]
    everything = idp.team("All", blue)["id"]
    return {"ada": ada, "bob": bob, "Sky": sky, "Blue": blue, "All": everything}


@pytest.mark.requirement("R049")
def test_membership_through_groups_is_indirect(idp: ScimClient, nested: dict[str, str]) -> None:
    ada, bob = nested["ada"], nested["bob"]
    assert groups(idp, ada) == {"Sky": "direct", "Blue": "indirect", "All": "indirect"}
    assert groups(idp, bob) == {"Blue": "direct", "All": "indirect"}
    # In both ways: directly, and told once.
    assert idp.patch(f"/Groups/{nested['All']}", adding(ada)).status_code == 204
    assert groups(idp, ada) == {"Sky": "direct", "Blue": "indirect", "All": "direct"}
    listed = {one["id"]: one for one in shown(idp, "/Users")["Resources"]}
    assert listed[ada] == shown(idp, f"/Users/{ada}")
    idp.patch(f"/Groups/{nested['All']}", removing(nested["Blue"]))
    assert groups(idp, ada) == {"Sky": "direct", "Blue": "indirect", "All": "direct"}
    assert groups(idp, bob) == {"Blue": "direct"}


@pytest.mark.requirement("R053")
def test_members_say_what_they_are(idp: ScimClient, nested: dict[str, str]) -> None:
    url = f"/Groups/{nested['Blue']}"
    members = {member["value"]: member for member in shown(idp, url)["members"]}
    assert members == {
        nested["bob"]: {
            "value": nested["bob"],
            "type": "User",
            "$ref": f"{BASE}/Users/{nested['bob']}",
        },
        nested["Sky"]: {
            "value": nested["Sky"],
            "type": "Group",
            "$ref": f"{BASE}/Groups/{nested['Sky']}",
        },
    }
    named = shown(idp, url, attributes="members.display,members.value")["members"]
    assert {one["value"]: one["display"] for one in named} == {
        nested["bob"]: "bob",
        nested["Sky"]: "Sky",
    }
    # What a client says of a member is not what it is.
    said = [{"value": nested["Sky"], "type": "User", "$ref": "../Users/x", "display": "X"}]
    put = {"schemas": [GROUP], "displayName": "Blue", "members": said}
    [member] = idp.put(url, put).get_json()["members"]
    assert (member["type"], member["$ref"]) == ("Group", f"{BASE}/Groups/{nested['Sky']}")
    attributes = shown(idp, f"/Schemas/{GROUP}")["attributes"]
    [published] = [one for one in attributes if one["name"] == "members"]
    for sub in published["subAttributes"]:
        if sub["name"] == "type":
            assert sub["canonicalValues"] == ["User", "Group"]
        if sub["name"] == "$ref":
            assert sub["referenceTypes"] == ["User", "Group"]


@pytest.mark.requirement("R053")
def test_users_and_groups_come_and_go_together(idp: ScimClient, nested: dict[str, str]) -> None:
    ada, bob, sky, blue = (nested[name] for name in ("ada", "bob", "Sky", "Blue"))
    red = idp.team("Red")["id"]
    url = f"/Groups/{red}"
    steps: list[tuple[dict[str, Any], set[str]]] = [
        (adding(ada, sky, blue), {ada, sky, blue}),
        (adding(sky, bob), {ada, bob, sky, blue}),
        (removing(sky), {ada, bob, blue}),
        ({"op": "remove", "path": "members", "value": [{"value": ada}, {"value": blue}]}, {bob}),
        (
            {"op": "replace", "path": "members", "value": [{"value": sky}, {"value": ada}]},
            {sky, ada},
        ),
        ({"op": "remove", "path": 'members[type eq "Group"]'}, {ada}),
        ({"op": "replace", "value": {"members": [{"value": blue}, {"value": bob}]}}, {blue, bob}),
        ({"op": "remove", "path": 'members[type eq "user"]'}, {blue}),
        ({"op": "remove", "path": "members"}, set()),
    ]
    versions = []
    for step, members in steps:
        response = idp.patch(url, step)
        assert response.status_code == 204, response.text
        assert idp.members(red) == members
        versions.append(response.headers["ETag"])
        again = idp.patch(url, step)
        assert again.headers["ETag"] == versions[-1]
    assert len(set(versions)) == len(steps)
    put = {"schemas": [GROUP], "displayName": "Red", "members": [{"value": sky}, {"value": bob}]}
    assert idp.put(url, put).status_code == 200
    assert idp.members(red) == {sky, bob}
    wrong = idp.patch(url, adding(blue, ada, "nobody"))
    assert_error(wrong, 400, "invalidValue", "members", "nobody")
    assert idp.members(red) == {sky, bob}


@pytest.mark.requirement("R054")
def test_a_circle_does_no_harm(idp: ScimClient, nested: dict[str, str]) -> None:
    assert idp.patch(f"/Groups/{nested['Sky']}", adding(nested["All"])).status_code == 204
    assert groups(idp, nested["ada"]) == {"Sky": "direct", "Blue": "indirect", "All": "indirect"}
    assert groups(idp, nested["bob"]) == {"Blue": "direct", "Sky": "indirect", "All": "indirect"}
    for name in ("Sky", "Blue", "All"):
        both = {nested["ada"], nested["bob"]}
        assert found(idp, f'groups.value eq "{nested[name]}"') == both
    assert shown(idp, "/Groups")["totalResults"] == 3
    assert idp.delete(f"/Groups/{nested['Blue']}").status_code == 204
    assert groups(idp, nested["ada"]) == {"Sky": "direct"}
    assert groups(idp, nested["bob"]) == {}
    assert idp.members(nested["Sky"]) == {nested["ada"], nested["All"]}


@pytest.mark.requirement("R054")
def test_a_group_is_not_in_itself(
    idp: ScimClient, storage: Storage, nested: dict[str, str]
) -> None:
    sky = nested["Sky"]
    before = dump(storage)
    url = f"/Groups/{sky}"
    put = {"schemas": [GROUP], "displayName": "Sky", "members": [{"value": sky}]}
    for response in (
        idp.patch(url, adding(sky)),
        idp.patch(url, adding(nested["bob"], sky)),
        idp.patch(url, {"op": "replace", "path": "members", "value": [{"value": sky}]}),
        idp.put(url, put),
    ):
        assert_error(response, 400, "invalidValue", "members", "its own member")
    assert dump(storage) == before


@pytest.mark.requirement("R054", "R049")
def test_a_deep_chain_of_groups(idp: ScimClient) -> None:
    ada = idp.user("ada")["id"]
    chain = [idp.team("G0", ada)["id"]]
    for number in range(1, DEPTH):
        chain.append(idp.team(f"G{number}", chain[-1])["id"])
    told = {group["value"]: group["type"] for group in shown(idp, f"/Users/{ada}")["groups"]}
    assert told == dict.fromkeys(chain, "indirect") | {chain[0]: "direct"}
    assert found(idp, f'groups.value eq "{chain[-1]}"') == {ada}
    assert found(idp, f'groups[value eq "{chain[-1]}" and type eq "direct"]') == set()
    # Closed to a ring, and cut in the middle.
    assert idp.patch(f"/Groups/{chain[0]}", adding(chain[-1])).status_code == 204
    assert len(shown(idp, f"/Users/{ada}")["groups"]) == DEPTH
    assert idp.delete(f"/Groups/{chain[DEPTH // 2]}").status_code == 204
    assert len(shown(idp, f"/Users/{ada}")["groups"]) == DEPTH // 2


@pytest.mark.requirement("R055")
def test_a_deleted_group_leaves_its_parents_and_its_users(
    idp: ScimClient, nested: dict[str, str]
) -> None:
    other = idp.team("Other", nested["All"])["id"]
    before = {id: shown(idp, f"/Groups/{id}")["meta"] for id in (nested["All"], other)}
    assert idp.delete(f"/Groups/{nested['Blue']}").status_code == 204
    assert groups(idp, nested["ada"]) == {"Sky": "direct"}
    assert groups(idp, nested["bob"]) == {}
    all_after = shown(idp, f"/Groups/{nested['All']}")
    assert "members" not in all_after
    assert all_after["meta"]["version"] != before[nested["All"]]["version"]
    assert all_after["meta"]["lastModified"] > before[nested["All"]]["lastModified"]
    assert shown(idp, f"/Groups/{other}")["meta"] == before[other]
    assert found(idp, f'members.value eq "{nested["Blue"]}"', "/Groups") == set()
    assert found(idp, f'groups.value eq "{nested["Blue"]}"') == set()
    # Nobody inherits its place.
    again = idp.team("Blue")["id"]
    assert idp.members(again) == idp.members(nested["All"]) == set()
    # A user leaves all of them by itself being deleted.
    assert idp.delete(f"/Users/{nested['ada']}").status_code == 204
    assert idp.members(nested["Sky"]) == set()


def assert_both_ends_agree(idp: ScimClient) -> None:
    """Work the groups of every user out from the members of every group, and compare."""
    teams = {team["id"]: team for team in shown(idp, "/Groups")["Resources"]}
    held = {id: {m["value"] for m in team.get("members", [])} for id, team in teams.items()}
    for user in shown(idp, "/Users")["Resources"]:
        direct = {id for id, members in held.items() if user["id"] in members}
        reached = set(direct)
        while more := {id for id, members in held.items() if members & reached} - reached:
            reached |= more
        told = {group["value"]: group["type"] for group in user.get("groups", [])}
        assert told == dict.fromkeys(reached, "indirect") | dict.fromkeys(direct, "direct")
    for id in teams:
        for member in held[id]:
            assert id in found(idp, f'members.value eq "{member}"', "/Groups")


@pytest.mark.requirement("R056")
def test_members_and_groups_agree_whatever_happens(idp: ScimClient, nested: dict[str, str]) -> None:
    ada, bob, sky, blue, top = nested.values()
    red = idp.team("Red", bob)["id"]
    put = {"schemas": [GROUP], "displayName": "Blue", "members": [{"value": red}]}
    requests: list[Callable[[], Any]] = [
        lambda: idp.patch(f"/Groups/{red}", adding(top)),
        lambda: idp.patch(f"/Groups/{top}", removing(blue), adding(sky)),
        lambda: idp.put(f"/Groups/{blue}", put),
        lambda: idp.put(f"/Users/{ada}", {"schemas": [USER], "userName": "ada", "groups": []}),
        lambda: idp.patch(f"/Groups/{blue}", adding(sky), adding(blue)),
        lambda: idp.patch(f"/Groups/{sky}", adding(blue)),
        lambda: idp.delete(f"/Groups/{top}"),
        lambda: idp.delete(f"/Users/{bob}"),
        lambda: idp.delete(f"/Groups/{blue}"),
    ]
    statuses = []
    for request in requests:
        statuses.append(request().status_code)
        assert_both_ends_agree(idp)
    assert statuses == [204, 204, 200, 200, 400, 204, 204, 204, 204]


@pytest.mark.requirement("R053", "R056")
@pytest.mark.parametrize(
    ("path", "filter", "names"),
    [
        ("/Groups", 'members.value eq "{Sky}"', {"Blue"}),
        ("/Groups", 'members eq "{Blue}"', {"All"}),
        ("/Groups", 'members.type eq "Group"', {"Blue", "All"}),
        ("/Groups", 'members.type eq "USER"', {"Blue", "Sky"}),
        ("/Groups", 'members[type eq "Group" and value eq "{bob}"]', set()),
        ("/Groups", 'not (members.type eq "Group")', {"Sky"}),
        ("/Groups", 'members.value eq "{ada}"', {"Sky"}),
        ("/Users", 'groups.value eq "{All}"', {"ada", "bob"}),
        ("/Users", 'groups.value eq "{Sky}"', {"ada"}),
        ("/Users", 'groups[value eq "{Blue}" and type eq "indirect"]', {"ada"}),
        ("/Users", 'not (groups.value eq "{Sky}")', {"bob"}),
        ("/Users", 'groups.type eq "indirect" and not (groups.value eq "{Sky}")', {"bob"}),
        ("/Users", 'groups[type eq "direct" and value ne "{Sky}"]', {"bob"}),
    ],
)
def test_filters_see_memberships_of_both_kinds(
    idp: ScimClient, nested: dict[str, str], path: str, filter: str, names: set[str]
) -> None:
    found_ids = found(idp, filter.format_map(nested), path)
    assert found_ids == {nested[name] for name in names}


@pytest.fixture(params=["memory", "mapped"])
def flat(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[ScimClient]:
    """An identity provider at a host whose groups hold users alone."""
    with open_storage(request.param, tmp_path_factory.mktemp("flat")) as storage:
        memory = request.param == "memory"
        backend = MemoryBackend(types=ResourceTypes()) if memory else storage.backend
        app = Flask("flat")
        app.config["SECRET_KEY"] = SECRET_KEY
        scim = ScimTeams(backend, app)
        with app.app_context():
            token = scim.tokens.create(label="test").secret
        yield ScimClient(app.test_client(), token)


@pytest.mark.requirement("R053")
def test_a_group_is_no_member_where_groups_hold_users_alone(flat: ScimClient) -> None:
    ada = flat.user("ada")["id"]
    blue, red = flat.team("Blue", ada), flat.team("Red")["id"]
    url = f"/Groups/{blue['id']}"
    put = {"schemas": [GROUP], "displayName": "Blue", "members": [{"value": red}]}
    for response in (
        flat.patch(url, adding(red)),
        flat.patch(url, adding(ada, red)),
        flat.patch(url, {"op": "replace", "path": "members", "value": [{"value": red}]}),
        flat.put(url, put),
        flat.post("/Groups", {**put, "displayName": "Green"}),
    ):
        assert_error(response, 400, "invalidValue", red, "is a Group", "Users alone")
    assert shown(flat, url) == blue
    attributes = shown(flat, f"/Schemas/{GROUP}")["attributes"]
    [published] = [one for one in attributes if one["name"] == "members"]
    [kind] = [one for one in published["subAttributes"] if one["name"] == "type"]
    assert kind["canonicalValues"] == ["User"]
    assert groups(flat, ada) == {"Blue": "direct"}
