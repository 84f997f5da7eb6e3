"""What of a user is compared: attributes by one name each, whatever shape they came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import Final

from flask_scim_teams.simulator.directory import Person

CORE_USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

#: What every provider sends of a person.
IDENTITY: Final = frozenset(
    {"userName", "active", "displayName", "name.givenName", "name.familyName", "email"}
)
#: What most send beside it.
WORK: Final = frozenset({"externalId", "title", "department"})
#: Where each of them is written to by those who patch one attribute at a time.
PATHS: Final[Mapping[str, str]] = {
    "userName": "userName",
    "externalId": "externalId",
    "active": "active",
    "displayName": "displayName",
    "name.givenName": "name.givenName",
    "name.familyName": "name.familyName",
    "email": 'emails[type eq "work"].value',
    "title": "title",
    "department": f"{ENTERPRISE}:department",
}


def attributes_of(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a user that simulations know, ``None`` for those it has not."""
    name, extension = _part(resource, "name"), _part(resource, ENTERPRISE)
    manager = extension.get("manager")
    return {
        "userName": resource.get("userName"),
        "externalId": resource.get("externalId"),
        "active": resource.get("active"),
        "displayName": resource.get("displayName"),
        "name.givenName": name.get("givenName"),
        "name.familyName": name.get("familyName"),
        "email": _email(resource.get("emails")),
        "title": resource.get("title"),
        "department": extension.get("department"),
        "manager": manager.get("value") if isinstance(manager, Mapping) else manager,
    }


def user_body(person: Person, external_id: str) -> dict[str, Any]:
    """Return the body of a user as the RFCs have it, with nothing that is any provider's own."""
    return {
        "schemas": [CORE_USER, ENTERPRISE],
        "userName": person.user_name,
        "externalId": external_id,
        "displayName": person.full_name,
        "name": {"givenName": person.given_name, "familyName": person.family_name},
        "emails": [{"value": person.email, "type": "work", "primary": True}],
        "title": person.title,
        "active": person.active,
        ENTERPRISE: {"department": person.department},
    }


def _part(resource: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = resource.get(name)
    return part if isinstance(part, Mapping) else {}


def _email(emails: Any) -> Any:
    """Return the work address, or else the first one."""
    found = [one for one in emails if isinstance(one, Mapping)] if isinstance(emails, list) else []
    work = [one for one in found if one.get("type") == "work"]
    return next((one.get("value") for one in (*work, *found)), None)
