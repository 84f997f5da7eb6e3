"""Resources as they go out: facts from storage, dressed in what only the server knows."""

from __future__ import annotations

from typing import Any

from flask_scim_teams.core.definitions import ENTERPRISE_USER_SCHEMA
from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.projection import Projection
from flask_scim_teams.core.resources import Related
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.resources import etag
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.services.reading import Outcome
from flask_scim_teams.services.surroundings import manager_of


def location(resource_type: ResourceType, id: str, base: str) -> str:
    """Return the URI of a resource."""
    return f"{base}{resource_type.endpoint}/{id}"


def represent(
    outcome: Outcome, base: str, projection: Projection, profile: Profile
) -> dict[str, Any]:
    """Return the JSON document of a resource.

    :param base: the public URL that endpoints are below.
    :param profile: of the caller who is answered.
    """
    resource_type, resource, around = outcome.resource_type, outcome.resource, outcome.around
    attributes = resource.attributes
    document: dict[str, Any] = {"schemas": [resource_type.schema.id], "id": resource.id}
    for extension in resource_type.extensions:
        if extension.schema.id in attributes:
            document["schemas"].append(extension.schema.id)
    if resource.external_id is not None:
        document["externalId"] = resource.external_id
    document.update(attributes)
    manager = around.managers.get(manager_of(resource) or "")
    if manager is not None:
        document[ENTERPRISE_USER_SCHEMA.id] = _with_manager(document, manager, base)
    related = around.related and around.related.get(resource.id)
    name = resource_type.membership_attribute
    empty = related is not None and profile.empty_members and resource_type.is_group
    if name is not None and (related or empty):
        # A team may have very many members: their names go out to those who ask for them.
        named = name == "groups" or projection.asks(name, "display")
        document[name] = [_member(other, base, named) for other in related or ()]
    document["meta"] = {
        "resourceType": resource_type.name,
        "created": resource.created,
        "lastModified": resource.last_modified,
        "location": location(resource_type, resource.id, base),
        "version": etag(resource.version),
    }
    return document if projection.is_default else projection.apply(document)


def _member(other: Related, base: str, named: bool) -> dict[str, Any]:
    endpoint = "/Users/" if other.type == "User" else "/Groups/"
    member = {"value": other.id, "$ref": f"{base}{endpoint}{other.id}", "type": other.type}
    if named and other.display is not None:
        member["display"] = other.display
    return member


def _with_manager(document: dict[str, Any], manager: Resource, base: str) -> dict[str, Any]:
    """Return the enterprise attributes with the manager described as the server knows it."""
    enterprise = dict(document[ENTERPRISE_USER_SCHEMA.id])
    described = {**enterprise["manager"], "$ref": f"{base}/Users/{manager.id}"}
    if "displayName" in manager.attributes:
        described["displayName"] = manager.attributes["displayName"]
    return {**enterprise, "manager": described}
