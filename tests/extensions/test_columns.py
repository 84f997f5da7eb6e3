"""What a host's own columns hold of what SCIM says, and SCIM of what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.extensions.bodies import ANSWERS
from tests.extensions.bodies import device
from tests.extensions.bodies import made
from tests.extensions.bodies import room
from tests.extensions.bodies import team
from tests.extensions.bodies import user
from tests.extensions.declarations import BADGE
from tests.extensions.declarations import CREW
from tests.extensions.declarations import SURVEY
from tests.extensions.declarations import WARRANTY
from tests.extensions.host import ExtendedStorage
from tests.extensions.host import Models
from tests.extensions.host import open_extended
from tests.http.messages import assert_error


@pytest.fixture(scope="session", params=["sqlite", "postgresql", "mariadb"])
def every_storage(
    request: pytest.FixtureRequest, tmp_path_factory: Any
) -> Iterator[ExtendedStorage]:
    """Storage of each kind that has columns for what is declared."""
    with open_extended(request.param, tmp_path_factory.mktemp(request.param)) as storage:
        yield storage


@pytest.fixture
def models(storage: ExtendedStorage) -> Models:
    """The host's models."""
    assert storage.models is not None
    return storage.models


@pytest.fixture
def session(storage: ExtendedStorage) -> Iterator[Session]:
    """The host's own session."""
    with Session(storage.engine, expire_on_commit=False) as session:
        yield session


def test_columns_hold_what_they_are_mapped_to(
    idp: ScimClient, models: Models, session: Session
) -> None:
    badge = {"number": "A1", "floor": 3, "remote": True, "note": "n"}
    made(idp, "/Users", user(badge=badge, survey=ANSWERS))
    row = session.scalars(select(models.Employee)).one()
    assert (row.badge_number, row.floor, row.on_site, row.note) == ("A1", 3, False, "n")
    assert (row.code, row.visits, row.cents, row.height) == ("Ab-1", 2, 1234, 1.75)
    assert (row.parking, row.hired) == (False, "2024-02-29T08:00:00+01:00")
    assert (row.building, row.main_key, row.skills) == ("North", "k2", ["python", "SQL"])
    # Once is enough: what a column holds is not in the document, but for the other keys.
    document = row.scim_document
    assert {*document[SURVEY.id]} == {
        "motto",
        "level",
        "share",
        "photo",
        "seat",
        "keys",
        "scores",
        "grade",
    }
    assert document[SURVEY.id]["seat"] == {"room": "1.04", "desk": 4, "plan": "P1"}
    assert BADGE.id not in document


def test_columns_that_cannot_be_null_have_something_for_absent_values(
    idp: ScimClient, models: Models, session: Session
) -> None:
    created = made(idp, "/Users", user(survey={"code": "X"}))
    assert created[SURVEY.id] == {"code": "X"}
    blue = made(idp, "/Groups", team(budget=1))
    assert blue[CREW.id] == {"budget": 1}
    printer = made(idp, "/Devices", device())
    assert "active" not in printer
    row = session.scalars(select(models.Employee)).one()
    assert (row.visits, row.building, row.main_key, row.skills) == (0, "unknown", "", [])
    assert row.on_site is True
    assert session.scalars(select(models.Device)).one().office == "Paris"
    # Nor does a filter take the filling for a value.
    for path, filter in (
        ("/Users", f"{SURVEY.id}:visits pr"),
        ("/Users", f'{SURVEY.id}:seat.building eq "unknown"'),
        ("/Users", f"{BADGE.id}:remote eq false"),
        ("/Groups", f"{CREW.id}:sealed eq false"),
        ("/Devices", "active eq false or active eq true"),
    ):
        assert found(idp, filter, path) == set()


def test_a_flag_called_active_is_an_accounts_on_users_alone(idp: ScimClient) -> None:
    bare = made(idp, "/Rooms", room(code="A"))["id"]
    on = made(idp, "/Rooms", room(code="B", active=True))["id"]
    off = made(idp, "/Rooms", room(code="C", active=False))["id"]
    assert found(idp, "active eq true", "/Rooms") == {on}
    assert found(idp, "active ne true", "/Rooms") == {bare, off}
    assert found(idp, "active pr", "/Rooms") == {on, off}
    assert idp.put(f"/Rooms/{on}", room(code="B")).get_json().get("active") is None


def test_what_the_host_changes_shows(idp: ScimClient, models: Models, session: Session) -> None:
    created = made(idp, "/Users", user(badge={"number": "A1"}, survey=ANSWERS))
    url = f"/Users/{created['id']}"
    row = session.scalars(select(models.Employee)).one()
    row.floor, row.on_site, row.cents, row.visits = 7, False, 150, 9
    row.height, row.parking, row.building, row.main_key = 1.5, True, "South", "k9"
    row.skills = ["go"]
    session.commit()
    after = shown(idp, url)
    assert after["meta"]["version"] != created["meta"]["version"]
    assert after[BADGE.id] == {"number": "A1", "floor": 7, "remote": True}
    survey = after[SURVEY.id]
    assert (survey["hourly"], survey["visits"], survey["height"]) == (1.5, 9, 1.5)
    assert survey["seat"] == {"building": "South", "room": "1.04", "desk": 4, "plan": "P1"}
    assert [key["value"] for key in survey["keys"]] == ["k1", "k9"]
    assert (survey["parking"], survey["skills"]) == (True, ["go"])
    for filter in (
        f"{BADGE.id}:floor eq 7 and {BADGE.id}:remote eq true",
        f"{SURVEY.id}:hourly lt 2 and {SURVEY.id}:height eq 1.5 and {SURVEY.id}:parking eq true",
        f'{SURVEY.id}:skills eq "go" and {SURVEY.id}:keys[value eq "k9" and primary eq true]',
        f'{SURVEY.id}:seat.building eq "south" and not ({SURVEY.id}:visits lt 9)',
    ):
        assert found(idp, filter) == {created["id"]}
    assert found(idp, f"{SURVEY.id}:visits eq 2") == set()


def test_what_the_host_changes_of_a_device_shows(
    idp: ScimClient, models: Models, session: Session
) -> None:
    created = made(idp, "/Devices", device(bought="2024-01-01T01:00:00+01:00"))
    url = f"/Devices/{created['id']}"
    row = session.scalars(select(models.Device)).one()
    assert row.bought == datetime.fromisoformat("2024-01-01")
    row.name, row.ports, row.tags, row.vendor = "Plotter", 5, ["a"], "Acme"
    row.bought = datetime.fromisoformat("2025-01-01")
    session.commit()
    after = shown(idp, url)
    assert after["meta"]["version"] != created["meta"]["version"]
    assert (after["name"], after["ports"], after["tags"]) == ("Plotter", 5, ["a"])
    assert after["bought"] == "2025-01-01T00:00:00Z"
    assert after[WARRANTY.id]["vendor"] == "Acme"
    assert found(idp, 'name eq "plotter" and ports eq 5', "/Devices") == {created["id"]}
    assert_error(idp.post("/Devices", device("PLOTTER")), 409, "uniqueness", "name")
    made(idp, "/Devices", device("Printer"))
    session.delete(row)
    session.commit()
    assert idp.get(url).status_code == 404
    assert found(idp, "ports eq 5", "/Devices") == set()
    made(idp, "/Devices", device("Plotter"))


def test_devices_that_scim_did_not_make_are_the_hosts(
    idp: ScimClient, models: Models, session: Session
) -> None:
    own = models.Device(name="Own", in_use=True, office="Rome")
    session.add(own)
    session.commit()
    assert shown(idp, "/Devices")["totalResults"] == 0
    assert found(idp, "name pr", "/Devices") == set()
    made(idp, "/Devices", device("Own"))
    own.name = "Still own"
    session.commit()
    assert shown(idp, "/Devices")["totalResults"] == 1


def test_a_reindex_writes_the_keys_of_every_type_anew(
    idp: ScimClient, storage: ExtendedStorage, models: Models, session: Session
) -> None:
    printer = made(idp, "/Devices", device(ports=1))["id"]
    idp.user("ada")
    attic = made(idp, "/Rooms", room(code="Attic", capacity=2))["id"]
    table = models.Device.__table__
    session.execute(table.update().values(name="Plotter", ports=9))
    session.commit()
    assert found(idp, "ports eq 9", "/Devices") == set()
    assert storage.backend.reindex() == 3
    assert found(idp, 'ports eq 9 and name eq "plotter"', "/Devices") == {printer}
    assert found(idp, 'code eq "Attic" and capacity eq 2', "/Rooms") == {attic}


@pytest.mark.parametrize(
    ("survey", "named"),
    [
        ({"code": "x" * 41}, "code"),
        ({"hourly": 2.0**31}, "hourly"),
        ({"visits": -(2**40)}, "visits"),
    ],
)
def test_what_a_column_has_no_room_for_is_refused(
    idp: ScimClient, survey: dict[str, Any], named: str
) -> None:
    assert_error(idp.post("/Users", user(survey=survey)), 400, "invalidValue", named)
    created = made(idp, "/Users", user())
    [(name, value)] = survey.items()
    step = {"op": "add", "path": f"{SURVEY.id}:{name}", "value": value}
    assert_error(idp.patch(f"/Users/{created['id']}", step), 400, "invalidValue", named)
