"""DELETE: a resource is gone (RFC 7644 section 3.6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.changes import FULL
from tests.conformance.changes import add
from tests.conformance.changes import remove
from tests.conformance.changes import replace
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.dumps import text_beside_the_log
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BODY = {"schemas": [USER, GROUP], "userName": "new", "displayName": "New"}


def total(idp: ScimClient, path: str, filter: str) -> int:
    """Return how many resources there are, by GET and by POST alike."""
    asked = {"schemas": [SEARCH], "filter": filter, "count": 0}
    got = idp.get(path, query_string={"filter": filter}).get_json()["totalResults"]
    posted = idp.post(f"{path}/.search", asked).get_json()["totalResults"]
    everywhere = idp.post("/.search", asked).get_json()["totalResults"]
    assert got == posted
    assert everywhere >= got
    return int(got)


@pytest.mark.requirement("R202")
@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_a_resource_is_deleted_once(idp: ScimClient, storage: Storage, kind: str) -> None:
    user = idp.user("ada")
    made = user if kind == "Users" else idp.team("Blue", user["id"])
    other = idp.user("other") if kind == "Users" else idp.team("Other", user["id"])
    url = f"/{kind}/{made['id']}"
    response = idp.delete(url)
    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers
    after = dump(storage)
    for again in (url, url, f"/{kind}/unknown", f"/{kind}/{other['id'].upper()}"):
        assert_error(idp.delete(again), 404)
    # Nor is it found under the other endpoint.
    assert_error(idp.delete(f"/{'Groups' if kind == 'Users' else 'Users'}/{other['id']}"), 404)
    assert dump(storage) == after
    assert idp.get(f"/{kind}/{other['id']}").status_code == 200
    assert_error(idp.delete(f"/{kind}"), 405)


@pytest.mark.requirement("R203")
@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_what_is_deleted_is_not_found_by_any_method(
    idp: ScimClient, storage: Storage, kind: str
) -> None:
    ada = idp.user("ada")["id"]
    made = idp.user("bob", **{ENTERPRISE: {"department": "d"}}) if kind == "Users" else (
        idp.team("Blue", ada)
    )  # fmt: skip
    url, version = f"/{kind}/{made['id']}", made["meta"]["version"]
    assert idp.delete(url).status_code == 204
    after = dump(storage)
    for headers in ({}, {"If-Match": "*"}, {"If-Match": version}, {"If-None-Match": version}):
        assert_error(idp.get(url, headers=headers), 404)
        assert idp.request("HEAD", url, headers=headers).status_code == 404
        assert_error(idp.put(url, {**BODY, "id": made["id"]}, headers=headers), 404)
        for step in (add("externalId", "x"), replace("displayName", "y"), remove("externalId")):
            assert_error(idp.patch(url, step, headers=headers), 404)
        assert_error(idp.delete(url, headers=headers), 404)
    assert_error(idp.get(f"{url}?attributes=id"), 404)
    assert dump(storage) == after


@pytest.mark.requirement("R203")
def test_a_deleted_user_is_nowhere(idp: ScimClient, storage: Storage) -> None:
    attributes: dict[str, Any] = {k: v for k, v in FULL.items() if k not in ("userName", "active")}
    ada = idp.user("ada@example.com", **attributes)
    staff = {ENTERPRISE: {"manager": {"value": ada["id"]}}}
    bob = idp.user("bob", **staff)
    teams = [idp.team(name, ada["id"], bob["id"]) for name in ("Blue", "Green")]
    teams.append(idp.team("Alone", ada["id"]))
    filters = {
        "Users": [f'id eq "{ada["id"]}"', 'userName eq "ada@example.com"', 'externalId eq "E-1"'],
        "Groups": [f'members.value eq "{ada["id"]}"', f'members[value eq "{ada["id"]}"]'],
    }
    for kind, wanted in filters.items():
        assert [total(idp, f"/{kind}", filter) > 0 for filter in wanted] == [True] * len(wanted)

    assert idp.delete(f"/Users/{ada['id']}").status_code == 204
    for kind, wanted in filters.items():
        assert [total(idp, f"/{kind}", filter) for filter in wanted] == [0] * len(wanted)
    listed = idp.get("/Users").get_json()
    assert [user["id"] for user in listed["Resources"]] == [bob["id"]]
    assert listed["totalResults"] == 1
    assert [idp.members(team["id"]) for team in teams] == [{bob["id"]}, {bob["id"]}, set()]
    for team in teams:
        assert ada["id"] not in idp.get(f"/Groups/{team['id']}?attributes=members.display").text
    # Of a manager who is gone nothing is told but what the client itself said.
    manager = idp.get(f"/Users/{bob['id']}").get_json()[ENTERPRISE]["manager"]
    assert manager == {"value": ada["id"]}
    # Nor is anything kept of what was told of her.
    for word in ("ada@example.com", "ada@work.example", "Countess", "E-1", "Byron"):
        assert word not in text_beside_the_log(storage)


@pytest.mark.requirement("R203")
def test_a_deleted_group_is_nowhere(idp: ScimClient, storage: Storage) -> None:
    ada, bob = idp.user("ada")["id"], idp.user("bob")["id"]
    blue = idp.team("Blue", ada, bob, externalId="t")
    green = idp.team("Green", ada)
    filters = [f'id eq "{blue["id"]}"', 'displayName eq "blue"', 'externalId eq "t"']
    assert [total(idp, "/Groups", filter) for filter in filters] == [1, 1, 1]
    assert total(idp, "/Users", f'groups.value eq "{blue["id"]}"') == 2

    assert idp.delete(f"/Groups/{blue['id']}").status_code == 204
    assert [total(idp, "/Groups", filter) for filter in filters] == [0, 0, 0]
    assert total(idp, "/Users", f'groups.value eq "{blue["id"]}"') == 0
    assert total(idp, "/Users", "groups pr") == 1
    assert [one["id"] for one in idp.get("/Groups").get_json()["Resources"]] == [green["id"]]
    [group] = idp.get(f"/Users/{ada}").get_json()["groups"]
    assert group["value"] == green["id"]
    assert "groups" not in idp.get(f"/Users/{bob}").get_json()
    assert blue["id"] not in text_beside_the_log(storage)


@pytest.mark.requirement("R203")
def test_a_deleted_user_cannot_become_a_member(idp: ScimClient, storage: Storage) -> None:
    ada, bob = idp.user("ada")["id"], idp.user("bob")["id"]
    team = f"/Groups/{idp.team('Blue', bob)['id']}"
    assert idp.delete(f"/Users/{ada}").status_code == 204
    after = dump(storage)
    members = [{"value": bob}, {"value": ada}]
    body = {"schemas": [GROUP], "displayName": "New", "members": members}
    for response in (
        idp.post("/Groups", body),
        idp.put(team, body),
        idp.patch(team, add("members", members)),
        idp.patch(team, replace("members", members)),
    ):
        assert_error(response, 400, "invalidValue", "members", ada)
    assert dump(storage) == after


@pytest.mark.requirement("R204")
@pytest.mark.parametrize("name", ["Zoë", "zoë", "ZOË"])
def test_a_name_can_be_used_again_at_once(idp: ScimClient, name: str) -> None:
    ids = set()
    for number in range(3):
        user = idp.user(name if number else "Zoë", externalId="e")
        team = idp.team(name if number else "Zoë", user["id"], externalId="e")
        ids |= {user["id"], team["id"]}
        # Somebody new: nothing of the former is there any more.
        assert user["meta"]["version"] == team["meta"]["version"] == 'W/"1"'
        assert idp.members(team["id"]) == {user["id"]}
        assert idp.delete(f"/Users/{user['id']}").status_code == 204
        assert idp.delete(f"/Groups/{team['id']}").status_code == 204
    assert len(ids) == 6
    # By a change too.
    idp.user(name)
    other = idp.user("other")
    found = idp.get("/Users", query_string={"filter": f'userName eq "{name}"'}).get_json()
    step = replace("userName", "Zoë")
    assert_error(idp.patch(f"/Users/{other['id']}", step), 409, "uniqueness", "userName")
    assert idp.delete(f"/Users/{found['Resources'][0]['id']}").status_code == 204
    assert idp.patch(f"/Users/{other['id']}", step).status_code == 200


@pytest.mark.requirement("R205")
@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_a_deletion_may_depend_on_the_version(idp: ScimClient, storage: Storage, kind: str) -> None:
    user = idp.user("ada")
    made = user if kind == "Users" else idp.team("Blue", user["id"])
    url, stale = f"/{kind}/{made['id']}", made["meta"]["version"]
    current = idp.patch(url, add("externalId", "x")).headers["ETag"]
    before = dump(storage)
    for tag in (stale, '"x"', f'{stale}, W/"99"', "", "nonsense"):
        assert_error(idp.delete(url, headers={"If-Match": tag}), 412)
    assert dump(storage) == before
    assert idp.delete(url, headers={"If-Match": f"{stale}, {current}"}).status_code == 204
    # What is not there is not found, whatever its version should have been.
    for tag in (current, stale, "*"):
        assert_error(idp.delete(url, headers={"If-Match": tag}), 404)
    other = idp.user("bob") if kind == "Users" else idp.team("Green")
    assert idp.delete(f"/{kind}/{other['id']}", headers={"If-Match": "*"}).status_code == 204
