"""Stored resources as values, and the leaves that filters and sorting look at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import NamedTuple

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.comparison import key
from flask_scim_teams.core.schemas import ResourceType

_ETAG = re.compile(r'(?:W/)?"([1-9][0-9]{0,17})"')


def etag(version: int) -> str:
    """Return the weak entity tag of a version (RFC 7644 section 3.14)."""
    return f'W/"{version}"'


def version_of(tag: str) -> int | None:
    """Return the version an entity tag of ours stands for, or ``None`` if it is not ours."""
    match = _ETAG.fullmatch(tag.strip())
    return None if match is None else int(match[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A stored resource, told as facts: the protocol's dressing is added by the server.

    :param attributes: JSON values under canonical names; an extension's under its URN. Neither
        ``id``, ``externalId``, ``meta``, ``schemas`` nor the computed ``members`` and ``groups``.
    :param version: counts the changes, from 1.
    :param created: UTC instant, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    """

    id: str
    attributes: Mapping[str, Any]
    external_id: str | None = None
    version: int = 1
    created: str = ""
    last_modified: str = ""

    @property
    def active(self) -> bool:
        """Whether the account may be used: not said means yes (RFC 7643 section 4.1.1)."""
        return self.attributes.get("active") is not False


class Related(NamedTuple):
    """The other end of a membership: a team's member, or a user's team.

    :param display: name for people to read.
    :param type: ``User`` or ``Group`` for a member, ``direct`` or ``indirect`` for a team.
    """

    id: str
    display: str | None
    type: str


class Leaf(NamedTuple):
    """One comparable value of a resource.

    :param path: canonical path down to the sub-attribute.
    :param position: which element of a multi-valued attribute; the primary one is 0.
    :param key: comparison key.
    """

    path: str
    position: int
    key: str


def leaves(resource_type: ResourceType, attributes: Mapping[str, Any]) -> Iterator[Leaf]:
    """Yield the leaves of a resource's attributes.

    Those never returned have none, so that no filter can probe them (RFC 7643 section 9.3).
    """
    if resource_type.name == "User" and attributes.get("active") is None:
        # A user of whom nothing is said is active, and is found as such.
        yield Leaf("active", 0, "true")
    for name, value in attributes.items():
        schema = resource_type.schema_of(name) if ":" in name else None
        if schema is not None:
            for inner, inner_value in value.items():
                attribute = schema.attribute(inner)
                if attribute is not None:
                    yield from _leaves(attribute, f"{name}:{inner}", inner_value)
            continue
        attribute = resource_type.schema.attribute(name)
        if attribute is not None:
            yield from _leaves(attribute, name, value)


def _leaves(attribute: Attribute, path: str, value: Any) -> Iterator[Leaf]:
    if attribute.returned is Returned.NEVER:
        return
    elements: Sequence[Any] = value if attribute.multi_valued else (value,)
    if attribute.multi_valued and attribute.is_complex:
        elements = sorted(elements, key=lambda element: not element.get("primary"))
    for position, element in enumerate(elements):
        if not attribute.is_complex:
            yield Leaf(path, position, key(attribute, element))
            continue
        for sub in attribute.sub_attributes:
            if sub.returned is Returned.NEVER:
                continue
            if sub.name in element:
                yield Leaf(f"{path}.{sub.name}", position, key(sub, element[sub.name]))
            elif sub.name == "primary" and sub.type is Type.BOOLEAN:
                # RFC 7643 section 2.4: an absent "primary" is read as false.
                yield Leaf(f"{path}.{sub.name}", position, "false")


def extension_urns(resource_type: ResourceType, attributes: Mapping[str, Any]) -> list[str]:
    """Return the URNs of the extensions that have a value (RFC 7643 section 3.3)."""
    return [
        extension.schema.id
        for extension in resource_type.extensions
        if extension.schema.id in attributes
    ]


def copied(value: Any) -> Any:
    """Return a copy of JSON containers; much cheaper than deepcopy, which tracks identities."""
    if isinstance(value, Mapping):
        return {name: copied(item) for name, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value
