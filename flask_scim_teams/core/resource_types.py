"""Which resource types a service provider offers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_scim_teams.core.definitions.group import GROUP
from flask_scim_teams.core.definitions.user import USER
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema

#: Paths below the base URL that belong to the protocol.
_TAKEN = {"/bulk", "/me", "/serviceproviderconfig", "/resourcetypes", "/schemas", "/oauth"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceTypes:
    """The resource types that a store holds, and a service provider offers.

    :param user: users: :data:`~flask_scim_teams.core.definitions.USER`, or that with extensions.
    :param group: groups: :data:`~flask_scim_teams.core.definitions.GROUP`; where groups may be
        members of groups, :data:`~flask_scim_teams.core.definitions.NESTING_GROUP`.
    :param others: types of the host's own.
    :raises SetupError: if two types share a name, an endpoint or a schema, one takes a path of the
        protocol's, or one URN stands for two schemas.
    """

    user: ResourceType = USER
    group: ResourceType = GROUP
    others: tuple[ResourceType, ...] = ()

    def __post_init__(self) -> None:
        if not self.user.is_user or not self.group.is_group:
            raise SetupError("Users are of the type User, and teams of the type Group.")
        for what, found in (
            ("name", [one.name.lower() for one in self]),
            ("endpoint", [one.endpoint.lower() for one in self]),
            ("schema", [one.schema.id.lower() for one in self]),
        ):
            if len(set(found)) != len(found):
                raise SetupError(f"Two resource types have one {what}: {', '.join(found)}.")
        known: dict[str, Schema] = {}
        for one in self:
            if one.endpoint.lower() in _TAKEN:
                raise SetupError(f"{one.name}: the path {one.endpoint} is the protocol's own.")
            for schema in one.schemas():
                if known.setdefault(schema.id.lower(), schema) != schema:
                    raise SetupError(f"Two schemas are called {schema.id}, and are not the same.")

    def __iter__(self) -> Iterator[ResourceType]:
        yield self.user
        yield self.group
        yield from self.others

    @property
    def nests(self) -> bool:
        """Whether a group may be a member of a group."""
        members = self.group.attribute("members")
        kind = members and members.sub_attribute("type")
        return kind is not None and "Group" in kind.canonical_values

    def at(self, endpoint: str) -> ResourceType | None:
        """Return the type whose resources are at an endpoint such as ``/Users``."""
        return next((one for one in self if one.endpoint == endpoint), None)

    def schemas(self) -> list[Schema]:
        """Return every schema in use, once."""
        found: dict[str, Schema] = {}
        for one in self:
            for schema in one.schemas():
                found.setdefault(schema.id, schema)
        return list(found.values())
