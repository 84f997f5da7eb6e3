"""/Me: the resource of whoever asks (RFC 7644 section 3.11)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.interface import Caller
from tests.conformance.doors import other_token
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import PATCH
from tests.http.messages import USER
from tests.http.messages import assert_error

BASE = "http://localhost/scim/v2"
NOBODY = "0190a1b2-0000-7000-8000-000000000000"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TITLE = {"op": "replace", "path": "title", "value": "Countess"}

#: Whose a token is, by the token's public id.
Owners = dict[str | None, str]


@pytest.fixture
def owners() -> Owners:
    return {}


@pytest.fixture
def mine(storage: Storage, owners: Owners) -> ScimClient:
    """An identity provider of a host that knows some tokens' owners; this one's is not."""

    def me(caller: Caller) -> str | None:
        return owners.get(caller.token_id)

    app = Flask("host")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(storage.backend, app, me=me)
    with app.app_context():
        token = scim.tokens.create(label="test").secret
    return ScimClient(app.test_client(), token)


def signed_in(client: ScimClient, owners: Owners, id: str, *scopes: str) -> ScimClient:
    """Return a client of the same app with a token that is the user's."""
    app = client.client.application
    own = other_token(client, *scopes)
    with app.app_context():
        caller = app.extensions["scim_teams"].tokens.verify(own.token)
    owners[caller.token_id] = id
    return own


def by_every_method(client: ScimClient, path: str = "/Me") -> dict[str, TestResponse]:
    """Send each method's request, each with a body that would do."""
    body: dict[str, Any] = {"schemas": [USER], "userName": "somebody"}
    bodies = {"POST": body, "PUT": body, "PATCH": {"schemas": [PATCH], "Operations": [TITLE]}}
    return {method: client.request(method, path, bodies.get(method)) for method in METHODS}


@pytest.mark.requirement("R082", "R224")
def test_where_it_is_not_offered_it_says_so(idp: ScimClient, storage: Storage) -> None:
    idp.user("ada")
    before = dump(storage)
    for response in (*by_every_method(idp).values(), idp.get("/Me?attributes=userName")):
        assert_error(response, 501, None, "/Me")
        assert "Location" not in response.headers
    assert idp.request("HEAD", "/Me").status_code == 501
    # Whether it is offered is no business of those who have no token.
    assert_error(ScimClient(idp.client, "none").get("/Me"), 401)
    assert_error(idp.get("/Me/x"), 404)
    assert dump(storage) == before


@pytest.mark.requirement("R225")
def test_it_is_the_users_own_resource_under_its_own_uri(mine: ScimClient, owners: Owners) -> None:
    user = mine.user("ada", title="Ms.", **{ENTERPRISE: {"department": "Programs"}})
    mine.team("Blue", user["id"])
    mine.user("bob")
    at = f"/Users/{user['id']}"
    me = signed_in(mine, owners, user["id"])
    for query in ("", "?attributes=userName", "?excludedAttributes=groups,meta"):
        direct, response = mine.get(at + query), me.get("/Me" + query)
        assert (response.status_code, response.get_json()) == (200, direct.get_json())
        assert response.headers["Location"] == BASE + at
        assert response.headers["ETag"] == direct.headers["ETag"]
        assert response.headers["Content-Type"] == "application/scim+json"
    assert me.get("/Me").get_json()["meta"]["location"] == BASE + at
    head = me.request("HEAD", "/Me")
    assert (head.status_code, head.data, head.headers["Location"]) == (200, b"", BASE + at)
    unchanged = me.get("/Me", headers={"If-None-Match": user["meta"]["version"]})
    assert (unchanged.status_code, unchanged.headers["Location"]) == (304, BASE + at)


@pytest.mark.requirement("R225")
def test_it_is_changed_like_the_users_own_uri(mine: ScimClient, owners: Owners) -> None:
    user, bob = mine.user("ada", title="Ms."), mine.user("bob")
    at = f"/Users/{user['id']}"
    me = signed_in(mine, owners, user["id"])
    body = {"schemas": [USER], "userName": "ada", "displayName": "Ada", "id": bob["id"]}
    for number, response in enumerate(
        (
            me.put("/Me", body),
            me.patch("/Me", TITLE),
            me.patch("/Me", {**TITLE, "value": "Dr."}, headers={"If-Match": 'W/"3"'}),
            me.patch("/Me?attributes=userName", {"op": "remove", "path": "displayName"}),
        )
    ):
        assert response.status_code == 200, response.text
        assert response.headers["Location"] == BASE + at
        assert response.headers["ETag"] == f'W/"{number + 2}"'
        assert response.get_json()["id"] == user["id"]
    now = mine.get(at).get_json()
    assert (now["title"], "displayName" in now) == ("Dr.", False)
    # Refused as it would be there, in the same words.
    stale = {"If-Match": 'W/"1"'}
    for one, other in (
        (me.put("/Me", {**body, "userName": "BOB"}), mine.put(at, {**body, "userName": "BOB"})),
        (me.put("/Me", {"schemas": [USER]}), mine.put(at, {"schemas": [USER]})),
        (me.patch("/Me", {"op": "remove"}), mine.patch(at, {"op": "remove"})),
        (me.patch("/Me", TITLE, headers=stale), mine.patch(at, TITLE, headers=stale)),
        (me.delete("/Me", headers=stale), mine.delete(at, headers=stale)),
        (me.get("/Me?filter=id pr"), mine.get(f"{at}?filter=id pr")),
    ):
        assert 400 <= one.status_code < 500
        assert (one.status_code, one.get_json()) == (other.status_code, other.get_json())
    gone = me.delete("/Me")
    assert (gone.status_code, gone.data) == (204, b"")
    assert gone.headers["Location"] == BASE + at
    assert_error(mine.get(at), 404)
    # And then it is nobody's.
    for method, response in by_every_method(me).items():
        assert_error(response, 501 if method == "POST" else 404)
    assert mine.get(f"/Users/{bob['id']}").get_json() == bob


@pytest.mark.requirement("R225")
def test_nobody_makes_themselves(mine: ScimClient, owners: Owners, storage: Storage) -> None:
    me = signed_in(mine, owners, mine.user("ada")["id"])
    before = dump(storage)
    for client in (mine, me):
        refused = client.post("/Me", {"schemas": [USER], "userName": "eve"})
        assert_error(refused, 501, None, "/Users")
    assert dump(storage) == before


@pytest.mark.requirement("R226")
def test_everybody_reaches_only_themselves(mine: ScimClient, owners: Owners) -> None:
    users = [mine.user(name) for name in ("ada", "bob", "eve")]
    clients = [signed_in(mine, owners, user["id"]) for user in users]
    for client, user in zip(clients, users, strict=True):
        for path in ("/Me", f"/Me?id={users[0]['id']}&userName=ada", "/Me/"):
            assert client.get(path).get_json() == user
        named = {"X-User": users[0]["id"], "From": "ada", "Cookie": "user=ada"}
        assert client.get("/Me", headers=named).get_json() == user
    clients[1].patch("/Me", TITLE)
    titles = [mine.get(f"/Users/{user['id']}").get_json().get("title") for user in users]
    assert titles == [None, "Countess", None]
    clients[1].delete("/Me")
    left = {user["userName"] for user in mine.get("/Users").get_json()["Resources"]}
    assert left == {"ada", "eve"}


@pytest.mark.requirement("R226")
@pytest.mark.parametrize("subject", [None, NOBODY, "", "ada", "../Groups", "a team"])
def test_an_applications_token_is_nobodys(
    mine: ScimClient, owners: Owners, storage: Storage, subject: str | None
) -> None:
    mine.user("ada")
    team = mine.team("Blue")["id"]
    client = mine
    if subject is not None:
        client = signed_in(mine, owners, team if subject == "a team" else subject)
    before = dump(storage)
    for method, response in by_every_method(client).items():
        assert_error(response, 501 if method == "POST" else 404)
        assert "Location" not in response.headers
    assert client.get("/Users").get_json()["totalResults"] == 1
    assert dump(storage) == before


@pytest.mark.requirement("R226")
def test_being_somebody_is_no_scope(mine: ScimClient, owners: Owners, storage: Storage) -> None:
    id = mine.user("ada")["id"]
    reader = signed_in(mine, owners, id, "users:read")
    writer = signed_in(mine, owners, id, "users:write")
    other = signed_in(mine, owners, id, "groups:read", "groups:write")
    before = dump(storage)
    for method, response in by_every_method(other).items():
        assert_error(response, 501 if method == "POST" else 403)
    for method, response in by_every_method(reader).items():
        if method in ("PUT", "PATCH", "DELETE"):
            assert_error(response, 403, None, "users:write")
    assert_error(writer.get("/Me"), 403, None, "users:read")
    assert dump(storage) == before
    assert reader.get("/Me").status_code == 200
    assert writer.patch("/Me", TITLE).status_code == 200
