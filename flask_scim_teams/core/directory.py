"""What identity providers know of people and groups, whichever way it is learnt."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any


@dataclass(frozen=True, slots=True)
class DirectoryGroup:
    """A group of an identity provider.

    :param id: what never changes about it; where a provider tells names alone, the name.
    :param name: what people call it.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class DirectoryUser:
    """A person of an identity provider.

    :param id: what never changes about them.
    :param attributes: as SCIM has them: ``userName``, ``name``, ``emails``, ``active`` ...
    """

    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        """Whether the person may use what the provider guards."""
        return bool(self.attributes.get("active", True))


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in a group: all of them, or as far as it is known.

    :param members: ids of the people at the provider.
    :param complete: whether whoever is not in it is known to be no member.
    """

    group: DirectoryGroup
    members: Sequence[str] = ()
    complete: bool = True
