"""Keycloak, by way of the plug-ins that make it a SCIM client."""

from __future__ import annotations

from flask_scim_teams.core.dialects.profile import OnConflict
from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.dialects.profile import Provider

#: keycloak-scim sends the names of groups and not their paths, so that sub-groups of two parents
#: can have one; and it posts without looking first, so that a second synchronisation would fail.
PROVIDER = Provider(
    key="keycloak",
    title="Keycloak",
    profile=Profile(unique_team_names=False, on_conflict=OnConflict.ADOPT),
)
