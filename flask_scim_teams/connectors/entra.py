"""Microsoft Entra ID, through Microsoft Graph.

Groups are those assigned to the enterprise application, if its service principal is named, else
all; people are then the members of those, and whoever is assigned by name. Whoever is in a group
that is in a group is a member of both, as everywhere in Entra but in its lists of direct members.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from itertools import chain
from typing import Any

from flask_scim_teams.connectors.api import Answer
from flask_scim_teams.connectors.api import Api
from flask_scim_teams.connectors.api import Expired
from flask_scim_teams.connectors.api import Purpose
from flask_scim_teams.connectors.api import segment
from flask_scim_teams.connectors.paging import by_link
from flask_scim_teams.connectors.reading import attributes_of
from flask_scim_teams.connectors.reading import id_of
from flask_scim_teams.connectors.reading import listed
from flask_scim_teams.core.directory import DirectoryError
from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import DirectoryUser
from flask_scim_teams.core.directory import Progress
from flask_scim_teams.core.directory import Roster
from flask_scim_teams.core.directory import Snapshot

GRAPH = "Microsoft Graph"
# Of each kind of object; without it a list of members has applications and devices as well.
_USER = "#microsoft.graph.user"
_GROUP = "#microsoft.graph.group"
_PERSON = (
    "id,userPrincipalName,accountEnabled,displayName,givenName,surname,mail,jobTitle,department,"
    "employeeId"
)
_PAGE = "999"
_QUOTE = "'"
# Beyond so many, a list of all is shorter than one question each.
_ONE_BY_ONE = 100

_USERS = Purpose("the users", "the application permission User.Read.All, with admin consent")
_GROUPS = Purpose(
    "the groups", "the application permission GroupMember.Read.All, with admin consent"
)
_MEMBERS = Purpose(
    "the members of a group", "the application permission GroupMember.Read.All, with admin consent"
)
_OF_PERSON = Purpose(
    "the groups of a person",
    "the permission GroupMember.Read.All with admin consent: the delegated one if people sign in "
    "with it, the application permission otherwise",
)
_ASSIGNED = Purpose(
    "what is assigned to the enterprise application",
    "the application permission Application.Read.All, with admin consent, and check that "
    "service_principal_id is the object id of the enterprise application",
)


@dataclass(frozen=True, slots=True)
class _Assigned:
    """Who is assigned to the enterprise application: groups by id with their names, and people."""

    groups: Mapping[str, str]
    people: frozenset[str]

    def mark(self) -> list[list[str]]:
        return [sorted(self.groups), sorted(self.people)]


@dataclass(slots=True)
class _News:
    """What a delta query tells: ids of what is new or changed, of what is gone, and the way on."""

    changed: set[str] = field(default_factory=set)
    refilled: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    link: str = ""


class EntraDirectory:
    """Users and groups of an Entra tenant.

    :param api: Microsoft Graph, with a credential.
    :param service_principal_id: object id of the enterprise application whose assigned groups
        are offered; all groups are without it.
    :param members_only: whether only people are read who are in a group.
    """

    def __init__(
        self, api: Api, *, service_principal_id: str = "", members_only: bool = False
    ) -> None:
        self._api = api
        # Where all groups are offered, and nobody by name.
        self._offered_to_all = frozenset[str]() if members_only else None
        self._service_principal = service_principal_id

    def close(self) -> None:
        """Close the connections to the API."""
        self._api.close()

    def groups_of(self, person: str, *, token: str | None = None) -> list[DirectoryGroup]:
        """Return the groups of a person, those within groups too.

        :param person: object id (the claim ``oid``).
        :param token: a delegated access token of theirs for Graph.
        """
        # Not getMemberGroups: it tells no names, and refuses whoever is in more than 11,000.
        path = (
            "/me/transitiveMemberOf"
            if token is not None
            else f"/users/{segment(person, 'a user')}/transitiveMemberOf"
        )
        params = {"$select": "id,displayName", "$top": _PAGE}
        pages = self._pages(path, _OF_PERSON, params, bearer=token)
        found = [_group(one) for one in pages if _is(one, _GROUP)]
        if not self._service_principal:
            return found
        assigned = self._assigned().groups
        return [group for group in found if group.id in assigned]

    def users(self) -> Sequence[DirectoryUser]:
        """Return everybody who is offered to this service."""
        if not self._service_principal:
            return [_user(one) for one in self._all_users()]
        assigned = self._assigned()
        people = {one.id: one for group in assigned.groups for one in self._people_in(group)}
        return list((people | self._people(assigned.people - people.keys())).values())

    def groups(self) -> Sequence[DirectoryGroup]:
        """Return the groups that are assigned, or all."""
        params = {"$select": "id,displayName", "$top": _PAGE}
        known = {group.id: group for group in map(_group, self._pages("/groups", _GROUPS, params))}
        if not self._service_principal:
            return list(known.values())
        # The assignment has the name that the group had when it was assigned.
        return [
            known.get(id, DirectoryGroup(id, name)) for id, name in self._assigned().groups.items()
        ]

    def members(self, group_id: str) -> Sequence[str]:
        """Return the ids of the people in a group, and in the groups in it."""
        return [one.id for one in self._people_in(group_id)]

    def roster(self, group_id: str) -> Iterator[Sequence[str]]:
        """Yield the ids of the people in a group, and in the groups in it."""
        path = f"/groups/{segment(group_id, 'a group')}/transitiveMembers"
        for page in self._lists(path, _MEMBERS, {"$select": "id", "$top": _PAGE}):
            yield [id_of(one, GRAPH) for one in page if _is(one, _USER)]

    def read(self, checkpoint: str, progress: Progress) -> Snapshot:
        """Return what is new since a checkpoint; all if Graph no longer knows it."""
        marks = _marks(checkpoint)
        if marks is not None:
            try:
                news = self._read_news(marks, progress)
            except Expired:
                news = None
            if news is not None:
                return news
        return self._read_all(progress)

    def _read_all(self, progress: Progress) -> Snapshot:
        # Asked for first: what happens while all is read is told once more the next time.
        progress("reading users", 0, 0)
        latest = {"$deltatoken": "latest"}
        users = self._delta("/users/delta", _USERS, {"$select": _PERSON, **latest})
        wanted = {"$select": "id,displayName,members", **latest}
        groups = self._delta("/groups/delta", _GROUPS, wanted)
        assigned = self._assigned() if self._service_principal else None
        people = {} if assigned else {one.id: one for one in self.users()}
        rosters = []
        offered = self.groups()
        for number, group in enumerate(offered):
            progress("reading groups", number, len(offered))
            inside = self._people_in(group.id)
            rosters.append(Roster(group, [one.id for one in inside]))
            people |= {one.id: one for one in inside}
        if assigned is not None:
            people |= self._people(assigned.people - people.keys())
        progress("reading groups", len(offered), len(offered))
        return Snapshot(
            users=list(people.values()),
            rosters=rosters,
            offered=self._offered_to_all if assigned is None else assigned.people,
            checkpoint=_checkpoint(users.link, groups.link, assigned),
        )

    def _read_news(self, marks: Mapping[str, Any], progress: Progress) -> Snapshot | None:
        """Return what is new; ``None`` if other groups or people are assigned than before."""
        progress("reading changes", 0, 0)
        assigned = self._assigned() if self._service_principal else None
        if marks["assigned"] != (None if assigned is None else assigned.mark()):
            return None
        users = self._delta(marks["users"], _USERS)
        groups = self._delta(marks["groups"], _GROUPS)
        offered: Mapping[str, DirectoryGroup] = {}
        if groups.changed:
            offered = {group.id: group for group in self.groups()}
        touched = groups.changed | self._around(groups.refilled)
        people: dict[str, DirectoryUser] = {}
        rosters = []
        wanted = [offered[id] for id in sorted(touched) if id in offered]
        for number, group in enumerate(wanted):
            progress("reading groups", number, len(wanted))
            inside = self._people_in(group.id)
            rosters.append(Roster(group, [one.id for one in inside]))
            people |= {one.id: one for one in inside}
        known = self._people(users.changed - people.keys())
        return Snapshot(
            users=list((people | known).values()),
            rosters=rosters,
            offered=self._offered_to_all if assigned is None else assigned.people,
            gone_users=sorted(users.gone | (users.changed - known.keys() - people.keys())),
            gone_groups=sorted(groups.gone),
            complete=False,
            checkpoint=_checkpoint(users.link, groups.link, assigned),
        )

    def _around(self, groups: Collection[str]) -> set[str]:
        """Return the groups that have one of these inside, at whatever depth."""
        found = set()
        for id in sorted(groups):
            path = f"/groups/{segment(id, 'a group')}/transitiveMemberOf"
            pages = self._pages(path, _GROUPS, {"$select": "id", "$top": _PAGE})
            found |= {id_of(one, GRAPH) for one in pages if _is(one, _GROUP)}
        return found

    def _assigned(self) -> _Assigned:
        principal = segment(self._service_principal, "an enterprise application")
        path = f"/servicePrincipals/{principal}/appRoleAssignedTo"
        groups, people = {}, set()
        for one in self._pages(path, _ASSIGNED, {"$top": _PAGE}):
            id = id_of(one, GRAPH, "principalId")
            if one.get("principalType") == "Group":
                groups[id] = str(one.get("principalDisplayName") or id)
            elif one.get("principalType") == "User":
                people.add(id)
        return _Assigned(groups, frozenset(people))

    def _people_in(self, group_id: str) -> list[DirectoryUser]:
        path = f"/groups/{segment(group_id, 'a group')}/transitiveMembers"
        pages = self._pages(path, _MEMBERS, {"$select": _PERSON, "$top": _PAGE})
        return [_user(one) for one in pages if _is(one, _USER)]

    def _people(self, ids: Collection[str]) -> dict[str, DirectoryUser]:
        """Return those of the people that there are."""
        if len(ids) > _ONE_BY_ONE:
            everybody = map(_user, self._all_users())
            return {one.id: one for one in everybody if one.id in ids}
        found: dict[str, DirectoryUser] = {}
        for id in sorted(ids):
            # A filter, because the answer to an id of nobody is 404, as to a wrong path.
            params = {"$filter": f"id eq '{id.replace(_QUOTE, _QUOTE * 2)}'", "$select": _PERSON}
            people = map(_user, self._pages("/users", _USERS, params))
            found |= {one.id: one for one in people}
        return found

    def _all_users(self) -> Iterator[Mapping[str, Any]]:
        return self._pages("/users", _USERS, {"$select": _PERSON, "$top": _PAGE})

    def _pages(
        self,
        path: str,
        purpose: Purpose,
        params: Mapping[str, str],
        bearer: str | None = None,
    ) -> Iterator[Mapping[str, Any]]:
        return chain.from_iterable(self._lists(path, purpose, params, bearer))

    def _lists(
        self,
        path: str,
        purpose: Purpose,
        params: Mapping[str, str],
        bearer: str | None = None,
    ) -> Iterator[Sequence[Mapping[str, Any]]]:
        for page in by_link(
            self._api, path, purpose, _link("@odata.nextLink"), params=params, bearer=bearer
        ):
            yield listed(page, "value", GRAPH)

    def _delta(self, path: str, purpose: Purpose, params: Mapping[str, str] | None = None) -> _News:
        """Return what a delta query tells, to its last page."""
        news = _News()
        page: Any = None
        for page in by_link(self._api, path, purpose, _link("@odata.nextLink"), params=params):
            for one in listed(page, "value", GRAPH):
                id = id_of(one, GRAPH)
                if "@removed" in one:
                    news.gone.add(id)
                    news.changed.discard(id)
                else:
                    # Restored, or told of twice: the last word counts.
                    news.gone.discard(id)
                    news.changed.add(id)
                if "members@delta" in one:
                    news.refilled.add(id)
        link = page.get("@odata.deltaLink")
        if not isinstance(link, str):
            raise DirectoryError(f"{GRAPH} ends a list of changes without a way on.")
        news.link = link
        news.refilled -= news.gone
        return news


def _link(name: str) -> Any:
    def link_of(answer: Answer) -> Any:
        return answer.document.get(name) if isinstance(answer.document, Mapping) else None

    return link_of


def _is(one: Mapping[str, Any], kind: str) -> bool:
    return one.get("@odata.type") == kind


def _group(one: Mapping[str, Any]) -> DirectoryGroup:
    id = id_of(one, GRAPH)
    return DirectoryGroup(id, str(one.get("displayName") or id))


def _user(one: Mapping[str, Any]) -> DirectoryUser:
    attributes = attributes_of(
        user_name=one.get("userPrincipalName"),
        active=one.get("accountEnabled") is not False,
        given_name=one.get("givenName"),
        family_name=one.get("surname"),
        email=one.get("mail"),
        more={"displayName": one.get("displayName"), "title": one.get("jobTitle")},
        enterprise={
            "department": one.get("department"),
            "employeeNumber": one.get("employeeId"),
        },
    )
    return DirectoryUser(id_of(one, GRAPH), attributes)


def _checkpoint(users: str, groups: str, assigned: _Assigned | None) -> str:
    mark = None if assigned is None else assigned.mark()
    return json.dumps({"users": users, "groups": groups, "assigned": mark})


def _marks(checkpoint: str) -> Mapping[str, Any] | None:
    """Return what a checkpoint says; ``None`` if it is none of this version's making."""
    try:
        marks = json.loads(checkpoint)
    except ValueError:
        return None
    if not isinstance(marks, dict) or marks.keys() != {"users", "groups", "assigned"}:
        return None
    return marks
