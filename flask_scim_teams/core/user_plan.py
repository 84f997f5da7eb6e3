"""What a directory makes of a user: pure, so that what is shown beforehand is what is done.

The attributes that a directory speaks of are as it says, and others stay. Whoever it says is
inactive is; whoever was deactivated by hand stays so until the directory itself says that they
are back.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import Literal

from flask_scim_teams.core.directory import DirectoryUser
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.planner import Changes
from flask_scim_teams.core.planner import plan
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema

_WORK = 'emails[type eq "work"].value'


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPolicy:
    """What the host lets a directory do.

    :param link: by what somebody of the directory is found among the users that it never spoke
        of: ``username``, ``external_id`` (that is the directory's id), or not at all.
    :param leavers: what becomes of users who are gone from the directory.
    :param max_leavers: the most, in percent, that may leave at once, users or memberships; more
        are taken for a mistake.
    """

    link: Literal["username", "external_id", "never"] = "username"
    leavers: Literal["deactivate", "delete", "keep"] = "deactivate"
    max_leavers: int = 20


class UserVerb(enum.StrEnum):
    """What a step does; the last one does nothing, and says why."""

    CREATE = "create"
    LINK = "link"
    UPDATE = "update"
    DEACTIVATE = "deactivate"
    DELETE = "delete"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStep:
    """One thing that a directory's sync does to a user.

    :param id: of the user here; of one that is not made yet, the id that it gets.
    :param person: whom the directory means; of somebody who is gone, the id alone.
    :param words: for whoever is to read it.
    """

    verb: UserVerb
    id: str
    person: DirectoryUser
    words: str

    @property
    def name(self) -> str:
        """What the directory calls them."""
        return str(self.person.attributes.get("userName") or self.person.id)

    @property
    def acts(self) -> bool:
        """Whether it does anything."""
        return self.verb is not UserVerb.REFUSE


def creation(resource_type: ResourceType, person: DirectoryUser) -> Mapping[str, Any]:
    """Return the attributes of a user that is made for somebody.

    :raises BadRequest: if a value cannot be used.
    """
    nobody = Resource(id=person.id, attributes={})
    return changes(resource_type, person, nobody, said=False).attributes


def changes(
    resource_type: ResourceType, person: DirectoryUser, stored: Resource, said: bool | None
) -> Changes:
    """Return what a user becomes that is somebody's.

    :param said: whether the directory last said that they are active; ``None`` if it never spoke
        of them.
    :raises BadRequest: if a value cannot be used.
    """
    operations = [*_operations(resource_type, person, stored)]
    if not person.active or said is False:
        operations.append(Operation(Op.REPLACE, "active", person.active))
    return plan(resource_type, stored, operations)


def _operations(
    resource_type: ResourceType, person: DirectoryUser, stored: Resource
) -> Iterator[Operation]:
    """Yield what sets the attributes that there are here, ``active`` apart."""
    for name, value in person.attributes.items():
        known = resource_type.attribute(name) or resource_type.schema_of(name)
        if known is None or name == "active":
            continue
        if isinstance(known, Schema):
            said = {one: what for one, what in (value or {}).items() if known.attribute(one)}
            yield Operation(Op.REPLACE, name, said)
        elif name == "emails" and stored.attributes.get(name):
            yield from _addresses(value or (), stored.attributes[name])
        elif value or name != "emails":
            yield Operation(Op.REPLACE, name, value)


def _addresses(
    said: Sequence[Mapping[str, Any]], stored: Sequence[Mapping[str, Any]]
) -> Iterator[Operation]:
    """Yield what sets the work address of a user who has addresses.

    Others are the user's own; and a store need not keep what an address is for.
    """
    present = {str(one.get("value")).casefold() for one in stored}
    for one in said:
        if one["value"].casefold() not in present:
            yield Operation(Op.REPLACE, _WORK, one["value"], may_miss=True)
