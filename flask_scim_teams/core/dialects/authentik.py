"""authentik."""

from __future__ import annotations

from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.dialects.profile import Provider

#: It reads ServiceProviderConfig first and takes a document it cannot read for a service that can
#: do next to nothing. Of cursors it makes no use.
PROVIDER = Provider(key="authentik", title="authentik", profile=Profile(announce_cursors=False))
