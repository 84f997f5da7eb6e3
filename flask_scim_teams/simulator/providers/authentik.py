"""authentik."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import ClassVar
from urllib.parse import quote_plus

from flask_scim_teams.simulator.attributes import CORE_GROUP
from flask_scim_teams.simulator.attributes import CORE_USER
from flask_scim_teams.simulator.attributes import IDENTITY
from flask_scim_teams.simulator.attributes import PATCH_OP
from flask_scim_teams.simulator.channel import Retry
from flask_scim_teams.simulator.directory import Person
from flask_scim_teams.simulator.directory import Team
from flask_scim_teams.simulator.providers.provider import Provider


class Authentik(Provider):
    """authentik's SCIM provider in its default compatibility mode.

    It reads ``ServiceProviderConfig`` first and pages through users and groups by ``startIndex``
    alone. A user is posted, and looked up by name where that is taken (409); addresses have the
    type ``other``. Updates are a PUT with the id, and a user that is not there for it (404) is
    created anew. Where PATCH is supported, a group is posted without members, replaced without
    a path, and its members added one operation each, as many in a request as bulk operations are
    allowed; who left is removed by a filter after the group has been read. What is gone already
    (404) is deleted well enough.

    Sources: goauthentik/authentik, ``authentik/providers/scim``, and its issues #7460 and #16678.
    """

    key = "authentik"
    title = "authentik"
    # Its session's default (assumed: of Python's requests).
    headers: ClassVar[Mapping[str, str]] = {"Accept": "*/*", "User-Agent": "python-requests/2.32.5"}
    retry = Retry(attempts=5)
    sends = IDENTITY | {"externalId"}

    _patches = False
    _chunk = 0

    def test(self) -> None:
        """Read what the server can do; one that does not say is taken to do next to nothing."""
        answer = self.send("GET", "/ServiceProviderConfig", accept=(200, 404))
        config = answer.json if answer.status == 200 else None
        if isinstance(config, dict):
            self._patches = config.get("patch", {}).get("supported") is True
            self._chunk = config.get("bulk", {}).get("maxOperations") or 0

    def begin(self) -> None:
        """Find what is there already."""
        for _ in self.pages("/Users"):
            pass
        for _ in self.pages("/Groups"):
            pass

    def create_user(self, person: Person) -> None:
        """Post the user; look the name up where it is taken, and put it."""
        if (known := self.memory.users.get(person.key)) and known.name != person.user_name:
            # Found among the pages by its externalId.
            self.users[person.key] = known.id
            self._put(person)
            return
        answer = self.send("POST", "/Users", self._user(person), accept=(200, 201, 409))
        created = answer.json
        if answer.status != 409 and isinstance(created, dict) and "id" in created:
            self.users[person.key] = created["id"]
            return
        expression = f'userName eq "{person.user_name}"'
        found = self.found(f"/Users?filter={quote_plus(expression)}")
        if not found:
            self.not_found("/Users", answer.status, f"{person.user_name} is not found afterwards.")
        self.users[person.key] = found[0]["id"]
        self._put(person)

    def update_user(self, before: Person, after: Person) -> None:
        """Put the user."""
        self._put(after)

    def set_active(self, person: Person) -> None:
        """Put the user."""
        self._put(person)

    def delete_user(self, person: Person) -> None:
        """Delete the user."""
        self.delete(f"/Users/{self.users[person.key]}", accept=(200, 204, 404))

    def create_team(self, team: Team) -> None:
        """Post the group, then see to its members."""
        if (known := self.memory.teams.get(team.key)) is not None:
            self.teams[team.key] = known.id
        else:
            members = {} if self._patches else self._members(team)
            body = {**self._group(team), **members}
            self.teams[team.key] = self.resource("POST", "/Groups", body, accept=(200, 201))["id"]
        self._update(team)

    def rename_team(self, before: Team, after: Team) -> None:
        """Update the group."""
        self._update(after)

    def change_members(self, team: Team, joined: Sequence[str], left: Sequence[str]) -> None:
        """Add who joined, and remove who left, one operation each."""
        operations: list[Mapping[str, Any]] = [
            {"op": "remove", "path": f'members[value eq "{id}"]'} for id in left
        ]
        operations += [{"op": "add", "path": "members", "value": [{"value": id}]} for id in joined]
        if self._patches:
            self._patch(team, operations)
        elif operations:
            self._put_team(team)

    def delete_team(self, team: Team) -> None:
        """Delete the group."""
        self.delete(f"/Groups/{self.teams[team.key]}", accept=(200, 204, 404))

    def _update(self, team: Team) -> None:
        if not self._patches:
            self._put_team(team)
            return
        id = self.teams[team.key]
        self._patch(team, [{"op": "replace", "value": {**self._group(team), "id": id}}])
        there = self.resource("GET", f"/Groups/{id}").get("members") or []
        members = {one["value"] for one in there if isinstance(one, dict) and "value" in one}
        wanted = self.ids(team.members)
        joined = [one for one in wanted if one not in members]
        self.change_members(team, joined, sorted(members.difference(wanted)))

    def _put(self, person: Person) -> None:
        id = self.users[person.key]
        body = {**self._user(person), "id": id}
        if self.send("PUT", f"/Users/{id}", body, accept=(200, 204, 404)).status == 404:
            del self.users[person.key]
            made = self.resource("POST", "/Users", self._user(person), accept=(200, 201))
            self.users[person.key] = made["id"]

    def _put_team(self, team: Team) -> None:
        id = self.teams[team.key]
        body = {**self._group(team), **self._members(team), "id": id}
        self.send("PUT", f"/Groups/{id}", body, accept=(200, 204))

    def _patch(self, team: Team, operations: Sequence[Mapping[str, Any]]) -> None:
        size = self._chunk or max(len(operations), 1)
        for start in range(0, len(operations), size):
            some = list(operations[start : start + size])
            body = {"schemas": [PATCH_OP], "Operations": some}
            self.send("PATCH", f"/Groups/{self.teams[team.key]}", body, accept=(200, 204))

    def _user(self, person: Person) -> dict[str, Any]:
        return {
            "schemas": [CORE_USER],
            "userName": person.user_name,
            "externalId": self.external_id(person),
            "name": {
                "formatted": person.full_name,
                "givenName": person.given_name,
                "familyName": person.family_name,
            },
            "displayName": person.full_name,
            "active": person.active,
            "emails": [{"value": person.email, "type": "other", "primary": True}],
        }

    def _group(self, team: Team) -> dict[str, Any]:
        return {"schemas": [CORE_GROUP], "externalId": team.key, "displayName": team.name}

    def _members(self, team: Team) -> dict[str, Any]:
        return {"members": [{"value": id} for id in self.ids(team.members)]}
