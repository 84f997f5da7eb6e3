"""SCIM 2.0 provisioning of users and teams for existing Flask gateways."""

from __future__ import annotations

from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.extension import ScimTeams

__all__ = ["ScimTeams", "SetupError"]
