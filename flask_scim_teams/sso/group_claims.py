"""Groups out of claims, in each of the shapes that identity providers give them.

Each function takes the claim's value and returns the groups, or ``None`` for what it cannot read:
then the groups are unknown. No group is what says so: an empty list, an empty text.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from flask_scim_teams.core.directory import DirectoryGroup

#: Most groups that are taken from a claim, and the most characters of one.
_MOST = 2_000
_LONGEST = 256


def listed(value: Any) -> Sequence[DirectoryGroup] | None:
    """Read a list of texts; one text is one group, as JumpCloud has it."""
    names = [value] if isinstance(value, str) else value
    return _groups(names)


def separated(value: Any) -> Sequence[DirectoryGroup] | None:
    """Read what OneLogin sends: a list, or one text with semicolons between the names."""
    if isinstance(value, str):
        value = [name.strip() for name in value.split(";")]
    return _groups(value)


def paths(value: Any) -> Sequence[DirectoryGroup] | None:
    """Read Keycloak's full paths, ``/parent/child``: the path is the id, as names repeat."""
    groups = listed(value)
    if groups is None:
        return None
    return [DirectoryGroup(one.id, one.name.strip("/") or one.name) for one in groups]


def named_keys(value: Any) -> Sequence[DirectoryGroup] | None:
    """Read an object whose names are the groups, as Zitadel's roles are."""
    return _groups(list(value)) if isinstance(value, Mapping) else None


def claim_at(claims: Mapping[str, Any], name: str | tuple[str, ...]) -> Any:
    """Return a claim, or what a path of names leads to; ``None`` if there is none."""
    if isinstance(name, str):
        # Not split at its dots: Auth0's names are addresses.
        return claims.get(name)
    value: Any = claims
    for part in name:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _groups(names: Any) -> Sequence[DirectoryGroup] | None:
    if not isinstance(names, list) or len(names) > _MOST:
        return None
    if not all(isinstance(name, str) and len(name) <= _LONGEST for name in names):
        return None
    # Once each, in their order.
    return [DirectoryGroup(name, name) for name in dict.fromkeys(names) if name]
