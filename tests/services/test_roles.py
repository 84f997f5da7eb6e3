"""Roles follow from the memberships of the moment, and from no name unless the host says so."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.services.roles import TeamInfo
from flask_scim_teams.signals import roles_changed
from flask_scim_teams.storage.interface import Caller
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.hosts import Storage

Roles = Callable[[str], dict[str, list[str]]]


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def every_storage(request: pytest.FixtureRequest, storages: Callable[[str], Storage]) -> Storage:
    return storages(request.param)


@pytest.fixture
def mapped() -> dict[Any, str]:
    """What gives roles; each test fills it."""
    return {}


@pytest.fixture
def scim(storage: Storage, mapped: dict[Any, str]) -> ScimTeams:
    return ScimTeams(storage.backend, map_group=mapped)


@pytest.fixture
def roles(app: Flask, scim: ScimTeams) -> Roles:
    def roles(user: str) -> dict[str, list[str]]:
        with app.app_context():
            found = scim.roles_of(user)
        return {role: [team.name for team in teams] for role, teams in found.items()}

    return roles


@pytest.fixture
def heard(app: Flask) -> Iterator[list[tuple[str, list[str]]]]:
    """Whose roles changed, and to which."""
    found: list[tuple[str, list[str]]] = []

    def hear(sender: Any, user_id: str, roles: Any, **extra: Any) -> None:
        found.append((user_id, sorted(roles)))

    with roles_changed.connected_to(hear, app):
        yield found


def member(op: str, id: str) -> dict[str, Any]:
    if op == "add":
        return {"op": op, "path": "members", "value": [{"value": id}]}
    return {"op": op, "path": f'members[value eq "{id}"]'}


def test_nobody_has_a_role_unless_the_host_says_so(storage: Storage, idp: ScimClient) -> None:
    user = idp.user("ada")["id"]
    idp.team("Admins", user)
    plain = ScimTeams(storage.backend)
    app = Flask("other")
    app.config["SECRET_KEY"] = SECRET_KEY
    plain.init_app(app)
    with app.app_context():
        assert plain.roles_of(user) == {}


def test_a_role_comes_and_goes_with_the_membership(
    idp: ScimClient, roles: Roles, mapped: dict[Any, str], heard: list[Any]
) -> None:
    ada, bob = idp.user("ada")["id"], idp.user("bob")["id"]
    team = idp.team("Admins")["id"]
    mapped[team] = "admin"
    idp.patch(f"/Groups/{team}", member("add", ada))
    assert (roles(ada), roles(bob), roles("nobody")) == ({"admin": ["Admins"]}, {}, {})
    assert heard == [(ada, ["admin"])]
    idp.patch(f"/Users/{ada}", {"op": "replace", "value": {"active": False}})
    assert roles(ada) == {}
    idp.patch(f"/Users/{ada}", {"op": "replace", "value": {"active": True}})
    assert roles(ada) == {"admin": ["Admins"]}
    idp.delete(f"/Groups/{team}")
    assert roles(ada) == {}
    assert heard == [(ada, ["admin"]), (ada, []), (ada, ["admin"]), (ada, [])]


def test_a_rename_gives_nobody_a_role(
    idp: ScimClient, roles: Roles, mapped: dict[Any, str], heard: list[Any]
) -> None:
    """Not even to the very name that the team of the role has had."""
    ada, bob = idp.user("ada")["id"], idp.user("bob")["id"]
    admins, staff = idp.team("Admins", ada)["id"], idp.team("Staff", bob)["id"]
    mapped[admins] = "admin"
    for team, name in ((admins, "Former"), (staff, "Admins")):
        idp.patch(f"/Groups/{team}", {"op": "replace", "path": "displayName", "value": name})
    assert roles(ada) == {"admin": ["Former"]}
    assert roles(bob) == {}
    idp.patch(f"/Groups/{staff}", member("add", ada))
    assert heard == []


def test_a_role_by_the_id_at_the_identity_provider(
    app: Flask, scim: ScimTeams, idp: ScimClient, roles: Roles, mapped: dict[Any, str]
) -> None:
    """Of that source, and of no other that gives the same id."""
    with app.app_context():
        connection = scim.connections.only().id
    mapped[f"scim:{connection}", "g1"] = "admin"
    ada, bob = idp.user("ada")["id"], idp.user("bob")["id"]
    idp.team("Blue", ada, externalId="g1")
    idp.team("Red", bob, externalId="g2")
    assert roles(ada) == {"admin": ["Blue"]}
    with app.app_context():
        for name in ("evil", "acme"):
            caller, group = Caller(source=f"sso:{name}"), DirectoryGroup(f"of {name}", name)
            steps = scim.team_sync.plan_person(caller, bob, [group])
            assert scim.team_sync.apply(caller, steps).failed == ()
            assert roles(bob) == {}
            mapped["sso:acme", f"of {name}"] = "reader"
    assert roles(bob) == {"reader": ["acme"]}


def test_a_function_of_the_hosts_may_go_by_names(storage: Storage) -> None:
    seen: list[TeamInfo] = []

    def decide(team: TeamInfo) -> list[str] | str | None:
        seen.append(team)
        return {"Admins": ["admin", "reader"], "Staff": "reader"}.get(team.name)

    scim, app = ScimTeams(storage.backend, map_group=decide), Flask("other")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim.init_app(app)
    found: list[tuple[str, list[str]]] = []

    def hear(sender: Any, user_id: str, roles: Any, **extra: Any) -> None:
        found.append((user_id, sorted(roles)))

    with app.app_context():
        idp = ScimClient(app.test_client(), scim.tokens.create(label="test").secret)
    with roles_changed.connected_to(hear, app):
        ada = idp.user("ada")["id"]
        team = idp.team("Admins", ada, externalId="g1")["id"]
        idp.team("Others", ada)
        rename = {"op": "replace", "path": "displayName", "value": "Staff"}
        idp.patch(f"/Groups/{team}", rename)
    with app.app_context():
        assert {*scim.roles_of(ada)} == {"reader"}
        assert scim.log.flush()
    assert found == [(ada, ["admin", "reader"]), (ada, ["reader"])]
    [(source, reference)] = next(one.groups for one in seen if one.id == team)
    assert (source.partition(":")[0], reference) == ("scim", "g1")


def test_a_role_through_a_team_in_a_team(
    idp: ScimClient, roles: Roles, mapped: dict[Any, str], heard: list[Any]
) -> None:
    ada = idp.user("ada")["id"]
    inner = idp.team("Inner", ada)["id"]
    outer = idp.team("Outer")["id"]
    mapped[outer] = "admin"
    idp.patch(f"/Groups/{outer}", member("add", inner))
    assert roles(ada) == {"admin": ["Outer"]}
    idp.patch(f"/Groups/{inner}", member("remove", ada))
    assert roles(ada) == {}
    assert heard == [(ada, ["admin"]), (ada, [])]


def test_what_fails_in_the_hosts_function_fails_no_request(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    def decide(team: TeamInfo) -> str:
        raise RuntimeError("no")

    scim, app = ScimTeams(storage.backend, map_group=decide), Flask("other")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim.init_app(app)
    with app.app_context():
        idp = ScimClient(app.test_client(), scim.tokens.create(label="test").secret)

    def hear(sender: Any, **extra: Any) -> None:
        raise AssertionError

    with roles_changed.connected_to(hear, app):
        idp.team("Blue", idp.user("ada")["id"])
    assert "Whose roles changed is not known: RuntimeError" in caplog.text
    with app.app_context():
        assert scim.log.flush()
