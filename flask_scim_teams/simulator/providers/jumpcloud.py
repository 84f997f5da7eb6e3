"""JumpCloud."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import ClassVar
from urllib.parse import quote

from flask_scim_teams.simulator.attributes import CORE_GROUP
from flask_scim_teams.simulator.attributes import CORE_USER
from flask_scim_teams.simulator.attributes import PATCH_OP
from flask_scim_teams.simulator.attributes import PATHS
from flask_scim_teams.simulator.attributes import user_body
from flask_scim_teams.simulator.directory import Person
from flask_scim_teams.simulator.directory import Team
from flask_scim_teams.simulator.population import new_key
from flask_scim_teams.simulator.providers.provider import Provider


class JumpCloud(Provider):
    """JumpCloud's custom SCIM identity management.

    To activate it, a test user and a test group are made and removed again; a user that may not
    be deleted is deactivated. Users are looked up by name, created, and updated by a PATCH with
    one operation for each attribute, ``active`` a boolean. A group is renamed by one ``replace``
    without a path. Members are added by one ``add`` for each request and removed by a value with
    an array.

    Assumed are: that groups are looked up by name, its headers, and that who is deleted in the
    directory is deleted here (its help has both that and deactivation).

    Sources: JumpCloud support, *Custom SCIM identity management*; ssoready/ssoready (group
    operations); a third-party guide and a Rust client's tests (users' PATCH, removal of members).
    """

    key = "jumpcloud"
    title = "JumpCloud"
    headers: ClassVar[Mapping[str, str]] = {"Accept": "application/scim+json"}
    sends = frozenset(PATHS)

    def test(self) -> None:
        """Make a test user and a test group, and remove both."""
        number = new_key(self.rng)[:8]
        name = f"jumpcloud.test.{number}@jumpcloud.example"
        user = {
            "schemas": [CORE_USER],
            "userName": name,
            "name": {"givenName": "Test", "familyName": "User"},
            "emails": [{"value": name, "type": "work", "primary": True}],
            "active": True,
        }
        group = {"schemas": [CORE_GROUP], "displayName": f"JumpCloud Test Group {number}"}
        user_id = self.resource("POST", "/Users", user, accept=(201,))["id"]
        group_id = self.resource("POST", "/Groups", group, accept=(201,))["id"]
        answer = self.send(
            "DELETE", f"/Users/{user_id}", accept=(200, 204, 400, 403, 404, 405, 501)
        )
        if answer.status not in {200, 204}:
            self._patch(f"/Users/{user_id}", _replace("active", False))
        self.delete(f"/Groups/{group_id}")

    def create_user(self, person: Person) -> None:
        """Look the user name up; create the user, or patch all of it."""
        found = self._lookup("Users", "userName", person.user_name)
        known = self.memory.users.get(person.key)
        linked = found or (known.id if known is not None else None)
        if linked is not None:
            self.users[person.key] = linked
            self._update(person, {})
            return
        body = user_body(person, self.external_id(person))
        self.users[person.key] = self.resource("POST", "/Users", body, accept=(201,))["id"]

    def update_user(self, before: Person, after: Person) -> None:
        """Patch what has changed."""
        self._update(after, self.expected_user(before))

    def set_active(self, person: Person) -> None:
        """Patch ``active``."""
        self._patch(f"/Users/{self.users[person.key]}", _replace("active", person.active))

    def create_team(self, team: Team) -> None:
        """Look the name up (assumed); create the group, then add its members."""
        found = self._lookup("Groups", "displayName", team.name)
        known = self.memory.teams.get(team.key)
        if found is not None:
            self.teams[team.key] = found
        elif known is not None:
            self.teams[team.key] = known.id
            self.rename_team(team, team)
        else:
            body = {
                "schemas": [CORE_GROUP],
                "externalId": team.key,
                "displayName": team.name,
                "members": [],
            }
            self.teams[team.key] = self.resource("POST", "/Groups", body, accept=(201,))["id"]
        self.settle_members(team)

    def rename_team(self, before: Team, after: Team) -> None:
        """Replace the name, without a path."""
        target = f"/Groups/{self.teams[after.key]}"
        self._patch(target, {"op": "replace", "value": {"displayName": after.name}})

    def change_members(self, team: Team, joined: Sequence[str], left: Sequence[str]) -> None:
        """Send one request for each."""
        target = f"/Groups/{self.teams[team.key]}"
        for op, ids in (("add", joined), ("remove", left)):
            for id in ids:
                self._patch(target, {"op": op, "path": "members", "value": [{"value": id}]})

    def _update(self, person: Person, there: Mapping[str, Any]) -> None:
        wanted = self.expected_user(person)
        operations = [
            _replace(path, wanted[name])
            for name, path in PATHS.items()
            if name in wanted and wanted[name] != there.get(name)
        ]
        self._patch(f"/Users/{self.users[person.key]}", *operations)

    def _lookup(self, endpoint: str, attribute: str, value: str) -> str | None:
        expression = quote(f'{attribute} eq "{value}"', safe="")
        found = self.found(f"/{endpoint}?filter={expression}")
        return found[0]["id"] if found else None

    def _patch(self, target: str, *operations: Mapping[str, Any]) -> None:
        body = {"schemas": [PATCH_OP], "Operations": list(operations)}
        self.send("PATCH", target, body, accept=(200, 204))


def _replace(path: str, value: object) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}
