"""JSON schemas of resources: as they are returned, as they are written, and in lists."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema
from flask_scim_teams.openapi.messages import RESERVED
from flask_scim_teams.openapi.values import readable
from flask_scim_teams.openapi.values import writable

#: What every resource has whether or not a projection asks for it: schemas and id.
_ALWAYS = Returned.ALWAYS


def component(resource_type: ResourceType, part: str = "") -> str:
    """Return the name of a component about the type: ``User``, ``User.Write``, ``User.List``.

    A name of the host's with letters that no component may have is spelled without them, and
    makes way for the protocol's own.
    """
    name = re.sub(r"[^A-Za-z0-9_-]", "_", resource_type.name)
    if name in RESERVED:
        name = f"{name}_"
    return f"{name}.{part}" if part else name


def as_returned(resource_type: ResourceType) -> dict[str, Any]:
    """Return the schema of a resource as it is returned, whatever is asked for."""
    membership = resource_type.membership_attribute
    properties = {"schemas": _schemas(resource_type)} | {
        attribute.name: readable(attribute, membership=attribute.name == membership)
        for attribute in _own(resource_type)
        if attribute.returned is not Returned.NEVER
    }
    for extension in resource_type.extensions:
        shown = [a for a in extension.schema.attributes if a.returned is not Returned.NEVER]
        inner = {attribute.name: readable(attribute) for attribute in shown}
        properties[extension.schema.id] = _described(extension.schema, inner)
    always = [a.name for a in resource_type.common if a.returned is _ALWAYS]
    always += [
        a.name for a in resource_type.schema.attributes if a.returned is _ALWAYS and a.required
    ]
    return _described(resource_type.schema, properties) | {"required": always}


def as_written(resource_type: ResourceType) -> dict[str, Any]:
    """Return the schema of the body of a POST or PUT.

    What the server alone writes is not in it: it is ignored there (RFC 7644 section 3.3).
    """
    membership = resource_type.membership_attribute
    own = [attribute for attribute in _own(resource_type) if attribute.writable]
    properties = {"schemas": _schemas(resource_type)} | {
        attribute.name: writable(attribute, membership=attribute.name == membership)
        for attribute in own
    }
    required = ["schemas", *(attribute.name for attribute in own if attribute.required)]
    for extension in resource_type.extensions:
        taken = [a for a in extension.schema.attributes if a.writable]
        inner = _described(extension.schema, {a.name: writable(a) for a in taken})
        needed = [a.name for a in taken if a.required]
        if needed:
            inner["required"] = needed
        properties[extension.schema.id] = inner
        if extension.required:
            required.append(extension.schema.id)
    return _described(resource_type.schema, properties) | {"required": required}


def list_of(kinds: Iterable[str]) -> dict[str, Any]:
    """Return the schema of a ListResponse of the components named."""
    names = list(kinds)
    items: Any = names[0] if len(names) == 1 else {"anyOf": names}
    resources = {"type": "array", "items": items}
    return {"allOf": ["ListResponse", {"type": "object", "properties": {"Resources": resources}}]}


def _own(resource_type: ResourceType) -> list[Attribute]:
    common = [attribute for attribute in resource_type.common if attribute.name != "schemas"]
    return [*common, *resource_type.schema.attributes]


def _schemas(resource_type: ResourceType) -> dict[str, Any]:
    known = [resource_type.schema.id, *(e.schema.id for e in resource_type.extensions)]
    return {
        "type": "array",
        "items": {"type": "string", "format": "uri", "enum": known},
        "minItems": 1,
        "description": "URNs of the schemas the resource carries values of.",
    }


def _described(schema: Schema, properties: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"type": "object", "title": schema.name, "properties": properties}
    if schema.description:
        described["description"] = schema.description
    return described
