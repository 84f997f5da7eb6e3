"""Auth0, by way of its event stream.

Source: Auth0's documentation, "Send outbound SCIM", and the Action template that comes with it. Its
requests keep to the RFCs: a filter by externalId, then PUT, or PATCH without path, or DELETE.
"""

from __future__ import annotations

from flask_scim_teams.core.dialects.profile import Provider

PROVIDER = Provider(key="auth0", title="Auth0")
