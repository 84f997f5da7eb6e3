"""Which adapter of a unit of work holds the resources of a type."""

from __future__ import annotations

from flask_scim_teams.core.errors import NotFound
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.storage.interface import ResourceAdapter
from flask_scim_teams.storage.interface import Work


def adapter_of(work: Work, resource_type: ResourceType) -> ResourceAdapter:
    """Return the adapter."""
    if resource_type.is_user:
        return work.users
    if resource_type.is_group:
        return work.teams
    return work.others[resource_type.name]


def not_found(resource_type: ResourceType, id: str) -> NotFound:
    """Return the refusal of an id that nothing has."""
    return NotFound(f"There is no {resource_type.name} with the id {id!r:.80}.")
