"""What happened, in the past tense; published after the commit.

The fields of an event are the keyword arguments of its signal
(:mod:`flask_scim_teams.signals`).
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import TypeAlias

from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import MembershipDelta
from flask_scim_teams.storage.interface import TokenRecord


@dataclass(frozen=True, slots=True)
class UserProvisioned:
    """A user was created."""

    user: Resource
    caller: Caller


@dataclass(frozen=True, slots=True)
class UserUpdated:
    """Attributes of a user changed, other than whether it is active."""

    user: Resource
    before: Resource
    caller: Caller


@dataclass(frozen=True, slots=True)
class UserDeactivated:
    """A user may no longer use the service; of one that is deleted this comes first."""

    user: Resource
    caller: Caller


@dataclass(frozen=True, slots=True)
class UserReactivated:
    """A deactivated user may use the service again."""

    user: Resource
    caller: Caller


@dataclass(frozen=True, slots=True)
class UserDeleted:
    """A user is gone; ``user`` is what it last was."""

    user: Resource
    caller: Caller


@dataclass(frozen=True, slots=True)
class TeamCreated:
    """A team was created."""

    team: Resource
    caller: Caller


@dataclass(frozen=True, slots=True)
class TeamUpdated:
    """Attributes of a team changed, such as its name."""

    team: Resource
    before: Resource
    caller: Caller


@dataclass(frozen=True, slots=True)
class TeamDeleted:
    """A team is gone; ``team`` is what it last was."""

    team: Resource
    caller: Caller


@dataclass(frozen=True, slots=True)
class TeamMembersChanged:
    """Users, or teams where they nest, joined or left a team; ``delta`` holds their ids."""

    team_id: str
    delta: MembershipDelta
    caller: Caller


@dataclass(frozen=True, slots=True)
class ResourceCreated:
    """A resource of a type of the host's own was created."""

    resource_type: ResourceType
    resource: Resource
    caller: Caller


@dataclass(frozen=True, slots=True)
class ResourceUpdated:
    """Attributes of a resource of a type of the host's own changed."""

    resource_type: ResourceType
    resource: Resource
    before: Resource
    caller: Caller


@dataclass(frozen=True, slots=True)
class ResourceDeleted:
    """A resource of a type of the host's own is gone; ``resource`` is what it last was."""

    resource_type: ResourceType
    resource: Resource
    caller: Caller


@dataclass(frozen=True, slots=True)
class TokenCreated:
    """A token was made for a connection."""

    token: TokenRecord
    connection: ConnectionRecord


@dataclass(frozen=True, slots=True)
class TokenRotated:
    """A token took the place of another; ``before`` is that one, as it now ends."""

    token: TokenRecord
    before: TokenRecord
    connection: ConnectionRecord


@dataclass(frozen=True, slots=True)
class TokenRevoked:
    """A token was revoked, and is good for nothing any more."""

    token: TokenRecord


@dataclass(frozen=True, slots=True)
class TokenExpiring:
    """A token that is in use ends soon: in so many whole days, of 30, 14 or 3."""

    token: TokenRecord
    connection: ConnectionRecord
    days: int
    threshold: int


@dataclass(frozen=True, slots=True)
class RolesChanged:
    """A person's roles may be others; ``roles`` holds the ids of the teams that give each now."""

    user_id: str
    roles: Mapping[str, tuple[str, ...]]
    caller: Caller


Event: TypeAlias = (
    UserProvisioned
    | UserUpdated
    | UserDeactivated
    | UserReactivated
    | UserDeleted
    | TeamCreated
    | TeamUpdated
    | TeamDeleted
    | TeamMembersChanged
    | ResourceCreated
    | ResourceUpdated
    | ResourceDeleted
    | TokenCreated
    | TokenRotated
    | TokenRevoked
    | TokenExpiring
    | RolesChanged
)


def creation(
    resource_type: ResourceType, resource: Resource, delta: MembershipDelta, caller: Caller
) -> Iterator[Event]:
    """Yield what a creation amounts to."""
    if resource_type.is_user:
        yield UserProvisioned(resource, caller)
        if not resource.active:
            yield UserDeactivated(resource, caller)
    elif resource_type.is_group:
        yield TeamCreated(resource, caller)
        if delta:
            yield TeamMembersChanged(resource.id, delta, caller)
    else:
        yield ResourceCreated(resource_type, resource, caller)


def change(
    resource_type: ResourceType,
    before: Resource,
    after: Resource,
    delta: MembershipDelta,
    caller: Caller,
) -> Iterator[Event]:
    """Yield what a change amounts to; whichever request made it, a deactivation is one."""
    altered = _apart_from_active(before) != _apart_from_active(after)
    if resource_type.is_user:
        if altered:
            yield UserUpdated(after, before, caller)
        if before.active and not after.active:
            yield UserDeactivated(after, caller)
        elif after.active and not before.active:
            yield UserReactivated(after, caller)
    elif resource_type.is_group:
        if altered:
            yield TeamUpdated(after, before, caller)
        if delta:
            yield TeamMembersChanged(after.id, delta, caller)
    elif after.version != before.version:
        yield ResourceUpdated(resource_type, after, before, caller)


def removal(resource_type: ResourceType, resource: Resource, caller: Caller) -> Iterator[Event]:
    """Yield what a deletion amounts to, memberships apart."""
    if resource_type.is_user:
        if resource.active:
            # Whoever ends sessions at a deactivation need not listen for deletions too.
            yield UserDeactivated(resource, caller)
        yield UserDeleted(resource, caller)
    elif resource_type.is_group:
        yield TeamDeleted(resource, caller)
    else:
        yield ResourceDeleted(resource_type, resource, caller)


def _apart_from_active(resource: Resource) -> tuple[str | None, Mapping[str, Any]]:
    rest = {name: value for name, value in resource.attributes.items() if name != "active"}
    return resource.external_id, rest
