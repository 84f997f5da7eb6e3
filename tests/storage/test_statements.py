"""How often a request speaks to the database, and that it asks for no more than it needs.

A change says one thing more than it takes, in the same transaction: its entry of the provisioning
log. What its source says is kept with it: one statement for the resource, and one for all members
of a request. Of what changes nothing there is no statement that a client waits for, but the
question whether the source said so before.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from typing import TypeAlias

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy import select

from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.testing.samples import id_of
from flask_scim_teams.testing.samples import store
from flask_scim_teams.testing.samples import team
from flask_scim_teams.testing.samples import user
from tests.conftest import ScimClient
from tests.hosts import STORAGE
from tests.hosts import Storage
from tests.hosts import open_storage
from tests.storage.statements import Said
from tests.storage.statements import listening

Listen: TypeAlias = Callable[[Callable[[], Any]], Said]

BLUE, RED = team(1, "Blue"), team(2, "Red")
EMAILS = [{"value": "ada@work.example", "type": "work"}, {"value": "ada@home.example"}]
DEACTIVATE = {"op": "replace", "path": "active", "value": False}


@pytest.fixture(scope="module", params=[kind for kind in STORAGE if kind != "memory"])
def every_storage(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Storage]:
    """Storage of each kind that has an engine."""
    with open_storage(request.param, tmp_path_factory.mktemp(request.param)) as storage:
        yield storage


@pytest.fixture
def listen(storage: Storage) -> Listen:
    """Return what is said to the database during a request, which has to succeed."""

    def listen(request: Callable[[], Any]) -> Said:
        assert storage.engine is not None
        with listening(storage.engine) as said:
            answer = request()
        assert getattr(answer, "status_code", 200) < 300, answer.text
        return said

    return listen


def add(*ids: str) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": id} for id in ids]}


def remove(id: str) -> dict[str, Any]:
    return {"op": "remove", "path": f'members[value eq "{id}"]'}


def crowd(storage: Storage) -> None:
    """Store 10,000 users, as fast as the database takes them: all are Blue, ten are Red."""
    backend: Any = storage.backend
    mapping = backend.users.mapping
    people = [user(number) for number in range(1, 10_001)]
    rows = [mapping.default_values(person) | mapping.values(person) for person in people]
    store(backend, teams=[BLUE, RED])
    join = backend.memberships.join
    with storage.engine.begin() as connection:  # type: ignore[union-attr]  # all here have one
        connection.execute(insert(mapping.table), rows)
        keys = connection.scalars(select(mapping.primary_key)).all()
        teams = backend.teams.mapping
        blue, red = connection.scalars(select(teams.primary_key).order_by(teams.id))
        seats = [(blue, key) for key in keys] + [(red, key) for key in keys[:10]]
        connection.execute(
            insert(join.table),
            [{join.team.name: team, join.member.name: member} for team, member in seats],
        )


@pytest.fixture
def nested(storage: Storage) -> list[str]:
    """What is asked besides where memberships are told and teams nest."""
    return ["SELECT nested"] if storage.backend.types.nests else []


def test_reading_one_resource(idp: ScimClient, listen: Listen, nested: list[str]) -> None:
    ada = idp.user("ada")
    blue = idp.team("Blue", ada["id"])
    of_user = listen(lambda: idp.get(f"/Users/{ada['id']}"))
    assert of_user.verbs == ["SELECT tokens", "SELECT users", "SELECT members", *nested]
    of_team = listen(lambda: idp.get(f"/Groups/{blue['id']}"))
    assert of_team.verbs == ["SELECT tokens", "SELECT teams", "SELECT members", *nested]


def test_the_use_of_a_token_is_noted_by_one_statement_a_minute(
    app: Flask, idp: ScimClient, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = app.extensions["scim_teams"].tokens
    for second, notes in ((0, 1), (1, 0), (60, 0), (61, 1), (120, 0), (122, 1)):
        now = shifted("2099-02-28T12:00:00.000000Z", timedelta(seconds=second))
        monkeypatch.setattr(tokens, "_now", lambda now=now: now)
        said = listen(lambda: idp.get("/Users?count=0"))
        assert (len(said.notes), said.verbs) == (notes, ["SELECT tokens", "SELECT users"]), second


def test_memberships_are_not_looked_up_for_those_who_do_not_ask(
    idp: ScimClient, listen: Listen
) -> None:
    blue = idp.team("Blue", idp.user("ada")["id"])
    for path in (f"/Groups/{blue['id']}", "/Groups"):
        said = listen(
            lambda path=path: idp.get(path, query_string={"excludedAttributes": "members"})
        )
        assert said.verbs == ["SELECT tokens", "SELECT teams"]


def test_creating(idp: ScimClient, listen: Listen) -> None:
    of_user = listen(lambda: idp.user("ada", emails=EMAILS, title="Countess"))
    assert of_user.verbs == [
        "SELECT tokens",
        "INSERT users",
        "INSERT keys",
        "INSERT origins",
        "INSERT log",
    ]
    assert listen(lambda: idp.team("Blue")).verbs == [
        "SELECT tokens",
        "INSERT teams",
        "INSERT origins",
        "INSERT log",
    ]


def test_deactivating(idp: ScimClient, listen: Listen) -> None:
    ada = idp.user("ada", emails=EMAILS, title="Countess")
    said = listen(lambda: idp.patch(f"/Users/{ada['id']}", DEACTIVATE))
    # A host's inverse flag is no column to compare: its key is written anew. The others are not.
    keys = [verb for verb in said.verbs if verb.endswith("keys")]
    assert keys in ([], ["DELETE keys", "INSERT keys"])
    assert [verb for verb in said.verbs if verb not in keys] == [
        "SELECT tokens",
        "SELECT users",
        "UPDATE users",
        "SELECT origins",
        "UPDATE origins",
        "SELECT members",
        "INSERT log",
    ]


def test_a_change_that_changes_nothing_writes_nothing(idp: ScimClient, listen: Listen) -> None:
    ada = idp.user("ada", active=False)
    blue = idp.team("Blue", ada["id"])
    for request in (
        lambda: idp.patch(f"/Users/{ada['id']}", DEACTIVATE),
        lambda: idp.patch(f"/Groups/{blue['id']}", add(ada["id"])),
        lambda: idp.patch(f"/Groups/{blue['id']}", remove(id_of(99))),
    ):
        said = listen(request)
        assert {verb.split()[0] for verb in said.verbs} == {"SELECT"}


def test_adding_a_member_costs_the_same_in_a_large_team(
    storage: Storage, idp: ScimClient, listen: Listen
) -> None:
    crowd(storage)
    newcomers = [idp.user(f"newcomer{number}")["id"] for number in range(3)]
    verbs = {}
    for one in (RED, BLUE):
        path = f"/Groups/{one.id}"
        # The first time that a source speaks of a team is noted.
        listen(lambda path=path: idp.patch(path, remove(id_of(99))))
        single = listen(lambda path=path: idp.patch(path, add(newcomers[0])))
        double = listen(lambda path=path: idp.patch(path, add(*newcomers[1:])))
        gone = listen(lambda path=path: idp.patch(path, remove(newcomers[0])))
        verbs[one.id] = [single.verbs, double.verbs, gone.verbs]
        # The token, the team, what is said of it, and each newcomer with its place.
        assert single.rows_read() <= 4
        assert double.rows_read() <= 5
        assert gone.rows_read() <= 4
    assert verbs[BLUE.id] == verbs[RED.id]
    assert verbs[BLUE.id][0] == [
        "SELECT tokens",
        "SELECT teams",
        "SELECT users",
        "INSERT members",
        "INSERT claims",
        "UPDATE teams",
        "SELECT origins",
        "INSERT log",
    ]
    assert verbs[BLUE.id][2] == [
        "SELECT tokens",
        "SELECT teams",
        "SELECT members",
        "DELETE members",
        "DELETE claims",
        "UPDATE teams",
        "SELECT origins",
        "INSERT log",
    ]


def test_more_ids_than_one_statement_takes(storage: Storage) -> None:
    crowd(storage)
    ids = [id_of(number) for number in range(1, 10_001)]
    with storage.backend.begin(HOST, write=True) as work:
        for one in (BLUE, RED):
            work.teams.lock(one.id)
        assert len(work.users.get_many(ids[:2_500])) == 2_500
        assert len(work.memberships.of_users(ids[:2_500])[ids[2_499]]) == 1
        assert len(work.memberships.add(RED.id, ids[:2_500]).added) == 2_490
        assert len(work.memberships.replace(RED.id, ids[1_200:3_700]).removed) == 1_200
        assert len(work.memberships.remove(BLUE.id, ids[:2_500]).removed) == 2_500
        assert len(work.memberships.of_teams([BLUE.id])[BLUE.id]) == 7_500
        assert len(work.memberships.remove_team(BLUE.id)) == 7_500


def test_a_long_list_takes_as_many_statements_as_a_short_one(
    storage: Storage, idp: ScimClient, listen: Listen, nested: list[str]
) -> None:
    backend = storage.backend
    store(
        backend,
        [user(number, emails=EMAILS) for number in range(100)],
        [team(number) for number in range(100)],
    )
    with backend.begin(HOST, write=True) as work:
        for number in range(100):
            id = team(number).id
            work.teams.lock(id)
            work.memberships.add(id, [id_of(number), id_of((number * 7 + 3) % 100)])
        work.commit()
    for path, name in (("/Users", "groups"), ("/Groups", "members")):
        answers = []

        def page(count: int, path: str = path, answers: list[Any] = answers) -> Any:
            answers.append(idp.get(path, query_string={"count": count}))
            return answers[-1]

        # With the token, and with the total, which a full page does not tell by itself.
        said = {count: listen(lambda count=count: page(count)).verbs for count in (2, 100)}
        assert len(said[2]) == 4 + len(nested)
        assert said[100] == said[2]
        resources = answers[-1].get_json()["Resources"]
        assert len(resources) == 100
        assert all(resource[name] for resource in resources)


LOOKUPS = {
    "userName": ("/Users", 'userName eq "ada"'),
    "userName and active": ("/Users", 'userName eq "ada" and active eq true'),
    "start of a userName": ("/Users", 'userName sw "ada"'),
    "id": ("/Users", f'id eq "{id_of(1)}"'),
    "externalId": ("/Users", 'externalId eq "00u1"'),
    "e-mail": ("/Users", 'emails.value eq "ada@work.example"'),
    "work e-mail": ("/Users", 'emails[type eq "work"].value eq "ada@work.example"'),
    "name of a user": ("/Users", 'displayName eq "Ada"'),
    "department": (
        "/Users",
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "x"',
    ),
    "name of a team": ("/Groups", 'displayName eq "Blue"'),
    "externalId of a team": ("/Groups", 'externalId eq "g1"'),
    "member": ("/Groups", f'displayName eq "Blue" and members.value eq "{id_of(1)}"'),
}


# The wording of plans is SQLite's; the indexes are the same everywhere.
@pytest.mark.parametrize("every_storage", ["sqlite", "mapped"], indirect=True)
@pytest.mark.parametrize("lookup", LOOKUPS)
def test_lookups_use_an_index(
    storage: Storage, idp: ScimClient, listen: Listen, lookup: str
) -> None:
    ada = replace(user(1, "ada", displayName="Ada", emails=EMAILS), external_id="00u1")
    store(storage.backend, [ada, user(2)], [BLUE])
    path, filter = LOOKUPS[lookup]
    said = listen(
        lambda: idp.get(
            path, query_string={"filter": filter, "excludedAttributes": "groups,members"}
        )
    )
    assert len(said.statements) == 2
    tables = ("scim_user", "person", "scim_team", "squad", "scim_attribute_index")
    scans = [step for step in said.plans() if step.startswith(tuple(f"SCAN {t}" for t in tables))]
    assert scans == []
