"""Users and teams in the host's own tables, through SQLAlchemy."""

from __future__ import annotations

from flask_scim_teams.storage.sqlalchemy.columns import converted
from flask_scim_teams.storage.sqlalchemy.columns import inverse
from flask_scim_teams.storage.sqlalchemy.columns import one
from flask_scim_teams.storage.sqlalchemy.join import JoinTable
from flask_scim_teams.storage.sqlalchemy.mapping import ResourceMapping
from flask_scim_teams.storage.sqlalchemy.mapping import TeamMapping
from flask_scim_teams.storage.sqlalchemy.mapping import UserMapping
from flask_scim_teams.storage.sqlalchemy.models import ProvisionedResource
from flask_scim_teams.storage.sqlalchemy.models import ProvisionedTeam
from flask_scim_teams.storage.sqlalchemy.models import ProvisionedUser
from flask_scim_teams.storage.sqlalchemy.models import ready_made
from flask_scim_teams.storage.sqlalchemy.types import ExactString
from flask_scim_teams.storage.sqlalchemy.work import SQLAlchemyBackend

__all__ = [
    "ExactString",
    "JoinTable",
    "ProvisionedResource",
    "ProvisionedTeam",
    "ProvisionedUser",
    "ResourceMapping",
    "SQLAlchemyBackend",
    "TeamMapping",
    "UserMapping",
    "converted",
    "inverse",
    "one",
    "ready_made",
]
