"""Okta's own API. Okta pushes users and groups itself; this is for what people sign in with."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from itertools import chain
from typing import Any

from flask_scim_teams.connectors.api import Answer
from flask_scim_teams.connectors.api import Api
from flask_scim_teams.connectors.api import Purpose
from flask_scim_teams.connectors.api import fit_for_header
from flask_scim_teams.connectors.api import segment
from flask_scim_teams.connectors.paging import by_link
from flask_scim_teams.connectors.reading import attributes_of
from flask_scim_teams.connectors.reading import id_of
from flask_scim_teams.connectors.reading import listed
from flask_scim_teams.connectors.reading import whole
from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import DirectoryUser
from flask_scim_teams.core.directory import Progress
from flask_scim_teams.core.directory import Snapshot

OKTA = "Okta"
_READ_ONLY = "the API token's administrator the role Read-Only Administrator"
_USERS = Purpose("the users", _READ_ONLY)
_GROUPS = Purpose("the groups", _READ_ONLY)
_MEMBERS = Purpose("the members of a group", _READ_ONLY)
_OF_PERSON = Purpose("the groups of a person", _READ_ONLY)
# Whoever is locked out, or has to change a password, is no less a member of the organisation.
_INACTIVE = frozenset({"SUSPENDED", "DEPROVISIONED", "STAGED"})


class ApiToken:
    """The credential that Okta's administrators make: it is good until it is revoked."""

    def __init__(self, token: str) -> None:
        self._headers = {"Authorization": f"SSWS {fit_for_header(token, OKTA)}"}

    def headers(self) -> Mapping[str, str]:
        """Return the header."""
        return self._headers

    def renew(self) -> bool:
        """Say that there is no other."""
        return False


class OktaDirectory:
    """Users and groups of an Okta organisation."""

    def __init__(self, api: Api, *, members_only: bool = False) -> None:
        self._api = api
        self._members_only = members_only

    def close(self) -> None:
        """Close the connections to the API."""
        self._api.close()

    def groups_of(self, person: str, *, token: str | None = None) -> list[DirectoryGroup]:
        """Return the groups of a person.

        :param person: id or login (the claim ``sub`` is the id).
        :param token: is not used: the API asks for an administrator.
        """
        path = f"/api/v1/users/{segment(person, 'a user')}/groups"
        return [_group(one) for one in self._pages(path, _OF_PERSON) if _is_offered(one)]

    def users(self) -> Sequence[DirectoryUser]:
        """Return everybody but who is deprovisioned."""
        return [_user(one) for one in self._pages("/api/v1/users", _USERS)]

    def groups(self) -> Sequence[DirectoryGroup]:
        """Return the groups, but the one of everyone."""
        return [_group(one) for one in self._pages("/api/v1/groups", _GROUPS) if _is_offered(one)]

    def members(self, group_id: str) -> Sequence[str]:
        """Return the ids of the people in a group."""
        return [*chain.from_iterable(self.roster(group_id))]

    def roster(self, group_id: str) -> Iterator[Sequence[str]]:
        """Yield the ids of the people in a group."""
        path = f"/api/v1/groups/{segment(group_id, 'a group')}/users"
        for page in self._lists(path, _MEMBERS):
            yield [id_of(one, OKTA) for one in page]

    def read(self, checkpoint: str, progress: Progress) -> Snapshot:
        """Return all."""
        return whole(self, progress, members_only=self._members_only)

    def _pages(self, path: str, purpose: Purpose) -> Iterator[Mapping[str, Any]]:
        return chain.from_iterable(self._lists(path, purpose))

    def _lists(self, path: str, purpose: Purpose) -> Iterator[Sequence[Mapping[str, Any]]]:
        for page in by_link(self._api, path, purpose, _next, params={"limit": "200"}):
            yield listed(page, None, OKTA)


def _next(answer: Answer) -> str | None:
    return answer.next_link


def _is_offered(one: Mapping[str, Any]) -> bool:
    return one.get("type") != "BUILT_IN"


def _group(one: Mapping[str, Any]) -> DirectoryGroup:
    id = id_of(one, OKTA)
    return DirectoryGroup(id, str(_profile(one).get("name") or id))


def _user(one: Mapping[str, Any]) -> DirectoryUser:
    profile = _profile(one)
    attributes = attributes_of(
        user_name=profile.get("login"),
        active=one.get("status") not in _INACTIVE,
        given_name=profile.get("firstName"),
        family_name=profile.get("lastName"),
        email=profile.get("email"),
        more={"displayName": profile.get("displayName"), "title": profile.get("title")},
        enterprise={
            "department": profile.get("department"),
            "employeeNumber": profile.get("employeeNumber"),
        },
    )
    return DirectoryUser(id_of(one, OKTA), attributes)


def _profile(one: Mapping[str, Any]) -> Mapping[str, Any]:
    profile = one.get("profile")
    return profile if isinstance(profile, Mapping) else {}
