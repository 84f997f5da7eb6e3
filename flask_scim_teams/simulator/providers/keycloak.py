"""Keycloak with the plug-in keycloak-scim."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import ClassVar

from flask_scim_teams.simulator.attributes import CORE_GROUP
from flask_scim_teams.simulator.attributes import CORE_USER
from flask_scim_teams.simulator.attributes import IDENTITY
from flask_scim_teams.simulator.attributes import PATCH_OP
from flask_scim_teams.simulator.channel import Retry
from flask_scim_teams.simulator.directory import Person
from flask_scim_teams.simulator.directory import Team
from flask_scim_teams.simulator.providers.provider import Provider


class Keycloak(Provider):
    """Keycloak with mitodl/keycloak-scim: a client of SCIM-SDK behind the realm's events.

    There is no look-up: users and groups are posted. Users are updated by a full PUT that
    carries the id, their addresses have no type, and roles come along. Groups are put with all
    of their members, and the key is left out when there are none; a group that has become empty
    is sent a ``remove`` of ``members`` with ``null`` as its value. A membership is an event of
    the group and then one of the user, so both are sent. Users and groups are deleted. Nothing
    is awaited longer than 5 seconds, and busy servers are tried ten times.

    It tests no connection that is known of; assumed is that its first request is a user's.

    Sources: mitodl/keycloak-scim, ``UserAdapter``, ``GroupAdapter``, ``ScimClient``.
    """

    key = "keycloak"
    title = "Keycloak"
    # The library's default (assumed: of Apache HttpClient, which SCIM-SDK is built on).
    headers: ClassVar[Mapping[str, str]] = {
        "Accept": "application/scim+json",
        "User-Agent": "Apache-HttpClient/4.5.14 (Java/21)",
    }
    retry = Retry(attempts=10)
    time_limit = 5.0
    sends = IDENTITY | {"externalId"}

    def test(self) -> None:
        """Send nothing."""

    def create_user(self, person: Person) -> None:
        """Post the user."""
        if (known := self.memory.users.get(person.key)) and known.name != person.user_name:
            # The plug-in's own table of links knows the user by an id, whatever its name.
            self.users[person.key] = known.id
            self._put_user(person)
            return
        body = {**self._user(person), "id": None}
        self.users[person.key] = self.resource("POST", "/Users", body, accept=(200, 201))["id"]

    def update_user(self, before: Person, after: Person) -> None:
        """Put the user."""
        self._put_user(after)

    def set_active(self, person: Person) -> None:
        """Put the user."""
        self._put_user(person)

    def create_team(self, team: Team) -> None:
        """Post the group with its members."""
        if (known := self.memory.teams.get(team.key)) is not None:
            self.teams[team.key] = known.id
            self._put_team(team)
            return
        body = self._group(team)
        self.teams[team.key] = self.resource("POST", "/Groups", body, accept=(200, 201))["id"]

    def rename_team(self, before: Team, after: Team) -> None:
        """Put the group."""
        self._put_team(after)

    def change_members(self, team: Team, joined: Sequence[str], left: Sequence[str]) -> None:
        """Put the group, then everybody who came or went."""
        if team.members:
            self._put_team(team)
        else:
            self._empty(team)
        keys = {id: key for key, id in self.users.items()}
        for id in (*joined, *left):
            if (person := self.directory.people.get(keys[id])) is not None:
                self._put_user(person)

    def delete_team(self, team: Team) -> None:
        """Empty the group, and delete it."""
        self._empty(team)
        super().delete_team(team)

    def _empty(self, team: Team) -> None:
        operation = {"op": "remove", "path": "members", "value": None}
        body = {"schemas": [PATCH_OP], "Operations": [operation]}
        self.send("PATCH", f"/Groups/{self.teams[team.key]}", body, accept=(200, 204))

    def _put_user(self, person: Person) -> None:
        id = self.users[person.key]
        self.send("PUT", f"/Users/{id}", {**self._user(person), "id": id}, accept=(200, 204))

    def _put_team(self, team: Team) -> None:
        id = self.teams[team.key]
        self.send("PUT", f"/Groups/{id}", {**self._group(team), "id": id}, accept=(200, 204))

    def _user(self, person: Person) -> dict[str, Any]:
        return {
            "schemas": [CORE_USER],
            "externalId": self.external_id(person),
            "userName": person.user_name,
            "displayName": person.full_name,
            "name": {"givenName": person.given_name, "familyName": person.family_name},
            "emails": [{"value": person.email}],
            "active": person.active,
            "roles": [{"value": "offline_access"}],
        }

    def _group(self, team: Team) -> Mapping[str, Any]:
        members = [{"value": id, "$ref": f"Users/{id}"} for id in self.ids(team.members)]
        return {
            "schemas": [CORE_GROUP],
            "externalId": team.key,
            "displayName": team.name,
            **({"members": members} if members else {}),
        }
