"""What the service provider says of itself (RFC 7643 sections 5, 6 and 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema

CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA_URN = "urn:ietf:params:scim:schemas:core:2.0:Schema"


_SCHEME = "A bearer token made by an administrator of this service. "
# The document has no attribute for it, and this text is the one for people that goes with a token.
_STRICT = "What the SCIM RFCs do not allow is refused."
_LENIENT = "What identity providers send beside the SCIM RFCs is understood where it is plain."


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a service provider's configuration leaves open.

    :param max_results: most resources on a page.
    :param default_count: resources on a page when no number is asked for.
    :param max_body_bytes: largest body of a request, a bulk request too.
    :param announce_cursors: whether clients are told of cursors.
    :param strict: whether the caller is held to the RFCs by the letter.
    """

    max_results: int
    default_count: int
    bulk_max_operations: int
    max_body_bytes: int
    announce_cursors: bool
    strict: bool
    cursor_timeout: timedelta | None = None
    documentation_uri: str | None = None


def service_provider_config(base: str, offer: Offer) -> dict[str, Any]:
    """Return the ServiceProviderConfig; what it says is what happens."""
    document: dict[str, Any] = {
        "schemas": [CONFIG_URN],
        "patch": {"supported": True},
        "bulk": {
            "supported": True,
            "maxOperations": offer.bulk_max_operations,
            "maxPayloadSize": offer.max_body_bytes,
        },
        "filter": {"supported": True, "maxResults": offer.max_results},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": _SCHEME + (_STRICT if offer.strict else _LENIENT),
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": f"{base}/ServiceProviderConfig",
        },
    }
    if offer.announce_cursors:
        document["pagination"] = _pagination(offer)
    if offer.documentation_uri is not None:
        document["documentationUri"] = offer.documentation_uri
    return document


def _pagination(offer: Offer) -> dict[str, Any]:
    """Return how lists are gone through (RFC 9865 section 4): by number, unless asked otherwise."""
    document: dict[str, Any] = {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": min(offer.default_count, offer.max_results),
        "maxPageSize": offer.max_results,
    }
    if offer.cursor_timeout is not None:
        document["cursorTimeout"] = int(offer.cursor_timeout.total_seconds())
    return document


def resource_type_document(resource_type: ResourceType, base: str) -> dict[str, Any]:
    """Return a ResourceType."""
    document: dict[str, Any] = {
        "schemas": [RESOURCE_TYPE_URN],
        "id": resource_type.name,
        "name": resource_type.name,
        "endpoint": resource_type.endpoint,
        "description": resource_type.description,
        "schema": resource_type.schema.id,
        "meta": {
            "resourceType": "ResourceType",
            "location": f"{base}/ResourceTypes/{resource_type.name}",
        },
    }
    if resource_type.extensions:
        document["schemaExtensions"] = [
            {"schema": extension.schema.id, "required": extension.required}
            for extension in resource_type.extensions
        ]
    return document


def schema_document(schema: Schema, base: str) -> dict[str, Any]:
    """Return a Schema."""
    return {
        "schemas": [SCHEMA_URN],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": [_attribute(attribute) for attribute in schema.attributes],
        "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{schema.id}"},
    }


def _attribute(attribute: Attribute) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": attribute.name,
        "type": attribute.type.value,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
        "mutability": attribute.mutability.value,
        "returned": attribute.returned.value,
        "uniqueness": attribute.uniqueness.value,
    }
    if attribute.type is not Type.BOOLEAN and not attribute.is_complex:
        document["caseExact"] = attribute.compares_case
    if attribute.canonical_values:
        document["canonicalValues"] = list(attribute.canonical_values)
    if attribute.type is Type.REFERENCE:
        document["referenceTypes"] = list(attribute.reference_types)
    if attribute.is_complex:
        document["subAttributes"] = [_attribute(sub) for sub in attribute.sub_attributes]
    return document
