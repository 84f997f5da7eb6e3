"""What an answer tells of a resource beside its own attributes: memberships and managers."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field

from flask_scim_teams.core.definitions import ENTERPRISE_USER_SCHEMA
from flask_scim_teams.core.resources import Related
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.storage.interface import Work


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Read together with the resources, in as many look-ups as there are kinds of things.

    :param related: members or teams by resource id; ``None`` if they were not asked for.
    :param managers: those of the users' managers that exist, by id.
    """

    related: Mapping[str, Sequence[Related]] | None = None
    managers: Mapping[str, Resource] = field(default_factory=dict)


def surroundings(
    work: Work, resource_type: ResourceType, resources: Sequence[Resource], *, related: bool
) -> Surroundings:
    """Return the surroundings of resources of one type.

    :param related: whether their members or teams are asked for.
    """
    if not resources:
        return Surroundings()
    others: Mapping[str, Sequence[Related]] | None = None
    ids = [resource.id for resource in resources]
    if resource_type.is_group:
        return Surroundings(work.memberships.of_teams(ids) if related else None)
    if not resource_type.is_user:
        return Surroundings()
    if related:
        others = work.memberships.of_users(ids)
    managers = {id for resource in resources if (id := manager_of(resource)) is not None}
    return Surroundings(others, work.users.get_many(sorted(managers)) if managers else {})


def manager_of(user: Resource) -> str | None:
    """Return the id of a user's manager, which may belong to nobody."""
    enterprise = user.attributes.get(ENTERPRISE_USER_SCHEMA.id)
    manager = enterprise.get("manager") if enterprise else None
    id: str | None = manager.get("value") if manager else None
    return id
