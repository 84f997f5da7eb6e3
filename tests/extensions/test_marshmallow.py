"""An extension and a resource type that a host declares with marshmallow, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema
from marshmallow import fields
from marshmallow import validate
from sqlalchemy import Column
from sqlalchemy import ForeignKey
from sqlalchemy import Table
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.definitions.common import COMMON
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.sqlalchemy import JoinTable
from flask_scim_teams.storage.sqlalchemy import ProvisionedResource
from flask_scim_teams.storage.sqlalchemy import ProvisionedTeam
from flask_scim_teams.storage.sqlalchemy import ProvisionedUser
from flask_scim_teams.storage.sqlalchemy import ResourceMapping
from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from flask_scim_teams.storage.sqlalchemy import TeamMapping
from flask_scim_teams.storage.sqlalchemy import UserMapping
from flask_scim_teams.wire.declarations import schema_from
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.databases import KINDS
from tests.databases import close
from tests.databases import fresh_database
from tests.hosts import Database
from tests.http.messages import USER as USER_URN
from tests.http.messages import assert_error

SEAT = "urn:example:params:scim:schemas:Seat"
ROOM = "urn:example:params:scim:schemas:Room"


class SeatSchema(Schema):
    desk = fields.Integer(validate=validate.Range(min=1))
    building = fields.String(required=True, validate=validate.OneOf(["north", "south"]))


class RoomSchema(Schema):
    name = fields.String(required=True, metadata={"scim": {"uniqueness": "server"}})
    seats = fields.Integer()


ROOMS = ResourceType(
    name="Room", endpoint="/Rooms", schema=schema_from(RoomSchema, id=ROOM), common=COMMON
)


def rooms_in(engine: Any) -> SQLAlchemyBackend:
    class Base(DeclarativeBase):
        pass

    class Person(ProvisionedUser, Base):
        __tablename__ = "person"
        pk: Mapped[int] = mapped_column(primary_key=True)
        login: Mapped[str]
        desk: Mapped[int | None]

    class Squad(ProvisionedTeam, Base):
        __tablename__ = "squad"
        pk: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]

    class Room(ProvisionedResource, Base):
        __tablename__ = "room"
        pk: Mapped[int] = mapped_column(primary_key=True)
        seats: Mapped[int | None]

    members = Table(
        "seat",
        Base.metadata,
        Column("squad", ForeignKey(Squad.pk), primary_key=True),
        Column("person", ForeignKey(Person.pk), primary_key=True),
    )
    backend = SQLAlchemyBackend(
        Database(engine, Base, Base.metadata),
        users=UserMapping(
            Person,
            extensions=[schema_from(SeatSchema, id=SEAT)],
            attributes={"userName": Person.login, f"{SEAT}:desk": Person.desk},
        ),
        teams=TeamMapping(Squad, attributes={"displayName": Squad.title}),
        memberships=JoinTable(members, team=members.c.squad, member=members.c.person),
        others=[ResourceMapping(Room, type=ROOMS, attributes={"seats": Room.seats})],
    )
    Base.metadata.create_all(engine)
    return backend


@pytest.fixture(params=["memory", "sqlite"])
def idp(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ScimClient]:
    if request.param == "memory":
        users = USER.extended(schema_from(SeatSchema, id=SEAT))
        yield _client(MemoryBackend(types=ResourceTypes(user=users, others=(ROOMS,))))
        return
    assert request.param in KINDS
    with fresh_database(request.param, tmp_path) as url:
        engine = create_engine(url)
        try:
            yield _client(rooms_in(engine))
        finally:
            close(engine)


def _client(backend: Any) -> ScimClient:
    app = Flask("host")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(backend, app)
    with app.app_context():
        return ScimClient(app.test_client(), scim.tokens.create(label="test").secret)


@pytest.mark.requirement("R068", "R069")
def test_what_marshmallow_declares_is_held_to_on_every_way_in(idp: ScimClient) -> None:
    seat = {"desk": 7, "building": "north"}
    user = idp.user("ada", **{SEAT: seat})
    assert user[SEAT] == seat
    url = f"/Users/{user['id']}"
    for wrong in ({**seat, "desk": 0}, {**seat, "building": "east"}, {"desk": 7}):
        body = {"schemas": [USER_URN, SEAT], "userName": "bob", SEAT: wrong}
        assert_error(idp.post("/Users", body), 400, "invalidValue")
        assert_error(idp.put(url, {**body, "userName": "ada"}), 400, "invalidValue")
    step = {"op": "replace", "path": f"{SEAT}:desk", "value": 0}
    assert_error(idp.patch(url, step), 400, "invalidValue", "desk", "greater than or equal to 1")
    assert idp.get(url).get_json() == user
    found = idp.get("/Users", query_string={"filter": f"{SEAT}:desk gt 6"}).get_json()
    assert found["totalResults"] == 1


@pytest.mark.requirement("R069")
def test_a_resource_type_of_a_marshmallow_schema(idp: ScimClient) -> None:
    made = idp.post("/Rooms", {"schemas": [ROOM], "name": "Blue", "seats": 12})
    assert made.status_code == 201
    room = made.get_json()
    assert_error(idp.post("/Rooms", {"schemas": [ROOM], "name": "BLUE"}), 409, "uniqueness", "name")
    idp.post("/Rooms", {"schemas": [ROOM], "name": "Red", "seats": 3})
    listed = idp.get("/Rooms?sortBy=seats").get_json()["Resources"]
    assert [one["name"] for one in listed] == ["Red", "Blue"]
    step = {"op": "replace", "path": "seats", "value": 14}
    assert idp.patch(f"/Rooms/{room['id']}", step).get_json()["seats"] == 14
    assert idp.delete(f"/Rooms/{room['id']}").status_code == 204
    assert idp.get("/ResourceTypes/Room").get_json()["schema"] == ROOM
