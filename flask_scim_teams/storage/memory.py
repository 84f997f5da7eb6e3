"""A backend in memory: the storage interface's readable specification.

For tests, demonstrations and single-process tools. Everything is gone when the process ends.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

from flask_scim_teams.core.definitions import NESTING_GROUP
from flask_scim_teams.core.query import Page
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.core.resources import Related
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.values import unique_key
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import Credential
from flask_scim_teams.storage.interface import LostRace
from flask_scim_teams.storage.interface import MembershipDelta
from flask_scim_teams.storage.interface import TokenRecord
from flask_scim_teams.storage.interface import UnknownMember
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.memory_clients import Clients
from flask_scim_teams.storage.memory_clients import MemoryClients
from flask_scim_teams.storage.memory_connections import MemoryConnections
from flask_scim_teams.storage.memory_log import MemoryLog
from flask_scim_teams.storage.memory_sources import MemorySources
from flask_scim_teams.storage.memory_sources import Said


@dataclass(slots=True)
class Tenant:
    """What is stored of one tenant.

    :param resources: by type and id.
    :param names: comparison keys of the names that a resource has to itself, by type and id.
    :param members: ids of the members, by team; the sets are replaced, never altered.
    :param said: what sources said.
    """

    resources: dict[str, dict[str, Resource]] = field(default_factory=lambda: defaultdict(dict))
    names: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    members: dict[str, frozenset[str]] = field(default_factory=dict)
    said: Said = field(default_factory=Said)

    def copy(self) -> Tenant:
        """Return a copy that can be altered without altering this one."""
        tenant = Tenant(members=dict(self.members), said=self.said.copy())
        for type, resources in list(self.resources.items()):
            tenant.resources[type] = dict(resources)
        for type, names in list(self.names.items()):
            tenant.names[type] = dict(names)
        return tenant


@dataclass(slots=True)
class State:
    """What is stored. A unit of work that writes has its own copy until it commits."""

    tenants: dict[str, Tenant] = field(default_factory=dict)
    tokens: dict[str, TokenRecord] = field(default_factory=dict)
    connections: dict[str, ConnectionRecord] = field(default_factory=dict)
    log: dict[str, LogEntry] = field(default_factory=dict)
    clients: Clients = field(default_factory=Clients)

    def of(self, tenant: str) -> Tenant:
        """Return what is stored of a tenant; nothing of one that nobody ever wrote for."""
        return self.tenants.get(tenant) or Tenant()

    def copy(self, tenant: str) -> State:
        """Return a copy for a unit of work that alters what is stored of one tenant."""
        own = {tenant: self.of(tenant).copy()}
        return State(
            self.tenants | own,
            dict(self.tokens),
            dict(self.connections),
            dict(self.log),
            self.clients.copy(),
        )


class MemoryBackend:
    """Users, teams and tokens in dictionaries; writers take turns.

    :param types: the resource types it is to hold; users, and teams that nest, if not said.
    :param unique_team_names: whether two teams may not have one name, in whatever letter case,
        unless a caller's profile lets them.
    """

    def __init__(
        self, *, types: ResourceTypes | None = None, unique_team_names: bool = True
    ) -> None:
        self.types = types or ResourceTypes(group=NESTING_GROUP)
        self.unique_team_names = unique_team_names
        self._state = State()
        self._writer = threading.RLock()

    @contextmanager
    def begin(self, caller: Caller, *, write: bool) -> Iterator[MemoryWork]:
        """Open a unit of work; a second writer waits for the first."""
        if not write:
            yield MemoryWork(self, self._state, caller)
            return
        with self._writer:
            yield MemoryWork(self, self._state.copy(caller.tenant), caller)

    def store(self, state: State) -> None:
        """Make the state of a unit of work the stored one."""
        self._state = state


class MemoryWork:
    """A unit of work over a copy of the state."""

    def __init__(self, backend: MemoryBackend, state: State, caller: Caller) -> None:
        self._backend = backend
        self._state = state
        types, own = backend.types, state.of(caller.tenant)
        reserving = backend.unique_team_names and caller.profile.unique_team_names
        self.users = MemoryResources(types.user, own, self._teams_of)
        self.teams = MemoryResources(types.group, own, self._members_of, reserving=reserving)
        self.others = {other.name: MemoryResources(other, own) for other in types.others}
        self.memberships = MemoryMemberships(own, nests=types.nests)
        self.tokens = MemoryTokens(state.tokens, state.connections)
        self.connections = MemoryConnections(state.connections)
        self.log = MemoryLog(state.log, state.connections)
        self.clients = MemoryClients(state.clients, state.connections)
        self.sources = MemorySources(own.said)

    def commit(self) -> None:
        """Make the changes what everyone sees."""
        self._backend.store(self._state)

    def _teams_of(self, user: Resource) -> Sequence[Related]:
        return self.memberships.of_users([user.id])[user.id]

    def _members_of(self, team: Resource) -> Sequence[Related]:
        return self.memberships.of_teams([team.id])[team.id]


class MemoryResources:
    """Resources of one type, of one tenant.

    :param related: returns a resource's members or teams.
    :param reserving: whether a name that is given is the resource's alone.
    """

    def __init__(
        self,
        resource_type: ResourceType,
        own: Tenant,
        related: Callable[[Resource], Sequence[Related]] | None = None,
        *,
        reserving: bool = True,
    ) -> None:
        self._resources = own.resources[resource_type.name]
        self._names = own.names[resource_type.name]
        self._unique = resource_type.unique_attribute
        self._related = related
        self._reserving = reserving

    def get(self, id: str) -> Resource | None:
        """Return the resource, or ``None``."""
        return self._resources.get(id)

    def get_many(self, ids: Collection[str]) -> Mapping[str, Resource]:
        """Return those that exist."""
        return {id: self._resources[id] for id in ids if id in self._resources}

    def lock(self, id: str) -> Resource | None:
        """Return the resource; the unit of work is the only writer anyway."""
        return self._resources.get(id)

    def search(self, query: Query) -> Page:
        """Let the query answer itself."""
        return query.apply(self._resources.values(), self._related)

    def add(self, resource: Resource) -> None:
        """Store a new resource under its id."""
        self._name(resource)
        self._resources[resource.id] = resource

    def save(self, resource: Resource, expected: int) -> None:
        """Store a changed resource if nobody else changed it."""
        stored = self._resources.get(resource.id)
        if stored is None or stored.version != expected:
            raise LostRace
        if self._name_of(stored) != self._name_of(resource):
            self._name(resource)
        self._resources[resource.id] = resource

    def touch(self, ids: Collection[str], last_modified: str) -> None:
        """Count versions up."""
        for id, stored in self.get_many(ids).items():
            self._resources[id] = replace(
                stored, version=stored.version + 1, last_modified=last_modified
            )

    def remove(self, id: str) -> None:
        """Forget the resource."""
        self._names.pop(id, None)
        del self._resources[id]

    def _name(self, resource: Resource) -> None:
        """Give a resource its name: to itself alone, or as one that others may have too."""
        attribute, name = self._unique, self._name_of(resource)
        if attribute is None or name is None or not self._reserving:
            self._names.pop(resource.id, None)
            return
        key = unique_key(attribute, name)
        if any(held == key and id != resource.id for id, held in self._names.items()):
            raise Conflict(attribute.name)
        self._names[resource.id] = key

    def _name_of(self, resource: Resource) -> str | None:
        return None if self._unique is None else resource.attributes.get(self._unique.name)


class MemoryMemberships:
    """Memberships as one set of ids a team: users', and where teams nest, teams' as well."""

    def __init__(self, own: Tenant, *, nests: bool) -> None:
        self._members = own.members
        self._users = own.resources["User"]
        self._teams = own.resources["Group"]
        self._nests = nests

    def add(self, team: str, members: Sequence[str]) -> MembershipDelta:
        """Add to the set."""
        self._check_known(members)
        present = self._members.get(team, frozenset())
        return self._store(team, present | set(members))

    def remove(self, team: str, members: Sequence[str]) -> MembershipDelta:
        """Take out of the set."""
        present = self._members.get(team, frozenset())
        return self._store(team, present - set(members))

    def replace(self, team: str, members: Sequence[str]) -> MembershipDelta:
        """Make it another set."""
        self._check_known(members)
        return self._store(team, frozenset(members))

    def remove_member(self, member: str) -> tuple[str, ...]:
        """Take a member out of every set it is in."""
        teams = self._holding([member])
        for team in teams:
            self.remove(team, [member])
        return tuple(sorted(teams))

    def remove_team(self, team: str) -> tuple[str, ...]:
        """Forget a team's set."""
        return self.replace(team, []).removed

    def of_teams(self, teams: Collection[str]) -> Mapping[str, Sequence[Related]]:
        """Return the members of each team in the order of their ids."""
        return {
            team: [self._member(id) for id in sorted(self._members.get(team, ()))] for team in teams
        }

    def of_users(self, users: Collection[str]) -> Mapping[str, Sequence[Related]]:
        """Return the teams of each user in the order of their ids."""
        found: dict[str, Sequence[Related]] = {}
        for user in users:
            direct = self._holding([user])
            reached = set(direct)
            while above := self._holding(reached) - reached:
                reached |= above
            found[user] = [
                Related(team, self._name(team), "direct" if team in direct else "indirect")
                for team in sorted(reached)
            ]
        return found

    def _holding(self, members: Iterable[str]) -> set[str]:
        """Return the teams that one of the members is in."""
        wanted = set(members)
        return {team for team, held in self._members.items() if held & wanted}

    def _name(self, team: str) -> str:
        name: str = self._teams[team].attributes["displayName"]
        return name

    def _member(self, id: str) -> Related:
        if id not in self._users:
            return Related(id, self._name(id), "Group")
        attributes = self._users[id].attributes
        return Related(id, attributes.get("displayName") or attributes["userName"], "User")

    def _check_known(self, members: Iterable[str]) -> None:
        teams = self._teams if self._nests else {}
        unknown = [id for id in members if id not in self._users and id not in teams]
        if unknown:
            raise UnknownMember(unknown)

    def _store(self, team: str, members: frozenset[str]) -> MembershipDelta:
        present = self._members.get(team, frozenset())
        if members:
            self._members[team] = members
        else:
            self._members.pop(team, None)
        return MembershipDelta(tuple(sorted(members - present)), tuple(sorted(present - members)))


class MemoryTokens:
    """Tokens in a dictionary."""

    def __init__(
        self, tokens: dict[str, TokenRecord], connections: Mapping[str, ConnectionRecord]
    ) -> None:
        self._tokens = tokens
        self._connections = connections

    def get(self, id: str) -> TokenRecord | None:
        """Return a token."""
        return self._tokens.get(id)

    def credential(self, id: str) -> Credential | None:
        """Return a token and its connection."""
        token = self._tokens.get(id)
        if token is None:
            return None
        return Credential(token, self._connections.get(token.connection_id or ""))

    def list(self) -> Iterable[TokenRecord]:
        """Return the tokens, oldest first."""
        return sorted(self._tokens.values(), key=lambda token: (token.created, token.id))

    def add(self, token: TokenRecord) -> None:
        """Store a token."""
        self._tokens[token.id] = token

    def revoke(self, id: str, when: str) -> bool:
        """Mark a token revoked."""
        token = self._tokens.get(id)
        if token is None or token.revoked is not None:
            return False
        self._tokens[id] = replace(token, revoked=when)
        return True

    def expire(self, id: str, when: str, *, replaced_by: str | None = None) -> bool:
        """Let a token end, and note what took its place."""
        token = self._tokens.get(id)
        if token is None or token.revoked is not None or token.replaced_by is not None:
            return False
        ends = when if token.expires is None else min(when, token.expires)
        self._tokens[id] = replace(token, expires=ends, replaced_by=replaced_by)
        return True

    def note_use(self, id: str, when: str, address: str | None, *, unless_since: str) -> bool:
        """Note a use."""
        token = self._tokens.get(id)
        if token is None or (token.last_used is not None and token.last_used >= unless_since):
            return False
        self._tokens[id] = replace(token, last_used=when, last_address=address)
        return True
