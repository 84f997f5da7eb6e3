"""PingOne and PingFederate.

Source: Ping Identity's documentation of its SCIM provisioner, where an administrator types the
filter: ``username Eq "%s"``, ``email Co "%s"``.
"""

from __future__ import annotations

from flask_scim_teams.core.dialects.profile import Provider
from flask_scim_teams.core.filters import Name
from flask_scim_teams.core.schemas import ResourceType

PROVIDER = Provider(key="ping", title="Ping Identity")


def email(resource_type: ResourceType, name: Name) -> Name:
    """Read ``email`` as the value of ``emails``: ``filter=email Co "@example.com"``."""
    if name.attribute.lower() != "email" or name.sub_attribute is not None:
        return name
    return Name(name.urn, "emails", "value")
