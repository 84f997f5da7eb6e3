"""Where SCIM meets the gateway: which column holds which attribute."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import Connection
from sqlalchemy import delete

from examples.gateway.limits import TEAM_LIMITS
from examples.gateway.limits import from_dollars
from examples.gateway.limits import from_text
from examples.gateway.limits import to_dollars
from examples.gateway.limits import to_text
from examples.gateway.models import ApiKey
from examples.gateway.models import Team
from examples.gateway.models import User
from examples.gateway.models import db
from examples.gateway.models import team_members
from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.sqlalchemy import JoinTable
from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from flask_scim_teams.storage.sqlalchemy import TeamMapping
from flask_scim_teams.storage.sqlalchemy import UserMapping
from flask_scim_teams.storage.sqlalchemy import converted
from flask_scim_teams.storage.sqlalchemy import one


def delete_keys(connection: Connection, user_id: Any) -> None:
    """Take an account's API keys away before the account itself goes."""
    connection.execute(delete(ApiKey).where(ApiKey.user_id == user_id))


backend = SQLAlchemyBackend(
    db,
    users=UserMapping(
        User,
        attributes={
            "userName": User.username,
            "displayName": User.full_name,
            "active": User.is_active,
            "emails": one(User.email, type="work"),
        },
        before_delete=delete_keys,
    ),
    teams=TeamMapping(
        Team,
        extensions=[TEAM_LIMITS],
        attributes={
            "displayName": Team.name,
            f"{TEAM_LIMITS.id}:budget": converted(Team.budget, read=to_dollars, write=from_dollars),
            f"{TEAM_LIMITS.id}:models": converted(Team.models, read=to_text, write=from_text),
        },
    ),
    memberships=JoinTable(team_members, team=team_members.c.team_id, member=team_members.c.user_id),
)
scim = ScimTeams(backend)


def init_app(app: Flask) -> None:
    """Give the gateway a SCIM service provider at ``/scim/v2`` and ``flask scim`` commands."""
    scim.init_app(app)
