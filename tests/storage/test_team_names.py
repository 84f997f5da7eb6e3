"""Names of teams that repeat for one connection and not for another, over the host's tables."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from flask_scim_teams import ScimTeams
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.http.messages import GROUP
from tests.http.messages import assert_error
from tests.storage.office import Office
from tests.storage.test_mapping import listed


@pytest.fixture
def idps(office: Office) -> tuple[ScimClient, ScimClient]:
    """An identity provider whose teams' names are unique, and one whose names repeat."""
    app = Flask("office")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(office.backend, app)
    with app.app_context():
        connections = [
            scim.connections.create("unique"),
            scim.connections.create("repeating", overrides={"unique_team_names": False}),
        ]
        secrets = [scim.tokens.create(label="x", connection=one).secret for one in connections]
    unique, repeating = (ScimClient(app.test_client(), secret) for secret in secrets)
    return unique, repeating


def blue(name: str = "Blue") -> dict[str, Any]:
    return {"schemas": [GROUP], "displayName": name}


def rename(office: Office, id: str, name: str) -> None:
    """Rename a team as the host's own pages do."""
    with office.session() as session:
        session.scalars(select(office.Squad).filter_by(scim_id=id)).one().title = name
        session.commit()


def reserved(office: Office) -> dict[str, str | None]:
    """Return what the database keeps others from, by the team's title."""
    table = office.Squad.__table__
    with office.engine.connect() as connection:
        found = connection.execute(select(table.c.title, table.c.scim_unique))
        return {title: unique for title, unique in found}


def test_names_repeat_for_the_connection_that_wants_it(idps: tuple[ScimClient, ...]) -> None:
    unique, repeating = idps
    first = unique.team("Blue")
    assert_error(unique.post("/Groups", blue("BLUE")), 409, "uniqueness", "displayName")
    more = [repeating.team("Blue"), repeating.team("blue")]
    red = repeating.team("Red")
    change = {"op": "replace", "path": "displayName", "value": "Blue"}
    assert repeating.patch(f"/Groups/{red['id']}", change).status_code == 204
    ids = [one["id"] for one in (first, *more, red)]
    assert listed(unique, 'displayName eq "blue"', "/Groups") == ids
    # The one is in nobody's way who does not rename it, and the other frees nothing.
    assert unique.put(f"/Groups/{red['id']}", {**blue(), "externalId": "r"}).status_code == 200
    assert repeating.put(f"/Groups/{ids[0]}", {**blue(), "externalId": "b"}).status_code == 200
    assert_error(unique.post("/Groups", blue()), 409, "uniqueness", "displayName")
    assert_error(unique.patch(f"/Groups/{unique.team('Gold')['id']}", change), 409, "uniqueness")


def test_the_host_renames_teams(office: Office, idps: tuple[ScimClient, ...]) -> None:
    unique, repeating = idps
    alone, shared = unique.team("Blue"), repeating.team("Red")
    rename(office, shared["id"], "Blue")
    assert listed(unique, 'displayName eq "blue"', "/Groups") == [alone["id"], shared["id"]]
    rename(office, alone["id"], "Azure")
    assert reserved(office) == {"Blue": None, "Azure": "azure"}
    assert_error(unique.post("/Groups", blue("AZURE")), 409, "uniqueness", "displayName")
    gold = unique.team("Gold")
    with pytest.raises(IntegrityError):
        rename(office, gold["id"], "azure")


def test_reindexing_leaves_it_to_each_name_whether_it_repeats(
    office: Office, idps: tuple[ScimClient, ...]
) -> None:
    unique, repeating = idps
    unique.user("ada")
    unique.team("Blue")
    repeating.team("Red")
    squad, person = office.Squad.__table__, office.Person.__table__
    with office.engine.begin() as connection:
        connection.execute(update(squad).values(title=squad.c.title + "!"))
        connection.execute(update(person).values(scim_unique=None))
    assert office.backend.reindex() == 3
    assert reserved(office) == {"Blue!": "blue!", "Red!": None}
    # A user's name is always its own.
    assert office.row(office.Person)["scim_unique"] == "ada"
