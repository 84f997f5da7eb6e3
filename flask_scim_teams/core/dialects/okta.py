"""Okta."""

from __future__ import annotations

from flask_scim_teams.core.dialects.profile import Provider

PROVIDER = Provider(key="okta", title="Okta")
