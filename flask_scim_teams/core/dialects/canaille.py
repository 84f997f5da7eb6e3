"""Canaille."""

from __future__ import annotations

from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.dialects.profile import Provider

#: Its models (0.3) forbid attributes that RFC 7643 does not know, and a ServiceProviderConfig they
#: refuse ends provisioning.
PROVIDER = Provider(key="canaille", title="Canaille", profile=Profile(announce_cursors=False))
