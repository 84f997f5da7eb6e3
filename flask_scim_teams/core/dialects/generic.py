"""What identity providers of every kind do, and any that has no module of its own.

Sources: Microsoft's collection "Test Your SCIM Endpoint" sends attributes that no schema knows and
wants them let be; Entra posts groups with
``http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group`` in ``schemas``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.dialects.profile import Provider
from flask_scim_teams.core.schemas import ResourceType

PROVIDER = Provider(key="generic", title="Any other")


def null_in_array(attribute: Attribute, value: list[Any]) -> list[Any]:
    """Read an array without the nulls in it: ``{"emails": [null]}``."""
    return [item for item in value if item is not None] if None in value else value


def unknown_parts(attribute: Attribute, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read an object without the sub-attributes that it cannot have.

    ``{"members": [{"value": "2819c223", "displayName": "Ada"}]}``
    """
    if all(attribute.sub_attribute(name) is not None for name in value):
        return value
    return {name: item for name, item in value.items() if attribute.sub_attribute(name) is not None}


def unknown_schemas(resource_type: ResourceType, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read ``schemas`` without the URNs that the type does not have, and with the one it has."""
    for name, urns in body.items():
        if name.lower() == "schemas" and isinstance(urns, list):
            unknown = [
                urn
                for urn in urns
                if urn and isinstance(urn, str) and not resource_type.schema_of(urn)
            ]
            if unknown:
                known = [urn for urn in urns if urn not in unknown]
                return {**body, name: known or [resource_type.schema.id]}
    return body
