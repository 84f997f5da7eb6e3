"""Changes of members cost what they change, and none is lost (RFC 7644 section 3.5.2)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.conformance.changes import add
from tests.conformance.changes import remove
from tests.conftest import ScimClient
from tests.hosts import Storage
from tests.storage.statements import listening


def _cost(storage: Storage, idp: ScimClient, url: str, step: dict[str, Any]) -> tuple[Any, ...]:
    """Return how long an answer was, and what the database was asked and gave for it."""
    if storage.engine is None:
        response = idp.patch(url, step)
        verbs, rows = [], 0
    else:
        with listening(storage.engine) as said:
            response = idp.patch(url, step)
        verbs, rows = said.verbs, said.rows_read()
    assert response.status_code < 300, response.text
    return len(response.data), verbs, rows


@pytest.mark.requirement("R200")
def test_a_change_of_members_costs_the_same_in_a_team_of_any_size(
    idp: ScimClient, storage: Storage
) -> None:
    crowd = [idp.user(f"u{number}")["id"] for number in range(60)]
    joining = idp.user("joining")["id"]
    small = f"/Groups/{idp.team('Small', *crowd[:3])['id']}"
    large = f"/Groups/{idp.team('Large', *crowd)['id']}"
    for query in ("", "?excludedAttributes=members", "?attributes=displayName"):
        for step in (
            add("members", [{"value": joining}]),
            # Who is there already, and who is not there any more, are no dearer.
            add("members", [{"value": joining}]),
            remove(f'members[value eq "{joining}"]'),
            remove(f'members[value eq "{joining}"]'),
            {"op": "Add", "path": "members", "value": [{"value": joining}]},
            {"op": "Remove", "path": "members", "value": [{"value": joining}]},
            add("externalId", query),
        ):
            cost = [_cost(storage, idp, url + query, step) for url in (small, large)]
            assert cost[0] == cost[1]
            if not query:
                assert cost[0][0] == 0
    for url in (small, large):
        idp.patch(url, remove("members"))
        assert "members" not in idp.get(url).get_json()


class Crowd:
    """Identity providers that send their requests at the same moment."""

    def __init__(self, app: Flask, idp: ScimClient) -> None:
        self.app = app
        self.idp = idp

    def patch(self, url: str, steps: list[dict[str, Any]]) -> list[TestResponse]:
        """Send each operation in a request of its own, and return the answers."""
        start = Barrier(len(steps))

        def send(step: dict[str, Any]) -> TestResponse:
            client = ScimClient(self.app.test_client(), self.idp.token)
            start.wait(timeout=30)
            return client.patch(url, step)

        with ThreadPoolExecutor(len(steps)) as pool:
            return list(pool.map(send, steps))


@pytest.fixture
def crowd(app: Flask, idp: ScimClient) -> Iterator[Crowd]:
    """Several clients of one server, each in a thread of its own."""
    # Threads take turns of milliseconds, in which memory would be done with a whole request: here
    # they cut into one another's work, as processes on a database do.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield Crowd(app, idp)
    finally:
        sys.setswitchinterval(interval)


def _adding(id: str) -> dict[str, Any]:
    return add("members", [{"value": id}])


@pytest.mark.requirement("R201")
def test_of_two_additions_at_once_both_take_effect(idp: ScimClient, crowd: Crowd) -> None:
    users = [idp.user(f"u{number}")["id"] for number in range(20)]
    team = idp.team("Blue")["id"]
    # One lucky order proves little: ten times two.
    for first, second in zip(users[::2], users[1::2], strict=True):
        before = idp.members(team)
        answers = crowd.patch(f"/Groups/{team}", [_adding(first), _adding(second)])
        assert [answer.status_code for answer in answers] == [204, 204]
        assert idp.members(team) == before | {first, second}
        # Two changes are two versions, and the answers tell them apart.
        version = idp.get(f"/Groups/{team}").headers["ETag"]
        tags = {answer.headers["ETag"] for answer in answers}
        assert len(tags) == 2
        assert version in tags
    assert version == f'W/"{1 + len(users)}"'


@pytest.mark.requirement("R201")
def test_of_many_changes_at_once_none_is_lost(idp: ScimClient, crowd: Crowd) -> None:
    one_half, other_half = (
        {idp.user(f"{half}{number}")["id"] for number in range(10)} for half in "ab"
    )
    team = idp.team("Blue", *one_half)["id"]
    for leaving, joining in ((one_half, other_half), (other_half, one_half)) * 2:
        steps = [_adding(id) for id in joining]
        # Each form of removal is one of a member, not of a list.
        for number, id in enumerate(leaving):
            named = {**remove("members"), "value": [{"value": id}]}
            steps.append(named if number % 2 else remove(f'members[value eq "{id}"]'))
        answers = crowd.patch(f"/Groups/{team}", steps)
        assert [answer.status_code for answer in answers] == [204] * len(steps)
        assert idp.members(team) == joining
        found = idp.get("/Users", query_string={"filter": f'groups.value eq "{team}"'}).get_json()
        assert {user["id"] for user in found["Resources"]} == joining


@pytest.mark.requirement("R201")
def test_one_member_added_many_times_at_once_is_one_member(idp: ScimClient, crowd: Crowd) -> None:
    ada = idp.user("ada")["id"]
    team = idp.team("Blue")["id"]
    answers = crowd.patch(f"/Groups/{team}", [_adding(ada)] * 8)
    assert [answer.status_code for answer in answers] == [204] * 8
    assert [m["value"] for m in idp.get(f"/Groups/{team}").get_json()["members"]] == [ada]
    # Seven of them changed nothing.
    assert {answer.headers["ETag"] for answer in answers} == {'W/"2"'}
