"""Microsoft Entra ID, formerly Azure AD."""

from __future__ import annotations

from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.dialects.profile import Provider

#: Microsoft's guide asks for 204 to the PATCH of a Group, and its collection tests for it.
PROVIDER = Provider(
    key="entra", title="Microsoft Entra ID", profile=Profile(group_patch_body=False)
)
