"""Several workers, many requests at once: nothing is lost and nothing is half done.

Identity providers send one PATCH a member, in parallel (Entra), and the same create again when an
answer is late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.databases import KINDS
from tests.databases import fresh_database
from tests.gateway import Gateway

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
WORKERS = 3
AT_ONCE = 20


@pytest.fixture(scope="module", params=KINDS)
def server(request: Any, tmp_path_factory: Any) -> Iterator[httpx.Client]:
    """The example gateway under gunicorn, several processes on one database."""
    folder = tmp_path_factory.mktemp(request.param)
    with fresh_database(request.param, folder) as url:
        # One token for all: what is asked of it at once is more than an identity provider sends.
        gateway = Gateway(folder, url, SCIM_RATE_LIMIT="10000/second")
        with (
            gateway.serving(WORKERS),
            httpx.Client(
                base_url=gateway.scim_url,
                headers={
                    "Authorization": f"Bearer {gateway.create_token('races')}",
                    "Content-Type": "application/scim+json",
                },
                timeout=60,
                # None is kept: the server closes one that was idle just when it is used again.
                limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=0),
            ) as client,
        ):
            yield client


def at_once(requests: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [future.result() for future in [pool.submit(request) for request in requests]]


def create(client: httpx.Client, path: str, body: dict[str, Any]) -> str:
    response = client.post(path, json=body)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def people(client: httpx.Client, prefix: str, count: int) -> list[str]:
    return [
        create(client, "/Users", {"schemas": [USER], "userName": f"{prefix}{number}@example.com"})
        for number in range(count)
    ]


def members(client: httpx.Client, team: str) -> set[str]:
    return {member["value"] for member in client.get(f"/Groups/{team}").json().get("members", [])}


def patch(client: httpx.Client, at: str, **operation: Any) -> Callable[[], httpx.Response]:
    body = {"schemas": [PATCH_OP], "Operations": [operation]}
    return lambda: client.patch(at, json=body)


@pytest.mark.requirement("R201")
def test_forty_patches_each_adding_another_member_all_take_effect(server: httpx.Client) -> None:
    users = people(server, "adds", 40)
    team = create(server, "/Groups", {"schemas": [GROUP], "displayName": "adds"})
    answers = at_once(
        [
            patch(server, f"/Groups/{team}", op="Add", path="members", value=[{"value": user}])
            for user in users
        ]
    )
    assert Counter(answer.status_code for answer in answers) == {204: 40}
    assert members(server, team) == set(users)


@pytest.mark.requirement("R201")
def test_members_added_and_removed_at_once_are_what_was_asked_for(server: httpx.Client) -> None:
    # Removals are deltas too.
    users = people(server, "mixed", 20)
    leaving, joining = users[:10], users[10:]
    body = {
        "schemas": [GROUP],
        "displayName": "mixed",
        "members": [{"value": user} for user in leaving],
    }
    team = create(server, "/Groups", body)
    at = f"/Groups/{team}"
    answers = at_once(
        [patch(server, at, op="Add", path="members", value=[{"value": u}]) for u in joining]
        + [patch(server, at, op="Remove", path="members", value=[{"value": u}]) for u in leaving]
    )
    assert Counter(answer.status_code for answer in answers) == {204: 20}
    assert members(server, team) == set(joining)


@pytest.mark.requirement("R039", "R092")
def test_twenty_posts_of_one_user_name_give_one_user(server: httpx.Client) -> None:
    # The letter case differs, beyond ASCII too.
    spellings = ["Zoë.Straße@example.com", "ZOË.STRASSE@EXAMPLE.COM", "zoë.STRASSE@example.com"]
    answers = at_once(
        [
            lambda name=spellings[number % 3]: server.post(
                "/Users", json={"schemas": [USER], "userName": name}
            )
            for number in range(20)
        ]
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {error["scimType"] for error in refused} == {"uniqueness"}
    found = server.get("/Users", params={"filter": f'userName eq "{spellings[1]}"'}).json()
    assert found["totalResults"] == 1


@pytest.mark.requirement("R013", "R055")
def test_users_deleted_while_they_are_added_leave_no_dangling_member(server: httpx.Client) -> None:
    users = people(server, "gone", 10)
    team = create(server, "/Groups", {"schemas": [GROUP], "displayName": "gone"})
    at = f"/Groups/{team}"
    answers = at_once(
        [patch(server, at, op="Add", path="members", value=[{"value": u}]) for u in users]
        + [lambda user=user: server.delete(f"/Users/{user}") for user in users]
    )
    # An addition that comes too late names a user who is gone.
    assert {answer.status_code for answer in answers} <= {204, 400}
    assert Counter(answer.status_code for answer in answers[10:]) == {204: 10}
    assert members(server, team) == set()


@pytest.mark.requirement("R167")
def test_changes_to_one_user_at_once_are_all_kept(server: httpx.Client) -> None:
    # Each change is made to the result of the one before, whichever worker made it.
    (user,) = people(server, "busy", 1)
    names = ["title", "nickName", "userType", "locale", "timezone", "preferredLanguage"]
    answers = at_once(
        [patch(server, f"/Users/{user}", op="Replace", path=name, value=name) for name in names]
    )
    assert Counter(answer.status_code for answer in answers) == {200: len(names)}
    document = server.get(f"/Users/{user}").json()
    assert {name: document.get(name) for name in names} == {name: name for name in names}
    assert document["meta"]["version"] == f'W/"{1 + len(names)}"'


@pytest.mark.requirement("R208")
def test_of_writers_with_one_version_one_wins(server: httpx.Client) -> None:
    # Compared inside the write, not before it.
    (user,) = people(server, "versions", 1)
    body = {"schemas": [PATCH_OP]}
    answers = at_once(
        [
            lambda n=number: server.patch(
                f"/Users/{user}",
                json=body | {"Operations": [{"op": "replace", "path": "title", "value": str(n)}]},
                headers={"If-Match": 'W/"1"'},
            )
            for number in range(10)
        ]
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 9}
