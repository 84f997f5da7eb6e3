"""What happened, in the past tense; published after the commit.

The fields of an event are the keyword arguments of its signal
(:mod:`flask_scim_teams.signals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from flask_scim_teams.core.resources import Resource
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import MembershipDelta


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
    """A user may no longer use the service."""

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
    """Users joined or left a team; ``delta`` holds their ids."""

    team_id: str
    delta: MembershipDelta
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
)
