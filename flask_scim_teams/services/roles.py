"""Roles: what the host lets people do because of the teams they are in, as of this moment.

Nothing is stored: a role is looked up from the memberships there are, so that it is gone with the
membership, the team, or the account.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from flask_scim_teams.core.filters import Compare
from flask_scim_teams.core.filters import Name
from flask_scim_teams.core.filters import Operator
from flask_scim_teams.core.ownership import is_scim
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.services import events
from flask_scim_teams.services.events import Event
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Origin
from flask_scim_teams.storage.interface import Work

# People whose roles are looked up together.
_PORTION = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamInfo:
    """A team, as the host decides by it.

    :param id: our own, which never changes and is never given again.
    :param name: what it is called: anybody who may rename a group decides it.
    :param groups: what sources know it by, each a pair of source and reference; of a SCIM
        connection that is the ``externalId``.
    """

    id: str
    name: str
    groups: tuple[tuple[str, str], ...] = ()


#: What a callable says: no role, one, or several.
Given: TypeAlias = str | Collection[str] | None
#: Roles by a team's own id, or by source and reference; or a function of the host's.
RoleMap: TypeAlias = Mapping[str | tuple[str, str], str] | Callable[[TeamInfo], Given]

#: The teams that give a person roles, by role.
RolesOf: TypeAlias = Mapping[str, Sequence[TeamInfo]]


class Roles:
    """Looks roles up.

    :param map_group: which team gives which role; ``None`` for a host that has none.
    """

    def __init__(self, backend: Backend, map_group: RoleMap | None) -> None:
        self._backend = backend
        self._map_group = map_group

    def of(self, caller: Caller, users: Collection[str]) -> Mapping[str, RolesOf]:
        """Return the teams that give roles, by user id and role.

        Teams that a user is in through another team count. Who is deactivated has no role.
        """
        found: dict[str, RolesOf] = {id: {} for id in users}
        if self._map_group is None:
            return found
        ids = list(found)
        with self._backend.begin(caller, write=False) as work:
            for begin in range(0, len(ids), _PORTION):
                found |= self._of_some(work, ids[begin : begin + _PORTION])
        return found

    def _of_some(self, work: Work, ids: Sequence[str]) -> Mapping[str, RolesOf]:
        active = [id for id, one in work.users.get_many(ids).items() if one.active]
        related = work.memberships.of_users(active)
        teams = _infos(work, {team.id for several in related.values() for team in several})
        given = {id: self._given(team) for id, team in teams.items()}
        found: dict[str, dict[str, list[TeamInfo]]] = {id: {} for id in active}
        for user, several in related.items():
            for one in several:
                for role in given.get(one.id, ()):
                    found[user].setdefault(role, []).append(teams[one.id])
        return found

    def _given(self, team: TeamInfo) -> Collection[str]:
        match self._map_group:
            case None:
                return ()
            case Mapping() as roles:
                keys: tuple[str | tuple[str, str], ...] = (team.id, *team.groups)
                return {roles[key] for key in keys if key in roles}
            case decide:
                role = decide(team)
        if role is None:
            return ()
        return (role,) if isinstance(role, str) else tuple(role)

    def changes(self, event: Event) -> Iterator[events.RolesChanged]:
        """Yield whose roles may be others since something happened, and what they are now."""
        if self._map_group is None:
            return
        match event:
            case events.TeamMembersChanged(team, delta, caller):
                concerned: Collection[str] = (*delta.added, *delta.removed)
            case events.TeamUpdated(stored, before, caller):
                team = stored.id
                if self._alike(caller, before, stored):
                    return
                concerned = (team,)
            case events.UserDeactivated(user, caller) | events.UserReactivated(user, caller):
                team, concerned = "", (user.id,)
            case _:
                return
        with self._backend.begin(caller, write=False) as work:
            if team and not self._matters(work, team):
                return
            people = _people(work, concerned)
        for id, roles in self.of(caller, people).items():
            teams = {role: tuple(one.id for one in roles[role]) for role in roles}
            yield events.RolesChanged(id, teams, caller)

    def _alike(self, caller: Caller, before: Resource, after: Resource) -> bool:
        """Whether a team gives what it gave before it was changed."""
        with self._backend.begin(caller, write=False) as work:
            origins = work.sources.origins([after.id])[after.id]
        old, new = (self._given(_info(one, origins)) for one in (before, after))
        return {*old} == {*new}

    def _matters(self, work: Work, team: str) -> bool:
        """Whether a team, or one that it is in, gives a role; who can tell of one that is gone."""
        if work.teams.get(team) is None:
            return True
        teams = {team}
        new = teams
        while new and self._backend.types.nests:
            new = _holding(work, self._backend.types.group, new) - teams
            teams |= new
        return any(self._given(one) for one in _infos(work, teams).values())


def _infos(work: Work, ids: Collection[str]) -> Mapping[str, TeamInfo]:
    origins = work.sources.origins(sorted(ids))
    return {id: _info(one, origins[id]) for id, one in work.teams.get_many(sorted(ids)).items()}


def _info(team: Resource, origins: Sequence[Origin]) -> TeamInfo:
    groups = [
        (one.source, (team.external_id or "") if is_scim(one.source) else one.reference)
        for one in origins
    ]
    return TeamInfo(
        id=team.id,
        name=str(team.attributes["displayName"]),
        groups=tuple((source, reference) for source, reference in groups if reference),
    )


def _holding(work: Work, resource_type: ResourceType, teams: Collection[str]) -> set[str]:
    """Return the teams that one of the teams is in."""
    name = Name(None, "members", "value")
    found: set[str] = set()
    for team in teams:
        query = parse_query(resource_type, filter=Compare(name, Operator.EQ, team), count=_PORTION)
        found |= {one.id for one in work.teams.search(query).resources}
    return found


def _people(work: Work, members: Collection[str]) -> Collection[str]:
    """Return the users among members, and those in the teams among them; who is gone counts."""
    people: dict[str, None] = {}
    seen: set[str] = set()
    new = [*members]
    while new:
        teams = work.teams.get_many(new)
        people |= dict.fromkeys(id for id in new if id not in teams)
        seen |= {*teams}
        inner = work.memberships.of_teams(list(teams))
        new = list(
            dict.fromkeys(
                one.id for several in inner.values() for one in several if one.id not in seen
            )
        )
    return [*people]
