"""Two tenants - of one host, or two hosts - of whom neither learns of the other (section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from flask_scim_teams import ScimTeams
from tests.conformance.changes import add
from tests.conformance.changes import remove
from tests.conformance.changes import replace
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import STORAGE
from tests.hosts import Storage
from tests.hosts import open_storage
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
INVALID = 'Bearer realm="scim", error="invalid_token"'


@pytest.fixture(scope="module", params=STORAGE)
def both_storages(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[list[Storage]]:
    """Two storages of each kind in turn."""
    with ExitStack() as stack:
        folders = [tmp_path_factory.mktemp(f"{request.param}{number}") for number in range(2)]
        yield [stack.enter_context(open_storage(request.param, folder)) for folder in folders]


@pytest.fixture
def storages(both_storages: list[Storage]) -> list[Storage]:
    """Two storages, empty."""
    for storage in both_storages:
        storage.clear()
    return both_storages


@pytest.fixture
def apps(storages: list[Storage]) -> list[Flask]:
    """Two hosts of one signing key: what tells their tokens apart is who knows them."""
    apps = [Flask("here"), Flask("there")]
    for app, storage in zip(apps, storages, strict=True):
        app.config["SECRET_KEY"] = SECRET_KEY
        ScimTeams(storage.backend, app)
    return apps


@pytest.fixture
def idps(apps: list[Flask]) -> list[ScimClient]:
    """The identity provider of the one host, and that of the other."""
    found = []
    for app in apps:
        with app.app_context():
            secret = app.extensions["scim_teams"].tokens.create(label="test").secret
        found.append(ScimClient(app.test_client(), secret))
    return found


@pytest.fixture(params=["two hosts", "one host"])
def tenants(request: pytest.FixtureRequest, apps: list[Flask]) -> list[ScimClient]:
    """The identity providers of two tenants, each at a host of its own or both at one."""
    if request.param == "two hosts":
        found: list[ScimClient] = request.getfixturevalue("idps")
        return found
    with apps[0].app_context():
        state = apps[0].extensions["scim_teams"]
        connections = [state.connections.create(name, tenant=name) for name in ("here", "there")]
        secrets = [state.tokens.create(label="x", connection=one).secret for one in connections]
    return [ScimClient(apps[0].test_client(), secret) for secret in secrets]


def told(idp: ScimClient) -> list[str]:
    """Return all that an identity provider is told of users and teams."""
    return [idp.get(path).text for path in ("/Users", "/Groups")]


@pytest.mark.requirement("R227")
def test_a_token_of_the_one_is_unknown_to_the_other(
    idps: list[ScimClient], storages: list[Storage]
) -> None:
    here, there = idps
    user, team = there.user("ada"), there.team("Blue")
    stranger = ScimClient(there.client, here.token)
    before = [dump(storage) for storage in storages]
    body = {"schemas": [USER, GROUP], "userName": "eve", "displayName": "Eve"}
    # Refused alike whether there is something or not: a 401 tells nothing of what lies behind it.
    answers = set()
    for path in (
        "/Users",
        "/Groups",
        f"/Users/{user['id']}",
        "/Users/unknown",
        f"/Groups/{team['id']}",
        "/.search",
        "/Schemas",
        "/ServiceProviderConfig",
        "/nowhere",
    ):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            response = stranger.request(method, path, None if method == "GET" else body)
            assert_error(response, 401)
            assert response.headers["WWW-Authenticate"] == INVALID
            answers.add(response.text)
    assert len(answers) == 1
    assert [dump(storage) for storage in storages] == before


@pytest.mark.requirement("R227")
def test_nothing_of_the_other_is_read_written_or_counted(tenants: list[ScimClient]) -> None:
    here, there = tenants
    mine = here.user("bob")
    user = there.user("ada", externalId="e", emails=[{"value": "ada@example.com"}])
    team = there.team("Blue", user["id"])
    before = told(there)
    never = "00000000-0000-7000-8000-000000000000"

    # By id: as what never was, in every word.
    for kind, id in (("Users", user["id"]), ("Groups", team["id"])):
        for request in (
            lambda url: here.get(url),
            lambda url: here.put(
                url, {"schemas": [USER, GROUP], "userName": "x", "displayName": "x"}
            ),
            lambda url: here.patch(url, add("externalId", "x")),
            lambda url: here.delete(url),
            lambda url: here.delete(url, headers={"If-Match": 'W/"1"'}),
        ):
            theirs, nobodys = request(f"/{kind}/{id}"), request(f"/{kind}/{never}")
            assert_error(theirs, 404)
            assert theirs.text.replace(id, never) == nobodys.text

    # By search: not in the list, nor in the total.
    for filter in (
        f'id eq "{user["id"]}"',
        'userName eq "ada"',
        'externalId eq "e"',
        'emails co "ada"',
        f'groups.value eq "{team["id"]}"',
        'not (userName eq "bob")',
    ):
        found = here.get("/Users", query_string={"filter": filter}).get_json()
        assert (found["totalResults"], found["Resources"]) == (0, [])
    assert here.get("/Users").get_json()["totalResults"] == 1
    assert here.get("/Groups").get_json()["totalResults"] == 0
    everything = here.post("/.search", {"schemas": [SEARCH]}).get_json()
    assert [one["id"] for one in everything["Resources"]] == [mine["id"]]

    # By what it would clash with, and as a member.
    assert here.user("ada")["id"] != user["id"]
    own = here.team("Blue", mine["id"])["id"]
    members = [{"value": user["id"]}]
    for step in (add("members", members), replace("members", members)):
        answer = here.patch(f"/Groups/{own}", step)
        assert_error(answer, 400, "invalidValue", "members")
        step["value"] = [{"value": never}]
        assert here.patch(f"/Groups/{own}", step).text == answer.text.replace(user["id"], never)
    assert here.patch(f"/Groups/{own}", {**remove("members"), "value": members}).status_code == 204
    assert here.members(own) == {mine["id"]}
    assert told(there) == before


@pytest.mark.requirement("R227")
def test_a_revocation_or_deletion_here_changes_nothing_there(
    apps: list[Flask], idps: list[ScimClient]
) -> None:
    here, there = idps
    user = there.user("ada")
    mine = here.user("ada")
    assert here.delete(f"/Users/{mine['id']}").status_code == 204
    with apps[0].app_context():
        tokens = apps[0].extensions["scim_teams"].tokens
        [record] = tokens.list()
        assert tokens.revoke(record.id)
    assert_error(here.get("/Users"), 401)
    assert there.get(f"/Users/{user['id']}").get_json() == user


@pytest.mark.requirement("R228")
def test_names_are_unique_in_one_tenant_alone(tenants: list[ScimClient]) -> None:
    for idp in tenants:
        user = idp.user("ada@example.com", externalId="e")
        idp.team("Blue", user["id"], externalId="e")
        for path, body in (
            ("/Users", {"schemas": [USER], "userName": "ADA@EXAMPLE.COM"}),
            ("/Groups", {"schemas": [GROUP], "displayName": "BLUE"}),
        ):
            assert_error(idp.post(path, body), 409, "uniqueness")
        # An externalId is the client's own, and two of its resources may share one: Microsoft's
        # reference collection does so.
        idp.user("bob@example.com", externalId="e")
        found = idp.get("/Users", query_string={"filter": 'externalId eq "e"'}).get_json()
        assert found["totalResults"] == 2


@pytest.mark.requirement("R229")
def test_identifiers_do_not_tell_that_two_accounts_are_one_persons(
    tenants: list[ScimClient],
) -> None:
    attributes: dict[str, Any] = {
        "externalId": "customer-4711",
        "emails": [{"value": "ada@example.com"}],
    }
    ids = [
        [idp.user(f"ada{number}@example.com", **attributes)["id"] for number in range(20)]
        for idp in tenants
    ]
    assert len({*ids[0], *ids[1]}) == 40
    # The random half of two ids has nothing in common, though the same was sent in one order.
    tails = [[id[-12:] for id in part] for part in ids]
    assert len({*tails[0], *tails[1]}) == 40
    for part in ids:
        for id in part:
            assert not any(word in id for word in ("@", "example", "customer"))


@pytest.mark.requirement("R230")
def test_the_prefix_of_the_url_selects_the_host_and_the_token_decides(
    apps: list[Flask], idps: list[ScimClient]
) -> None:
    served = Client(DispatcherMiddleware(Flask("front"), {"/here": apps[0], "/there": apps[1]}))

    def get(name: str, token: str, path: str = "/Users") -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return served.get(f"/{name}/scim/v2{path}", headers=headers)

    users = {}
    for name, idp in zip(("here", "there"), idps, strict=True):
        users[name] = idp.user(f"ada-{name}")["id"]
    for name, idp, other in (("here", idps[0], "there"), ("there", idps[1], "here")):
        [user] = get(name, idp.token).get_json()["Resources"]
        assert user["id"] == users[name]
        # Where to go on is told under the same prefix.
        assert user["meta"]["location"] == f"http://localhost/{name}/scim/v2/Users/{user['id']}"
        assert get(name, idp.token, f"/Users/{users[other]}").status_code == 404
        # A token does not follow the URL: it is good for the host that made it.
        assert get(other, idp.token).status_code == 401
        assert get(other, idp.token, f"/Users/{users[name]}").status_code == 401
        assert get(other, idp.token, f"/Users/{users[other]}").status_code == 401
