"""What the documentation's application writes to be provisioned."""

from __future__ import annotations

# begin: provisioning
from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.sqlalchemy import JoinTable
from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from flask_scim_teams.storage.sqlalchemy import TeamMapping
from flask_scim_teams.storage.sqlalchemy import UserMapping
from flask_scim_teams.storage.sqlalchemy import one
from myapp.models import Team
from myapp.models import User
from myapp.models import db
from myapp.models import team_user

users = UserMapping(
    User,
    attributes={
        "userName": User.email,
        "name.givenName": User.first_name,
        "name.familyName": User.last_name,
        "emails": one(User.work_email, type="work"),
        "active": User.is_active,
    },
)
teams = TeamMapping(Team, attributes={"displayName": Team.name})
memberships = JoinTable(team_user, team=team_user.c.team_id, member=team_user.c.user_id)
scim = ScimTeams(SQLAlchemyBackend(db, users=users, teams=teams, memberships=memberships))
# end: provisioning
