"""What a connection's profile decides, for connections of several kinds on one server at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from tests.conftest import ScimClient
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error

Connect = Callable[..., ScimClient]


@pytest.fixture
def connect(app: Flask, scim: ScimTeams) -> Connect:
    """Return a client over a new connection, by its provider and what it overrides."""

    def client(provider: str, **overrides: Any) -> ScimClient:
        with app.app_context():
            name = f"{provider} {len(scim.connections.list())}"
            made = scim.connections.create(name, provider=provider, overrides=overrides)
            token = scim.tokens.create(label=name, connection=made).secret
        return ScimClient(app.test_client(), token)

    return client


def test_a_patch_is_answered_as_the_provider_wants_it(connect: Connect) -> None:
    """Microsoft's collection wants 204 of both; scim-sanity, and others, a body."""
    rename = {"op": "replace", "path": "displayName", "value": "New"}
    wanted = {
        "entra": (204, 204),
        "okta": (200, 204),
        "generic": (200, 204),
    }
    clients = {kind: connect(kind) for kind in wanted}
    clients["overridden"] = connect("entra", user_patch_body=True, group_patch_body=True)
    for kind, client in clients.items():
        user, team = client.user(f"{kind}@example.com"), client.team(kind)
        answers = [
            client.patch(f"/Users/{user['id']}", rename),
            client.patch(f"/Groups/{team['id']}", {**rename, "value": f"New {kind}"}),
        ]
        assert tuple(a.status_code for a in answers) == wanted.get(kind, (200, 200))
        for answer in answers:
            assert bool(answer.data) is (answer.status_code == 200)
        assert client.get(f"/Users/{user['id']}").get_json()["displayName"] == "New"
        # Whoever asks for attributes gets them.
        asked = client.patch(f"/Users/{user['id']}", rename, query_string={"attributes": "title"})
        assert asked.status_code == 200


def test_a_patch_in_bulk_is_answered_alike(connect: Connect) -> None:
    for kind, status in (("entra", "204"), ("okta", "200")):
        client = connect(kind)
        step = {"op": "replace", "path": "title", "value": "x"}
        user = client.user(f"{kind}@example.com")
        patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [step]}
        operation = {"method": "PATCH", "path": f"/Users/{user['id']}", "data": patch}
        urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
        answer = client.post("/Bulk", {"schemas": [urn], "Operations": [operation]})
        assert [one["status"] for one in answer.get_json()["Operations"]] == [status]


def test_names_of_teams_may_repeat_for_who_sends_no_paths(connect: Connect) -> None:
    """keycloak-scim sends the names of sub-groups; Microsoft's validator wants 409 (test 19)."""
    keycloak, entra = connect("keycloak"), connect("entra")
    first, second = keycloak.team("Staff", externalId="a"), keycloak.team("Staff", externalId="b")
    assert first["id"] != second["id"]
    entra.team("Sales")
    taken = entra.post("/Groups", {"schemas": [GROUP], "displayName": "SALES"})
    assert_error(taken, 409, "uniqueness", "displayName")
    assert keycloak.team("sales")["id"]
    rename = {"op": "replace", "path": "displayName", "value": "Sales"}
    assert keycloak.patch(f"/Groups/{first['id']}", rename).status_code == 204
    other = entra.team("Other")
    assert_error(entra.patch(f"/Groups/{other['id']}", rename), 409, "uniqueness", "displayName")
    # Users are told apart by their names whoever sends them.
    keycloak.user("ada", externalId="1")
    taken = keycloak.post("/Users", {"schemas": [USER], "userName": "ADA", "externalId": "2"})
    assert_error(taken, 409, "uniqueness", "userName")


def test_who_never_looks_first_means_what_is_there(connect: Connect) -> None:
    """keycloak-scim posts without a look-up, and again when it synchronises anew."""
    keycloak, okta = connect("keycloak"), connect("okta")
    ada = keycloak.user("ada", externalId="kc-1", title="Ms.", nickName="A")
    again = keycloak.user("Ada", externalId="kc-1", title="Dr.")
    assert (again["id"], again["title"]) == (ada["id"], "Dr.")
    assert "nickName" not in again
    team = keycloak.team("Blue", ada["id"], externalId="kc-2")
    assert keycloak.team("Blue", externalId="kc-2")["id"] == team["id"]
    assert keycloak.members(team["id"]) == set()
    assert keycloak.get("/Groups").get_json()["totalResults"] == 1
    # Nobody is taken for somebody else by a name alone, nor by an id of the provider's alone.
    body = {"schemas": [USER], "userName": "ada"}
    for external in ({}, {"externalId": "KC-1"}, {"externalId": "kc-9"}):
        assert_error(keycloak.post("/Users", {**body, **external}), 409, "uniqueness", "userName")
    eve = keycloak.user("eve", externalId="kc-1")
    assert eve["id"] != ada["id"]
    # A provider that looks first is told.
    assert_error(okta.post("/Users", {**body, "externalId": "kc-1"}), 409, "uniqueness", "userName")


def test_a_team_without_members_is_shown_so_to_who_compares_them(connect: Connect) -> None:
    """authentik adds who is missing only where the answer has ``members``."""
    authentik, generic = connect("authentik"), connect("generic")
    id = authentik.team("Blue")["id"]
    assert authentik.get(f"/Groups/{id}").get_json()["members"] == []
    [listed] = authentik.get("/Groups").get_json()["Resources"]
    assert listed["members"] == []
    without = authentik.get(f"/Groups/{id}", query_string={"excludedAttributes": "members"})
    assert "members" not in without.get_json()
    assert "members" not in generic.get(f"/Groups/{id}").get_json()
    assert "groups" not in authentik.user("ada")


def test_cursors_are_announced_to_who_can_read_of_them(connect: Connect) -> None:
    """Canaille's models forbid attributes that RFC 7643 does not know."""
    for kind, announced in (("canaille", False), ("authentik", False), ("okta", True)):
        found = connect(kind).get("/ServiceProviderConfig").get_json()
        assert ("pagination" in found) is announced
    overridden = connect("canaille", announce_cursors=True).get("/ServiceProviderConfig")
    assert "pagination" in overridden.get_json()
