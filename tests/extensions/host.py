"""A host with extensions and resource types of its own, on storage of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON
from sqlalchemy import Column
from sqlalchemy import DateTime
from sqlalchemy import Double
from sqlalchemy import Engine
from sqlalchemy import ForeignKey
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.sqlalchemy import JoinTable
from flask_scim_teams.storage.sqlalchemy import ProvisionedResource
from flask_scim_teams.storage.sqlalchemy import ProvisionedTeam
from flask_scim_teams.storage.sqlalchemy import ProvisionedUser
from flask_scim_teams.storage.sqlalchemy import ResourceMapping
from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from flask_scim_teams.storage.sqlalchemy import TeamMapping
from flask_scim_teams.storage.sqlalchemy import UserMapping
from flask_scim_teams.storage.sqlalchemy import converted
from flask_scim_teams.storage.sqlalchemy import inverse
from flask_scim_teams.storage.sqlalchemy import one
from tests.databases import close
from tests.databases import fresh_database
from tests.extensions.declarations import BADGE
from tests.extensions.declarations import CREW
from tests.extensions.declarations import DEVICE
from tests.extensions.declarations import ROOM
from tests.extensions.declarations import SURVEY
from tests.extensions.declarations import TYPES
from tests.extensions.declarations import WARRANTY
from tests.hosts import Database
from tests.hosts import Storage

#: "documents" is a host on SQLite that has columns for nothing but what it must.
EXTENDED = ("memory", "documents", "sqlite", "postgresql", "mariadb")


# begin: converted
def to_utc(text: str) -> datetime:
    """Return what the column holds of a dateTime: UTC, without saying so."""
    moment = datetime.fromisoformat(text.upper())
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def from_utc(moment: datetime) -> str:
    """Return the dateTime that a column says."""
    return f"{moment.isoformat()}Z"


# end: converted


@dataclass(frozen=True, slots=True)
class Models:
    """The host's own classes and tables."""

    Employee: Any
    Team: Any
    Device: Any
    Room: Any
    seats: Table
    nested: Table


def define(base: type[DeclarativeBase]) -> Models:
    """Define the host's models."""

    class Employee(ProvisionedUser, base):  # type: ignore[misc, valid-type]  # made anew each time
        __tablename__ = "employee"
        pk: Mapped[int] = mapped_column(primary_key=True)
        login: Mapped[str] = mapped_column(String(200))
        badge_number: Mapped[str | None] = mapped_column(String(40))
        floor: Mapped[int | None]
        on_site: Mapped[bool]
        note: Mapped[str | None] = mapped_column(String(200))
        code: Mapped[str | None] = mapped_column(String(40))
        visits: Mapped[int] = mapped_column(default=0)
        cents: Mapped[int | None]
        height: Mapped[float | None] = mapped_column(Double())
        parking: Mapped[bool | None]
        hired: Mapped[str | None] = mapped_column(String(40))
        page: Mapped[str | None] = mapped_column(String(400))
        building: Mapped[str] = mapped_column(String(40), default="unknown")
        main_key: Mapped[str] = mapped_column(String(40))
        skills: Mapped[list[str]] = mapped_column(JSON)

    class Team(ProvisionedTeam, base):  # type: ignore[misc, valid-type]
        __tablename__ = "crew"
        pk: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str] = mapped_column(String(200))
        cost_centre: Mapped[str | None] = mapped_column(String(40))
        sealed: Mapped[bool]

    # begin: model
    class Device(ProvisionedResource, base):  # type: ignore[misc, valid-type]
        __tablename__ = "device"
        pk: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(200))
        in_use: Mapped[bool]
        ports: Mapped[int | None]
        bought: Mapped[datetime | None] = mapped_column(DateTime())
        tags: Mapped[list[str] | None] = mapped_column(JSON)
        vendor: Mapped[str | None] = mapped_column(String(200))
        office: Mapped[str] = mapped_column(String(40))

    # end: model

    class Room(ProvisionedResource, base):  # type: ignore[misc, valid-type]
        __tablename__ = "room"
        pk: Mapped[int] = mapped_column(primary_key=True)
        bookable: Mapped[bool | None]

    seats = Table(
        "crew_employee",
        base.metadata,
        Column("crew_pk", ForeignKey(Team.pk), primary_key=True),
        Column("employee_pk", ForeignKey(Employee.pk), primary_key=True),
    )
    nested = Table(
        "crew_crew",
        base.metadata,
        Column("outer_pk", ForeignKey(Team.pk), primary_key=True),
        Column("inner_pk", ForeignKey(Team.pk), primary_key=True),
    )
    return Models(Employee, Team, Device, Room, seats, nested)


def mapped(db: Any, models: Models) -> SQLAlchemyBackend:
    """Return a backend that maps whatever there is a column for, in every way there is."""
    Employee, Team, Device, Room = models.Employee, models.Team, models.Device, models.Room  # noqa: N806
    seats, nested = models.seats, models.nested
    survey = {
        f"{SURVEY.id}:code": Employee.code,
        f"{SURVEY.id}:visits": Employee.visits,
        f"{SURVEY.id}:hourly": converted(
            Employee.cents,
            read=lambda cents: cents / 100,
            write=lambda amount: round(amount * 100),
        ),
        f"{SURVEY.id}:height": Employee.height,
        f"{SURVEY.id}:parking": Employee.parking,
        f"{SURVEY.id}:hired": Employee.hired,
        f"{SURVEY.id}:page": Employee.page,
        f"{SURVEY.id}:seat.building": Employee.building,
        f"{SURVEY.id}:keys": one(Employee.main_key, type="office"),
        f"{SURVEY.id}:skills": Employee.skills,
    }
    # begin: users
    badge = {
        f"{BADGE.id}:number": Employee.badge_number,
        f"{BADGE.id}:floor": Employee.floor,
        f"{BADGE.id}:remote": inverse(Employee.on_site),
        f"{BADGE.id}:note": Employee.note,
    }
    users = UserMapping(
        Employee,
        extensions=[BADGE, SURVEY],
        attributes={"userName": Employee.login, **badge, **survey},
    )
    # end: users
    # begin: teams
    teams = TeamMapping(
        Team,
        extensions=[CREW],
        nested=JoinTable(nested, team=nested.c.outer_pk, member=nested.c.inner_pk),
        attributes={
            "displayName": Team.title,
            f"{CREW.id}:costCentre": Team.cost_centre,
            f"{CREW.id}:sealed": Team.sealed,
        },
    )
    # end: teams
    memberships = JoinTable(seats, team=seats.c.crew_pk, member=seats.c.employee_pk)
    # begin: machines
    devices = ResourceMapping(
        Device,
        type=DEVICE,
        attributes={
            "name": Device.name,
            "active": Device.in_use,
            "ports": Device.ports,
            "bought": converted(Device.bought, read=from_utc, write=to_utc),
            "tags": Device.tags,
            f"{WARRANTY.id}:vendor": Device.vendor,
        },
        defaults={Device.office: "Paris"},
    )
    # end: machines
    rooms = ResourceMapping(Room, type=ROOM, attributes={"active": Room.bookable})
    # begin: backend
    return SQLAlchemyBackend(
        db, users=users, teams=teams, memberships=memberships, others=(devices, rooms)
    )
    # end: backend


def in_documents(db: Any, models: Models) -> SQLAlchemyBackend:
    """Return a backend that keeps all that it can in the documents."""
    Employee, Team, Device, Room = models.Employee, models.Team, models.Device, models.Room  # noqa: N806
    seats, nested = models.seats, models.nested
    return SQLAlchemyBackend(
        db,
        users=UserMapping(
            Employee,
            extensions=[BADGE, SURVEY],
            attributes={"userName": Employee.login},
            defaults={Employee.on_site: True, Employee.main_key: "", Employee.skills: ()},
        ),
        teams=TeamMapping(
            Team,
            extensions=[CREW],
            nested=JoinTable(nested, team=nested.c.outer_pk, member=nested.c.inner_pk),
            attributes={"displayName": Team.title},
            defaults={Team.sealed: False},
        ),
        memberships=JoinTable(seats, team=seats.c.crew_pk, member=seats.c.employee_pk),
        others=[
            ResourceMapping(
                Device,
                type=DEVICE,
                attributes={},
                defaults={Device.name: "", Device.in_use: True, Device.office: "Paris"},
            ),
            ResourceMapping(Room, type=ROOM, attributes={}),
        ],
    )


@dataclass
class ExtendedStorage(Storage):
    """Storage of the host.

    :param models: the host's models, where it has any.
    :param columns: whether these hold what they have columns for.
    """

    models: Models | None = None
    columns: bool = False


def over(engine: Engine, *, columns: bool = True) -> ExtendedStorage:
    """Return the host on a database, its tables made."""

    class Base(DeclarativeBase):
        pass

    models = define(Base)
    build = mapped if columns else in_documents
    backend = build(Database(engine, Base, Base.metadata), models)
    Base.metadata.create_all(engine)
    return ExtendedStorage(backend, engine, Base.metadata, models, columns)


@contextmanager
def open_extended(kind: str, folder: Path) -> Iterator[ExtendedStorage]:
    """Yield storage of that kind, empty; it is gone afterwards."""
    if kind == "memory":
        # begin: memory
        backend = MemoryBackend(types=TYPES)
        # end: memory
        yield ExtendedStorage(backend)
        return
    with fresh_database("sqlite" if kind == "documents" else kind, folder) as url:
        engine = create_engine(url)
        try:
            yield over(engine, columns=kind != "documents")
        finally:
            close(engine)
