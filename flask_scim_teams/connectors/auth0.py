"""Auth0's Management API. Its roles, or its organizations, are the groups."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from itertools import chain
from typing import Any

from flask_scim_teams.connectors.api import Api
from flask_scim_teams.connectors.api import Purpose
from flask_scim_teams.connectors.api import segment
from flask_scim_teams.connectors.paging import by_token
from flask_scim_teams.connectors.reading import attributes_of
from flask_scim_teams.connectors.reading import id_of
from flask_scim_teams.connectors.reading import listed
from flask_scim_teams.connectors.reading import whole
from flask_scim_teams.core.directory import DirectoryError
from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import DirectoryUser
from flask_scim_teams.core.directory import Progress
from flask_scim_teams.core.directory import Snapshot

AUTH0 = "Auth0"
_SCOPE = "the scope {} of the Management API to the machine-to-machine application"
_USERS = Purpose("the users", _SCOPE.format("read:users"))
_PAGE = 100
# Auth0 gives no more of one search, whatever its pages.
_SEARCH_LIMIT = 1_000


class Auth0Directory:
    """Users and roles, or organizations, of an Auth0 tenant.

    :param groups: what is offered as groups: ``roles`` or ``organizations``.
    """

    def __init__(self, api: Api, *, groups: str = "roles", members_only: bool = False) -> None:
        self._api = api
        self._kind = groups
        self._members_only = members_only
        what = "roles" if groups == "roles" else "organizations"
        self._groups = Purpose(f"the {what}", _SCOPE.format(f"read:{what}"))
        scopes = "read:roles and read:users" if groups == "roles" else "read:organization_members"
        self._members = Purpose(f"the members of one of the {what}", _SCOPE.format(scopes))
        self._of_person = Purpose(f"the {what} of a person", _SCOPE.format(scopes))

    def close(self) -> None:
        """Close the connections to the API."""
        self._api.close()

    def groups_of(self, person: str, *, token: str | None = None) -> list[DirectoryGroup]:
        """Return the roles, or organizations, of a person.

        :param person: the user_id, ``auth0|...`` (the claim ``sub``).
        :param token: is not used: the API asks for an application.
        """
        path = f"/api/v2/users/{segment(person, 'a user')}/{self._kind}"
        return [self._group(one) for one in self._by_number(path, self._of_person)]

    def users(self) -> Sequence[DirectoryUser]:
        """Return everybody; who is blocked is inactive.

        One search tells of a thousand at most. So each page is a search of its own, for whoever
        was made since the last of the page before.
        """
        found: dict[str, DirectoryUser] = {}
        since, number = "", 0
        for _ in range(self._api.manners.max_pages):
            params: dict[str, str] = {
                "per_page": str(_PAGE),
                "page": str(number),
                "sort": "created_at:1",
                "search_engine": "v3",
            }
            if since:
                params["q"] = f"created_at:[{since} TO *]"
            page = listed(
                self._api.get("/api/v2/users", _USERS, params=params).document, None, AUTH0
            )
            found |= {id: _user(one) for one in page if (id := id_of(one, AUTH0, "user_id"))}
            if len(page) < _PAGE:
                return list(found.values())
            last = id_of(page[-1], AUTH0, "created_at")
            since, number = (last, 0) if last > since else (since, number + 1)
            if number * _PAGE >= _SEARCH_LIMIT:
                raise DirectoryError(
                    f"{AUTH0} has more than {_SEARCH_LIMIT} users made at the same instant, and "
                    "does not tell of more of them."
                )
        raise DirectoryError(f"{AUTH0}: the pages of the users have no end.")

    def groups(self) -> Sequence[DirectoryGroup]:
        """Return all roles, or organizations."""
        path = f"/api/v2/{self._kind}"
        if self._kind == "roles":
            return [self._group(one) for one in self._by_number(path, self._groups)]
        pages = self._by_checkpoint(path, self._kind, self._groups)
        return [self._group(one) for one in chain.from_iterable(pages)]

    def members(self, group_id: str) -> Sequence[str]:
        """Return the ids of the people who have a role, or are in an organization."""
        return [*chain.from_iterable(self.roster(group_id))]

    def roster(self, group_id: str) -> Iterator[Sequence[str]]:
        """Yield the ids of the people who have a role, or are in an organization."""
        id = segment(group_id, "a group")
        key = "users" if self._kind == "roles" else "members"
        for page in self._by_checkpoint(f"/api/v2/{self._kind}/{id}/{key}", key, self._members):
            yield [id_of(one, AUTH0, "user_id") for one in page]

    def read(self, checkpoint: str, progress: Progress) -> Snapshot:
        """Return all."""
        return whole(self, progress, members_only=self._members_only)

    def _by_checkpoint(
        self, path: str, key: str, purpose: Purpose
    ) -> Iterator[Sequence[Mapping[str, Any]]]:
        for page in by_token(
            self._api, path, purpose, params={"take": str(_PAGE)}, sent_as="from", named="next"
        ):
            yield listed(page, key, AUTH0)

    def _by_number(self, path: str, purpose: Purpose) -> Iterator[Mapping[str, Any]]:
        for number in range(self._api.manners.max_pages):
            params = {"per_page": str(_PAGE), "page": str(number)}
            page = listed(self._api.get(path, purpose, params=params).document, None, AUTH0)
            yield from page
            if len(page) < _PAGE:
                return
        raise DirectoryError(f"{AUTH0}: the pages of {purpose.words} have no end.")

    def _group(self, one: Mapping[str, Any]) -> DirectoryGroup:
        id = id_of(one, AUTH0)
        return DirectoryGroup(id, str(one.get("display_name") or one.get("name") or id))


def _user(one: Mapping[str, Any]) -> DirectoryUser:
    email = one.get("email")
    name = one.get("name")
    attributes = attributes_of(
        user_name=email or one.get("username") or one.get("user_id"),
        active=one.get("blocked") is not True,
        given_name=one.get("given_name"),
        family_name=one.get("family_name"),
        email=email,
        # Where nothing better is known, the name is the address once more.
        more={"displayName": None if name == email else name},
    )
    return DirectoryUser(id_of(one, AUTH0, "user_id"), attributes)
