"""What does not change once it has a value (RFC 7643 section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_scim_teams.core.errors import Mutability
from flask_scim_teams.core.schemas import ResourceType


def check_immutable(
    resource_type: ResourceType, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Refuse a change of an immutable value, its removal included.

    The same value again is no change; where there was none, any will do (RFC 7644 section 3.5.1).

    :raises Mutability: naming the attribute.
    """
    for path in resource_type.immutable:
        stored = path.value_in(before)
        if stored is not None and path.value_in(after) != stored:
            raise Mutability(f"{path} is immutable once it is set.", attribute=str(path))
