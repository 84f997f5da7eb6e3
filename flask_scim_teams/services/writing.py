"""What every write does: find what it is about, keep to the rules of names, say how far it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.preconditions import Precondition
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.values import MAX_NAME
from flask_scim_teams.core.values import unique_key
from flask_scim_teams.services.adapters import not_found
from flask_scim_teams.services.words import name_of
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import ResourceAdapter


def locked(
    adapter: ResourceAdapter,
    resource_type: ResourceType,
    id: str,
    precondition: Precondition | None,
    caller: Caller,
) -> Resource:
    """Return a resource that nobody else changes until the unit of work ends.

    :raises NotFound: if there is none with that id.
    :raises PreconditionFailed: if it is at another version.
    """
    reach(caller, "resource")
    stored = adapter.lock(id)
    if stored is None:
        raise not_found(resource_type, id)
    if caller.recording is not None:
        caller.recording.resource_name = name_of(stored)
    if precondition is not None:
        reach(caller, "version")
        precondition.check(stored.version)
    return stored


def reach(caller: Caller, check: str) -> None:
    """Note how far the caller's request has come."""
    if caller.recording is not None:
        caller.recording.reach(check)


def written(caller: Caller) -> None:
    """Note that the entry of the caller's request is stored."""
    if caller.recording is not None:
        caller.recording.written = True


def with_kept(resource_type: ResourceType, draft: Draft, stored: Resource) -> Mapping[str, Any]:
    """Return the draft's attributes, and what is stored of those that a PUT does not clear."""
    attributes = dict(draft.attributes)
    for path in resource_type.kept:
        name = path.attribute.name
        value = path.value_in(stored.attributes)
        if value is None:
            continue
        if path.urn is None:
            attributes.setdefault(name, value)
        else:
            attributes[path.urn] = {name: value} | attributes.get(path.urn, {})
    return attributes


def check_names(resource_type: ResourceType, resource: Resource) -> None:
    """Refuse names that no index can hold or no eye can tell apart, before anything is stored."""
    attribute = resource_type.unique_attribute
    if attribute is not None and (attribute.required or attribute.name in resource.attributes):
        unique_key(attribute, resource.attributes.get(attribute.name, ""))
    if len(resource.external_id or "") > MAX_NAME:
        raise InvalidValue(
            f"externalId is longer than {MAX_NAME} characters.", attribute="externalId"
        )
