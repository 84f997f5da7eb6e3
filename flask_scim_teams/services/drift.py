"""Drift: what is not as a source last said, because somebody changed it here.

Asked for a page at a time, each with as many look-ups as any other.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from typing import TypeAlias

from flask_scim_teams.core.ownership import BY_HAND
from flask_scim_teams.core.ownership import is_scim
from flask_scim_teams.core.resources import Related
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.services.team_groups import is_scims
from flask_scim_teams.services.words import name_of
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Claim
from flask_scim_teams.storage.interface import Origin
from flask_scim_teams.storage.interface import Work

#: Resources that a page looks at.
PAGE = 100

Kind: TypeAlias = Literal["deleted", "renamed", "active", "removed", "added"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is not as a source last said.

    :param kind: the resource was ``deleted`` or ``renamed``, a user's ``active`` was changed,
        somebody was ``removed`` from a team whom the source claims, or ``added`` to one of its
        teams whom nobody claims.
    :param name: what the source called the resource.
    :param said: what it said; ``found`` is what is so.
    :param by: the other source that says what is so; empty if it was done by hand.
    :param member: id of the member, where it is about one, and ``member_name``.
    """

    kind: Kind
    source: str
    resource_type: str
    resource_id: str
    name: str
    said: str = ""
    found: str = ""
    by: str = ""
    member: str = ""
    member_name: str = ""

    @property
    def words(self) -> str:
        """Return it as a sentence."""
        what = "team" if self.resource_type == "Group" else "user"
        match self.kind:
            case "deleted":
                return f"The {what} {self.name} was deleted by hand."
            case "renamed":
                return f"The {what} {self.said} was renamed to {self.found} {self._by}."
            case "active":
                done = "reactivated" if self.found == "true" else "deactivated"
                return f"The {what} {self.name} was {done} {self._by}."
            case "removed":
                return f"{self.member_name} was removed from the team {self.name} by hand."
            case "added":
                return f"{self.member_name} was put into the team {self.name} by hand."

    @property
    def _by(self) -> str:
        return f"by {self.by}" if self.by else "by hand"


@dataclass(frozen=True, slots=True)
class DriftPage:
    """The differences of some resources.

    :param next_after: asks for the page after this one; ``None`` if this is the last. A page may be
        empty all the same: it is of so many resources, whatever is found.
    """

    differences: Sequence[Difference]
    next_after: str | None = None


class Drift:
    """Compares what there is with what sources last said."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def sources(self, caller: Caller) -> Sequence[str]:
        """Return the sources that said anything of the caller's tenant, in order."""
        with self._backend.begin(caller, write=False) as work:
            return work.sources.names()

    def origins(self, caller: Caller, ids: Collection[str]) -> Mapping[str, Sequence[Origin]]:
        """Return what sources say of resources, by resource id."""
        with self._backend.begin(caller, write=False) as work:
            return work.sources.origins(ids)

    def walk(self, caller: Caller, source: str) -> Iterator[Difference]:
        """Yield all differences, reading a page at a time."""
        after: str | None = ""
        while after is not None:
            page = self.page(caller, source, after=after)
            yield from page.differences
            after = page.next_after

    def page(self, caller: Caller, source: str, *, after: str = "", count: int = PAGE) -> DriftPage:
        """Return the differences of the next resources that the source spoke of.

        What is SCIM's is compared with what SCIM says, and with nothing else.

        :param after: the ``next_after`` of the page before.
        :param count: of resources.
        """
        with self._backend.begin(caller, write=False) as work:
            said = work.sources.of_source(source, after=after, count=count + 1)
            looked_at = said[:count]
            found = [*_Comparison(work, source, looked_at).differences()]
        return DriftPage(found, looked_at[-1].resource_id if len(said) > count else None)


class _Comparison:
    """One page's resources, as they are and as they are said to be."""

    def __init__(self, work: Work, source: str, said: Sequence[Origin]) -> None:
        self._source = source
        self._said = said
        users = [one.resource_id for one in said if one.resource_type == "User"]
        teams = [one.resource_id for one in said if one.resource_type == "Group"]
        self._stored = {**work.users.get_many(users), **work.teams.get_many(teams)}
        self._origins = work.sources.origins([*users, *teams])
        there = [id for id in teams if id in self._stored]
        self._members = work.memberships.of_teams(there)
        self._claims = work.sources.claims_on(there)
        absent = {claim.member for claims in self._claims.values() for claim in claims}
        absent -= {one.id for members in self._members.values() for one in members}
        self._absent = work.users.get_many(sorted(absent))

    def differences(self) -> Iterator[Difference]:
        """Yield what is not as the source said, in the order of resources."""
        for said in self._said:
            origins = self._origins[said.resource_id]
            if is_scims(origins) and not is_scim(self._source):
                continue
            stored = self._stored.get(said.resource_id)
            if stored is None:
                yield self._difference("deleted", said)
                continue
            yield from self._of_attributes(said, stored, origins)
            if said.resource_type == "Group":
                yield from self._of_members(said, origins)

    def _of_attributes(
        self, said: Origin, stored: Resource, origins: Sequence[Origin]
    ) -> Iterator[Difference]:
        name = name_of(stored) or ""
        if name != said.name:
            by = next((one.source for one in origins if one.name == name), "")
            yield self._difference("renamed", said, said=said.name, found=name, by=by)
        if said.resource_type == "User" and stored.active != said.active:
            by = next((one.source for one in origins if one.active == stored.active), "")
            said_so, found = str(said.active).lower(), str(stored.active).lower()
            yield self._difference("active", said, said=said_so, found=found, by=by)

    def _of_members(self, said: Origin, origins: Sequence[Origin]) -> Iterator[Difference]:
        members: Mapping[str, Related] = {one.id: one for one in self._members[said.resource_id]}
        claims: Sequence[Claim] = self._claims[said.resource_id]
        for claim in claims:
            absent = self._absent.get(claim.member)
            if claim.source == self._source and absent is not None:
                name = name_of(absent) or absent.id
                yield self._difference("removed", said, member=absent.id, member_name=name)
        if origins[0].source != self._source:
            # What nobody claims is told once, however many sources spoke of the team.
            return
        claimed = {claim.member for claim in claims if claim.source != BY_HAND}
        for id, one in members.items():
            if id not in claimed:
                yield self._difference("added", said, member=id, member_name=one.display or id)

    def _difference(self, kind: Kind, origin: Origin, /, **more: str) -> Difference:
        return Difference(
            kind=kind,
            source=self._source,
            resource_type=origin.resource_type,
            resource_id=origin.resource_id,
            name=origin.name,
            **more,
        )
