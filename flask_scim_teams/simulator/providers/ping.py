"""PingOne and PingFederate."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import ClassVar
from urllib.parse import quote_plus

from flask_scim_teams.simulator.attributes import CORE_GROUP
from flask_scim_teams.simulator.attributes import IDENTITY
from flask_scim_teams.simulator.attributes import PATCH_OP
from flask_scim_teams.simulator.attributes import WORK
from flask_scim_teams.simulator.attributes import user_body
from flask_scim_teams.simulator.directory import Person
from flask_scim_teams.simulator.directory import Team
from flask_scim_teams.simulator.population import new_key
from flask_scim_teams.simulator.providers.provider import Provider


class Ping(Provider):
    """PingOne's and PingFederate's SCIM connector.

    The filter that finds a user is typed by the administrator; the documented sample is
    ``username Eq "%s"``, with a capital operator and the attribute in the wrong case. Users are
    updated by PUT, groups by PATCH. All groups are read and matched on the client's side.
    Removal means to disable or to delete, as configured; here the one, then the other.

    Assumed are: that its test looks for a user that cannot be, its headers (``User-Agent:
    PingFederate`` is seen on a PATCH of its AWS connector), that groups are read in pages of a
    hundred, and a group's PATCH with lower-case operations and an array of values.

    Source: Ping Identity documentation, *SCIM connector* of PingFederate and PingOne.
    """

    key = "ping"
    title = "Ping Identity"
    headers: ClassVar[Mapping[str, str]] = {
        "Accept": "application/scim+json",
        "User-Agent": "PingFederate",
    }
    sends = IDENTITY | WORK

    def test(self) -> None:
        """Look for a user that cannot be (assumed)."""
        self.found(_filter(new_key(self.rng)))

    def create_user(self, person: Person) -> None:
        """Look the user name up; create the user, or put it."""
        found = self.found(_filter(person.user_name))
        known = self.memory.users.get(person.key)
        linked = found[0]["id"] if found else known.id if known is not None else None
        if linked is not None:
            self.users[person.key] = linked
            self._put(person)
            return
        made = self.resource(
            "POST", "/Users", user_body(person, self.external_id(person)), accept=(201,)
        )
        self.users[person.key] = made["id"]

    def update_user(self, before: Person, after: Person) -> None:
        """Put the user."""
        self._put(after)

    def set_active(self, person: Person) -> None:
        """Put the user."""
        self._put(person)

    def create_team(self, team: Team) -> None:
        """Read all groups; create what is not among them, then patch its members."""
        groups = {one.get("displayName"): one["id"] for one in self.pages("/Groups", 100)}
        known = self.memory.teams.get(team.key)
        if team.name in groups:
            self.teams[team.key] = groups[team.name]
        elif known is not None:
            self.teams[team.key] = known.id
            self.rename_team(team, team)
        else:
            body = {
                "schemas": [CORE_GROUP],
                "externalId": team.key,
                "displayName": team.name,
            }
            self.teams[team.key] = self.resource("POST", "/Groups", body, accept=(201,))["id"]
        self.settle_members(team)

    def rename_team(self, before: Team, after: Team) -> None:
        """Replace the name."""
        self._patch(after, {"op": "replace", "path": "displayName", "value": after.name})

    def change_members(self, team: Team, joined: Sequence[str], left: Sequence[str]) -> None:
        """Add all who joined, and remove all who left."""
        for op, ids in (("add", joined), ("remove", left)):
            if ids:
                value = [{"value": id} for id in ids]
                self._patch(team, {"op": op, "path": "members", "value": value})

    def _put(self, person: Person) -> None:
        target = f"/Users/{self.users[person.key]}"
        self.send("PUT", target, user_body(person, self.external_id(person)), accept=(200, 204))

    def _patch(self, team: Team, operation: dict[str, Any]) -> None:
        body = {"schemas": [PATCH_OP], "Operations": [operation]}
        self.send("PATCH", f"/Groups/{self.teams[team.key]}", body, accept=(200, 204))


def _filter(user_name: str) -> str:
    expression = f'username Eq "{user_name}"'
    return f"/Users?filter={quote_plus(expression)}"
