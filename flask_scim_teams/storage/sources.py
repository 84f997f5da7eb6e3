"""Who said what: the sources of users, teams and memberships, as storage keeps them.

A *source* is one voice that may say who is there and who is in which team: a SCIM connection
(``scim:<connection id>``), an identity provider that people sign in with (``sso:<name>``), or a
directory that is read (``directory:<name>``). What is kept of a source is the last that it said.
A membership that no source claims was made by hand, in the host's own code or console. Where that
has to be remembered beside the claim of a source, the host claims it itself: as the source ``""``.

A part of :mod:`flask_scim_teams.storage.interface`, where everything here can be had as well.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The last that a source said of a user or a team.

    :param resource_type: ``User`` or ``Group``.
    :param reference: what the source knows it by: a group's or a person's id at the identity
        provider; empty if it gives none. No two resources of one source have the same. Empty for
        SCIM connections: their ``externalId`` is the resource's own, and may repeat.
    :param name: the userName or displayName that it gave.
    :param active: whether it said that the user is active.
    :param seen: when it first said just this, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    """

    resource_id: str
    resource_type: str
    source: str
    reference: str = ""
    name: str = ""
    active: bool = True
    seen: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """A source says that somebody is in a team.

    :param member: id of the user, or of the team where teams nest.
    """

    team: str
    member: str
    source: str


class SourceAdapter(Protocol):
    """What each source last said of one tenant's resources.

    Nothing here depends on the resources being there still: what the host removed by hand is known
    by the difference. Sources and references are compared exactly, and have up to 255 characters.
    """

    def origins(self, ids: Collection[str]) -> Mapping[str, Sequence[Origin]]:
        """Return what sources say of resources, by resource id, in the order of sources."""
        ...

    def find(self, source: str, references: Collection[str]) -> Mapping[str, str]:
        """Return the ids of the resources that a source knows, by reference."""
        ...

    def of_source(self, source: str, *, after: str = "", count: int) -> Sequence[Origin]:
        """Return one page of what a source said, in the order of resource ids.

        :param after: the last resource id of the page before.
        """
        ...

    def names(self) -> Sequence[str]:
        """Return the sources that something is kept of in origins, in order."""
        ...

    def note(self, origin: Origin) -> None:
        """Keep what a source says of a resource that it never spoke of.

        :raises LostRace: if it spoke of it meanwhile, or of another resource by the same
            reference; callers look first.
        """
        ...

    def revise(self, origin: Origin) -> None:
        """Keep what a source says of a resource now, in place of what it said before.

        :raises LostRace: if it spoke meanwhile of another resource by the same reference.
        """
        ...

    def forget(self, resource_id: str, source: str | None = None) -> None:
        """Forget what a source, or all of them, said of a resource, memberships included."""
        ...

    def claims_on(self, teams: Collection[str]) -> Mapping[str, Sequence[Claim]]:
        """Return who is said to be in teams, by team id, in order."""
        ...

    def claims_for(self, members: Collection[str]) -> Mapping[str, Sequence[Claim]]:
        """Return which teams members are said to be in, by member id, in order."""
        ...

    def claim(self, team: str, members: Sequence[str], source: str) -> None:
        """Keep that a source says so; once is enough, and two at once are no error.

        The cost must not depend on how many are said to be in the team already.
        """
        ...

    def release(self, team: str, members: Sequence[str], source: str) -> None:
        """Forget that a source says so."""
        ...

    def checkpoint(self, source: str) -> str:
        """Return how far a source has been read; empty if it is to be read from the beginning."""
        ...

    def set_checkpoint(self, source: str, checkpoint: str) -> None:
        """Keep how far a source has been read.

        :param checkpoint: text of the source's own, of any length; empty to forget it.
        """
        ...
