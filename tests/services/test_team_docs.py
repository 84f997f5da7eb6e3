"""What ``docs/ownership.rst`` shows is what happens."""

from __future__ import annotations

from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import Roster
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conftest import SECRET_KEY


def test_the_page_shows_what_happens() -> None:
    backend = MemoryBackend()
    # begin: roles
    scim = ScimTeams(
        backend,
        map_group={
            ("directory:corp", "00g1"): "admin",
            ("scim:01a20f1c-4633-72ee-b434-7302a6fb0aad", "f3a1"): "reader",
        },
    )
    # end: roles
    app = Flask("host")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim.init_app(app)
    with app.app_context():
        draft = Draft(attributes={"userName": "ada"})
        user_id = scim.provisioning.create(HOST, scim.types.user, draft, related=False).resource.id
        # begin: sync
        caller = Caller(source="directory:corp")
        group = DirectoryGroup("00g1", "Platform")
        steps = scim.team_sync.plan_rosters(caller, [Roster(group, [user_id])])
        said = [step.words for step in steps]  # create team Platform, add ada to Platform
        report = scim.team_sync.apply(caller, steps)
        # end: sync
        assert report.failed == ()
        assert said == ["create team Platform", "add ada to Platform"]
        assert [*scim.roles_of(user_id)] == ["admin"]
        assert scim.log.flush()
