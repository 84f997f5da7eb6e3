"""What sources said, in dictionaries: a part of :mod:`flask_scim_teams.storage.memory`."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field

from flask_scim_teams.storage.interface import Claim
from flask_scim_teams.storage.interface import LostRace
from flask_scim_teams.storage.interface import Origin


@dataclass(slots=True)
class Said:
    """What sources said of one tenant's resources.

    :param origins: by resource id and source.
    :param claims: with no order of their own.
    """

    origins: dict[tuple[str, str], Origin] = field(default_factory=dict)
    claims: set[Claim] = field(default_factory=set)
    checkpoints: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Said:
        """Return a copy for a unit of work."""
        return Said(dict(self.origins), set(self.claims), dict(self.checkpoints))


class MemorySources:
    """What sources said, looked through from end to end."""

    def __init__(self, said: Said) -> None:
        self._said = said

    def origins(self, ids: Collection[str]) -> Mapping[str, Sequence[Origin]]:
        """Return what is said of resources."""
        found: dict[str, list[Origin]] = {id: [] for id in ids}
        for one in self._sorted() if found else ():
            if one.resource_id in found:
                found[one.resource_id].append(one)
        return found

    def find(self, source: str, references: Collection[str]) -> Mapping[str, str]:
        """Look for references; the empty one is none."""
        return {
            one.reference: one.resource_id
            for one in self._sorted()
            if one.source == source and one.reference and one.reference in references
        }

    def of_source(self, source: str, *, after: str = "", count: int) -> Sequence[Origin]:
        """Return one page."""
        own = [one for one in self._sorted() if one.source == source and one.resource_id > after]
        return own[:count]

    def names(self) -> Sequence[str]:
        """Return the sources."""
        return sorted({one.source for one in self._said.origins.values()})

    def note(self, origin: Origin) -> None:
        """Keep an origin, if there is none."""
        if (origin.resource_id, origin.source) in self._said.origins:
            raise LostRace
        self.revise(origin)

    def revise(self, origin: Origin) -> None:
        """Keep an origin, if its reference is nobody else's."""
        known = self.find(origin.source, [origin.reference]) if origin.reference else {}
        if known.get(origin.reference, origin.resource_id) != origin.resource_id:
            raise LostRace
        self._said.origins[origin.resource_id, origin.source] = origin

    def forget(self, resource_id: str, source: str | None = None) -> None:
        """Drop origins, and claims at whichever end the resource is."""
        wanted = self._said.origins.items()
        for key in [key for key, one in wanted if key[0] == resource_id]:
            if source in (None, key[1]):
                del self._said.origins[key]
        self._said.claims.difference_update(
            [
                one
                for one in self._said.claims
                if resource_id in (one.team, one.member) and source in (None, one.source)
            ]
        )

    def claims_on(self, teams: Collection[str]) -> Mapping[str, Sequence[Claim]]:
        """Return the claims on teams."""
        return {id: sorted(one for one in self._said.claims if one.team == id) for id in teams}

    def claims_for(self, members: Collection[str]) -> Mapping[str, Sequence[Claim]]:
        """Return the claims for members."""
        return {id: sorted(one for one in self._said.claims if one.member == id) for id in members}

    def claim(self, team: str, members: Sequence[str], source: str) -> None:
        """Add claims to the set."""
        self._said.claims.update(Claim(team, member, source) for member in members)

    def release(self, team: str, members: Sequence[str], source: str) -> None:
        """Take claims out of the set."""
        self._said.claims.difference_update(Claim(team, member, source) for member in members)

    def checkpoint(self, source: str) -> str:
        """Return it."""
        return self._said.checkpoints.get(source, "")

    def set_checkpoint(self, source: str, checkpoint: str) -> None:
        """Keep it."""
        self._said.checkpoints[source] = checkpoint

    def _sorted(self) -> Sequence[Origin]:
        return sorted(self._said.origins.values(), key=lambda one: (one.resource_id, one.source))
