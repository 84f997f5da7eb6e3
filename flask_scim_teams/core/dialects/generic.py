"""Any identity provider that has no module of its own."""

from __future__ import annotations

from flask_scim_teams.core.dialects.profile import Provider

PROVIDER = Provider(key="generic", title="Any other")
