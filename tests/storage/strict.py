"""A host that forbids NULL wherever it can, and has its own names for the protocol's columns."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column
from sqlalchemy import Engine
from sqlalchemy import ForeignKey
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from flask_scim_teams.core.resources import Resource
from flask_scim_teams.storage.sqlalchemy import ExactString
from flask_scim_teams.storage.sqlalchemy import JoinTable
from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from flask_scim_teams.storage.sqlalchemy import TeamMapping
from flask_scim_teams.storage.sqlalchemy import UserMapping
from flask_scim_teams.storage.sqlalchemy import one
from flask_scim_teams.storage.sqlalchemy.types import Document
from flask_scim_teams.testing.samples import ENTERPRISE
from tests.databases import close
from tests.databases import hasty_engine
from tests.hosts import Database
from tests.hosts import Storage
from tests.hosts import open_storage


def _key(user: Resource) -> str:
    return f"key-{user.id}"


def strict_models(engine: Engine, *, unique_titles: bool) -> tuple[Any, SQLAlchemyBackend]:
    """Return the host's metadata and the backend over it.

    :param unique_titles: whether the host itself forbids two crews of one title.
    """

    class Base(DeclarativeBase):
        pass

    class Account(Base):
        __tablename__ = "account"
        key: Mapped[str] = mapped_column(String(50), primary_key=True)
        idp_id: Mapped[str | None] = mapped_column(ExactString(36), unique=True)
        customer: Mapped[str] = mapped_column(ExactString(100))
        idp_key: Mapped[str | None] = mapped_column(ExactString(255), index=True)
        revision: Mapped[int] = mapped_column(default=1)
        born: Mapped[str | None] = mapped_column(ExactString(27))
        changed: Mapped[str | None] = mapped_column(ExactString(27))
        rest: Mapped[Mapping[str, Any] | None] = mapped_column(Document())
        folded: Mapped[str | None] = mapped_column(ExactString(255), index=True)
        taken: Mapped[str | None] = mapped_column(ExactString(255), unique=True)
        name: Mapped[str] = mapped_column(String(255))
        shown: Mapped[str] = mapped_column(String(5000))
        enabled: Mapped[bool]
        first: Mapped[str] = mapped_column(String(100))
        mail: Mapped[str] = mapped_column(String(300))
        job: Mapped[str] = mapped_column(String(5000))
        department: Mapped[str] = mapped_column(String(100))
        boss: Mapped[str] = mapped_column(String(50))

    class Crew(Base):
        __tablename__ = "crew"
        number: Mapped[int] = mapped_column(primary_key=True)
        idp_id: Mapped[str | None] = mapped_column(ExactString(36), unique=True)
        customer: Mapped[str] = mapped_column(ExactString(100))
        idp_key: Mapped[str | None] = mapped_column(ExactString(255))
        revision: Mapped[int | None]
        born: Mapped[str | None] = mapped_column(ExactString(27))
        changed: Mapped[str | None] = mapped_column(ExactString(27))
        rest: Mapped[Mapping[str, Any] | None] = mapped_column(Document())
        folded: Mapped[str | None] = mapped_column(ExactString(255), index=True)
        taken: Mapped[str | None] = mapped_column(ExactString(255), unique=True)
        title: Mapped[str] = mapped_column(String(255))
        if unique_titles:
            __table_args__ = (UniqueConstraint("customer", "title"),)

    posts = Table(
        "post",
        Base.metadata,
        Column("id", String(10)),
        Column("who", ForeignKey(Account.key), nullable=False),
        Column("where", ForeignKey(Crew.number), nullable=False),
        UniqueConstraint("who", "where"),
    )

    def own(model: Any) -> dict[str, Any]:
        return {
            "id": model.idp_id,
            "tenant": model.customer,
            "external_id": model.idp_key,
            "key": model.folded,
            "unique": model.taken,
            "version": model.revision,
            "created": model.born,
            "last_modified": model.changed,
            "document": model.rest,
        }

    backend = SQLAlchemyBackend(
        Database(engine, Base, Base.metadata),
        users=UserMapping(
            Account,
            attributes={
                "userName": Account.name,
                "displayName": Account.shown,
                "active": Account.enabled,
                "name.givenName": Account.first,
                "emails": one(Account.mail),
                "title": Account.job,
                f"{ENTERPRISE}:department": Account.department,
                f"{ENTERPRISE}:manager.value": Account.boss,
            },
            defaults={Account.key: _key},
            **own(Account),
        ),
        teams=TeamMapping(
            Crew, attributes={"displayName": Crew.title}, unique_names=unique_titles, **own(Crew)
        ),
        memberships=JoinTable(posts, team=posts.c.where, member=posts.c.who),
    )
    return Base.metadata, backend


@contextmanager
def open_strict(folder: Path, *, unique_titles: bool = True) -> Iterator[Storage]:
    """Yield the host's storage, empty; it is gone afterwards."""
    engine = hasty_engine(f"sqlite:///{folder / 'strict.sqlite'}")
    try:
        metadata, backend = strict_models(engine, unique_titles=unique_titles)
        metadata.create_all(engine)
        yield Storage(backend, engine, metadata)
    finally:
        close(engine)


@contextmanager
def open_any(kind: str, folder: Path) -> Iterator[Storage]:
    """Yield storage of that kind, "strict" among them; it is gone afterwards."""
    with open_strict(folder) if kind == "strict" else open_storage(kind, folder) as storage:
        yield storage
