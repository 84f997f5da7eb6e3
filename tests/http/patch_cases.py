"""What PATCH makes of a user: stored, asked for, expected.

A case is ``stored attributes, operations, expected attributes``, or a scimType in place of the last
where nothing must change. An operation is ``(op, path, value)``; ``...`` stands for a part that is
not sent at all. Every stored user is called ada and active unless the case says otherwise. The
names begin with the requirements.
"""

# ruff: noqa: E501 - one case, one line: so a table is read down its columns

from __future__ import annotations

from typing import Any

from tests.http.messages import ENTERPRISE
from tests.http.messages import PATCH
from tests.http.messages import USER

Case = tuple[dict[str, Any], list[tuple[Any, ...]], dict[str, Any] | str]

A, B = {"value": "a@x", "type": "work"}, {"value": "b@x", "type": "home"}
AP, BP = {**A, "primary": True}, {**B, "primary": True}
NAME = {"givenName": "Ada", "familyName": "King"}
STREET = {"type": "work", "streetAddress": "1 Main St", "country": "GB"}

CASES: dict[str, Case] = {
    # Simple attributes
    "R180 add sets": ({}, [("add", "title", "x")], {"title": "x"}),
    "R180 add replaces": ({"title": "y"}, [("add", "title", "x")], {"title": "x"}),
    "R193 replace of the absent adds": ({}, [("replace", "title", "x")], {"title": "x"}),
    "R190 replace": ({"title": "y", "nickName": "n"}, [("replace", "title", "x")], {"title": "x", "nickName": "n"}),
    "R185 remove": ({"title": "y"}, [("remove", "title", ...)], {}),
    "R185 remove of the absent": ({}, [("remove", "title", ...)], {}),
    "R197 replace with null": ({"title": "y"}, [("replace", "title", None)], {}),
    "R197 add of null": ({"title": "y"}, [("add", "title", None)], {}),
    "R166 op in any case": ({}, [("Add", "title", "x"), ("REPLACE", "nickName", "y")], {"title": "x", "nickName": "y"}),
    "R199 path in any case": ({}, [("add", "TITLE", "x"), ("add", "Name.GIVENname", "A")], {"title": "x", "name": {"givenName": "A"}}),
    "R038 R199 core urn in front": ({}, [("add", f"{USER.upper()}:Title", "x")], {"title": "x"}),
    "R198 wrapped value": ({}, [("replace", "title", [{"value": "x"}])], {"title": "x"}),
    "empty string is kept": ({"title": "y"}, [("replace", "title", "")], {"title": ""}),
    "R029 external id": ({"externalId": "e"}, [("replace", "externalId", "f")], {"externalId": "f"}),
    "R185 external id removed": ({"externalId": "e"}, [("remove", "externalId", ...)], {}),
    "R162 rename": ({}, [("replace", "userName", "ADA2")], {"userName": "ADA2"}),
    # Several operations
    "R167 in order": ({}, [("add", "title", "x"), ("remove", "title", ...), ("add", "title", "z")], {"title": "z"}),
    "R167 each on the result of the one before": ({}, [("add", "emails", [A]), ("replace", 'emails[type eq "work"].value', "c")], {"emails": [{**A, "value": "c"}]}),
    "R167 one bad one": ({"title": "t"}, [("add", "title", "x"), ("add", "nickName", "y"), ("add", "nonsense", 1)], "invalidPath"),
    "R167 a bad value at the end": ({}, [("replace", "active", False), ("replace", "active", "perhaps")], "invalidValue"),
    "R177 schemas is let be": ({}, [("add", "schemas", [ENTERPRISE]), ("add", "title", "x")], {"title": "x"}),
    # active, as identity providers send it
    "Entra active False in quotes": ({}, [("Replace", "active", "False")], {"active": False}),
    "Entra active true in quotes": ({"active": False}, [("Add", "active", "True")], {"active": True}),
    "Okta path-less active": ({}, [("replace", ..., {"active": False})], {"active": False}),
    "Okta path-less reactivation": ({"active": False}, [("replace", None, {"active": True})], {"active": True}),
    "R198 active in an array": ({}, [("replace", "active", [{"value": "false"}])], {"active": False}),
    "R173 active is no word": ({}, [("replace", "active", "no")], "invalidValue"),
    "R173 active is no number": ({}, [("replace", "active", 0)], "invalidValue"),
    # Without path
    "R179 merge": ({"name": NAME}, [("add", ..., {"name": {"givenName": "B"}, "title": "x"})], {"name": {**NAME, "givenName": "B"}, "title": "x"}),
    "R190 R191 replace merges too": ({"name": NAME}, [("replace", ..., {"name": {"givenName": "B"}})], {"name": {**NAME, "givenName": "B"}}),
    "R179 Entra dotted key": ({"name": NAME}, [("replace", ..., {"name.familyName": "L"})], {"name": {**NAME, "familyName": "L"}}),
    "R179 Entra urn key": ({}, [("replace", ..., {f"{ENTERPRISE}:department": "d"})], {ENTERPRISE: {"department": "d"}}),
    "R179 Entra mixed keys": ({"title": "y"}, [("replace", ..., {"displayName": "N", "name.givenName": "A", f"{ENTERPRISE}:division": "v", "active": "True"})], {"title": "y", "displayName": "N", "name": {"givenName": "A"}, ENTERPRISE: {"division": "v"}}),
    "R179 filtered key": ({"emails": [A]}, [("replace", ..., {'emails[type eq "work"].value': "c"})], {"emails": [{**A, "value": "c"}]}),
    "R179 extension object": ({ENTERPRISE: {"division": "v"}}, [("add", ..., {ENTERPRISE: {"department": "d"}})], {ENTERPRISE: {"division": "v", "department": "d"}}),
    "R001 R002 keys in any case": ({}, [("add", ..., {ENTERPRISE.upper(): {"DEPARTMENT": "d"}, "TITLE": "x"})], {ENTERPRISE: {"department": "d"}, "title": "x"}),
    "R099 unknown keys are let be": ({}, [("replace", ..., {"nonsense": 1, "urn:x:y": {"a": 1}, "title": "x"})], {"title": "x"}),
    "R184 remove without path": ({"title": "x"}, [("remove", ..., {"title": "x"})], "noTarget"),
    "R178 add without path or value": ({}, [("add", ..., ...)], "invalidValue"),
    "R190 value is a string": ({}, [("replace", ..., "x")], "invalidValue"),
    "R190 value is an array": ({}, [("replace", ..., [{"title": "x"}])], "invalidValue"),
    "R173 R190 one bad key": ({}, [("replace", ..., {"title": "x", "emails": 5})], "invalidValue"),
    # Complex attributes
    "R191 replace keeps the rest": ({"name": NAME}, [("replace", "name", {"givenName": "B"})], {"name": {**NAME, "givenName": "B"}}),
    "R180 add merges": ({"name": NAME}, [("add", "name", {"middleName": "M"})], {"name": {**NAME, "middleName": "M"}}),
    "R191 null unsets a part": ({"name": NAME}, [("replace", "name", {"givenName": None})], {"name": {"familyName": "King"}}),
    "R185 remove of a part": ({"name": NAME}, [("remove", "name.givenName", ...)], {"name": {"familyName": "King"}}),
    "R022 remove of the last part": ({"name": {"givenName": "A"}}, [("remove", "name.givenName", ...)], {}),
    "R185 remove of the whole": ({"name": NAME}, [("remove", "name", ...)], {}),
    "R197 replace of the whole with null": ({"name": NAME}, [("replace", "name", None)], {}),
    "R180 add of a part": ({}, [("add", "name.givenName", "A")], {"name": {"givenName": "A"}}),
    "R173 a string for an object": ({"name": NAME}, [("replace", "name", "Ada King")], "invalidValue"),
    "R173 an object for a string": ({}, [("replace", "name.givenName", {"a": 1})], "invalidValue"),
    # Multi-valued attributes
    "R181 add appends": ({"emails": [A]}, [("add", "emails", [B])], {"emails": [A, B]}),
    "R181 add of one object": ({"emails": [A]}, [("add", "emails", B)], {"emails": [A, B]}),
    "R181 R182 add of what is there": ({"emails": [A]}, [("add", "emails", [A])], {"emails": [A]}),
    "R018 add updates the same type and value": ({"emails": [A]}, [("add", "emails", [{**A, "display": "D"}])], {"emails": [{**A, "display": "D"}]}),
    "R192 replace": ({"emails": [A]}, [("replace", "emails", [B])], {"emails": [B]}),
    "R192 replace with one object": ({"emails": [A, B]}, [("replace", "emails", B)], {"emails": [B]}),
    "R021 replace with an empty array": ({"emails": [A]}, [("replace", "emails", [])], {}),
    "R185 remove of all": ({"emails": [A, B]}, [("remove", "emails", ...)], {}),
    "R173 a number for an array": ({"emails": [A]}, [("replace", "emails", 5)], "invalidValue"),
    "R173 a number for an element": ({"emails": [A]}, [("add", "emails", [5])], "invalidValue"),
    "R173 a wrong sub-attribute": ({}, [("add", "emails", [{"value": 5}])], "invalidValue"),
    # Value paths
    "R194 sub-attribute of the matching": ({"emails": [A, B]}, [("replace", 'emails[type eq "work"].value', "c")], {"emails": [{**A, "value": "c"}, B]}),
    "R194 of every matching": ({"emails": [A, {**B, "type": "work"}]}, [("replace", 'emails[type eq "work"].display', "D")], {"emails": [{**A, "display": "D"}, {**B, "type": "work", "display": "D"}]}),
    "R194 whole element": ({"emails": [{**A, "display": "D"}, B]}, [("replace", 'emails[type eq "work"]', {"value": "c", "type": "other"})], {"emails": [{"value": "c", "type": "other"}, B]}),
    "R183 add merges into the matching": ({"emails": [A, B]}, [("add", 'emails[type eq "work"]', {"display": "D"})], {"emails": [{**A, "display": "D"}, B]}),
    "R183 Entra add creates": ({}, [("Add", 'emails[type eq "work"].value', "n@x")], {"emails": [{"type": "work", "value": "n@x"}]}),
    "R183 creates beside others": ({"emails": [B]}, [("add", 'emails[type eq "work"].value', "n@x")], {"emails": [B, {"type": "work", "value": "n@x"}]}),
    "R195 Entra replace creates": ({}, [("Replace", 'addresses[type eq "work"].country', "GB")], {"addresses": [{"type": "work", "country": "GB"}]}),
    "R195 two operations on one new element": ({}, [("Add", 'addresses[type eq "work"].country', "GB"), ("Add", 'addresses[type eq "work"].locality', "London")], {"addresses": [{"type": "work", "country": "GB", "locality": "London"}]}),
    "R195 of all eq terms": ({}, [("add", 'emails[type eq "work" and primary eq true].value', "n@x")], {"emails": [{"type": "work", "primary": True, "value": "n@x"}]}),
    "R195 no element to make": ({"emails": [A]}, [("replace", 'emails[type ne "work"].value', "c")], "noTarget"),
    "R195 no element to make of or": ({}, [("replace", 'emails[type eq "a" or type eq "b"].value', "c")], "noTarget"),
    "R199 values in the filter ignore case": ({"emails": [A]}, [("replace", 'EMAILS[TYPE EQ "Work"].VALUE', "c")], {"emails": [{**A, "value": "c"}]}),
    "Entra capital V": ({"emails": [A]}, [("Replace", 'emails[type eq "work"].Value', "c")], {"emails": [{**A, "value": "c"}]}),
    "Entra capital F": ({"addresses": [STREET]}, [("Replace", 'addresses[type eq "work"].Formatted', "f")], {"addresses": [{**STREET, "formatted": "f"}]}),
    "R186 remove of the matching": ({"emails": [A, B]}, [("remove", 'emails[type eq "work"]', ...)], {"emails": [B]}),
    "R186 remove of the last": ({"emails": [A]}, [("remove", 'emails[type eq "work"]', ...)], {}),
    "R187 remove of a sub-attribute": ({"emails": [{**A, "display": "D"}, B]}, [("remove", 'emails[type eq "work"].display', ...)], {"emails": [A, B]}),
    "R188 remove of nothing": ({"emails": [A]}, [("remove", 'emails[type eq "fax"]', ...)], {"emails": [A]}),
    "R194 not and or": ({"emails": [A, B]}, [("remove", 'emails[not (type eq "work" or value sw "c")]', ...)], {"emails": [A]}),
    "R194 bare sub-attribute is every element": ({"emails": [A, B]}, [("replace", "emails.display", "D")], {"emails": [{**A, "display": "D"}, {**B, "display": "D"}]}),
    "Entra role of the primary": ({}, [("Add", 'roles[primary eq "True"].value', "admin")], {"roles": [{"primary": True, "value": "admin"}]}),
    "Entra role of the primary changes": ({"roles": [{"value": "user", "primary": True}]}, [("Replace", 'roles[primary eq "True"].value', "admin")], {"roles": [{"value": "admin", "primary": True}]}),
    "Entra role as a document": ({}, [("Add", "roles", [{"value": '{"id":"1","value":"Admin"}'}])], {"roles": [{"value": '{"id":"1","value":"Admin"}'}]}),
    # One primary
    "R175 add moves primary": ({"emails": [AP]}, [("add", "emails", [BP])], {"emails": [{**A, "primary": False}, BP]}),
    "R175 replace of primary moves it": ({"emails": [AP, B]}, [("replace", 'emails[type eq "home"].primary', True)], {"emails": [{**A, "primary": False}, BP]}),
    "R175 merge moves it": ({"emails": [AP, B]}, [("add", 'emails[value eq "b@x"]', {"primary": "True"})], {"emails": [{**A, "primary": False}, BP]}),
    "R175 taken back": ({"emails": [AP]}, [("replace", 'emails[type eq "work"].primary', False)], {"emails": [{**A, "primary": False}]}),
    "R016 R196 two at once": ({}, [("add", "emails", [AP, BP])], "invalidValue"),
    "R016 R196 all at once": ({"emails": [A, B]}, [("replace", "emails.primary", True)], "invalidValue"),
    # The extension, and the manager in all its forms
    "R176 extension appears": ({}, [("add", f"{ENTERPRISE}:department", "d")], {ENTERPRISE: {"department": "d"}}),
    "R176 extension goes": ({ENTERPRISE: {"department": "d"}}, [("remove", f"{ENTERPRISE}:department", ...)], {}),
    "R176 whole extension goes": ({ENTERPRISE: {"department": "d"}}, [("remove", ENTERPRISE, ...)], {}),
    "R191 whole extension merges": ({ENTERPRISE: {"department": "d"}}, [("replace", ENTERPRISE, {"division": "v"})], {ENTERPRISE: {"department": "d", "division": "v"}}),
    "Entra manager as text": ({}, [("Add", f"{ENTERPRISE}:manager", "26118915")], {ENTERPRISE: {"manager": {"value": "26118915"}}}),
    "Entra manager in an array": ({}, [("Add", f"{ENTERPRISE}:manager", [{"$ref": "http://x/Users/1", "value": "1"}])], {ENTERPRISE: {"manager": {"$ref": "http://x/Users/1", "value": "1"}}}),
    "Entra manager as object": ({}, [("Replace", f"{ENTERPRISE}:manager", {"value": "1"})], {ENTERPRISE: {"manager": {"value": "1"}}}),
    "Entra manager value": ({}, [("Replace", f"{ENTERPRISE}:manager.value", "1")], {ENTERPRISE: {"manager": {"value": "1"}}}),
    "Entra manager emptied": ({ENTERPRISE: {"manager": {"value": "1"}}}, [("Replace", f"{ENTERPRISE}:manager", "")], {}),
    "Entra manager value emptied": ({ENTERPRISE: {"manager": {"value": "1"}}}, [("Replace", f"{ENTERPRISE}:manager", {"value": ""})], {}),
    "Entra manager null": ({ENTERPRISE: {"manager": {"value": "1"}}}, [("Replace", f"{ENTERPRISE}:manager", None)], {}),
    "Entra manager removed": ({ENTERPRISE: {"manager": {"value": "1"}, "division": "v"}}, [("Remove", f"{ENTERPRISE}:manager", ...)], {ENTERPRISE: {"division": "v"}}),
    "R051 manager display name is readOnly": ({}, [("add", f"{ENTERPRISE}:manager.displayName", "x")], "mutability"),
    "R037 manager without urn": ({}, [("add", "department", "d")], "invalidPath"),
    # What cannot be written
    "R048 R171 groups": ({"title": "t"}, [("add", "title", "x"), ("add", "groups", [{"value": "g"}])], "mutability"),
    "R048 R171 groups without path": ({}, [("replace", ..., {"groups": [{"value": "g"}]})], "mutability"),
    "Okta empty groups are let be": ({}, [("replace", ..., {"groups": [], "title": "x"})], {"title": "x"}),
    "R026 R171 id": ({}, [("replace", "id", "other")], "mutability"),
    "R026 R171 id without path": ({}, [("replace", ..., {"id": "other", "title": "x"})], "mutability"),
    "R031 meta without path": ({}, [("replace", ..., {"meta": {"version": "x"}, "title": "x"})], {"title": "x"}),
    "R171 meta": ({}, [("replace", "meta.created", "2001-01-01T00:00:00Z")], "mutability"),
    "R174 userName removed": ({}, [("remove", "userName", ...)], "mutability"),
    "R174 userName null": ({}, [("replace", "userName", None)], "invalidValue"),
    "R174 userName empty": ({}, [("replace", "userName", "")], "invalidValue"),
    "R174 userName blank": ({}, [("replace", ..., {"userName": "  "})], "invalidValue"),
    # Paths that are none
    "R170 unknown attribute": ({}, [("add", "nonsense", "x")], "invalidPath"),
    "R170 unknown sub-attribute": ({}, [("add", "name.nonsense", "x")], "invalidPath"),
    "R170 unknown urn": ({}, [("add", "urn:x:y:title", "x")], "invalidPath"),
    "R169 too deep": ({}, [("add", "name.givenName.x", "x")], "invalidPath"),
    "R169 no closing bracket": ({}, [("add", 'emails[type eq "work"', "x")], "invalidPath"),
    "R169 empty brackets": ({}, [("add", "emails[]", "x")], "invalidPath"),
    "R169 something after it": ({}, [("add", "title eq", "x")], "invalidPath"),
    "R169 brackets behind a simple attribute": ({}, [("add", 'title[value eq "x"]', "x")], "invalidPath"),
    "R169 brackets behind a singular one": ({}, [("add", 'name[givenName eq "x"]', "x")], "invalidPath"),
    "R169 brackets behind a sub-attribute": ({}, [("add", 'emails.value[type eq "x"]', "x")], "invalidPath"),
    "R130 R169 brackets in brackets": ({}, [("add", 'emails[emails[type eq "x"]]', "x")], "invalidFilter"),
    "R128 R169 text in quotes": ({}, [("add", '"title"', "x")], "invalidPath"),
    "R169 unknown in the filter": ({"emails": [A]}, [("remove", 'emails[nonsense eq "x"]', ...)], "invalidFilter"),
    "R169 unknown operator in the filter": ({"emails": [A]}, [("remove", 'emails[type is "x"]', ...)], "invalidPath"),
    "R178 no value": ({}, [("add", "title", ...)], "invalidValue"),
    "R178 no value to replace": ({"title": "x"}, [("replace", "title", ...)], "invalidValue"),
}  # fmt: skip

# Operations that change nothing: version and lastModified stay.
NO_OPS: dict[str, tuple[dict[str, Any], list[tuple[Any, ...]]]] = {
    "R182 add of the same": ({"title": "x"}, [("add", "title", "x")]),
    "R164 replace with the same": ({"name": NAME}, [("replace", "name", NAME)]),
    "R057 remove of the absent": ({}, [("remove", "emails", ...), ("remove", "title", ...)]),
    "R182 add of an element that is there": ({"emails": [AP]}, [("add", "emails", [AP])]),
    "R182 active as it is": ({}, [("Replace", "active", "True")]),
    "R185 there and back": ({}, [("add", "title", "x"), ("remove", "title", ...)]),
    "R188 nothing selected": ({"emails": [A]}, [("remove", 'emails[type eq "home"]', ...)]),
    "R041 password": ({}, [("replace", "password", "hunter2-hunter2")]),
    "R031 bookkeeping": ({}, [("replace", ..., {"meta": {}, "schemas": [USER], "groups": []})]),
    "R179 nothing known": ({}, [("replace", ..., {"nonsense": 1})]),
    "R179 nothing at all": ({}, [("add", ..., {})]),
    "R207 the order of keys": ({"emails": [AP]}, [("replace", "emails", [{"primary": True, **A}])]),
}

PATCH_OP = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "title", "value": "x"}]}
OPERATIONS = PATCH_OP["Operations"]

# Bodies that are no PatchOp.
NOT_PATCH_OPS: dict[str, Any] = {
    "R165 no schemas": {"Operations": OPERATIONS},
    "R165 other schemas": {"schemas": [USER], "Operations": OPERATIONS},
    "R165 schemas is text": {"schemas": PATCH, "Operations": OPERATIONS},
    "R165 no operations": {"schemas": [PATCH]},
    "R165 empty operations": {"schemas": [PATCH], "Operations": []},
    "R165 null operations": {"schemas": [PATCH], "Operations": None},
    "R165 operations is an object": {"schemas": [PATCH], "Operations": OPERATIONS[0]},
    "R165 operation is text": {"schemas": [PATCH], "Operations": ["add"]},
    "R165 operation is null": {"schemas": [PATCH], "Operations": [None]},
    "R166 no op": {"schemas": [PATCH], "Operations": [{"path": "title", "value": "x"}]},
    "R166 unknown op": {"schemas": [PATCH], "Operations": [{"op": "move", "path": "title"}]},
    "R166 op is null": {"schemas": [PATCH], "Operations": [{"op": None, "path": "title"}]},
    "R166 op is a number": {"schemas": [PATCH], "Operations": [{"op": 1, "path": "title"}]},
    "R169 path is an object": {"schemas": [PATCH], "Operations": [{"op": "remove", "path": {}}]},
    "R165 a bad one among good ones": {"schemas": [PATCH], "Operations": [*OPERATIONS, {"op": ""}]},
}
