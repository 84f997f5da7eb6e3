"""Columns a host's models take on, and ready-made models for hosts that have none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column
from sqlalchemy import ForeignKey
from sqlalchemy import Table
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from flask_scim_teams.storage.sqlalchemy.join import JoinTable
from flask_scim_teams.storage.sqlalchemy.mapping import TeamMapping
from flask_scim_teams.storage.sqlalchemy.mapping import UserMapping
from flask_scim_teams.storage.sqlalchemy.types import Document
from flask_scim_teams.storage.sqlalchemy.types import ExactString
from flask_scim_teams.storage.sqlalchemy.work import SQLAlchemyBackend


class _Row:
    """What the protocol needs to know of a row; NULL or empty where SCIM did not make the row.

    A row whose ``scim_id`` is NULL is the host's own and invisible to identity providers.
    ``scim_tenant`` says whose a row is: the empty text where the host has one tenant.
    ``scim_unique`` is never searched: it lets the database refuse a name that is taken, and is NULL
    where others may have the same.
    """

    scim_id: Mapped[str | None] = mapped_column(ExactString(36), unique=True)
    scim_external_id: Mapped[str | None] = mapped_column(ExactString(255), index=True)
    scim_tenant: Mapped[str | None] = mapped_column(ExactString(100), default="", server_default="")
    scim_unique: Mapped[str | None] = mapped_column(ExactString(255), unique=True)
    scim_version: Mapped[int | None]
    scim_created: Mapped[str | None] = mapped_column(ExactString(27))
    scim_last_modified: Mapped[str | None] = mapped_column(ExactString(27))
    scim_document: Mapped[Mapping[str, Any] | None] = mapped_column(Document())


class ProvisionedResource(_Row):
    """Columns for the model of a resource type of the host's own.

    ``scim_key`` is filled where the type has an attribute that is unique.
    """

    scim_key: Mapped[str | None] = mapped_column(ExactString(255), index=True)


class ProvisionedUser(_Row):
    """Columns for a host's user model: ``class User(ProvisionedUser, db.Model)``."""

    scim_user_name_key: Mapped[str | None] = mapped_column(ExactString(255), index=True)


class ProvisionedTeam(_Row):
    """Columns for a host's team model: ``class Team(ProvisionedTeam, db.Model)``."""

    scim_display_name_key: Mapped[str | None] = mapped_column(ExactString(255), index=True)


class ReadyMade(NamedTuple):
    """Ready-made models and the backend over them."""

    User: Any
    Team: Any
    memberships: Table
    nested: Table
    backend: SQLAlchemyBackend


def ready_made(db: SQLAlchemy) -> ReadyMade:
    """Define models for a host that has none of its own, on its Flask-SQLAlchemy instance.

    The tables are ``scim_user``, ``scim_team``, ``scim_membership`` and, for teams in teams,
    ``scim_team_nesting``; ``db.create_all()``, or the host's migrations, make them.
    """

    # db.Model is made at run time: a type checker cannot see that it is a class.
    class User(ProvisionedUser, db.Model):  # type: ignore[name-defined, misc]
        __tablename__ = "scim_user"
        pk: Mapped[int] = mapped_column(primary_key=True)
        user_name: Mapped[str] = mapped_column(ExactString(255))
        display_name: Mapped[str | None] = mapped_column(ExactString())
        active: Mapped[bool | None]

    class Team(ProvisionedTeam, db.Model):  # type: ignore[name-defined, misc]
        __tablename__ = "scim_team"
        pk: Mapped[int] = mapped_column(primary_key=True)
        display_name: Mapped[str] = mapped_column(ExactString(255))

    memberships = Table(
        "scim_membership",
        db.metadata,
        Column("team_pk", ForeignKey(Team.pk, ondelete="CASCADE"), primary_key=True),
        Column("user_pk", ForeignKey(User.pk, ondelete="CASCADE"), primary_key=True, index=True),
    )
    nested = Table(
        "scim_team_nesting",
        db.metadata,
        Column("team_pk", ForeignKey(Team.pk, ondelete="CASCADE"), primary_key=True),
        Column("member_pk", ForeignKey(Team.pk, ondelete="CASCADE"), primary_key=True, index=True),
    )
    backend = SQLAlchemyBackend(
        db,
        users=UserMapping(
            User,
            attributes={
                "userName": User.user_name,
                "displayName": User.display_name,
                "active": User.active,
            },
        ),
        teams=TeamMapping(
            Team,
            attributes={"displayName": Team.display_name},
            nested=JoinTable(nested, team=nested.c.team_pk, member=nested.c.member_pk),
        ),
        memberships=JoinTable(
            memberships, team=memberships.c.team_pk, member=memberships.c.user_pk
        ),
    )
    return ReadyMade(User, Team, memberships, nested, backend)
