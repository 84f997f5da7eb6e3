"""Hosts whose storage the suite runs against: ready-made models, and models of a host's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Column
from sqlalchemy import Connection
from sqlalchemy import Engine
from sqlalchemy import ForeignKey
from sqlalchemy import MetaData
from sqlalchemy import Select
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import exists
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.sqlalchemy import JoinTable
from flask_scim_teams.storage.sqlalchemy import ProvisionedTeam
from flask_scim_teams.storage.sqlalchemy import ProvisionedUser
from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from flask_scim_teams.storage.sqlalchemy import TeamMapping
from flask_scim_teams.storage.sqlalchemy import UserMapping
from flask_scim_teams.storage.sqlalchemy import inverse
from flask_scim_teams.storage.sqlalchemy import one
from flask_scim_teams.storage.sqlalchemy import ready_made
from tests.databases import close
from tests.databases import fresh_database
from tests.databases import hasty_engine

#: Storage the protocol suite runs against. "mapped" is a host's own models, on SQLite.
STORAGE = ("memory", "sqlite", "mapped", "postgresql", "mariadb")


@dataclass
class Database:
    """What the backend wants of Flask-SQLAlchemy, without an app around it."""

    engine: Engine
    Model: Any
    metadata: MetaData


@dataclass
class Storage:
    """A backend and, behind it, the engine and tables, where there are any."""

    backend: Any
    engine: Engine | None = None
    metadata: MetaData | None = None

    def clear(self) -> None:
        """Empty everything."""
        if self.engine is None or self.metadata is None:
            self.backend.store(type(self.backend._state)())
            return
        with self.engine.begin() as connection:
            for table in reversed(self.filled(connection)):
                connection.execute(table.delete())

    @cached_property
    def tables(self) -> list[Table]:
        """All tables, those that others refer to first."""
        assert self.metadata is not None
        return self.metadata.sorted_tables

    def filled(self, connection: Connection) -> list[Table]:
        """Return the tables that hold something, in the same order.

        One question costs less than one to each table, most of which are empty.
        """
        row = connection.execute(self._which_are_filled).one()
        return [table for table, is_filled in zip(self.tables, row, strict=True) if is_filled]

    @cached_property
    def _which_are_filled(self) -> Select[Any]:
        return select(*(exists().select_from(one).label(one.name) for one in self.tables))


def own_models(engine: Engine) -> tuple[type[Any], type[Any], type[Any], SQLAlchemyBackend]:
    """A host that had its models before SCIM: other names, an inverse flag, NOT NULL columns."""

    class Base(DeclarativeBase):
        pass

    class Person(ProvisionedUser, Base):
        __tablename__ = "person"
        pk: Mapped[int] = mapped_column(primary_key=True)
        login: Mapped[str] = mapped_column(String(200))
        first: Mapped[str] = mapped_column(String(100))
        last: Mapped[str | None] = mapped_column(String(100))
        mail: Mapped[str | None] = mapped_column(String(200))
        blocked: Mapped[bool] = mapped_column(default=False)
        department: Mapped[str | None] = mapped_column(String(100))
        role: Mapped[str] = mapped_column(String(20))

    class Squad(ProvisionedTeam, Base):
        __tablename__ = "squad"
        pk: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str] = mapped_column(String(200))

    seats = Table(
        "seat",
        Base.metadata,
        Column("squad_pk", ForeignKey(Squad.pk), primary_key=True),
        Column("person_pk", ForeignKey(Person.pk), primary_key=True),
    )
    backend = SQLAlchemyBackend(
        Database(engine, Base, Base.metadata),
        users=UserMapping(
            Person,
            attributes={
                "userName": Person.login,
                "name.givenName": Person.first,
                "name.familyName": Person.last,
                "emails": one(Person.mail, type="work"),
                "active": inverse(Person.blocked),
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": (
                    Person.department
                ),
            },
            defaults={Person.role: "member"},
        ),
        teams=TeamMapping(Squad, attributes={"displayName": Squad.title}),
        memberships=JoinTable(seats, team=seats.c.squad_pk, member=seats.c.person_pk),
    )
    return Base, Person, Squad, backend


@contextmanager
def open_storage(kind: str, folder: Path) -> Iterator[Storage]:
    """Yield storage of that kind, empty; it is gone afterwards."""
    if kind == "memory":
        yield Storage(MemoryBackend())
        return
    with fresh_database("sqlite" if kind == "mapped" else kind, folder) as url:
        engine = hasty_engine(url)
        try:
            if kind == "mapped":
                base, _, _, backend = own_models(engine)
                metadata = base.metadata
            else:

                class Base(DeclarativeBase):
                    pass

                metadata = Base.metadata
                backend = ready_made(Database(engine, Base, metadata)).backend  # type: ignore[arg-type]
            metadata.create_all(engine)
            yield Storage(backend, engine, metadata)
        finally:
            close(engine)
