"""A host with models and a life of its own: what its people do beside SCIM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column
from sqlalchemy import Engine
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import Integer
from sqlalchemy import Table
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from tests.hosts import own_models


@dataclass
class Office:
    """The host's models, its engine, and the backend over them."""

    engine: Engine
    metadata: Any
    Person: Any
    Squad: Any
    backend: SQLAlchemyBackend

    @property
    def seats(self) -> Table:
        """The association table."""
        return self.metadata.tables["seat"]

    def session(self) -> Session:
        """Return a session of the host's own."""
        return Session(self.engine)

    def hire(self, login: str, **values: Any) -> int:
        """Add a person of the host's own and return its key."""
        person = self.Person(**{"login": login, "first": "Local", "role": "owner", **values})
        with self.session() as session:
            session.add(person)
            session.commit()
            return int(person.pk)

    def form(self, title: str) -> int:
        """Add a squad of the host's own and return its key."""
        squad = self.Squad(title=title)
        with self.session() as session:
            session.add(squad)
            session.commit()
            return int(squad.pk)

    def seat(self, squad: int, person: int) -> None:
        """Make a person a member, as an administrator would by hand."""
        with self.engine.begin() as connection:
            connection.execute(insert(self.seats), {"squad_pk": squad, "person_pk": person})

    def seated(self) -> set[tuple[int, int]]:
        """Return all memberships."""
        with self.engine.connect() as connection:
            return {(row.squad_pk, row.person_pk) for row in connection.execute(select(self.seats))}

    def row(self, model: Any, **wanted: Any) -> Mapping[str, Any]:
        """Return the one row with those values."""
        table = model.__table__
        where = [table.c[name] == value for name, value in wanted.items()]
        with self.engine.connect() as connection:
            return connection.execute(select(table).where(*where)).mappings().one()

    def count(self, table: Any) -> int:
        """Return how many rows there are."""
        with self.engine.connect() as connection:
            return int(connection.scalar(select(func.count()).select_from(table)) or 0)

    def keys(self, id: str) -> int:
        """Return how many comparison keys a resource has."""
        keys = self.metadata.tables["scim_attribute_index"]
        with self.engine.connect() as connection:
            found = select(func.count()).where(keys.c.resource_id == id)
            return int(connection.scalar(found) or 0)


def open_office(engine: Engine) -> Office:
    """Return the host, its tables made: e-mail addresses are unique, and invoices name a person."""
    base, person, squad, backend = own_models(engine)
    Index("uq_person_mail", person.__table__.c.mail, unique=True)
    Table(
        "invoice",
        base.metadata,
        Column("number", Integer, primary_key=True),
        Column("person_pk", ForeignKey(person.pk), nullable=False),
    )
    base.metadata.create_all(engine)
    return Office(engine, base.metadata, person, squad, backend)
