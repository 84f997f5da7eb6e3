"""Auth0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import ClassVar
from urllib.parse import quote

from flask_scim_teams.simulator.attributes import CORE_USER
from flask_scim_teams.simulator.attributes import ENTERPRISE
from flask_scim_teams.simulator.attributes import IDENTITY
from flask_scim_teams.simulator.attributes import WORK
from flask_scim_teams.simulator.channel import Retry
from flask_scim_teams.simulator.directory import Person
from flask_scim_teams.simulator.providers.provider import Provider


class Auth0(Provider):
    """Auth0's event stream with the Action template *Outbound SCIM*.

    Users only. Each one is posted when it is created; where the name is taken (409) it is looked
    up by ``externalId``, which is the Auth0 user id. An update looks the user up by that, and by
    the user name where the filter is refused (400), and puts it without an id; nobody found means
    nothing done. Blocked users are not active. A deletion looks up and deletes, and takes 404 for
    success. An answer has 1.5 seconds, and is asked for once more at most, without regard to
    ``Retry-After``.

    Events need no test; assumed is that none is made.

    Sources: Auth0 documentation, *Send events as outbound SCIM*; auth0/docs-v2#1464; the template.
    """

    key = "auth0"
    title = "Auth0"
    # The runtime's default (assumed: of Node.js).
    headers: ClassVar[Mapping[str, str]] = {"Accept": "application/scim+json", "User-Agent": "node"}
    retry = Retry(attempts=2, heeds_server=False, pause=0.25, longest=1.0)
    time_limit = 1.5
    pushes_teams = False
    sends = IDENTITY | WORK
    clears = False

    def test(self) -> None:
        """Send nothing."""

    def create_user(self, person: Person) -> None:
        """Post the user; look the id up where the name is taken."""
        if (known := self.memory.users.get(person.key)) and known.name != person.user_name:
            # There is such a user under another name: to Auth0 this is an update.
            self.users[person.key] = known.id
            self.update_user(person, person)
            return
        answer = self.send("POST", "/Users", self._body(person), accept=(201, 409))
        if answer.status == 201:
            created = answer.json
            if isinstance(created, dict) and isinstance(created.get("id"), str):
                self.users[person.key] = created["id"]
                return
            self.not_found("/Users", 201, "The answer has no id.")
        found = self._lookup(person)
        if found is None:
            self.not_found("/Users", 409, f"{person.user_name} is taken by somebody else.")
        self.users[person.key] = found
        self._put(person)

    def update_user(self, before: Person, after: Person) -> None:
        """Look the user up, and put it."""
        if (found := self._lookup(after)) is not None:
            self.users[after.key] = found
            self._put(after)

    def set_active(self, person: Person) -> None:
        """Look the user up, and put it."""
        self.update_user(person, person)

    def delete_user(self, person: Person) -> None:
        """Look the user up, and delete it."""
        if (found := self._lookup(person)) is not None:
            self.delete(f"/Users/{found}", accept=(200, 204, 404))

    def external_id(self, person: Person) -> str:
        """Return the Auth0 user id."""
        return f"auth0|{person.key.replace('-', '')[:24]}"

    def _lookup(self, person: Person) -> str | None:
        target = _filter("externalId", self.external_id(person))
        answer = self.send("GET", target, accept=(200, 400))
        if answer.status == 400:
            answer = self.send("GET", _filter("userName", person.email), accept=(200,))
        page = answer.json
        found = page.get("Resources") if isinstance(page, dict) else None
        if not isinstance(found, list):
            self.not_found(target, answer.status, "The answer has no Resources.", method="GET")
        return found[0]["id"] if found else None

    def _put(self, person: Person) -> None:
        target = f"/Users/{self.users[person.key]}"
        self.send("PUT", target, self._body(person), accept=(200, 204))

    def _body(self, person: Person) -> dict[str, Any]:
        extension = {ENTERPRISE: {"department": person.department}} if person.department else {}
        title = {"title": person.title} if person.title else {}
        return {
            "schemas": [CORE_USER, *extension],
            "externalId": self.external_id(person),
            "userName": person.email,
            "displayName": person.full_name,
            "nickName": person.given_name,
            "name": {
                "givenName": person.given_name,
                "familyName": person.family_name,
                "formatted": person.full_name,
            },
            "emails": [{"value": person.email, "type": "work", "primary": True}],
            "active": person.active,
            **title,
            **extension,
        }


def _filter(attribute: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    expression = f'{attribute} eq "{escaped}"'
    return f"/Users?filter={quote(expression, safe='')}"
