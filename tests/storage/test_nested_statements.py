"""How often a request speaks to the database where teams are in teams."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest

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

SMALL, LARGE = team(1, "Small"), team(2, "Large")
INNER = [team(number, f"Inner {number}") for number in range(10, 16)]
PEOPLE = [user(number) for number in range(1, 1_001)]


@pytest.fixture(
    scope="module", params=[kind for kind in STORAGE if kind not in ("memory", "mapped")]
)
def every_storage(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Storage]:
    """Storage of each kind that has an engine, and teams in teams."""
    with open_storage(request.param, tmp_path_factory.mktemp(request.param)) as storage:
        yield storage


@pytest.fixture
def teams(storage: Storage) -> Storage:
    """Ten users are in Small and a thousand in Large; both hold four teams."""
    store(storage.backend, PEOPLE, [SMALL, LARGE, *INNER])
    with storage.backend.begin(HOST, write=True) as work:
        for one, size in ((SMALL, 10), (LARGE, 1_000)):
            work.teams.lock(one.id)
            ids = [person.id for person in PEOPLE[:size]] + [inner.id for inner in INNER[:4]]
            work.memberships.add(one.id, ids)
        work.commit()
    return storage


def said_of(storage: Storage, request: Callable[[], Any]) -> Said:
    """Return what is said to the database during a request, which has to succeed."""
    assert storage.engine is not None
    with listening(storage.engine) as said:
        answer = request()
    assert answer.status_code < 300, answer.text
    return said


def test_a_change_of_members_costs_the_same_in_a_large_team(
    teams: Storage, idp: ScimClient
) -> None:
    newcomer = idp.user("newcomer")["id"]
    steps = [
        {"op": "add", "path": "members", "value": [{"value": newcomer}]},
        {"op": "add", "path": "members", "value": [{"value": INNER[4].id}]},
        {"op": "add", "path": "members", "value": [{"value": INNER[5].id}, {"value": id_of(1)}]},
        {"op": "remove", "path": f'members[value eq "{newcomer}"]'},
        {"op": "remove", "path": f'members[value eq "{INNER[4].id}"]'},
    ]
    verbs: dict[str, list[list[str]]] = {}
    for one in (SMALL, LARGE):
        said = [
            said_of(teams, lambda step=step, one=one: idp.patch(f"/Groups/{one.id}", step))
            for step in steps
        ]
        verbs[one.id] = [each.verbs for each in said]
        # The token, the team, the newcomers and what is said of them; and where a team comes or
        # goes, the six in it.
        assert max(each.rows_read() for each in said) <= 12
    assert verbs[SMALL.id] == verbs[LARGE.id]
    user_added, team_added, *_ = verbs[LARGE.id]
    assert user_added == [
        "SELECT tokens",
        "SELECT teams",
        "SELECT users",
        "INSERT members",
        "INSERT claims",
        "UPDATE teams",
        # The connection speaks of the team for the first time.
        "SELECT origins",
        "INSERT origins",
        "INSERT log",
    ]
    assert team_added == [
        "SELECT tokens",
        "SELECT teams",
        "SELECT users",
        "SELECT teams",
        "SELECT nested",
        "INSERT nested",
        "INSERT claims",
        "UPDATE teams",
        "SELECT origins",
        "INSERT log",
    ]


def test_a_list_takes_as_many_statements_however_deep_its_teams_are(
    teams: Storage, idp: ScimClient
) -> None:
    flat = said_of(teams, lambda: idp.get("/Users", query_string={"count": 5}))
    with teams.backend.begin(HOST, write=True) as work:
        for outer, inner in zip(INNER[1:], INNER, strict=False):
            work.teams.lock(outer.id)
            work.memberships.add(outer.id, [inner.id])
        work.teams.lock(INNER[0].id)
        work.memberships.add(INNER[0].id, [PEOPLE[0].id])
        work.commit()
    deep = said_of(teams, lambda: idp.get("/Users", query_string={"count": 50}))
    assert deep.verbs == flat.verbs
    assert deep.verbs.count("SELECT nested") == 1
