"""PATCH beyond the cases of tests/cases/patch: limits, projection, who is let in."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.storage.interface import HOST
from tests.conftest import ScimClient
from tests.http.messages import assert_error


def operations(steps: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    parts = ("op", "path", "value")
    return [
        {part: value for part, value in zip(parts, step, strict=True) if value is not ...}
        for step in steps
    ]


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
