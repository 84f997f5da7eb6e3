"""Every PATCH of the case files, on every storage: what is stored afterwards, or the refusal."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.storage.memory import MemoryBackend
from tests.cases.loading import PatchCase
from tests.cases.loading import filled_in
from tests.cases.loading import patch_cases
from tests.cases.serving import serve
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import PATCH
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta

CASES = patch_cases()
USERS = [case for case in CASES if case.type == "User"]
APPLIED = [case for case in USERS if case.error is None]
REFUSED = [case for case in USERS if case.error is not None]
# Storage has a part in a refusal where something was done before it, or somebody is in the way.
HALF_DONE = [case for case in REFUSED if len(case.operations or ()) > 1 or case.beside]
GROUPS = [case for case in CASES if case.type == "Group"]


@pytest.mark.parametrize("case", APPLIED, ids=str)
def test_a_user(idp: ScimClient, storage: Storage, case: PatchCase) -> None:
    user = _given_user(idp, case)
    before = dump(storage)
    response = _patch(idp, case, f"/Users/{user['id']}", {"self": user})
    assert response.status_code == 200, response.text
    changed = response.get_json()
    # R168, R206: the answer is the resource as it is stored now
    expected = case.expected or {}
    assert without_meta(changed) == {"userName": "ada", "active": True, **expected}
    assert changed["schemas"] == ([USER, ENTERPRISE] if ENTERPRISE in expected else [USER])
    assert changed["id"] == user["id"]
    assert response.headers["ETag"] == changed["meta"]["version"]
    assert idp.get(f"/Users/{user['id']}").get_json() == changed
    # R057, R182, R207: another version if, and only if, something is different
    same = without_meta(changed) == without_meta(user)
    assert (changed["meta"]["version"] == user["meta"]["version"]) is same
    assert (changed["meta"]["lastModified"] == user["meta"]["lastModified"]) is same
    assert (dump(storage) == before) is same


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_a_refusal(case: PatchCase) -> None:
    backend = MemoryBackend()
    _refuse(serve(backend), Storage(backend), case)


@pytest.mark.parametrize("case", HALF_DONE, ids=str)
def test_a_refusal_half_way(idp: ScimClient, storage: Storage, case: PatchCase) -> None:
    _refuse(idp, storage, case)


def _refuse(idp: ScimClient, storage: Storage, case: PatchCase) -> None:
    user = _given_user(idp, case)
    before = dump(storage)
    response = _patch(idp, case, f"/Users/{user['id']}", {"self": user})
    assert_error(response, _status(case), case.error)
    # R167: nothing of it is stored
    assert dump(storage) == before


@pytest.mark.parametrize("case", GROUPS, ids=str)
def test_a_group(idp: ScimClient, storage: Storage, case: PatchCase) -> None:
    known = {name: idp.user(name) for name in "abcd" if _is_about(case, name)}
    for name in case.beside:
        idp.team(name)
    given = dict(case.given)
    members = [known[name]["id"] for name in given.pop("members")]
    team = idp.team(given.pop("displayName"), *members, **given)
    url = f"/Groups/{team['id']}"
    before = dump(storage)
    response = _patch(idp, case, url, {**known, "self": team})
    if case.error is not None:
        assert_error(response, _status(case), case.error)
        assert dump(storage) == before
        return
    # R200: nothing that grows with the group is sent back
    assert (response.status_code, response.data) == (204, b""), response.text
    stored = idp.get(url).get_json()
    assert _told(stored, known) == {**(case.expected or {}), "members": _expected_members(case)}
    assert response.headers["ETag"] == stored["meta"]["version"]
    # R057, R182, R207
    same = _told(stored, known) == _told(team, known)
    assert (stored["meta"]["version"] == team["meta"]["version"]) is same
    assert (stored["meta"]["lastModified"] == team["meta"]["lastModified"]) is same


def _is_about(case: PatchCase, name: str) -> bool:
    return name in case.given["members"] or f"${{{name}.id}}" in str(case.operations)


def _given_user(idp: ScimClient, case: PatchCase) -> dict[str, Any]:
    for name in case.beside:
        idp.user(name)
    return idp.user("ada", **case.given)


def _patch(idp: ScimClient, case: PatchCase, url: str, known: dict[str, Any]) -> Any:
    body = case.body
    if body is None:
        body = {"schemas": [PATCH], "Operations": case.operations}
    return idp.request("PATCH", url, filled_in(body, known))


def _status(case: PatchCase) -> int:
    return 409 if case.error == "uniqueness" else 400


def _told(group: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Return a group in the words of the case files: its members by name, in order."""
    names = {user["id"]: name for name, user in known.items()}
    members = sorted(names[member["value"]] for member in group.get("members", []))
    return {**without_meta(group), "members": members}


def _expected_members(case: PatchCase) -> list[str]:
    assert case.expected is not None
    return sorted(case.expected["members"])
