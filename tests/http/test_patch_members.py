"""PATCH of a group's members beyond the cases of tests/cases/patch/members.json."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ScimClient
from tests.http.messages import assert_error


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
