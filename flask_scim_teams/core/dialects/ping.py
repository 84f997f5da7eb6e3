"""PingOne and PingFederate."""

from __future__ import annotations

from flask_scim_teams.core.dialects.profile import Provider

PROVIDER = Provider(key="ping", title="Ping Identity")
