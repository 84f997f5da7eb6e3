"""What is not as a source last said, and the command that tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import Roster
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.services.drift import Difference
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from tests.conftest import ScimClient
from tests.hosts import Storage
from tests.storage.statements import listening

READ = Caller(source="directory:corp")


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def every_storage(request: pytest.FixtureRequest, storages: Callable[[str], Storage]) -> Storage:
    return storages(request.param)


@pytest.fixture
def drift(app: Flask, scim: ScimTeams) -> Callable[[], list[str]]:
    """Return what differs of all sources, in words."""

    def differences() -> list[str]:
        with app.app_context():
            found: list[Difference] = []
            for source in scim.drift.sources(HOST):
                found += scim.drift.walk(HOST, source)
        return [one.words for one in found]

    return differences


@pytest.fixture
def by_hand(app: Flask, scim: ScimTeams) -> Callable[..., None]:
    """Change an attribute as the host's own code does."""

    def change(resource_type: ResourceType, id: str, name: str, value: Any) -> None:
        operation = Operation(Op.REPLACE, name, value)
        with app.app_context():
            scim.provisioning.modify(HOST, resource_type, id, [operation], related=False)

    return change


def remove_member(storage: Storage, team: str, member: str) -> None:
    with storage.backend.begin(HOST, write=True) as work:
        work.teams.lock(team)
        work.memberships.remove(team, [member])
        work.commit()


def add_member(storage: Storage, team: str, member: str) -> None:
    with storage.backend.begin(HOST, write=True) as work:
        work.teams.lock(team)
        work.memberships.add(team, [member])
        work.commit()


def test_what_is_as_it_was_said_is_no_drift(
    idp: ScimClient, drift: Callable[[], list[str]]
) -> None:
    """Whatever SCIM says, and says again: it is what it said last that counts."""
    ada, bob = idp.user("ada"), idp.user("bob", active=False)
    blue = idp.team("Blue", ada["id"], bob["id"])
    path = f"/Groups/{blue['id']}"
    for answer in (
        idp.patch(path, {"op": "replace", "path": "displayName", "value": "Sky"}),
        idp.patch(path, {"op": "remove", "path": f'members[value eq "{ada["id"]}"]'}),
        idp.patch(path, {"op": "add", "path": "members", "value": [{"value": bob["id"]}]}),
        idp.put(path, {"displayName": "Azur", "members": [{"value": ada["id"]}]}),
        idp.patch(f"/Users/{bob['id']}", {"op": "replace", "value": {"active": True}}),
        idp.delete(f"/Users/{bob['id']}"),
    ):
        assert answer.status_code in (200, 204), answer.text
        assert drift() == []


def test_a_name_that_scim_did_not_speak_of_stays_changed(
    idp: ScimClient,
    scim: ScimTeams,
    drift: Callable[[], list[str]],
    by_hand: Callable[..., None],
) -> None:
    """A PATCH of members says nothing of the name; one of the name does, changed or not."""
    ada = idp.user("ada")
    blue = idp.team("Blue")
    by_hand(scim.types.group, blue["id"], "displayName", "Mine")
    idp.patch(
        f"/Groups/{blue['id']}", {"op": "add", "path": "members", "value": [{"value": ada["id"]}]}
    )
    assert drift() == ["The team Blue was renamed to Mine by hand."]
    idp.patch(f"/Groups/{blue['id']}", {"op": "replace", "path": "displayName", "value": "Mine"})
    assert drift() == []


def test_what_was_changed_by_hand(
    storage: Storage,
    idp: ScimClient,
    scim: ScimTeams,
    drift: Callable[[], list[str]],
    by_hand: Callable[..., None],
) -> None:
    ada, bob, eve = (idp.user(name)["id"] for name in ("ada", "bob", "eve"))
    blue = idp.team("Blue", ada, bob)["id"]
    red = idp.team("Red", eve)["id"]
    remove_member(storage, blue, bob)
    add_member(storage, blue, eve)
    by_hand(scim.types.user, ada, "userName", "countess")
    by_hand(scim.types.user, eve, "active", value=False)
    with storage.backend.begin(HOST, write=True) as work:
        work.teams.lock(red)
        work.memberships.remove_team(red)
        work.teams.remove(red)
        work.commit()
    assert sorted(drift()) == [
        "The team Red was deleted by hand.",
        "The user ada was renamed to countess by hand.",
        "The user eve was deactivated by hand.",
        "bob was removed from the team Blue by hand.",
        "eve was put into the team Blue by hand.",
    ]
    # Whoever speaks next decides.
    members = [{"value": one} for one in (ada, bob)]
    idp.put(f"/Groups/{blue}", {"displayName": "Blue", "members": members})
    idp.patch(f"/Users/{eve}", {"op": "replace", "value": {"active": True}})
    idp.put(f"/Users/{ada}", {"userName": "ada"})
    assert drift() == ["The team Red was deleted by hand."]


def test_what_is_scims_is_no_drift_of_a_directory(
    app: Flask, storage: Storage, idp: ScimClient, scim: ScimTeams, drift: Callable[[], list[str]]
) -> None:
    """And what another source says of a user is told as that."""
    ada = idp.user("ada")["id"]
    with app.app_context():
        sync = scim.team_sync
        sync.apply(READ, sync.plan_rosters(READ, [Roster(DirectoryGroup("g", "Blue"), (ada,))]))
        [blue] = [one.id for one in storage_teams(storage, ada)]
        idp.patch(f"/Groups/{blue}", {"op": "replace", "value": {"displayName": "Sky"}})
        idp.patch(f"/Groups/{blue}", {"op": "remove", "path": f'members[value eq "{ada}"]'})
        assert drift() == []
        other = Caller(source="sso:corp")
        draft = Draft(attributes={"userName": "zoe"})
        zoe = scim.provisioning.create(READ, scim.types.user, draft, reference="u1", related=False)
        operation = Operation(Op.REPLACE, "active", value=False)
        scim.provisioning.modify(
            other, scim.types.user, zoe.resource.id, [operation], related=False
        )
    assert drift() == ["The user zoe was deactivated by sso:corp."]


def storage_teams(storage: Storage, user: str) -> list[Any]:
    with storage.backend.begin(HOST, write=False) as work:
        return list(work.memberships.of_users([user])[user])


def test_the_command_tells_and_its_status_says_whether(
    app: Flask, storage: Storage, idp: ScimClient, scim: ScimTeams
) -> None:
    ada = idp.user("ada")["id"]
    blue = idp.team("Blue", ada)["id"]
    runner = app.test_cli_runner()

    def run(*more: str) -> tuple[int, str]:
        result = runner.invoke(args=["scim", "drift", *more])
        return result.exit_code, result.stdout

    assert run() == (0, "")
    remove_member(storage, blue, ada)
    told = "SCIM default: ada was removed from the team Blue by hand.\n"
    assert run() == (1, told)
    assert run("--connection", "default") == (1, told)
    assert run("--source", "directory:corp") == (0, "")
    assert run("--tenant", "other") == (0, "")
    code, text = run("--json")
    [document] = json.loads(text)
    assert (code, document["kind"], document["member"]) == (1, "removed", ada)
    assert document["words"] == "ada was removed from the team Blue by hand."
    assert runner.invoke(args=["scim", "drift", "--connection", "x"]).exit_code == 1
    both = ["--connection", "default", "--source", "sso:x"]
    assert runner.invoke(args=["scim", "drift", *both]).exit_code == 2


def test_pages_make_up_the_whole_each_with_as_many_statements(
    app: Flask, storage: Storage, idp: ScimClient, scim: ScimTeams
) -> None:
    ids = [idp.user(f"p{number:02}")["id"] for number in range(25)]
    team = idp.team("Blue", *ids)["id"]
    for id in ids[::3]:
        remove_member(storage, team, id)
    with app.app_context():
        [source] = scim.drift.sources(HOST)
        whole = list(scim.drift.walk(HOST, source))
        assert len(whole) == 9
        found: list[Difference] = []
        after: str | None = ""
        counts = []
        while after is not None:
            if storage.engine is None:
                page = scim.drift.page(HOST, source, after=after, count=4)
            else:
                with listening(storage.engine) as said:
                    page = scim.drift.page(HOST, source, after=after, count=4)
                counts.append(len(said.statements))
            found += page.differences
            after = page.next_after
    assert found == whole
    assert max(counts, default=0) <= 8
