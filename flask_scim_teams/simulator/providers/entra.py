"""Microsoft Entra ID."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import ClassVar
from urllib.parse import urlencode

from flask_scim_teams.simulator.attributes import CORE_GROUP
from flask_scim_teams.simulator.attributes import CORE_USER
from flask_scim_teams.simulator.attributes import ENTERPRISE
from flask_scim_teams.simulator.attributes import IDENTITY
from flask_scim_teams.simulator.attributes import PATCH_OP
from flask_scim_teams.simulator.attributes import PATHS
from flask_scim_teams.simulator.attributes import WORK
from flask_scim_teams.simulator.attributes import attributes_of
from flask_scim_teams.simulator.directory import Person
from flask_scim_teams.simulator.directory import Team
from flask_scim_teams.simulator.population import new_key
from flask_scim_teams.simulator.providers.provider import Provider
from flask_scim_teams.simulator.providers.provider import chunks

_ADSCIM_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"

# How many members go into one request is not published (assumed).
_MEMBERS = 20

_MANAGER = f"{ENTERPRISE}:manager"


class Entra(Provider):
    """Microsoft Entra ID with the default attribute mappings, and no feature flag in its URL.

    *Test Connection* asks for a user, and a group, that cannot be. Everything is looked up by a
    filter before it is created; what is found is compared and patched. Updates are one operation
    for each attribute, with a capital letter, and ``active`` is ``"True"`` or ``"False"``. A
    manager comes after the people, behind a question whether it is set already. Members are
    listed in the value, to be added and to be removed. There is no User-Agent. A person who is
    deleted is disabled first and deleted for good about 30 days later; an attribute that becomes
    empty is not sent.

    Sources: Microsoft Learn, *Develop and plan provisioning for a SCIM endpoint*, *Known issues
    with SCIM 2.0 compliance*, *How provisioning works*; OneUptime/oneuptime#2134 (headers and
    escapes), ssoready/ssoready#182 (removal of members).
    """

    key = "entra"
    title = "Microsoft Entra ID"
    headers: ClassVar[Mapping[str, str]] = {"Accept": "application/scim+json"}
    sends = IDENTITY | WORK | {"manager"}
    clears = False

    def test(self) -> None:
        """Look for a user and a group that cannot be."""
        nobody = new_key(self.rng)
        self.found(_filter("Users", f'userName eq "{nobody}"'))
        self.found(_filter("Groups", f'displayName eq "{nobody}"', members=False))

    def create_user(self, person: Person) -> None:
        """Look the user name up; create the user, or patch what differs."""
        for resource in self.found(_filter("Users", f'userName eq "{person.user_name}"')):
            self.users[person.key] = resource["id"]
            self._patch_user(person, attributes_of(resource))
            return
        if (known := self.memory.users.get(person.key)) is not None:
            self.users[person.key] = known.id
            self._patch_user(person, {})
            return
        made = self.resource("POST", "/Users", self._body(person), accept=(201,))
        self.users[person.key] = made["id"]
        self._refer(person, None)

    def update_user(self, before: Person, after: Person) -> None:
        """Patch what has changed."""
        self._patch_user(after, self.expected_user(before))

    def set_active(self, person: Person) -> None:
        """Replace ``active`` by a string."""
        self._patch("Users", self.users[person.key], _replace("active", str(person.active)))

    def create_team(self, team: Team) -> None:
        """Look the name up; create the group without members, then add them."""
        resources = self.found(_filter("Groups", f'displayName eq "{team.name}"', members=False))
        known = self.memory.teams.get(team.key)
        if resources:
            self.teams[team.key] = resources[0]["id"]
        elif known is not None:
            self.teams[team.key] = known.id
            self._patch("Groups", known.id, _replace("displayName", team.name))
        else:
            body = {
                "schemas": [CORE_GROUP, _ADSCIM_GROUP],
                "externalId": team.key,
                "displayName": team.name,
                "meta": {"resourceType": "Group"},
            }
            made = self.resource("POST", "/Groups", body, accept=(201,))
            self.teams[team.key] = made["id"]
        self.settle_members(team)

    def rename_team(self, before: Team, after: Team) -> None:
        """Replace ``displayName``."""
        self._patch("Groups", self.teams[after.key], _replace("displayName", after.name))

    def change_members(self, team: Team, joined: Sequence[str], left: Sequence[str]) -> None:
        """Add some at a time, and remove some at a time."""
        for op, ids in (("Add", joined), ("Remove", left)):
            for some in chunks(ids, _MEMBERS):
                value = [{"$ref": None, "value": id} for id in some]
                operation = {"op": op, "path": "members", "value": value}
                self._patch("Groups", self.teams[team.key], operation)

    def _body(self, person: Person) -> dict[str, Any]:
        extension = {"department": person.department} if person.department else {}
        title = {"title": person.title} if person.title else {}
        return {
            "schemas": [CORE_USER, ENTERPRISE],
            "externalId": self.external_id(person),
            "userName": person.user_name,
            "active": person.active,
            "displayName": person.full_name,
            "emails": [{"primary": True, "type": "work", "value": person.email}],
            "meta": {"resourceType": "User"},
            "name": {
                "formatted": person.full_name,
                "familyName": person.family_name,
                "givenName": person.given_name,
            },
            "roles": [],
            **title,
            ENTERPRISE: extension,
        }

    def _patch_user(self, person: Person, there: Mapping[str, Any]) -> None:
        """Replace what differs from what is there."""
        wanted = self.expected_user(person)
        operations = [
            _replace(path, str(wanted[name]))
            for name, path in PATHS.items()
            if name in wanted and wanted[name] != there.get(name)
        ]
        if operations:
            self._patch("Users", self.users[person.key], *operations)
        self._refer(person, there.get("manager"))

    def _refer(self, person: Person, there: str | None) -> None:
        """Set the manager, who has to be there before."""
        manager = self.users.get(person.manager or "")
        if manager is None or there in {manager, person.manager}:
            return
        id = self.users[person.key]
        question = {"attributes": "id", "filter": f'id eq "{id}" and manager eq "{manager}"'}
        if not self.found(f"/Users?{urlencode(question)}"):
            op = "Add" if there is None else "Replace"
            self._patch("Users", id, {"op": op, "path": _MANAGER, "value": manager})

    def _patch(self, endpoint: str, id: str, *operations: Mapping[str, Any]) -> None:
        body = {"schemas": [PATCH_OP], "Operations": list(operations)}
        self.send("PATCH", f"/{endpoint}/{id}", body, accept=(200, 204))


def _filter(endpoint: str, expression: str, *, members: bool = True) -> str:
    query = {} if members else {"excludedAttributes": "members"}
    return f"/{endpoint}?{urlencode({**query, 'filter': expression})}"


def _replace(path: str, value: str) -> dict[str, str]:
    return {"op": "Replace", "path": path, "value": value}
