"""What is held of events, profiles and drafts, and of the tests that identity providers have."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.http.messages import LIST
from tests.http.messages import USER
from tests.http.messages import assert_error

ADA: dict[str, Any] = {
    "schemas": [USER],
    "userName": "ada@example.com",
    "externalId": "00u1-Ada",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"value": "ada@example.com", "type": "work", "primary": True}],
    "active": True,
}


@pytest.fixture
def quick() -> ScimClient:
    """An identity provider of an app over memory, for what storage has no part in."""
    app = Flask("host")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(MemoryBackend(), app)
    with app.app_context():
        token = scim.tokens.create(label="test").secret
    return ScimClient(app.test_client(), token)


def total(client: ScimClient, path: str, filter: str) -> int:
    response = client.get(path, query_string={"filter": filter})
    assert response.status_code == 200, response.text
    found: int = response.get_json()["totalResults"]
    return found


@pytest.mark.requirement("R258")
def test_who_prefers_to_wait_elsewhere_is_answered_as_usual(quick: ScimClient) -> None:
    later = {"Prefer": "respond-async"}
    created = quick.post("/Users", ADA, headers=later)
    url = f"/Users/{created.get_json()['id']}"
    step = {"op": "add", "path": "title", "value": "Countess"}
    answers = [
        created,
        quick.put(url, {**ADA, "title": "Ms."}, headers=later),
        quick.patch(url, step, headers=later),
        quick.delete(url, headers=later),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 204]
    for answer in answers:
        assert "Preference-Applied" not in answer.headers
        assert "Set-Txn" not in answer.headers
    assert quick.get(url).status_code == 404


@pytest.mark.requirement("R265")
def test_a_page_holds_a_hundred_unless_less_is_asked_for(quick: ScimClient) -> None:
    for number in range(201):
        quick.user(f"u{number:03}", title="even" if number % 2 == 0 else "odd")
    for query, length in {"": 100, "?count=100": 100, "?count=1000": 200, "?count=7": 7}.items():
        body = quick.get(f"/Users{query}").get_json()
        assert (body["itemsPerPage"], body["totalResults"]) == (length, 201)
        assert len(body["Resources"]) == length
    assert quick.get("/ServiceProviderConfig").get_json()["filter"]["maxResults"] == 200
    assert total(quick, "/Users", 'title eq "odd"') == 100
    assert total(quick, "/Users", 'title eq "odd" and userName eq "u003"') == 1
    assert total(quick, "/Users", 'title eq "odd" and userName eq "u004"') == 0


@pytest.mark.requirement("R266")
def test_nothing_but_delete_deletes(idp: ScimClient) -> None:
    user = idp.user("ada", title="Countess")
    url = f"/Users/{user['id']}"
    off = {"op": "replace", "path": "active", "value": False}
    assert idp.patch(url, off, {"op": "remove", "path": "title"}).status_code == 200
    assert idp.get(url).get_json()["active"] is False
    assert total(idp, "/Users", "active eq false") == 1
    assert idp.delete(url).status_code == 204
    assert_error(idp.get(url), 404)
    assert idp.get("/Users").get_json()["totalResults"] == 0
    assert idp.user("ada")["id"] != user["id"]


@pytest.mark.requirement("R278")
def test_entra_finds_people_by_whatever_they_are_matched_by(idp: ScimClient) -> None:
    idp.post("/Users", ADA)
    idp.team("Blue", externalId="8aa1a0c0")
    for path, filter, value in (
        ("/Users", 'userName eq "{}"', "ada@example.com"),
        ("/Users", 'externalId eq "{}"', "00u1-Ada"),
        ("/Users", 'emails[type eq "work"].value eq "{}"', "ada@example.com"),
        ("/Users", 'name.familyName eq "{}"', "Lovelace"),
        ("/Groups", 'displayName eq "{}"', "Blue"),
        ("/Groups", 'externalId eq "{}"', "8aa1a0c0"),
    ):
        assert total(idp, path, filter.format(value)) == 1
        assert total(idp, path, filter.format("5d26a7c2-1c1f-4a2e")) == 0
    assert USER in {schema["id"] for schema in idp.get("/Schemas").get_json()["Resources"]}


@pytest.mark.requirement("R278")
def test_no_number_of_requests_is_too_many(quick: ScimClient) -> None:
    statuses = {quick.get("/Users?count=1").status_code for _ in range(200)}
    assert statuses == {200}


@pytest.mark.requirement("R279")
def test_one_patch_changes_many_memberships(idp: ScimClient) -> None:
    ids = [idp.user(f"u{number}")["id"] for number in range(12)]
    team = idp.team("Blue", *ids[:4])
    url = f"/Groups/{team['id']}"
    response = idp.patch(
        url,
        {"op": "Add", "path": "members", "value": [{"value": id} for id in ids[4:]]},
        {"op": "Remove", "path": "members", "value": [{"value": id} for id in ids[:2]]},
        *({"op": "remove", "path": f'members[value eq "{id}"]'} for id in ids[2:4]),
    )
    assert response.status_code == 204
    assert idp.members(team["id"]) == set(ids[4:])


@pytest.mark.requirement("R281")
def test_what_oktas_suite_asks(idp: ScimClient) -> None:
    """The steps are those of the suite, in its order."""
    first = idp.post("/Users", {**ADA, "userName": "first@example.com"}).get_json()
    body = idp.get("/Users?count=1&startIndex=1").get_json()
    assert body["schemas"] == [LIST]
    assert {type(body[name]) for name in ("itemsPerPage", "startIndex", "totalResults")} == {int}
    [listed] = body["Resources"]
    assert listed["name"]["givenName"]
    assert listed["name"]["familyName"]
    assert listed["emails"][0]["value"]
    assert listed["active"] is True
    assert idp.get(f"/Users/{listed['id']}").get_json() == first

    assert total(idp, "/Users", 'userName eq "nobody@example.com"') == 0
    assert_error(idp.get("/Users/010101001010101011001010101011"), 404)
    assert total(idp, "/Users", f'userName eq "{ADA["userName"]}"') == 0

    accept = {"Accept": "application/scim+json; charset=utf-8"}
    created = idp.post("/Users", ADA, content_type="application/json", headers=accept)
    assert created.status_code == 201
    assert created.get_json()["name"] == ADA["name"]
    assert idp.get(f"/Users/{created.get_json()['id']}").get_json() == created.get_json()
    assert_error(idp.post("/Users", ADA), 409, "uniqueness", "userName")
    assert total(idp, "/Users", f'userName eq "{ADA["userName"].upper()}"') == 1

    assert idp.get("/Groups").status_code == 200
    refused = idp.get("/Users?count=1", headers={"Authorization": "non-token"})
    assert_error(refused, 401)


@pytest.mark.requirement("R283")
def test_okta_updates_users_by_put_and_groups_by_patch_or_as_a_whole(idp: ScimClient) -> None:
    user = idp.post("/Users", ADA).get_json()
    url = f"/Users/{user['id']}"
    # What was read is what is put back, with the change in it.
    read = idp.get(url).get_json()
    changed = idp.put(url, {**read, "name": {**read["name"], "givenName": "Augusta"}})
    assert changed.status_code == 200
    assert changed.get_json()["name"]["givenName"] == "Augusta"
    team = idp.team("Blue", members=[])
    at = f"/Groups/{team['id']}"
    member = [{"value": user["id"], "display": "ada@example.com"}]
    assert idp.patch(at, {"op": "add", "path": "members", "value": member}).status_code == 204
    assert idp.members(team["id"]) == {user["id"]}
    assert idp.patch(at, {"op": "replace", "path": "members", "value": []}).status_code == 204
    assert idp.members(team["id"]) == set()
    whole = {**idp.get(at).get_json(), "members": member}
    assert idp.put(at, whole).status_code == 200
    assert idp.members(team["id"]) == {user["id"]}
