"""Keycloak's admin REST API, asked by a client with a service account."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from flask_scim_teams.connectors.api import Api
from flask_scim_teams.connectors.api import Purpose
from flask_scim_teams.connectors.api import segment
from flask_scim_teams.connectors.reading import attributes_of
from flask_scim_teams.connectors.reading import id_of
from flask_scim_teams.connectors.reading import listed
from flask_scim_teams.connectors.reading import whole
from flask_scim_teams.core.directory import DirectoryError
from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import DirectoryUser
from flask_scim_teams.core.directory import Progress
from flask_scim_teams.core.directory import Snapshot

KEYCLOAK = "Keycloak"
_ROLE = "the role {} of realm-management to the client's service account"
_USERS = Purpose("the users", _ROLE.format("view-users"))
_GROUPS = Purpose("the groups", _ROLE.format("query-groups (or view-users)"))
_MEMBERS = Purpose("the members of a group", _ROLE.format("view-users"))
_OF_PERSON = Purpose("the groups of a person", _ROLE.format("view-users"))
_PAGE = 500
# How often a list is walked anew that changes while it is read.
_WALKS = 4


class KeycloakDirectory:
    """Users and groups of a realm.

    A group in a group is offered by its path, ``parent/child``: names repeat below other parents.
    Whoever is in it is not in the parent: Keycloak has it so.
    """

    def __init__(self, api: Api, *, realm: str, members_only: bool = False) -> None:
        self._api = api
        self._path = f"/admin/realms/{segment(realm, 'a realm')}"
        self._members_only = members_only

    def close(self) -> None:
        """Close the connections to the API."""
        self._api.close()

    def groups_of(self, person: str, *, token: str | None = None) -> list[DirectoryGroup]:
        """Return the groups of a person.

        :param person: id of the user (the claim ``sub``).
        :param token: is not used: the API asks for an administrator.
        """
        path = f"/users/{segment(person, 'a user')}/groups"
        return [_group(one) for one in self._list(path, _OF_PERSON)]

    def users(self) -> Sequence[DirectoryUser]:
        """Return everybody; who is not enabled is inactive."""
        return [_user(one) for one in self._list("/users", _USERS)]

    def groups(self) -> Sequence[DirectoryGroup]:
        """Return all groups, those in groups as well."""
        return list(self._below(self._list("/groups", _GROUPS)))

    def members(self, group_id: str) -> Sequence[str]:
        """Return the ids of the people in a group itself."""
        path = f"/groups/{segment(group_id, 'a group')}/members"
        return [id_of(one, KEYCLOAK) for one in self._list(path, _MEMBERS)]

    def roster(self, group_id: str) -> Iterator[Sequence[str]]:
        """Yield the ids of the people in a group itself, at once: no page is sure by itself."""
        yield self.members(group_id)

    def read(self, checkpoint: str, progress: Progress) -> Snapshot:
        """Return all."""
        return whole(self, progress, members_only=self._members_only)

    def _below(self, groups: Sequence[Mapping[str, Any]]) -> Iterator[DirectoryGroup]:
        for one in groups:
            group = _group(one)
            yield group
            inside = one.get("subGroups")
            if isinstance(inside, list) and inside:
                # Before version 23, a list of groups has those within.
                yield from self._below(listed(inside, None, KEYCLOAK))
            elif one.get("subGroupCount"):
                path = f"/groups/{segment(group.id, 'a group')}/children"
                yield from self._below(self._list(path, _GROUPS))

    def _list(self, path: str, purpose: Purpose) -> list[Mapping[str, Any]]:
        """Return a list whole.

        Pages go by number, so that whoever is removed meanwhile moves somebody else over the
        edge of a page. Each page begins with the last of the one before, and where it does not,
        the walk is made anew.
        """
        for _ in range(_WALKS):
            found = self._walk(path, purpose)
            if found is not None:
                return found
        raise DirectoryError(
            f"{KEYCLOAK}: the list of {purpose.words} changes faster than it can be read: try "
            "again later."
        )

    def _walk(self, path: str, purpose: Purpose) -> list[Mapping[str, Any]] | None:
        """Return the list, ``None`` if it was seen to change."""
        found: dict[str, Mapping[str, Any]] = {}
        last: str | None = None
        for number in range(self._api.manners.max_pages):
            first = number * (_PAGE - 1)
            params = {"first": str(first), "max": str(_PAGE), "briefRepresentation": "true"}
            answer = self._api.get(self._path + path, purpose, params=params)
            page = listed(answer.document, None, KEYCLOAK)
            ids = [id_of(one, KEYCLOAK) for one in page]
            if last is not None and ids[:1] != [last]:
                return None
            # Not "less than was asked for": people of a federation who are gone are left out.
            if found.keys() >= set(ids):
                return list(found.values())
            found |= dict(zip(ids, page, strict=True))
            last = ids[-1] if len(ids) == _PAGE else None
        raise DirectoryError(f"{KEYCLOAK}: the pages of {purpose.words} have no end.")


def _group(one: Mapping[str, Any]) -> DirectoryGroup:
    id = id_of(one, KEYCLOAK)
    path = one.get("path")
    name = path.strip("/") if isinstance(path, str) else one.get("name")
    return DirectoryGroup(id, str(name or id))


def _user(one: Mapping[str, Any]) -> DirectoryUser:
    attributes = attributes_of(
        user_name=one.get("username"),
        active=one.get("enabled") is not False,
        given_name=one.get("firstName"),
        family_name=one.get("lastName"),
        email=one.get("email"),
    )
    return DirectoryUser(id_of(one, KEYCLOAK), attributes)
