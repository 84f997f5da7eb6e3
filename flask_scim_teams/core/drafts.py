"""A resource as a client wants it, before the server makes it one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The canonical content of a POST or PUT body.

    :param members: ids of a Group's members; ``None`` where the body does not say.
    """

    attributes: Mapping[str, Any]
    external_id: str | None = None
    members: tuple[str, ...] | None = None
