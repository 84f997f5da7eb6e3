"""Conditions on a resource's version: If-Match and If-None-Match (RFC 7644 section 3.14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask_scim_teams.core.errors import PreconditionFailed
from flask_scim_teams.core.resources import etag
from flask_scim_teams.core.resources import version_of

_TAG = re.compile(r'(?:W/)?"[^"]*"')


@dataclass(frozen=True, slots=True)
class Precondition:
    """A list of entity tags, or any version at all (``*``)."""

    versions: frozenset[int] = frozenset()
    any: bool = False

    def matches(self, version: int) -> bool:
        """Whether the version is one of those named."""
        return self.any or version in self.versions

    def check(self, version: int) -> None:
        """Refuse to go on with another version than those named.

        :raises PreconditionFailed: naming the current entity tag.
        """
        if not self.matches(version):
            raise PreconditionFailed(
                f"The resource is at version {etag(version)}; If-Match names another."
            )


def parse_precondition(header: str | None) -> Precondition | None:
    """Return the condition a header states; weak and strong tags compare alike.

    A tag that was never ours matches no version.
    """
    if header is None:
        return None
    if header.strip() == "*":
        return Precondition(any=True)
    versions = (version_of(tag) for tag in _TAG.findall(header))
    return Precondition(frozenset(version for version in versions if version is not None))
