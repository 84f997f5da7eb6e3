"""PATCH, by the table of cases."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.conftest import Connect
from tests.http.messages import ENTERPRISE
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta
from tests.http.patch_cases import CASES
from tests.http.patch_cases import NO_OPS
from tests.http.patch_cases import NOT_PATCH_OPS
from tests.http.patch_cases import PATCH_OP
from tests.http.patch_cases import Case


def operations(steps: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    parts = ("op", "path", "value")
    return [
        {part: value for part, value in zip(parts, step, strict=True) if value is not ...}
        for step in steps
    ]


REFUSED = {name: case for name, case in CASES.items() if isinstance(case[2], str)}
APPLIED = {name: case for name, case in CASES.items() if name not in REFUSED}
# Storage has a part in a refusal where something was done before it.
HALF_DONE = {name: case for name, case in REFUSED.items() if len(case[1]) > 1}


@pytest.mark.requirement("R168", "R206", "R207")
@pytest.mark.parametrize("case", APPLIED.values(), ids=APPLIED)
def test_a_user(idp: ScimClient, case: Case) -> None:
    stored, steps, expected = case
    user = idp.user("ada", **stored)
    response = idp.patch(f"/Users/{user['id']}", *operations(steps))
    assert response.status_code == 200, response.text
    changed = response.get_json()
    # The answer is the resource as it is stored now
    assert isinstance(expected, dict)
    assert without_meta(changed) == {"userName": "ada", "active": True, **expected}
    assert changed["schemas"] == ([USER, ENTERPRISE] if ENTERPRISE in expected else [USER])
    assert changed["id"] == user["id"]
    assert response.headers["ETag"] == changed["meta"]["version"]
    assert idp.get(f"/Users/{user['id']}").get_json() == changed
    # Another version if, and only if, something is different
    same = without_meta(changed) == without_meta(user)
    assert (changed["meta"]["version"] == user["meta"]["version"]) is same


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_refusal(connect: Connect, case: Case) -> None:
    backend = MemoryBackend()
    _refuse(connect(backend), Storage(backend), case)


@pytest.mark.parametrize("case", HALF_DONE.values(), ids=HALF_DONE)
def test_a_refusal_half_way(idp: ScimClient, storage: Storage, case: Case) -> None:
    _refuse(idp, storage, case)


def _refuse(idp: ScimClient, storage: Storage, case: Case) -> None:
    stored, steps, expected = case
    user = idp.user("ada", **stored)
    before = dump(storage)
    response = idp.patch(f"/Users/{user['id']}", *operations(steps))
    assert isinstance(expected, str)
    assert_error(response, 400, expected)
    assert dump(storage) == before


@pytest.mark.parametrize(("stored", "steps"), NO_OPS.values(), ids=NO_OPS)
def test_no_change_keeps_the_version(
    idp: ScimClient, storage: Storage, stored: dict[str, Any], steps: list[tuple[Any, ...]]
) -> None:
    user = idp.user("ada", **stored)
    before = dump(storage)
    response = idp.patch(f"/Users/{user['id']}", *operations(steps))
    assert response.status_code == 200, response.text
    assert response.get_json() == user
    assert dump(storage) == before


@pytest.mark.parametrize("body", NOT_PATCH_OPS.values(), ids=NOT_PATCH_OPS)
def test_what_is_no_patch(quick: ScimClient, body: Any) -> None:
    user = quick.user()
    url = f"/Users/{user['id']}"
    assert_error(quick.request("PATCH", url, body), 400, "invalidSyntax")
    assert quick.get(url).get_json() == user


@pytest.mark.requirement("R001", "R002", "R165", "R166")
@pytest.mark.parametrize(
    "body",
    [
        {
            "SCHEMAS": PATCH_OP["schemas"],
            "operations": [{"OP": "ADD", "Path": "title", "VALUE": "x"}],
        },
        {**PATCH_OP, "schemas": [str(PATCH_OP["schemas"][0]).upper(), USER]},
        {**PATCH_OP, "Operations": [{**PATCH_OP["Operations"][0], "name": "addTitle", "id": 1}]},
        {**PATCH_OP, "Operations": [{"op": "add", "path": "", "value": {"title": "x"}}]},
        {**PATCH_OP, "Operations": [{"op": "add", "path": " title ", "value": "x"}]},
        {**PATCH_OP, "nonsense": True},
    ],
)
def test_forms_of_the_message_that_are_let_through(quick: ScimClient, body: Any) -> None:
    # Microsoft's collection sends a key "name" in an operation
    response = quick.request("PATCH", f"/Users/{quick.user()['id']}", body)
    assert response.get_json()["title"] == "x"


@pytest.mark.requirement("R185")
def test_active_that_is_removed_is_the_default_again(quick: ScimClient) -> None:
    # Unassigned, as of any attribute; and a user of whom nothing is said is active.
    user = quick.user("ada", active=False)
    (operation,) = operations([("remove", "active", ...)])
    assert "active" not in quick.patch(f"/Users/{user['id']}", operation).get_json()
    assert quick.get("/Users?filter=active eq true").get_json()["totalResults"] == 1
    assert quick.get("/Users?filter=active eq false").get_json()["totalResults"] == 0


@pytest.mark.requirement("R117")
def test_more_operations_than_a_request_may_have(quick: ScimClient) -> None:
    user = quick.user()
    steps = operations([("add", "title", str(number)) for number in range(1001)])
    assert_error(quick.patch(f"/Users/{user['id']}", *steps), 400, "tooMany", "1000")
    assert quick.get(f"/Users/{user['id']}").get_json() == user
    changed = quick.patch(f"/Users/{user['id']}", *steps[:1000]).get_json()
    assert changed["title"] == "999"


@pytest.mark.requirement("R044", "R143")
@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("step", [("replace", None), ("replace", ""), ("add", [])])
def test_active_is_always_one_or_the_other(
    quick: ScimClient, step: tuple[str, Any], active: bool
) -> None:
    # What an answer shows, what a filter finds and who is let in are one; and nobody is
    # let in again by a value that says nothing.
    user = quick.user("ada", active=active)
    op, value = step
    [operation] = operations([(op, "active", value)])
    response = quick.patch(f"/Users/{user['id']}", operation)
    shown = quick.get(f"/Users/{user['id']}").get_json().get("active")
    found = {
        word: quick.get(f"/Users?filter=active eq {word}").get_json()["totalResults"]
        for word in ("true", "false")
    }
    with quick.client.application.app_context():
        reading = quick.client.application.extensions["scim_teams"].reading
        let_in = reading.is_active(HOST, user["id"])
    assert response.status_code in (200, 400)
    assert let_in is active
    assert shown is let_in
    assert found == {"true": int(active), "false": int(not active)}


@pytest.mark.requirement("R098", "R168")
@pytest.mark.parametrize("query", ["attributes=title", "excludedAttributes=name"])
def test_the_answer_is_projected(quick: ScimClient, query: str) -> None:
    user = quick.user(name={"givenName": "Ada"})
    step = {"op": "add", "path": "title", "value": "x"}
    answer = quick.patch(f"/Users/{user['id']}?{query}", step).get_json()
    assert answer["title"] == "x"
    assert "name" not in answer
