"""Each liberty that is understood beside the form that the RFCs have for it.

A case is ``resource type, exact form, lenient form, scimType, what the refusal names``. The names
begin with the requirements.
"""

# ruff: noqa: E501 - one case, one line: so a table is read down its columns

from __future__ import annotations

from typing import Any

from flask_scim_teams.core.definitions import ENTERPRISE_USER_SCHEMA
from flask_scim_teams.core.definitions import GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.definitions import USER_SCHEMA
from flask_scim_teams.core.schemas import ResourceType
from tests.core.conforming import DEVICE

CORE, ENTERPRISE = USER_SCHEMA.id, ENTERPRISE_USER_SCHEMA.id
TEAM = GROUP.schema.id
MANAGER = f"{ENTERPRISE}:manager"
WORK = {"value": "a@x", "type": "work"}


def user(*urns: str, **attributes: Any) -> dict[str, Any]:
    return {"schemas": [CORE, *urns], "userName": "ada", **attributes}


def extended(**attributes: Any) -> dict[str, Any]:
    return user(ENTERPRISE, **{ENTERPRISE: attributes})


def device(**attributes: Any) -> dict[str, Any]:
    return {"schemas": [DEVICE.schema.id], "serial": "1", **attributes}


Body = dict[str, Any]
BODIES: dict[str, tuple[ResourceType, Body, Body, str, str]] = {
    # RFC 7643 section 3
    "R025 a URN twice": (USER, user(), user(CORE), "invalidSyntax", CORE),
    "R025 a URN twice, in other letters": (USER, user(), user(CORE.upper()), "invalidSyntax", CORE.upper()),
    "R024 Entra's group URN": (GROUP, {"schemas": [TEAM], "displayName": "T"}, {"schemas": [TEAM, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"], "displayName": "T"}, "invalidSyntax", "ADSCIM"),
    "R024 Google's old URN": (USER, user(), user("urn:scim:schemas:core:1.0"), "invalidSyntax", "urn:scim:schemas:core:1.0"),
    "R024 another type's URN": (USER, user(ENTERPRISE), user(TEAM), "invalidSyntax", TEAM),
    "R036 OneLogin's URNs alone": (USER, {**user(), "schemas": [CORE.upper()]}, {**user(), "schemas": ["urn:scim:schemas:core:2.0"]}, "invalidSyntax", "core:2.0"),
    "R036 the extension alone": (USER, extended(department="d"), {**extended(department="d"), "schemas": [ENTERPRISE]}, "invalidSyntax", CORE),
    "R036 Entra's extension undeclared": (USER, extended(department="d"), user(**{ENTERPRISE: {"department": "d"}}), "invalidSyntax", ENTERPRISE),
    "R036 nothing in it": (USER, user(**{ENTERPRISE: {}}), user(**{ENTERPRISE: {"department": None}}), "invalidSyntax", ENTERPRISE),
    "R021 null for it": (USER, user(**{ENTERPRISE: None}), user(**{ENTERPRISE: {"division": "v"}}), "invalidSyntax", ENTERPRISE),
    # Unknown names
    "R099 R264 unknown attribute": (USER, user(TITLE="x"), user(titel="x"), "invalidSyntax", "titel"),
    "R099 R264 unknown object": (USER, user(), user(**{"urn:x:y": {"a": 1}}), "invalidSyntax", "urn:x:y"),
    "R037 Entra's department at the top": (USER, extended(department="d"), user(department="d"), "invalidSyntax", f"department.* {ENTERPRISE}"),
    "R036 base schema as an object": (USER, user(title="x"), user(**{CORE: {"title": "x"}}), "invalidSyntax", CORE),
    "R099 a qualified name": (USER, user(title="x"), user(**{f"{CORE}:title": "x"}), "invalidSyntax", "title"),
    "R099 a dotted name": (USER, user(name={"givenName": "A"}), user(**{"name.givenName": "A"}), "invalidSyntax", "name.givenName"),
    "R099 unknown sub-attribute": (USER, user(name={"GIVENNAME": "A"}), user(name={"first": "A"}), "invalidSyntax", "first.* name"),
    "R099 unknown in an element": (USER, user(emails=[WORK]), user(emails=[{**WORK, "verified": True}]), "invalidSyntax", "verified.* emails"),
    "R099 unknown in the extension": (USER, extended(DEPARTMENT="d"), extended(room="1"), "invalidSyntax", f"room.* {ENTERPRISE}"),
    "R099 unknown in the manager": (USER, extended(manager={"value": "1"}), extended(manager={"value": "1", "name": "B"}), "invalidSyntax", "name.* .*manager"),
    "R099 Microsoft's member": (GROUP, {"schemas": [TEAM], "displayName": "T", "members": [{"value": "1", "display": "A"}]}, {"schemas": [TEAM], "displayName": "T", "members": [{"value": "1", "displayName": "A"}]}, "invalidSyntax", "displayName.* members"),
    # Exact types
    "R094 R198 Entra's active in quotes": (USER, user(active=True), user(active="True"), "invalidValue", "active.* boolean in quotes"),
    "R094 active emptied": (USER, user(active=None), user(active=""), "invalidValue", "active.* string"),
    "R094 primary in quotes": (USER, user(emails=[{**WORK, "primary": True}]), user(emails=[{**WORK, "primary": "true"}]), "invalidValue", "emails.primary.* quotes"),
    "R094 OneLogin's emails": (USER, user(emails=[WORK]), user(emails=WORK), "invalidValue", "emails takes an array, not an object"),
    "R094 an address as text": (USER, user(emails=[WORK]), user(emails=["a@x"]), "invalidValue", "emails takes objects, not a string"),
    "R094 emails as text": (USER, user(emails=[]), user(emails="a@x"), "invalidValue", "emails takes an array, not a string"),
    "R094 null in an array": (USER, user(emails=None), user(emails=[None]), "invalidValue", "emails.* null"),
    "R094 R198 a title in an array": (USER, user(title="x"), user(title=["x"]), "invalidValue", "title takes a string, not an array"),
    "R094 a title as no array": (USER, user(title=None), user(title=[]), "invalidValue", "title takes a string, not an array"),
    "R094 a name in an array": (USER, user(name={}), user(name=[{"givenName": "A"}]), "invalidValue", "name takes an object, not an array"),
    "R094 R198 a wrapped title": (USER, user(title="x"), user(title={"value": "x"}), "invalidValue", "title.* object"),
    "R094 a wrapped part": (USER, user(name={"givenName": "A"}), user(name={"givenName": {"value": "A"}}), "invalidValue", "name.givenName.* object"),
    "R094 Entra's manager as text": (USER, extended(manager={"value": "1"}), extended(manager="1"), "invalidValue", f"{ENTERPRISE}:manager takes an object, not a string"),
    "R094 a member as text": (GROUP, {"schemas": [TEAM], "displayName": "T", "members": [{"value": "1"}]}, {"schemas": [TEAM], "displayName": "T", "members": ["1"]}, "invalidValue", "members takes objects"),
    "R094 one member": (GROUP, {"schemas": [TEAM], "displayName": "T", "members": []}, {"schemas": [TEAM], "displayName": "T", "members": {"value": "1"}}, "invalidValue", "members takes an array"),
    "R094 externalId in an array": (USER, user(externalId="e"), user(externalId=["e"]), "invalidValue", "externalId"),
    "R094 a wrapped number": (DEVICE, device(**{"one-integer": 1}), device(**{"one-integer": {"value": 1}}), "invalidValue", "one-integer takes a whole number, not an object"),
    "R094 a number in an array": (DEVICE, device(**{"one-decimal": 1}), device(**{"one-decimal": [1.5]}), "invalidValue", "one-decimal takes a number, not an array"),
    "R094 numbers, one alone": (DEVICE, device(**{"many-integer": [1]}), device(**{"many-integer": 1}), "invalidValue", "many-integer takes an array, not a number"),
}  # fmt: skip

# An operation is (op, path, value); ``...`` stands for a part that is not sent at all.
Sent = tuple[Any, ...]
OPERATIONS: dict[str, tuple[ResourceType, Sent, Sent, str, str]] = {
    # Without path
    "R179 Entra's dotted key": (USER, ("replace", ..., {"name": {"familyName": "L"}}), ("replace", ..., {"name.familyName": "L"}), "invalidValue", "name.familyName"),
    "R179 Entra's URN key": (USER, ("add", ..., {ENTERPRISE: {"division": "v"}}), ("add", ..., {f"{ENTERPRISE}:division": "v"}), "invalidValue", "division"),
    "R179 a filtered key": (USER, ("replace", 'emails[type eq "work"].value', "c"), ("replace", ..., {'emails[type eq "work"].value': "c"}), "invalidValue", "emails"),
    "R179 a qualified key": (USER, ("replace", ..., {"title": "x"}), ("replace", ..., {f"{CORE}:title": "x"}), "invalidValue", "title"),
    "R099 unknown key": (USER, ("replace", ..., {"TITLE": "x"}), ("replace", ..., {"titel": "x"}), "invalidValue", "titel"),
    "R099 unknown object": (USER, ("add", ..., {ENTERPRISE.upper(): None}), ("add", ..., {"urn:x:y": {"a": 1}}), "invalidValue", "urn:x:y"),
    "R099 unknown in the extension": (USER, ("add", ..., {ENTERPRISE: {"DIVISION": "v"}}), ("add", ..., {ENTERPRISE: {"room": "1"}}), "invalidValue", "room"),
    "R190 nothing at all": (USER, ("add", ..., {}), ("replace", ..., {}), "invalidValue", "one attribute"),
    "R171 Okta's id": (GROUP, ("replace", ..., {"displayName": "T"}), ("replace", ..., {"id": "1", "displayName": "T"}), "mutability", "id is readOnly"),
    "R171 authentik's meta": (USER, ("replace", ..., {"title": "x"}), ("replace", ..., {"meta": {}, "title": "x"}), "mutability", "meta is readOnly"),
    "R171 Okta's empty groups": (USER, ("replace", ..., {"emails": []}), ("replace", ..., {"groups": []}), "mutability", "groups is readOnly"),
    "R177 impossible schemas": (USER, ("add", ..., {"schemas": [ENTERPRISE]}), ("add", ..., {"schemas": [TEAM]}), "invalidValue", TEAM),
    "R094 active in quotes": (USER, ("replace", ..., {"active": False}), ("replace", ..., {"active": "False"}), "invalidValue", "active.* quotes"),
    "R094 one address": (USER, ("add", ..., {"emails": [WORK]}), ("add", ..., {"emails": WORK}), "invalidValue", "emails takes an array"),
    # schemas
    "R177 schemas without the base": (USER, ("replace", "schemas", [ENTERPRISE, CORE]), ("replace", "schemas", [ENTERPRISE]), "invalidValue", CORE),
    "R177 one URN": (USER, ("add", "schemas", ENTERPRISE), ("add", "schemas", {"value": ENTERPRISE}), "invalidValue", "schemas"),
    "R177 R174 schemas removed": (USER, ("remove", "title", ...), ("remove", "schemas", ...), "mutability", "schemas"),
    # Values at a path
    "R173 R198 Entra's active": (USER, ("Replace", "active", False), ("Replace", "active", "False"), "invalidValue", "active.* quotes"),
    "R173 R198 a wrapped value": (USER, ("replace", "title", "x"), ("replace", "title", [{"value": "x"}]), "invalidValue", "title.* array"),
    "R173 active in an object": (USER, ("replace", "active", None), ("replace", "active", {"value": False}), "invalidValue", "active.* object"),
    "R173 a wrapped part": (USER, ("replace", "name.givenName", "A"), ("replace", "name.givenName", ["A"]), "invalidValue", "name.givenName"),
    "R173 Entra's manager": (USER, ("Add", MANAGER, {"value": "1"}), ("Add", MANAGER, "1"), "invalidValue", "manager.* string"),
    "R173 Entra's manager in an array": (USER, ("Add", f"{MANAGER}.value", "1"), ("Add", MANAGER, [{"value": "1"}]), "invalidValue", "manager.* array"),
    "R173 Entra's manager emptied": (USER, ("Replace", MANAGER, None), ("Replace", MANAGER, ""), "invalidValue", "manager.* string"),
    "R192 one object for all": (USER, ("add", "emails", WORK), ("replace", "emails", WORK), "invalidValue", "emails takes an array"),
    "R173 an array of text": (USER, ("add", "emails", [WORK]), ("add", "emails", ["a@x"]), "invalidValue", "emails takes objects"),
    "R194 an array for an element": (USER, ("replace", 'emails[type eq "work"]', WORK), ("replace", 'emails[type eq "work"]', [WORK]), "invalidValue", "emails takes objects, not an array"),
    "R194 text for an element": (USER, ("replace", 'emails[type eq "work"]', {"display": "D"}), ("add", 'emails[type eq "work"]', "b@x"), "invalidValue", "emails takes objects, not a string"),
    "R194 primary in quotes": (USER, ("add", 'emails[type eq "work"].primary', True), ("add", 'emails[type eq "work"].primary', "True"), "invalidValue", "emails.primary.* quotes"),
    "R099 unknown sub-attribute": (USER, ("add", "name", {"givenName": "A"}), ("add", "name", {"first": "A"}), "invalidValue", "first"),
    "R099 unknown by the extension's path": (USER, ("add", ENTERPRISE, {"manager": {"value": "1"}}), ("add", ENTERPRISE, {"manager.value": "1"}), "invalidValue", "manager.value"),
    "R173 members as text": (GROUP, ("add", "members", [{"value": "1", "display": "A"}]), ("add", "members", ["1"]), "invalidValue", "members takes objects"),
    "R173 one member for all": (GROUP, ("add", "members", {"value": "1"}), ("replace", "members", {"value": "1"}), "invalidValue", "members takes an array"),
    # Removals
    "R189 Entra's members": (GROUP, ("remove", 'members[value eq "1"]', ...), ("Remove", "members", [{"value": "1"}]), "invalidValue", "no value"),
    "R189 Keycloak's null": (GROUP, ("remove", "members", None), ("remove", "members", []), "invalidValue", "no value"),
    "R185 a value beside the path": (USER, ("remove", "title", ...), ("remove", "title", "t"), "invalidValue", "no value"),
    # The filter in a path
    "R125 Entra's bare word": (USER, ("replace", 'emails[type eq "work"].value', "c"), ("replace", "emails[type eq work].value", "c"), "invalidFilter", 'eq "work"'),
    "R125 a constant in capitals": (USER, ("remove", "emails[primary eq false]", ...), ("remove", "emails[primary eq FALSE]", ...), "invalidFilter", "eq false"),
}  # fmt: skip

# What the planner refuses in either mode, with the same scimType.
REFUSED_ANYWAY: list[tuple[Sent, str]] = [
    (("remove", ..., {"title": "t"}), "noTarget"),
    (("add", ..., "x"), "invalidValue"),
    (("add", "title", ...), "invalidValue"),
    (("add", "titel", "x"), "invalidPath"),
    (("add", "emails[type", "x"), "invalidPath"),
    (("add", "", "x"), "invalidValue"),
    (("add", "groups", "x"), "mutability"),
    (("add", "meta.version", 5), "mutability"),
    (("add", f"{MANAGER}.displayName", 5), "mutability"),
    (("add", ENTERPRISE, "x"), "invalidValue"),
]

# What is understood, and what has to be written instead.
FILTERS = {
    "userName eq jyoung": 'write eq "jyoung"',
    "userName eq ada@example.com": 'write eq "ada@example.com"',
    'title pr and (userName sw "a" or userName eq b-1)': 'write eq "b-1"',
    "not (active eq True)": "write eq true",
    "title ne NULL": "write ne null",
    "emails[type eq work]": 'write eq "work"',
    'emails[type eq "work"].value eq "a@x"': 'write emails[type eq "work" and value eq "a@x"]',
    'emails[type eq "a" or type eq "b"].value pr': (
        'write emails[(type eq "a" or type eq "b") and value pr]'
    ),
}
