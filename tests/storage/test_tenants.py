"""Tenants in the host's tables: what is in the rows, and what the host does with them itself."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.dialects.expressions import read_filter
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.testing.samples import store
from flask_scim_teams.testing.samples import team
from flask_scim_teams.testing.samples import user
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.hosts import STORAGE
from tests.hosts import Storage
from tests.hosts import open_storage
from tests.storage.office import Office
from tests.storage.statements import listening
from tests.storage.test_mapping import listed
from tests.storage.test_statements import LOOKUPS

HERE, THERE = Caller(tenant="here"), Caller(tenant="there")


@pytest.fixture
def idps(office: Office) -> tuple[ScimClient, ScimClient]:
    """The identity providers of two tenants."""
    app = Flask("office")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(office.backend, app)
    with app.app_context():
        here, there = (
            scim.tokens.create(
                label=name, connection=scim.connections.create(name, tenant=name)
            ).secret
            for name in ("here", "there")
        )
    return ScimClient(app.test_client(), here), ScimClient(app.test_client(), there)


def test_a_row_says_whose_it_is(office: Office, idps: tuple[ScimClient, ...]) -> None:
    ada = idps[1].user("Ada")
    row = office.row(office.Person, scim_id=ada["id"])
    assert (row["scim_tenant"], row["scim_user_name_key"]) == ("there", "ada")
    assert len(row["scim_unique"]) == 64
    local = office.hire("local")
    assert office.row(office.Person, pk=local)["scim_tenant"] == ""
    assert [listed(idp) for idp in idps] == [[], [ada["id"]]]


def test_a_name_is_no_way_to_ask_for_another_tenants(office: Office) -> None:
    # What is unique in the row of another tenant is a digest, which anyone could work out.
    store(office.backend, [user(1, "ada")], caller=THERE)
    taken = office.row(office.Person)["scim_unique"]
    assert taken == sha256(b"5 there ada").hexdigest()
    store(office.backend, [user(2, taken)])
    store(office.backend, [user(3, taken)], caller=HERE)
    with office.backend.begin(HOST, write=True) as work, pytest.raises(Conflict):
        work.users.add(user(4, taken.upper()))


def test_the_host_renames_within_a_tenant(office: Office, idps: tuple[ScimClient, ...]) -> None:
    here, there = idps
    ada, bob = there.user("ada", title="Countess"), here.user("bob")
    with office.session() as session:
        person = session.scalars(select(office.Person).filter_by(scim_id=ada["id"])).one()
        person.login = "Bob"
        session.commit()
    assert listed(there, 'userName eq "bob" and title eq "countess"') == [ada["id"]]
    assert listed(here, 'userName eq "bob"') == [bob["id"]]
    taken = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "BOB"}
    assert there.post("/Users", taken).status_code == 409
    there.user("ada")


def test_the_host_gives_a_row_to_another_tenant(
    office: Office, idps: tuple[ScimClient, ...]
) -> None:
    here, there = idps
    ada = there.user("ada", title="Countess")
    with office.session() as session:
        session.scalars(select(office.Person)).one().scim_tenant = "here"
        session.commit()
    assert listed(there) == []
    assert listed(here, 'title eq "countess"') == [ada["id"]]
    there.user("ada")
    taken = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ADA"}
    assert here.post("/Users", taken).status_code == 409


def test_reindexing_covers_all_tenants(office: Office, idps: tuple[ScimClient, ...]) -> None:
    ids = [idp.user("ada", title="Countess")["id"] for idp in idps]
    person, keys = office.Person.__table__, office.metadata.tables["scim_attribute_index"]
    with office.engine.begin() as connection:
        connection.execute(update(person).values(login="eve"))
        connection.execute(delete(keys))
    assert office.backend.reindex() == 2
    for idp, id in zip(idps, ids, strict=True):
        assert listed(idp, 'userName eq "eve" and title eq "countess"') == [id]
        taken = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "EVE"}
        assert idp.post("/Users", taken).status_code == 409


def test_a_membership_across_tenants_that_the_host_made_is_not_told(
    office: Office, idps: tuple[ScimClient, ...]
) -> None:
    here, there = idps
    ada, blue = here.user("ada"), there.team("Blue")
    squad = office.row(office.Squad, scim_id=blue["id"])["pk"]
    person = office.row(office.Person, scim_id=ada["id"])["pk"]
    office.seat(squad, person)
    assert there.get(f"/Groups/{blue['id']}").get_json() == blue
    assert here.get(f"/Users/{ada['id']}").get_json() == ada
    assert listed(there, "members pr", "/Groups") == listed(here, "groups pr") == []
    assert there.patch(f"/Groups/{blue['id']}", {"op": "remove", "path": "members"}).data == b""
    assert office.seated() == {(squad, person)}
    with office.backend.begin(HERE, write=True) as work:
        assert work.memberships.of_teams([blue["id"]]) == {blue["id"]: []}
        work.users.lock(ada["id"])
        assert work.memberships.remove_member(ada["id"]) == ()
    with office.backend.begin(THERE, write=False) as work:
        assert work.memberships.of_users([ada["id"]]) == {ada["id"]: []}
    # It ends with whichever of the two is deleted, and the other's version does not tell.
    assert here.delete(f"/Users/{ada['id']}").status_code == 204
    assert office.seated() == set()
    assert there.get(f"/Groups/{blue['id']}").get_json() == blue


@pytest.fixture(
    scope="module", params=[kind for kind in STORAGE if kind not in ("memory", "mapped")]
)
def nesting(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Storage]:
    """Storage of each kind that has an engine, and teams in teams."""
    with open_storage(request.param, tmp_path_factory.mktemp("nesting")) as storage:
        yield storage


def test_nesting_across_tenants_that_the_host_made_is_not_told(nesting: Storage) -> None:
    backend: Any = nesting.backend
    ada, inner, outer = user(1), team(1), team(2)
    store(backend, [ada], [inner], caller=HERE)
    store(backend, [], [outer], caller=THERE)
    with backend.begin(HERE, write=True) as work:
        work.teams.lock(inner.id)
        work.memberships.add(inner.id, [ada.id])
        work.commit()
    table, nested = backend.teams.mapping.table, backend.memberships.nesting.nested
    with nesting.engine.begin() as connection:  # type: ignore[union-attr]  # all here have one
        rows = connection.execute(select(table.c.scim_id, table.c.pk))
        keys = {row.scim_id: row.pk for row in rows}
        pair = {nested.team.name: keys[outer.id], nested.member.name: keys[inner.id]}
        connection.execute(insert(nested.table), pair)
    types = backend.types
    with backend.begin(HERE, write=False) as work:
        assert [one.id for one in work.memberships.of_users([ada.id])[ada.id]] == [inner.id]
        for filter in (f'groups.value eq "{outer.id}"', 'groups.type eq "indirect"'):
            assert work.users.search(parse_query(types.user, filter=filter)).total == 0
    with backend.begin(THERE, write=True) as work:
        assert work.memberships.of_teams([outer.id])[outer.id] == []
        assert work.teams.search(parse_query(types.group, filter="members pr")).total == 0
        work.teams.lock(outer.id)
        assert not work.memberships.remove(outer.id, [inner.id])
        assert not work.memberships.replace(outer.id, [])
        assert work.memberships.remove_team(outer.id) == ()
    with backend.begin(HERE, write=True) as work:
        assert work.memberships.of_teams([outer.id])[outer.id] == []
        work.teams.lock(inner.id)
        assert work.memberships.remove_member(inner.id) == ()


# The wording of plans is SQLite's.
@pytest.mark.parametrize("every_storage", ["sqlite", "mapped"], indirect=True)
def test_what_is_looked_up_by_is_what_is_asked_for(storage: Storage) -> None:
    store(storage.backend, [user(1, "ada")], [team(1, "Blue")])
    types = storage.backend.types

    def plans(path: str, filter: str | None = None) -> str:
        assert storage.engine is not None
        type, name = (types.user, "users") if path == "/Users" else (types.group, "teams")
        query = parse_query(type, count=1, filter=filter and read_filter(filter, type))
        with listening(storage.engine) as said, storage.backend.begin(HOST, write=False) as work:
            getattr(work, name).search(query)
        return "\n".join(said.plans())

    for path, filter in LOOKUPS.values():
        assert "scim_tenant" not in plans(path, filter), filter
    # Where nothing else is asked for, the tenant's own rows are walked and counted by an index.
    steps = plans("/Users")
    assert "INDEX" in steps
    assert "scim_tenant=?" in steps
    assert "B-TREE" not in steps
    assert "COVERING INDEX" in steps
