"""PATCH of a group's members: who is in the team afterwards."""

# ruff: noqa: E501 - one case, one line: so a table is read down its columns

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import assert_error

# Operations on a team whose members are a and b of the users a, b, c, d; in them "$a" stands for
# the id of a. The last part says who is in it afterwards, or the scimType of the refusal.
CASES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "R181 add one": ([{"op": "add", "path": "members", "value": [{"value": "$c"}]}], "abc"),
    "Entra add with $ref null": ([{"op": "Add", "path": "members", "value": [{"$ref": None, "value": "$c"}, {"$ref": None, "value": "$d"}]}], "abcd"),
    "R181 add one object": ([{"op": "add", "path": "members", "value": {"value": "$c"}}], "abc"),
    "Entra add a bare id": ([{"op": "add", "path": "members", "value": ["$c"]}], "abc"),
    "R057 add who is there": ([{"op": "add", "path": "members", "value": [{"value": "$a"}, {"value": "$a"}]}], "ab"),
    "R021 add nobody": ([{"op": "add", "path": "members", "value": []}], "ab"),
    "R179 add without path": ([{"op": "add", "value": {"members": [{"value": "$c"}]}}], "abc"),
    "R038 with the urn in front": ([{"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:MEMBERS", "value": [{"VALUE": "$c"}]}], "abc"),
    "R186 remove by filter": ([{"op": "remove", "path": 'members[value eq "$a"]'}], "b"),
    "R186 remove several by filter": ([{"op": "remove", "path": 'members[value eq "$a" or value eq "$b"]'}], ""),
    "R186 remove by other filters": ([{"op": "remove", "path": 'members[type eq "User" and not (value eq "$a")]'}], "a"),
    "R188 remove who is not there": ([{"op": "remove", "path": 'members[value eq "$c"]'}], "ab"),
    "R188 remove who does not exist": ([{"op": "remove", "path": 'members[value eq "nobody"]'}], "ab"),
    "R189 Entra remove by value": ([{"op": "Remove", "path": "members", "value": [{"value": "$a"}]}], "b"),
    "R189 Entra remove several": ([{"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "$a"}, {"value": "$b"}]}], ""),
    "R189 Entra remove who is not there": ([{"op": "Remove", "path": "members", "value": [{"value": "$c"}]}], "ab"),
    "R189 remove by one object": ([{"op": "remove", "path": "members", "value": {"value": "$a"}}], "b"),
    "R189 remove by an empty array": ([{"op": "remove", "path": "members", "value": []}], "ab"),
    "R185 remove all": ([{"op": "remove", "path": "members"}], ""),
    "R185 remove all, null": ([{"op": "remove", "path": "members", "value": None}], ""),
    "R192 replace": ([{"op": "replace", "path": "members", "value": [{"value": "$b"}, {"value": "$d"}]}], "bd"),
    "Okta replace with nobody": ([{"op": "replace", "path": "members", "value": []}], ""),
    "R190 replace without path": ([{"op": "replace", "value": {"members": [{"value": "$c"}]}}], "c"),
    "R190 others are not touched": ([{"op": "replace", "value": {"displayName": "New"}}], "ab"),
    "Okta remove and add at once": ([{"op": "remove", "path": 'members[value eq "$a"]'}, {"op": "add", "path": "members", "value": [{"value": "$c", "display": "c@example.com"}]}], "bc"),
    "R167 in order": ([{"op": "replace", "path": "members", "value": [{"value": "$c"}]}, {"op": "add", "path": "members", "value": [{"value": "$a"}]}, {"op": "remove", "path": 'members[value eq "$c"]'}], "a"),
    "R167 removed and back": ([{"op": "remove", "path": "members"}, {"op": "add", "path": "members", "value": [{"value": "$b"}, {"value": "$a"}]}], "ab"),
    "R053 a member is not edited": ([{"op": "replace", "path": 'members[value eq "$a"].value', "value": "$c"}], "invalidPath"),
    "R053 nor its display": ([{"op": "replace", "path": "members.display", "value": "x"}], "invalidPath"),
    "R172 nor put in its place": ([{"op": "replace", "path": 'members[value eq "$a"]', "value": {"value": "$c"}}], "invalidPath"),
    "R167 R174 good and bad": ([{"op": "add", "path": "members", "value": [{"value": "$c"}]}, {"op": "remove", "path": "displayName"}], "mutability"),
    "R167 bad path at the end": ([{"op": "remove", "path": "members"}, {"op": "add", "path": "nonsense", "value": 1}], "invalidPath"),
    "R173 members is text": ([{"op": "add", "path": "members", "value": ""}], "invalidValue"),
    "R173 a member is a number": ([{"op": "add", "path": "members", "value": [{"value": 1}]}], "invalidValue"),
    "R173 a member is null": ([{"op": "add", "path": "members", "value": [None]}], "invalidValue"),
    "R173 a member without value": ([{"op": "add", "path": "members", "value": [{"display": "a"}]}], "invalidValue"),
    "R173 a member in an array": ([{"op": "remove", "path": "members", "value": [["$a"]]}], "invalidValue"),
    "R178 add without value": ([{"op": "add", "path": "members"}], "invalidValue"),
    "R178 replace without value": ([{"op": "replace", "path": "members"}], "invalidValue"),
    "R169 unknown sub-attribute": ([{"op": "remove", "path": 'members[nonsense eq "x"]'}], "invalidFilter"),
    "R169 no closing bracket": ([{"op": "remove", "path": 'members[value eq "$a"'}], "invalidPath"),
}  # fmt: skip


@pytest.mark.requirement("R057", "R182", "R207")
@pytest.mark.parametrize(("steps", "expected"), CASES.values(), ids=CASES)
def test_members(
    idp: ScimClient, storage: Storage, steps: list[dict[str, Any]], expected: str
) -> None:
    ids = {name: idp.user(name)["id"] for name in "abcd"}
    team = idp.team("Blue", ids["a"], ids["b"])
    before = dump(storage)
    response = idp.patch(f"/Groups/{team['id']}", *_named(steps, ids))
    if len(expected) > 4:
        assert_error(response, 400, expected)
        assert dump(storage) == before
        return
    assert response.status_code == 204, response.text
    assert idp.members(team["id"]) == {ids[name] for name in expected}
    stored = idp.get(f"/Groups/{team['id']}").get_json()
    assert response.headers["ETag"] == stored["meta"]["version"]
    changed = expected != "ab" or stored["displayName"] != "Blue"
    assert (stored["meta"]["version"] != team["meta"]["version"]) is changed
    assert (stored["meta"]["lastModified"] != team["meta"]["lastModified"]) is changed


def _named(value: Any, ids: dict[str, str]) -> Any:
    """Return the JSON with ids in place of the ``$a`` in its strings."""
    if isinstance(value, dict):
        return {key: _named(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, ids) for item in value]
    if isinstance(value, str):
        for name, id in ids.items():
            value = value.replace(f"${name}", id)
    return value


@pytest.mark.requirement("R026", "R190")
@pytest.mark.parametrize("other", [{}, {"displayName": "Blue"}])
def test_okta_renames_with_the_groups_own_id(idp: ScimClient, other: dict[str, Any]) -> None:
    # Okta sends the group's id along; another id than its own is refused.
    ada = idp.user("ada")["id"]
    team = idp.team("Blue", ada)
    url = f"/Groups/{team['id']}"
    value = {"id": team["id"], "displayName": "Green", **other}
    assert idp.patch(url, {"op": "replace", "value": value}).status_code == 204
    assert idp.get(url).get_json()["displayName"] == value["displayName"]
    assert idp.members(team["id"]) == {ada}
    wrong = idp.patch(url, {"op": "replace", "value": {**value, "id": ada}})
    assert_error(wrong, 400, "mutability", "id")


@pytest.mark.requirement("R200")
def test_the_answer_to_a_long_list_is_short(idp: ScimClient) -> None:
    ids = [idp.user(f"u{number}")["id"] for number in range(30)]
    team = idp.team("Blue")
    add = {"op": "add", "path": "members", "value": [{"value": id} for id in ids]}
    assert idp.patch(f"/Groups/{team['id']}", add).data == b""
    assert idp.members(team["id"]) == set(ids)
    # A filter that names the members is a list of ids, however many it names.
    path = " or ".join(f'value eq "{id}"' for id in ids[1:])
    assert (
        idp.patch(f"/Groups/{team['id']}", {"op": "remove", "path": f"members[{path}]"}).data == b""
    )
    assert idp.members(team["id"]) == set(ids[:1])
