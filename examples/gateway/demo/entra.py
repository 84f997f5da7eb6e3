"""The requests Microsoft Entra ID's provisioning service sends, in its default shape.

Operations begin with a capital, ``active`` is a string, members to be removed are listed in
``value``, and everything is looked up by a filter before it is created.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from examples.gateway.demo.client import Client
from examples.gateway.demo.server import DemoError

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ADSCIM_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone in the directory."""

    given_name: str
    family_name: str
    department: str

    @property
    def nickname(self) -> str:
        """Return the mail nickname, which Entra sends as the externalId."""
        return f"{self.given_name}.{self.family_name}".lower()

    @property
    def user_name(self) -> str:
        """Return the user principal name."""
        return f"{self.nickname}@contoso.example"


class Entra:
    """A provisioning job."""

    def __init__(self, client: Client, path: str) -> None:
        self._client = client
        self._path = path

    def test_connection(self) -> None:
        """Look for a user nobody can have, as *Test Connection* does."""
        if self._find(
            "Users", "userName", str(uuid.uuid4()), "Test Connection: a user that cannot exist"
        ):
            raise DemoError("the gateway found a user that does not exist")

    def create_user(self, person: Person) -> str:
        """Look the person up, create the account and return its id."""
        self._find("Users", "userName", person.user_name, f"look up {person.user_name}")
        full_name = f"{person.given_name} {person.family_name}"
        body = {
            "schemas": [f"{CORE}User", ENTERPRISE],
            "externalId": person.nickname,
            "userName": person.user_name,
            "active": True,
            "displayName": full_name,
            "emails": [{"primary": True, "type": "work", "value": person.user_name}],
            "meta": {"resourceType": "User"},
            "name": {
                "formatted": full_name,
                "familyName": person.family_name,
                "givenName": person.given_name,
            },
            "roles": [],
            ENTERPRISE: {"department": person.department},
        }
        return self._create("Users", body, f"create {person.user_name}")

    def create_group(self, name: str, members: list[str]) -> str:
        """Look the group up, create it without members, then add them; return its id."""
        self._find("Groups", "displayName", name, f"look up group {name}")
        body = {
            "schemas": [f"{CORE}Group", ADSCIM_GROUP],
            "externalId": str(uuid.uuid4()),
            "displayName": name,
            "meta": {"resourceType": "Group"},
        }
        group = self._create("Groups", body, f"create group {name}")
        value = [{"$ref": None, "value": member} for member in members]
        operation = {"op": "Add", "path": "members", "value": value}
        self._patch("Groups", group, operation, f"add {len(members)} members to {name}")
        return group

    def rename_group(self, group: str, old: str, new: str) -> None:
        """Change a group's name; its members are not sent again."""
        operation = {"op": "Replace", "path": "displayName", "value": new}
        self._patch("Groups", group, operation, f"rename {old} to {new}")

    def set_active(self, user: str, person: Person, active: bool) -> None:
        """Disable or restore an account."""
        operation = {"op": "Replace", "path": "active", "value": str(active)}
        verb = "restore" if active else "disable"
        self._patch("Users", user, operation, f'{verb} {person.user_name} (active "{active}")')

    def remove_member(self, group: str, name: str, member: str, person: Person) -> None:
        """Take one member out of a group."""
        value = [{"$ref": None, "value": member}]
        operation = {"op": "Remove", "path": "members", "value": value}
        self._patch("Groups", group, operation, f"remove {person.user_name} from {name}")

    def _find(self, endpoint: str, attribute: str, value: str, what: str) -> int:
        parameters = {"filter": f'{attribute} eq "{value}"'}
        if endpoint == "Groups":
            parameters = {"excludedAttributes": "members"} | parameters
        path = f"{self._path}/{endpoint}?{urlencode(parameters)}"
        total = self._client.send(what, "GET", path, expect=(200,)).get("totalResults")
        if not isinstance(total, int):
            raise DemoError(f"GET {path} was not answered with a ListResponse")
        return total

    def _create(self, endpoint: str, body: dict[str, Any], what: str) -> str:
        created = self._client.send(what, "POST", f"{self._path}/{endpoint}", body, expect=(201,))
        if not isinstance(identifier := created.get("id"), str):
            raise DemoError(f"POST {self._path}/{endpoint} was not answered with an id")
        return identifier

    def _patch(self, endpoint: str, identifier: str, operation: dict[str, Any], what: str) -> None:
        body = {"schemas": [PATCH_OP], "Operations": [operation]}
        self._client.send(
            what, "PATCH", f"{self._path}/{endpoint}/{identifier}", body, expect=(200, 204)
        )
