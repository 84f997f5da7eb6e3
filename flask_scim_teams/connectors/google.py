"""Google Workspace, through the Directory API of the Admin SDK.

A service account asks in the name of an administrator (domain-wide delegation). The API tells no
changes: each reading is one of all, and what is new is found by comparing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from itertools import chain
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

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

GOOGLE = "The Google Directory API"
USERS_SCOPE = "https://www.googleapis.com/auth/admin.directory.user.readonly"
GROUPS_SCOPE = "https://www.googleapis.com/auth/admin.directory.group.readonly"
MEMBERS_SCOPE = "https://www.googleapis.com/auth/admin.directory.group.member.readonly"
SCOPES = (USERS_SCOPE, GROUPS_SCOPE, MEMBERS_SCOPE)
#: What the API calls "too often", with status 403.
THROTTLING = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"})

_DELEGATION = (
    "the scope {} to the service account's client id (Admin console, domain-wide delegation)"
)
_USERS = Purpose("the users", _DELEGATION.format(USERS_SCOPE))
_GROUPS = Purpose("the groups", _DELEGATION.format(GROUPS_SCOPE))
_MEMBERS = Purpose("the members of a group", _DELEGATION.format(MEMBERS_SCOPE))
_PATH = "/admin/directory/v1"


class GoogleDirectory:
    """Users and groups of a Google Workspace customer.

    :param customer: id of the customer; ``my_customer`` is the administrator's own.
    :param members_only: whether only people are read who are in a group.
    """

    def __init__(self, api: Api, *, customer: str, members_only: bool = False) -> None:
        self._api = api
        self._customer = customer
        self._members_only = members_only

    def close(self) -> None:
        """Close the connections to the API."""
        self._api.close()

    def groups_of(self, person: str, *, token: str | None = None) -> list[DirectoryGroup]:
        """Return the groups that a person is in directly.

        :param person: e-mail address or id (the claim ``sub``).
        :param token: is not used: people may not ask for themselves.
        """
        # It is a parameter of a search, where an empty one would mean all groups of the customer.
        segment(person, "a user")
        params = {"userKey": person, "maxResults": "200"}
        return [_group(one) for one in self._pages("/groups", "groups", _GROUPS, params)]

    def users(self) -> Sequence[DirectoryUser]:
        """Return everybody; who is suspended or archived is inactive."""
        params = {"customer": self._customer, "maxResults": "500"}
        return [_user(one) for one in self._pages("/users", "users", _USERS, params)]

    def groups(self) -> Sequence[DirectoryGroup]:
        """Return all groups."""
        params = {"customer": self._customer, "maxResults": "200"}
        return [_group(one) for one in self._pages("/groups", "groups", _GROUPS, params)]

    def members(self, group_id: str) -> Sequence[str]:
        """Return the ids of the people in a group, and in the groups in it."""
        path = f"/groups/{segment(group_id, 'a group')}/members"
        params: dict[str, str] = {"maxResults": "200", "includeDerivedMembership": "true"}
        found: dict[str, None] = {}
        for one in self._pages(path, "members", _MEMBERS, params):
            match one.get("type"):
                case "USER":
                    found[id_of(one, GOOGLE)] = None
                case "CUSTOMER":
                    # All of the organisation, as one member.
                    found |= {user.id: None for user in self.users()}
        return list(found)

    def roster(self, group_id: str) -> Iterator[Sequence[str]]:
        """Yield the ids of the people who are in a group directly, as ``groups_of`` has it."""
        path = f"/groups/{segment(group_id, 'a group')}/members"
        for page in self._lists(path, "members", _MEMBERS, {"maxResults": "200"}):
            yield [id_of(one, GOOGLE) for one in page if one.get("type") == "USER"]

    def read(self, checkpoint: str, progress: Progress) -> Snapshot:
        """Return all."""
        return whole(self, progress, members_only=self._members_only)

    def _pages(
        self, path: str, key: str, purpose: Purpose, params: Mapping[str, str]
    ) -> Iterator[Mapping[str, Any]]:
        return chain.from_iterable(self._lists(path, key, purpose, params))

    def _lists(
        self, path: str, key: str, purpose: Purpose, params: Mapping[str, str]
    ) -> Iterator[Sequence[Mapping[str, Any]]]:
        for page in by_token(
            self._api,
            _PATH + path,
            purpose,
            params=params,
            sent_as="pageToken",
            named="nextPageToken",
        ):
            # An empty list is left out of the answer, which says its kind all the same.
            if isinstance(page, Mapping) and key not in page and "kind" in page:
                continue
            yield listed(page, key, GOOGLE)


def service_account_form(
    service_account: str, admin: str, *, clock: Callable[[], float]
) -> tuple[str, Callable[[], Mapping[str, str]]]:
    """Return where a service account asks for access tokens, and what makes the form for it.

    The form is a signed assertion (RFC 7523 section 2.1), and good for an hour.

    :param service_account: the JSON key of a service account.
    :param admin: e-mail address of the administrator in whose name it asks.
    :raises DirectoryError: if the private key is none.
    """
    account = json.loads(service_account)
    try:
        key = RSAKey.import_key(account["private_key"])
    except (JoseError, ValueError, TypeError):
        raise DirectoryError("The private_key of the service account is no RSA key.") from None

    def form() -> Mapping[str, str]:
        issued = int(clock())
        claims = {
            "iss": account["client_email"],
            "sub": admin,
            "aud": account["token_uri"],
            "scope": " ".join(SCOPES),
            "iat": issued,
            "exp": issued + 3600,
        }
        return {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": jwt.encode({"alg": "RS256", "typ": "JWT"}, claims, key),
        }

    return account["token_uri"], form


def _group(one: Mapping[str, Any]) -> DirectoryGroup:
    id = id_of(one, GOOGLE)
    return DirectoryGroup(id, str(one.get("name") or one.get("email") or id))


def _user(one: Mapping[str, Any]) -> DirectoryUser:
    name = _object(one.get("name"))
    works = one.get("organizations")
    jobs = [job for job in works if isinstance(job, Mapping)] if isinstance(works, list) else []
    job = next((job for job in jobs if job.get("primary")), jobs[0] if jobs else {})
    attributes = attributes_of(
        user_name=one.get("primaryEmail"),
        active=not (one.get("suspended") or one.get("archived")),
        given_name=name.get("givenName"),
        family_name=name.get("familyName"),
        email=one.get("primaryEmail"),
        more={"displayName": name.get("fullName"), "title": job.get("title")},
        enterprise={"department": job.get("department")},
    )
    return DirectoryUser(id_of(one, GOOGLE), attributes)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
