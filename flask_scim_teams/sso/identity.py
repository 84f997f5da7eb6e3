"""Who signed in, as the host is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from flask_scim_teams.core.directory import DirectoryGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person whom an identity provider vouches for, and the user that they are here.

    :param provider: name of the provider.
    :param issuer: and ``subject``: who they are there, for good.
    :param user_id: SCIM id of the user.
    :param email: what the provider says their address is; proven only if ``email_verified``.
    :param claims: those that the provider is configured to hand on.
    :param groups: the groups at the provider, as far as they are known.
    :param groups_known: whether they are. Where they are not, memberships stayed as they were.
    """

    provider: str
    issuer: str
    subject: str
    user_id: str
    email: str | None = None
    email_verified: bool = False
    name: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    groups: tuple[DirectoryGroup, ...] = ()
    groups_known: bool = False
