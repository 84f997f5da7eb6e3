"""The schemas of RFC 7643: common attributes, User, EnterpriseUser and Group."""

from __future__ import annotations

from flask_scim_teams.core.definitions.group import GROUP
from flask_scim_teams.core.definitions.group import NESTING_GROUP
from flask_scim_teams.core.definitions.user import ENTERPRISE_USER_SCHEMA
from flask_scim_teams.core.definitions.user import USER
from flask_scim_teams.core.definitions.user import USER_SCHEMA

__all__ = ["ENTERPRISE_USER_SCHEMA", "GROUP", "NESTING_GROUP", "USER", "USER_SCHEMA"]
