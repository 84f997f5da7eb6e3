"""OneLogin."""

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
from flask_scim_teams.simulator.directory import Person
from flask_scim_teams.simulator.directory import Team
from flask_scim_teams.simulator.population import new_key
from flask_scim_teams.simulator.providers.provider import Provider

_CORE = "urn:scim:schemas:core:2.0"
_ENTERPRISE = "urn:scim:schemas:extension:enterprise:2.0"


class OneLogin(Provider):
    """OneLogin with its connector *SCIM Provisioner with SAML (SCIM v2 Enterprise)*.

    It asks for a user that cannot be, then for each user by name. Its schemas have URNs from
    before the RFC, an e-mail address may be an object where the RFC has an array, what is not set
    is an empty string, and an update is a PUT that leaves ``active`` out. Query strings end with
    an ampersand or are empty. Who is unassigned is suspended or deleted, as configured; here the
    one, then the other. Groups come from rules: they are listed, created, and their members
    patched. Groups are not deleted by it: none of its documented calls does (assumed: their
    members go).

    The body of a group's PATCH is not published; assumed are ``add`` with an array, and
    ``remove`` with a filter. A rule that names a group otherwise is assumed to rename it.

    Sources: OneLogin developer documentation, *SCIM*; goauthentik/authentik#11249 (URNs, query
    strings, media type), 15five/django-scim2 (e-mail as an object).
    """

    key = "onelogin"
    title = "OneLogin"
    # Its User-Agent is not known: the log has none that tells (assumed: none).
    headers: ClassVar[Mapping[str, str]] = {"Accept": "application/json"}
    content_type = "application/json"
    deletes_teams = False
    sends = IDENTITY | WORK | {"manager"}

    def test(self) -> None:
        """Ask for a user that cannot be; 404 is as good as an empty list."""
        self.found(_filter(new_key(self.rng)), accept=(200, 404))

    def create_user(self, person: Person) -> None:
        """Look the user name up; create, or put what there has to be."""
        found = self.found(_filter(person.user_name), accept=(200, 404))
        known = self.memory.users.get(person.key)
        if found or known is not None:
            self.users[person.key] = found[0]["id"] if found else known.id  # type: ignore[union-attr]
            self._put(person, active=True)
            return
        made = self.resource("POST", "/Users", self._body(person, active=True), accept=(201,))
        self.users[person.key] = made["id"]

    def update_user(self, before: Person, after: Person) -> None:
        """Put the user, without ``active``."""
        self._put(after, active=False)

    def set_active(self, person: Person) -> None:
        """Put the user, with ``active``."""
        self._put(person, active=True)

    def create_team(self, team: Team) -> None:
        """List the groups; create what is not among them, then patch its members."""
        groups = {one.get("displayName"): one["id"] for one in self.pages("/Groups", 100)}
        known = self.memory.teams.get(team.key)
        if team.name in groups:
            self.teams[team.key] = groups[team.name]
        elif known is not None:
            self.teams[team.key] = known.id
            self.rename_team(team, team)
        else:
            body = {"schemas": [CORE_GROUP], "displayName": team.name}
            self.teams[team.key] = self.resource("POST", "/Groups", body, accept=(201,))["id"]
        self.settle_members(team)

    def rename_team(self, before: Team, after: Team) -> None:
        """Replace the name (assumed)."""
        self._patch(after, [{"op": "replace", "path": "displayName", "value": after.name}])

    def change_members(self, team: Team, joined: Sequence[str], left: Sequence[str]) -> None:
        """Patch the members (assumed: all in one request)."""
        operations: list[dict[str, Any]] = []
        if joined:
            value = [{"value": id} for id in joined]
            operations.append({"op": "add", "path": "members", "value": value})
        operations += [{"op": "remove", "path": f'members[value eq "{id}"]'} for id in left]
        if operations:
            self._patch(team, operations)

    def _put(self, person: Person, *, active: bool) -> None:
        target = f"/Users/{self.users[person.key]}?"
        self.send("PUT", target, self._body(person, active=active), accept=(200, 204))

    def _body(self, person: Person, *, active: bool) -> dict[str, Any]:
        manager = self.users.get(person.manager or "", "")
        leader = self.directory.people.get(person.manager or "")
        body = {
            "schemas": [_CORE, _ENTERPRISE],
            "userName": person.user_name,
            "externalId": self.external_id(person),
            "displayName": person.full_name,
            "name": {"givenName": person.given_name, "familyName": person.family_name},
            "emails": {"value": person.email, "type": "work", "primary": True},
            "title": person.title,
            "phoneNumbers": [],
            _ENTERPRISE: {
                "department": person.department,
                "employeeNumber": "",
                "manager": {
                    "value": manager,
                    "displayName": leader.full_name if leader is not None else "",
                },
            },
        }
        return {**body, "active": person.active} if active else body

    def _patch(self, team: Team, operations: Sequence[dict[str, Any]]) -> None:
        body = {"schemas": [PATCH_OP], "Operations": list(operations)}
        self.send("PATCH", f"/Groups/{self.teams[team.key]}?", body, accept=(200, 204))


def _filter(user_name: str) -> str:
    expression = f'userName eq "{user_name}"'
    return f"/Users?filter={quote_plus(expression)}&"
