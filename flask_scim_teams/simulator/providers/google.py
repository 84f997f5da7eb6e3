"""Google Workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import ClassVar
from urllib.parse import quote

from flask_scim_teams.simulator.attributes import CORE_USER
from flask_scim_teams.simulator.attributes import IDENTITY
from flask_scim_teams.simulator.attributes import PATCH_OP
from flask_scim_teams.simulator.directory import Person
from flask_scim_teams.simulator.providers.provider import Provider


class Google(Provider):
    """Google Workspace's automatic provisioning.

    It reads ``/Users`` as it is, then posts each user, with a URN of SCIM 1.0 beside the RFC's,
    as ``application/json``; later it looks users up by name with ``startIndex`` and no ``count``.
    Groups are never sent. Whoever is suspended or deleted is suspended or deleted here too, each
    as configured.

    How it updates, suspends and deletes is not published. Assumed are PUT for attributes, PATCH
    with a path for ``active``, DELETE, each after a look-up; and that a user name which is taken
    (409) is looked up.

    Sources: Google Workspace Admin Help, *Automated user provisioning*; snipe/snipe-it#12642 (the
    sequence), scimitar#142 (headers).
    """

    key = "google"
    title = "Google Workspace"
    headers: ClassVar[Mapping[str, str]] = {
        "Accept": "application/json",
        "User-Agent": "Google-Auto-Provisioning",
    }
    content_type = "application/json"
    pushes_teams = False
    sends = IDENTITY

    def test(self) -> None:
        """Read the users."""
        self.found("/Users")

    def create_user(self, person: Person) -> None:
        """Post the user; look the name up where it is taken."""
        if (known := self.memory.users.get(person.key)) and known.name != person.user_name:
            self.users[person.key] = known.id
            self._put(person)
            return
        answer = self.send("POST", "/Users", self._body(person), accept=(201, 409))
        if answer.status == 409:
            self._find(person, refused=answer.status)
            self._put(person)
            return
        created = answer.json
        if isinstance(created, dict) and isinstance(created.get("id"), str):
            self.users[person.key] = created["id"]
        else:
            self._find(person, refused=answer.status)

    def update_user(self, before: Person, after: Person) -> None:
        """Look the user up by the name it had, and put it (assumed)."""
        self._lookup(before.user_name)
        self._put(after)

    def set_active(self, person: Person) -> None:
        """Look the user up, and patch ``active`` (assumed)."""
        self._lookup(person.user_name)
        operation = {"op": "replace", "path": "active", "value": person.active}
        body = {"schemas": [PATCH_OP], "Operations": [operation]}
        self.send("PATCH", f"/Users/{self.users[person.key]}", body, accept=(200, 204))

    def delete_user(self, person: Person) -> None:
        """Look the user up, and delete it (assumed)."""
        self._lookup(person.user_name)
        super().delete_user(person)

    def _find(self, person: Person, refused: int) -> None:
        found = self._lookup(person.user_name)
        if not found:
            self.not_found("/Users", refused, f"{person.user_name} is not found afterwards.")
        self.users[person.key] = found[0]["id"]

    def _lookup(self, user_name: str) -> Any:
        expression = quote(f'userName eq "{user_name}"', safe="")
        return self.found(f"/Users?filter={expression}&startIndex=1")

    def _put(self, person: Person) -> None:
        target = f"/Users/{self.users[person.key]}"
        self.send("PUT", target, self._body(person), accept=(200, 204))

    def _body(self, person: Person) -> dict[str, Any]:
        return {
            "schemas": ["urn:scim:schemas:core:1.0", CORE_USER],
            "userName": person.user_name,
            "emails": [{"value": person.email, "type": "work", "primary": True}],
            "displayName": person.full_name,
            "name": {
                "givenName": person.given_name,
                "familyName": person.family_name,
                "formatted": person.full_name,
            },
            "active": person.active,
        }
