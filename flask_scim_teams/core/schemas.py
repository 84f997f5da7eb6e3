"""Schemas, resource types, and the resolution of attribute names against them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.errors import SetupError

_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,31}:[A-Za-z0-9_.:-]*[A-Za-z0-9_-]", re.IGNORECASE)
_ENDPOINT = re.compile(r"/[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A schema: a URN and the attributes it declares (RFC 7643 section 7).

    :raises SetupError: if the id is no URN, or two attributes have one name.
    """

    id: str
    name: str
    description: str = ""
    attributes: tuple[Attribute, ...] = ()
    _by_name: dict[str, Attribute] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        if not _URN.fullmatch(self.id):
            raise SetupError(f"{self.id!r} is no URN such as urn:example:params:scim:Team.")
        by_name = {attribute.name.lower(): attribute for attribute in self.attributes}
        if len(by_name) != len(self.attributes):
            raise SetupError(f"Schema {self.id} declares two attributes of one name.")
        object.__setattr__(self, "_by_name", by_name)

    def attribute(self, name: str) -> Attribute | None:
        """Return the attribute of that name in any letter case."""
        return self._by_name.get(name.lower())


@dataclass(frozen=True, slots=True)
class Extension:
    """A schema extension of a resource type (RFC 7643 section 6)."""

    schema: Schema
    required: bool = False


@dataclass(frozen=True, slots=True)
class AttrPath:
    """An attribute of a resource type, resolved: canonical names, with their definitions.

    :param urn: the extension's URN, or ``None`` for the base schema and the common attributes.
    """

    urn: str | None
    attribute: Attribute
    sub_attribute: Attribute | None = None

    @property
    def leaf(self) -> Attribute:
        """The attribute a value of this path belongs to."""
        return self.sub_attribute or self.attribute

    @property
    def top(self) -> str:
        """The path without sub-attribute: ``emails`` or ``urn:...:User:manager``."""
        return self.attribute.name if self.urn is None else f"{self.urn}:{self.attribute.name}"

    def value_in(self, attributes: Mapping[str, Any]) -> Any:
        """Return what a resource with those attributes has there, or ``None``.

        Not of a sub-attribute of a multi-valued attribute: that has many.
        """
        place = attributes if self.urn is None else attributes.get(self.urn) or {}
        value = place.get(self.attribute.name)
        if self.sub_attribute is None or value is None:
            return value
        return value.get(self.sub_attribute.name)

    def __str__(self) -> str:
        if self.sub_attribute is None:
            return self.top
        return f"{self.top}.{self.sub_attribute.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """A kind of resource: its endpoint, its schema and the extensions it may carry.

    :param endpoint: path below the base URL, with a slash in front: ``/Devices``.
    :param common: the common attributes (id, externalId, meta, schemas) that every resource has
        beside its schema (RFC 7643 section 3.1).
    :raises SetupError: if the endpoint is no path, a schema has an attribute of a common one's
        name, or uniqueness is declared where it is not enforced.
    """

    name: str
    endpoint: str
    schema: Schema
    common: tuple[Attribute, ...]
    description: str = ""
    extensions: tuple[Extension, ...] = ()
    _common: dict[str, Attribute] = field(init=False, repr=False, compare=False, hash=False)
    _urns: dict[str, Schema] = field(init=False, repr=False, compare=False, hash=False)
    #: Attributes that a PUT keeps when it leaves them out.
    kept: tuple[AttrPath, ...] = field(init=False, repr=False, compare=False, hash=False)
    #: Attributes, and parts of singular ones, that do not change once they have a value.
    immutable: tuple[AttrPath, ...] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_common", {a.name.lower(): a for a in self.common})
        schemas = self.schemas()
        object.__setattr__(self, "_urns", {schema.id.lower(): schema for schema in schemas})
        if not _ENDPOINT.fullmatch(self.endpoint):
            raise SetupError(f"{self.name}: {self.endpoint!r} is no endpoint such as /Devices.")
        if len(self._urns) != len(schemas):
            raise SetupError(f"{self.name} has two schemas of one URN.")
        for attribute in self.schema.attributes:
            if attribute.name.lower() in self._common:
                raise SetupError(f"{self.name}: {attribute.name} is an attribute of every type.")
        object.__setattr__(self, "kept", tuple(p for p in self.paths() if _stays(p.attribute)))
        object.__setattr__(self, "immutable", tuple(self._immutable()))
        self._check_uniqueness()

    def _check_uniqueness(self) -> None:
        """What /Schemas says is unique has to be: one name a type is kept so, and no more."""
        unique = [a for a in self.schema.attributes if a.uniqueness is not Uniqueness.NONE]
        below = [
            sub
            for path in self.paths()
            for sub in path.attribute.sub_attributes
            if sub.uniqueness is not Uniqueness.NONE
        ]
        extending = [
            attribute
            for extension in self.extensions
            for attribute in extension.schema.attributes
            if attribute.uniqueness is not Uniqueness.NONE
        ]
        plain = all(a.type is Type.STRING and not a.multi_valued for a in unique)
        if below or extending or len(unique) > 1 or not plain:
            raise SetupError(
                f"{self.name}: one string of the base schema can be unique, and nothing else."
            )

    def _immutable(self) -> Iterator[AttrPath]:
        for path in self.paths():
            if path.attribute.mutability is Mutability.IMMUTABLE:
                yield path
            elif not path.attribute.multi_valued:
                for sub in path.attribute.sub_attributes:
                    if sub.mutability is Mutability.IMMUTABLE:
                        yield AttrPath(path.urn, path.attribute, sub)

    @property
    def is_user(self) -> bool:
        """Whether its resources are the protocol's users, with or without extensions."""
        return self.name == "User"

    @property
    def is_group(self) -> bool:
        """Whether its resources are the protocol's groups, with or without extensions."""
        return self.name == "Group"

    @property
    def membership_attribute(self) -> str | None:
        """The attribute whose values are memberships: ``groups`` or ``members``, or none."""
        return {"User": "groups", "Group": "members"}.get(self.name)

    @property
    def unique_attribute(self) -> Attribute | None:
        """The attribute that no two resources have the same value of, if there is one."""
        for attribute in self.schema.attributes:
            if attribute.uniqueness is not Uniqueness.NONE:
                return attribute
        return None

    def extended(self, *schemas: Schema | Extension) -> ResourceType:
        """Return the type with further extensions, which a resource may carry or not.

        :raises SetupError: if one is there already.
        """
        added = tuple(one if isinstance(one, Extension) else Extension(one) for one in schemas)
        return replace(self, extensions=(*self.extensions, *added))

    def schemas(self) -> tuple[Schema, ...]:
        """Return the base schema and those of the extensions."""
        return (self.schema, *(extension.schema for extension in self.extensions))

    def schema_of(self, urn: str) -> Schema | None:
        """Return the base schema or extension with that URN, in any letter case."""
        return self._urns.get(urn.lower())

    def is_extension(self, schema: Schema) -> bool:
        """Whether the schema is an extension here rather than the base schema."""
        return schema is not self.schema

    def attribute(self, name: str) -> Attribute | None:
        """Return the core or common attribute of that unqualified name."""
        return self.schema.attribute(name) or self._common.get(name.lower())

    def paths(self) -> Iterator[AttrPath]:
        """Yield the path of each top-level attribute, common ones and extensions included."""
        for attribute in (*self.common, *self.schema.attributes):
            yield AttrPath(None, attribute)
        for extension in self.extensions:
            for attribute in extension.schema.attributes:
                yield AttrPath(extension.schema.id, attribute)

    def leaves(self) -> Iterator[AttrPath]:
        """Yield the path of each simple attribute and sub-attribute."""
        for path in self.paths():
            if not path.attribute.is_complex:
                yield path
            for sub in path.attribute.sub_attributes:
                yield AttrPath(path.urn, path.attribute, sub)

    def resolve(self, urn: str | None, name: str, sub: str | None = None) -> AttrPath | None:
        """Return the path that the names mean, or ``None`` if there is no such attribute.

        Names and URNs match in any letter case (RFC 7643 section 2.1). An extension's attribute
        needs its URN (RFC 7643 section 3.3); a core attribute may have one (RFC 7644 section
        3.10).
        """
        if urn is None:
            attribute, owner = self.attribute(name), None
        else:
            schema = self.schema_of(urn)
            if schema is None:
                return None
            attribute = schema.attribute(name)
            owner = schema.id if self.is_extension(schema) else None
            if attribute is None and owner is None:
                attribute = self._common.get(name.lower())
        if attribute is None:
            return None
        if sub is None:
            return AttrPath(owner, attribute)
        sub_attribute = attribute.sub_attribute(sub)
        return None if sub_attribute is None else AttrPath(owner, attribute, sub_attribute)


def _stays(attribute: Attribute) -> bool:
    """Whether a PUT that leaves it out says nothing of it, rather than that it has no value."""
    set_elsewhere = attribute.mutability in (Mutability.IMMUTABLE, Mutability.READ_ONLY)
    return attribute.kept or set_elsewhere
