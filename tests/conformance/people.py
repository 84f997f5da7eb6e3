"""Four users and two teams, made for the filters of the conformance tests to tell apart."""

from __future__ import annotations

from typing import Any

from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE

USERS: dict[str, dict[str, Any]] = {
    "Ada": {
        "externalId": "Ext-A",
        "displayName": 'Ada "%" 🧑\\',
        "name": {"givenName": "Ada", "familyName": "O'Malley"},
        "title": "Countess",
        "userType": "Employee",
        "profileUrl": "https://example.com/Ada",
        "emails": [
            {"value": "ada@work.example", "type": "work", "primary": True},
            {"value": "ada@home.example", "type": "home"},
        ],
        "x509Certificates": [{"value": "QUJD"}],
    },
    "bob": {
        "active": False,
        "displayName": "bob",
        "userType": "Intern",
        # Ada's address, but of another type.
        "emails": [{"value": "ada@work.example", "type": "home"}, {"value": "bob@work.example"}],
        "ims": [{"value": "bob@chat.example", "type": "xmpp"}],
    },
    "cy_d": {"displayName": "", "roles": [{"value": "a*b"}], "userType": "Employee"},
    "cyxd": {"nickName": "x"},
}
EVERYBODY = set(USERS)


def settle(idp: ScimClient) -> dict[str, str]:
    """Create them, and return their ids by name: bob's manager is Ada, and Ada is Blue."""
    ids: dict[str, str] = {}
    for name, attributes in USERS.items():
        extra: dict[str, Any] = {}
        if name == "bob":
            extra[ENTERPRISE] = {"employeeNumber": "701984", "manager": {"value": ids["Ada"]}}
        ids[name] = idp.user(name, **attributes, **extra)["id"]
    ids["Blue"] = idp.team("Blue", ids["Ada"])["id"]
    ids["Green"] = idp.team("Green")["id"]
    return ids
