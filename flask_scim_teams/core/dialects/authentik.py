"""authentik.

Source: the SCIM provider of goauthentik/authentik, and its issue 7460.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.dialects.profile import Provider
from flask_scim_teams.core.schemas import ResourceType

#: It reads ServiceProviderConfig first and takes a document it cannot read for a service that can
#: do next to nothing. Of cursors it makes no use. It compares a group's members with those it
#: knows only where the answer has the attribute, and would leave out the first of an empty group.
PROVIDER = Provider(
    key="authentik",
    title="authentik",
    profile=Profile(announce_cursors=False, empty_members=True),
)


def without_schemas(resource_type: ResourceType, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read a body that does not say what it is of as one of the endpoint's type (#7460).

    ``{"userName": "ada", "emails": [{"value": "ada@example.com", "type": "other"}]}``
    """
    if any(name.lower() == "schemas" for name in body):
        return body
    return {"schemas": [resource_type.schema.id], **body}
