"""JSON schemas of attributes: what a client reads, and what it may write.

Reading and writing differ. A projection may leave out what is required, so little is promised to
be there; and a value that a client wrote is given back as it came, so only what the server made
is promised to have a format.
"""

from __future__ import annotations

from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.patch import MAX_MEMBERS
from flask_scim_teams.core.values import MAX_BINARY
from flask_scim_teams.core.values import MAX_ELEMENTS
from flask_scim_teams.core.values import MAX_NAME
from flask_scim_teams.core.values import MAX_TEXT

_TYPES = {
    Type.BOOLEAN: "boolean",
    Type.INTEGER: "integer",
    Type.DECIMAL: "number",
    Type.COMPLEX: "object",
}
_FORMATS = {Type.DATE_TIME: "date-time", Type.BINARY: "byte"}
#: What a reference may lead to that is no resource here.
_ELSEWHERE = frozenset({"uri", "external"})
#: The names of memberships' ids are the store's; the rest of a membership is the server's too.
_MEMBER_ID = "value"


def readable(attribute: Attribute, *, membership: bool = False) -> dict[str, Any]:
    """Return the schema of an attribute's value as it is returned.

    :param membership: whether its values are memberships, all of which the server makes.
    """
    made_here = membership or attribute.mutability is Mutability.READ_ONLY
    schema: dict[str, Any] = {"type": _TYPES.get(attribute.type, "string")}
    if attribute.is_complex:
        schema["properties"] = {
            sub.name: readable(sub, membership=membership)
            for sub in attribute.sub_attributes
            if sub.returned is not Returned.NEVER
        }
    elif made_here:
        schema |= _format(attribute, "uri")
    described = _described(attribute, schema)
    if attribute.mutability is Mutability.READ_ONLY:
        described["readOnly"] = True
    return described


def writable(attribute: Attribute, *, membership: bool = False) -> dict[str, Any]:
    """Return the schema of an attribute's value in a POST or PUT.

    :param membership: whether its values are memberships, of which the id alone is looked at.
    """
    schema: dict[str, Any] = {"type": _TYPES.get(attribute.type, "string")}
    if attribute.is_complex:
        subs = [sub for sub in attribute.sub_attributes if sub.writable]
        schema["properties"] = {sub.name: writable(sub) for sub in subs}
        required = [s.name for s in subs if s.required or (membership and s.name == _MEMBER_ID)]
        if required:
            schema["required"] = required
    else:
        elsewhere = not attribute.reference_types or _ELSEWHERE & {*attribute.reference_types}
        schema |= _format(attribute, "uri" if elsewhere else "uri-reference")
        schema |= _bounds(attribute)
    described = _described(attribute, schema)
    if attribute.multi_valued:
        described["maxItems"] = MAX_MEMBERS if membership else MAX_ELEMENTS
    if attribute.mutability is Mutability.WRITE_ONLY:
        described["writeOnly"] = True
    return described


def _described(attribute: Attribute, schema: dict[str, Any]) -> dict[str, Any]:
    if attribute.canonical_values:
        # Canonical values are suggestions (RFC 7643 section 7): others are taken and kept.
        schema["examples"] = list(attribute.canonical_values)
    if attribute.multi_valued:
        schema = {"type": "array", "items": schema}
    if attribute.description:
        schema["description"] = attribute.description
    return schema


def _format(attribute: Attribute, reference: str) -> dict[str, str]:
    if attribute.type is Type.REFERENCE:
        return {"format": reference}
    return {"format": _FORMATS[attribute.type]} if attribute.type in _FORMATS else {}


def _bounds(attribute: Attribute) -> dict[str, Any]:
    match attribute.type:
        case Type.STRING if attribute.uniqueness is not Uniqueness.NONE:
            return {"minLength": 1, "maxLength": MAX_NAME}
        case Type.STRING | Type.REFERENCE:
            return {"maxLength": MAX_NAME if attribute.name == "externalId" else MAX_TEXT}
        case Type.BINARY:
            return {"maxLength": MAX_BINARY}
    return {}
