"""The gateway's own tables.

Money is kept in millionths of a dollar, because a token costs that little.
"""

from __future__ import annotations

from datetime import UTC
from datetime import datetime
from typing import ClassVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON
from sqlalchemy import BigInteger
from sqlalchemy import Column
from sqlalchemy import DateTime
from sqlalchemy import ForeignKey
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from flask_scim_teams.storage.sqlalchemy import ProvisionedTeam
from flask_scim_teams.storage.sqlalchemy import ProvisionedUser

DOLLAR = 1_000_000
DEFAULT_BUDGET = 50 * DOLLAR
MAX_DOLLARS = 10_000_000_000


class Base(DeclarativeBase):
    """Ties the models to one set of tables."""


db = SQLAlchemy(metadata=Base.metadata)


def _now() -> datetime:
    return datetime.now(UTC)


team_members = Table(
    "team_members",
    Base.metadata,
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
)


# The limits of a team that an identity provider set; those that are not here are the operator's.
provisioned_limits = Table(
    "provisioned_limits",
    Base.metadata,
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(20), primary_key=True),
)


class User(ProvisionedUser, Base):
    """Someone who may hold API keys."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(255), unique=True)
    email: Mapped[str | None] = mapped_column(String(320))
    full_name: Mapped[str | None] = mapped_column(String(255))
    is_active: Mapped[bool] = mapped_column(default=True)
    role: Mapped[str] = mapped_column(String(20), default="member")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=_now)

    teams: Mapped[list[Team]] = relationship(
        secondary=team_members, back_populates="members", order_by="Team.name", passive_deletes=True
    )


class Team(ProvisionedTeam, Base):
    """People who share a budget and a choice of models. An empty choice allows every model."""

    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    budget: Mapped[int] = mapped_column(BigInteger, default=DEFAULT_BUDGET)
    spent: Mapped[int] = mapped_column(BigInteger, default=0)
    models: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=_now)

    members: Mapped[list[User]] = relationship(
        secondary=team_members, back_populates="teams", order_by=User.username, passive_deletes=True
    )


class Operator(Base):
    """Whoever runs the gateway: one password, of which only a hash is kept."""

    __tablename__ = "operators"
    ONLY: ClassVar[int] = 1

    id: Mapped[int] = mapped_column(primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(255))


class ApiKey(Base):
    """A bearer key of one user, charged to one team. Only a digest of it is kept."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    # A key must not outlive its team: without one it would have no budget to keep to.
    team_id: Mapped[int | None] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), index=True
    )
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(12))
    spent: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=_now)

    user: Mapped[User] = relationship()
    team: Mapped[Team | None] = relationship()
