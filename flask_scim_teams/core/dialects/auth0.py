"""Auth0, by way of its event stream."""

from __future__ import annotations

from flask_scim_teams.core.dialects.profile import Provider

PROVIDER = Provider(key="auth0", title="Auth0")
