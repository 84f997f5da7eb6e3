"""Okta."""

from __future__ import annotations

import string
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import ClassVar
from urllib.parse import quote

from flask_scim_teams.simulator.attributes import CORE_GROUP
from flask_scim_teams.simulator.attributes import CORE_USER
from flask_scim_teams.simulator.attributes import ENTERPRISE
from flask_scim_teams.simulator.attributes import IDENTITY
from flask_scim_teams.simulator.attributes import PATCH_OP
from flask_scim_teams.simulator.attributes import WORK
from flask_scim_teams.simulator.directory import Person
from flask_scim_teams.simulator.directory import Team
from flask_scim_teams.simulator.providers.provider import Provider
from flask_scim_teams.simulator.providers.provider import chunks

# Long lists of members are split over several requests; how long ones is not published (assumed).
_MEMBERS = 100


class Okta(Provider):
    """Okta, as an application of its Integration Network.

    The credentials are checked by a page of two users. A user name is looked up with a page of a
    hundred; who is found is linked, who is not is created, with a password of chance. An update
    reads the user and puts back all that it read, with the changes in it; ``active`` alone is
    patched, without a path. Users are never deleted: they are deactivated. A group is found by
    its name or created empty; its name is sent again with its members, and who leaves is removed
    by a filter in the same request as who joins. A group that is linked anew has its members
    replaced, as *Push now* does. What is cleared is sent as an empty string.

    Sources: Okta developer documentation, *SCIM 2.0 protocol reference*, *SCIM FAQs*, and its
    sheet of integration tests; okta-blog-archive#1956 (headers), SCIM-SDK#757 (*Push now*),
    okta-developer-docs#2105 (members in several requests).
    """

    key = "okta"
    title = "Okta"
    headers: ClassVar[Mapping[str, str]] = {
        "Accept": "application/scim+json",
        "Accept-Charset": "utf-8",
        "Content-Type": "application/scim+json; charset=utf-8",
        "User-Agent": "Okta SCIM Client 1.0.0",
        "Accept-Encoding": "gzip,deflate",
    }
    content_type = "application/scim+json; charset=utf-8"
    deletes_users = False
    sends = IDENTITY | WORK

    def test(self) -> None:
        """Read a page of two users."""
        self.found("/Users?startIndex=1&count=2")

    def create_user(self, person: Person) -> None:
        """Look the user name up; link or create."""
        linked = self._lookup("Users", "userName", person.user_name)
        if linked is None and (known := self.memory.users.get(person.key)) is not None:
            linked = known.id
        if linked is not None:
            self.users[person.key] = linked
            self.update_user(person, person)
            return
        body = {
            "schemas": [CORE_USER, ENTERPRISE],
            **self._profile(person),
            "locale": "en-US",
            "groups": [],
            "password": "".join(self.rng.choices(string.ascii_letters + string.digits, k=12)),
            "active": person.active,
        }
        self.users[person.key] = self.resource("POST", "/Users", body, accept=(201,))["id"]

    def update_user(self, before: Person, after: Person) -> None:
        """Read the user, and put back what was read with what is new."""
        target = f"/Users/{self.users[after.key]}"
        there = self.resource("GET", target)
        profile = self._profile(after)
        extension = {**there.get(ENTERPRISE, {}), **profile.pop(ENTERPRISE)}
        body = {**there, **profile, "active": after.active, ENTERPRISE: extension}
        self.resource("PUT", target, body)

    def set_active(self, person: Person) -> None:
        """Patch ``active``, without a path."""
        self._patch(f"/Users/{self.users[person.key]}", _replace({"active": person.active}))

    def create_team(self, team: Team) -> None:
        """Look the name up; link it and replace its members, or create it and add them."""
        linked = self._lookup("Groups", "displayName", team.name)
        if linked is None and (known := self.memory.teams.get(team.key)) is not None:
            linked = known.id
        members = [{"value": id, "display": self._display(id)} for id in self.ids(team.members)]
        if linked is not None:
            self.teams[team.key] = linked
            push = {"op": "replace", "path": "members", "value": members}
            self._patch(f"/Groups/{linked}", self._itself(team), push)
            return
        body = {"schemas": [CORE_GROUP], "displayName": team.name, "members": []}
        made = self.resource("POST", "/Groups", body, accept=(201,))
        self.teams[team.key] = made["id"]
        self.resource("GET", f"/Groups/{made['id']}")
        self.change_members(team, self.ids(team.members), ())

    def rename_team(self, before: Team, after: Team) -> None:
        """Replace the name, without a path and with the id beside it."""
        self._patch(f"/Groups/{self.teams[after.key]}", self._itself(after))

    def change_members(self, team: Team, joined: Sequence[str], left: Sequence[str]) -> None:
        """Remove by a filter and add, in one request."""
        target = f"/Groups/{self.teams[team.key]}"
        for some in chunks([*left, *joined], _MEMBERS):
            operations: list[Mapping[str, Any]] = [self._itself(team)]
            operations += [
                {"op": "remove", "path": f'members[value eq "{id}"]'} for id in some if id in left
            ]
            value = [{"value": id, "display": self._display(id)} for id in some if id not in left]
            if value:
                operations.append({"op": "add", "path": "members", "value": value})
            self._patch(target, *operations)

    def _lookup(self, endpoint: str, attribute: str, value: str) -> str | None:
        expression = quote(f'{attribute} eq "{value}"', safe="")
        target = f"/{endpoint}?filter={expression}&startIndex=1&count=100"
        # It is content with 404 where an empty list belongs.
        found = self.found(target, accept=(200, 404))
        return found[0]["id"] if found else None

    def _profile(self, person: Person) -> dict[str, Any]:
        return {
            "userName": person.user_name,
            "externalId": self.external_id(person),
            "name": {"givenName": person.given_name, "familyName": person.family_name},
            "displayName": person.full_name,
            "emails": [{"primary": True, "value": person.email, "type": "work"}],
            "title": person.title,
            ENTERPRISE: {"department": person.department},
        }

    def _itself(self, team: Team) -> dict[str, Any]:
        return _replace({"id": self.teams[team.key], "displayName": team.name})

    def _display(self, id: str) -> str:
        key = next(key for key, one in self.users.items() if one == id)
        person = self.directory.people.get(key)
        return person.user_name if person is not None else ""

    def _patch(self, target: str, *operations: Mapping[str, Any]) -> None:
        body = {"schemas": [PATCH_OP], "Operations": list(operations)}
        self.send("PATCH", target, body, accept=(200, 204))


def _replace(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"op": "replace", "value": value}
