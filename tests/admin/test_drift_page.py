"""Where users and teams come from, and what was changed here since."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import Roster
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from tests.admin.browser import Browser
from tests.conftest import ScimClient
from tests.hosts import Storage
from tests.storage.statements import listening

READ = Caller(source="directory:corp")


@pytest.fixture
def people(app: Flask, scim: ScimTeams, idp: ScimClient) -> list[str]:
    """Ada, whom SCIM made, and Bob, whom the host did; both in a team of the directory's."""
    ada = idp.user("ada")["id"]
    with app.app_context():
        draft = Draft(attributes={"userName": "bob"})
        bob = scim.provisioning.create(HOST, scim.types.user, draft, related=False).resource.id
        told = [Roster(DirectoryGroup("g1", "Platform"), (ada, bob))]
        sync = scim.team_sync
        assert sync.apply(READ, sync.plan_rosters(READ, told)).failed == ()
    return [ada, bob]


def test_where_users_and_teams_come_from(
    operator: Browser, people: list[str], storage: Storage
) -> None:
    users = operator.get("/users").text
    assert "SCIM default" in users
    assert "by hand" in users
    assert "directory corp" in operator.get("/teams").text
    assert "SCIM default" in operator.get(f"/users/{people[0]}").text
    assert "by hand" in operator.get(f"/users/{people[1]}").text


def test_what_was_changed_here_is_shown(
    operator: Browser, app: Flask, scim: ScimTeams, people: list[str]
) -> None:
    assert "No differences." in operator.get("/drift").text
    with app.app_context(), scim._backend.begin(HOST, write=True) as work:
        [team] = work.sources.find(READ.source, ["g1"]).values()
        work.teams.lock(team)
        work.memberships.remove(team, people[:1])
        work.commit()
    page = operator.get("/drift?source=directory:corp")
    assert "ada was removed from the team Platform by hand." in page.text
    assert any((link.get("href") or "").endswith(f"/teams/{team}") for link in page.all("a"))
    operator.get("/drift?source=directory:nobody", 404)
    operator.get("/drift?tenant=nobody", 404)


def test_a_page_takes_as_many_statements_however_long(
    operator: Browser,
    app: Flask,
    scim: ScimTeams,
    idp: ScimClient,
    storage: Storage,
    people: list[str],
) -> None:
    def asked(path: str) -> int:
        assert storage.engine is not None
        with listening(storage.engine) as said:
            operator.get(path)
        return len(said.statements)

    paths = ("/users", "/teams", "/drift?source=directory:corp")
    before = [asked(path) for path in paths]
    with app.app_context():
        told = [Roster(DirectoryGroup(f"n{one}", f"Team {one}"), tuple(people)) for one in range(9)]
        scim.team_sync.apply(READ, scim.team_sync.plan_rosters(READ, told))
    for one in range(9):
        idp.user(f"user{one}")
    assert [asked(path) for path in paths] == before
