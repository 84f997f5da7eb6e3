"""What a host's storage does for the library: protocols and frozen values, no implementation.

A *backend* opens units of work. A unit of work holds one *adapter* per kind of thing, all bound to
one transaction and one caller. Adapters state facts; schemas, locations and entity tags are the
server's business. No adapter commits.

:mod:`flask_scim_teams.storage.memory` is this interface's readable specification, and
:class:`flask_scim_teams.testing.BackendContract` its test.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from dataclasses import field
from typing import Protocol

from flask_scim_teams.core.dialects.profile import AS_CONFIGURED
from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.ownership import scim_source
from flask_scim_teams.core.query import Page
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.core.resources import Related
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.storage.clients import ClientAdapter as ClientAdapter
from flask_scim_teams.storage.clients import ClientCredential as ClientCredential
from flask_scim_teams.storage.clients import ClientRecord as ClientRecord
from flask_scim_teams.storage.clients import SecretRecord as SecretRecord
from flask_scim_teams.storage.credentials import ConnectionAdapter as ConnectionAdapter
from flask_scim_teams.storage.credentials import ConnectionRecord as ConnectionRecord
from flask_scim_teams.storage.credentials import Credential as Credential
from flask_scim_teams.storage.credentials import TokenAdapter as TokenAdapter
from flask_scim_teams.storage.credentials import TokenRecord as TokenRecord
from flask_scim_teams.storage.log import LogAdapter
from flask_scim_teams.storage.log import Recording
from flask_scim_teams.storage.sources import Claim as Claim
from flask_scim_teams.storage.sources import Origin as Origin
from flask_scim_teams.storage.sources import SourceAdapter as SourceAdapter


class StorageError(Exception):
    """Something storage has to say to the services; no client sees it as it is."""


class Conflict(StorageError):
    """A value that must be unique is taken.

    :param attribute: the SCIM attribute at fault (``userName``, ``displayName``, ``emails``).
    """

    def __init__(self, attribute: str) -> None:
        super().__init__(f"{attribute} is taken")
        self.attribute = attribute


class UnknownMember(StorageError):
    """An id that is to become a member belongs to nobody the caller may know of.

    :param ids: the unknown ones.
    """

    def __init__(self, ids: Collection[str]) -> None:
        super().__init__(f"unknown members: {', '.join(ids)}")
        self.ids = tuple(ids)


class Unstorable(StorageError):
    """A value fits its attribute but not the host's column for it.

    :param attribute: the SCIM path.
    :param reason: what does not fit, in words for the IdP administrator.
    """

    def __init__(self, attribute: str, reason: str) -> None:
        super().__init__(f"{attribute} {reason}")
        self.attribute = attribute
        self.reason = reason


class InUse(StorageError):
    """The host's own tables still refer to what is to be removed."""


class LostRace(StorageError):
    """Another transaction was faster (deadlock, lock timeout, serialization failure).

    Nothing was stored. The services run the whole unit of work again, a few times.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """On whose behalf a unit of work runs.

    :param token_id: public id of the bearer token, or ``None`` for the host itself.
    :param scopes: what the token allows.
    :param connection_id: of the connection that the token belongs to.
    :param tenant: whose resources the unit of work is about, and the only ones it can know of; a
        host with one tenant has the empty text for it.
    :param profile: how the connection is treated where identity providers differ.
    :param recording: of the request that it is served for, where there is one.
    :param source: whose word it is that users and memberships are as the caller makes them: the
        connection's, if nothing else is said; empty for the host by hand
        (:mod:`flask_scim_teams.core.ownership`).
    """

    token_id: str | None = None
    scopes: frozenset[str] = frozenset()
    connection_id: str | None = None
    tenant: str = ""
    profile: Profile = AS_CONFIGURED
    recording: Recording | None = field(default=None, compare=False, repr=False)
    source: str = ""

    def __post_init__(self) -> None:
        if not self.source:
            object.__setattr__(self, "source", scim_source(self.connection_id))


#: The host itself: command line, connectors, tests.
HOST = Caller()


@dataclass(frozen=True, slots=True)
class MembershipDelta:
    """Who really came and went; ids that were there already, or never were, are in neither."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


class ResourceAdapter(Protocol):
    """Resources of one type, as far as the caller of the unit of work may know of them.

    One each for users, for teams, and for every type of the host's own.
    """

    def get(self, id: str) -> Resource | None:
        """Return the resource, or ``None``. Ids are compared exactly.

        Used by: GET, and by answers to writes.
        """
        ...

    def get_many(self, ids: Collection[str]) -> Mapping[str, Resource]:
        """Return those of the resources that exist, by id.

        Used by: answers that describe a user's manager.
        """
        ...

    def lock(self, id: str) -> Resource | None:
        """Return the resource and keep other writers from it until the unit of work ends.

        Its memberships are covered too. Used by: PUT, PATCH, DELETE.
        """
        ...

    def search(self, query: Query) -> Page:
        """Return one page of the resources that match.

        What cannot be expressed is refused with
        :class:`~flask_scim_teams.core.errors.InvalidFilter`, never left out.
        """
        ...

    def add(self, resource: Resource) -> None:
        """Store a new resource.

        Its name is its own; but not a team's whose caller has names repeat, until it is renamed.

        :raises Conflict: if another resource has the name to itself.
        :raises Unstorable: if a value does not fit the host's column.
        """
        ...

    def save(self, resource: Resource, expected: int) -> None:
        """Store a changed resource, if its version still is the expected one.

        :raises Conflict: as :meth:`add`.
        :raises LostRace: if the version is another one.
        """
        ...

    def touch(self, ids: Collection[str], last_modified: str) -> None:
        """Count the version of resources up by one: their memberships changed."""
        ...

    def remove(self, id: str) -> None:
        """Remove a locked resource whose memberships are gone already.

        :raises InUse: if the host's own tables still refer to it.
        """
        ...


class MembershipAdapter(Protocol):
    """Memberships: set verbs that answer with what really changed.

    The cost of adding or removing one member must not depend on how many there are. Members are
    users; where the backend's teams nest (:attr:`ResourceTypes.nests
    <flask_scim_teams.core.resource_types.ResourceTypes.nests>`), they may be teams as well, in
    circles too: two requests at once could make one whatever is checked, so that it has to be
    harmless.
    """

    def add(self, team: str, members: Sequence[str]) -> MembershipDelta:
        """Make users, or teams, members of a locked team.

        :raises UnknownMember: if an id belongs to nobody who can be a member.
        """
        ...

    def remove(self, team: str, members: Sequence[str]) -> MembershipDelta:
        """End memberships; ids that are no members are no error."""
        ...

    def replace(self, team: str, members: Sequence[str]) -> MembershipDelta:
        """Make these the only members.

        :raises UnknownMember: if an id belongs to nobody who can be a member.
        """
        ...

    def remove_member(self, member: str) -> tuple[str, ...]:
        """End what a locked user, or team, is a member of; return the ids of those teams.

        Asked for a team only where teams nest.
        """
        ...

    def remove_team(self, team: str) -> tuple[str, ...]:
        """End all memberships of a locked team; return the ids of its former members."""
        ...

    def of_teams(self, teams: Collection[str]) -> Mapping[str, Sequence[Related]]:
        """Return the members of each team, by team id, in a stable order."""
        ...

    def of_users(self, users: Collection[str]) -> Mapping[str, Sequence[Related]]:
        """Return the teams of each user, by user id, in a stable order.

        Where teams nest, those a user belongs to through another team are among them, as
        ``indirect``; one that the user is in both ways is ``direct``.
        """
        ...


class Work(Protocol):
    """A unit of work: all or nothing, and nothing unless :meth:`commit` is called."""

    @property
    def users(self) -> ResourceAdapter:
        """The users."""
        ...

    @property
    def teams(self) -> ResourceAdapter:
        """The teams: SCIM's Groups."""
        ...

    @property
    def others(self) -> Mapping[str, ResourceAdapter]:
        """The resources of the host's own types, by the type's name; most hosts have none."""
        ...

    @property
    def memberships(self) -> MembershipAdapter:
        """Who is in which team."""
        ...

    @property
    def tokens(self) -> TokenAdapter:
        """The bearer tokens."""
        ...

    @property
    def connections(self) -> ConnectionAdapter:
        """The connections to identity providers."""
        ...

    @property
    def log(self) -> LogAdapter:
        """The provisioning log."""
        ...

    @property
    def clients(self) -> ClientAdapter:
        """The OAuth clients."""
        ...

    @property
    def sources(self) -> SourceAdapter:
        """What each source last said."""
        ...

    def commit(self) -> None:
        """Make the changes durable.

        :raises LostRace: if the database refuses because of another transaction.
        """
        ...


class Backend(Protocol):
    """Where a host keeps its users and teams."""

    @property
    def types(self) -> ResourceTypes:
        """What it can hold: published under /ResourceTypes and /Schemas, and enforced."""
        ...

    def begin(self, caller: Caller, *, write: bool) -> AbstractContextManager[Work]:
        """Open a unit of work for one caller; leaving it without commit rolls back.

        Resources of other tenants than the caller's do not exist in it.

        :param write: whether anything will be stored. Adapters of a unit of work that was opened
            for reading may refuse to write.
        :raises SetupError: if the backend has one tenant, and the caller is another one's.
        """
        ...
