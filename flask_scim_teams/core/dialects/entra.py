"""Microsoft Entra ID, formerly Azure AD, with Microsoft's validator and reference collection.

Sources: Microsoft Learn, "Develop and plan provisioning for a SCIM endpoint" [1], "Known issues and
resolutions with SCIM 2.0 protocol compliance" [2] and "Customize application attributes" [3]; the
collection "Test Your SCIM Endpoint" of AzureAD/SCIMReferenceCode [4].
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.definitions import ENTERPRISE_USER_SCHEMA
from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.dialects.profile import Provider
from flask_scim_teams.core.filters import Filter
from flask_scim_teams.core.filters import Literal
from flask_scim_teams.core.filters import Name
from flask_scim_teams.core.patch import ABSENT
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import ResourceType

#: Microsoft's guide asks for 204 to the PATCH of a Group, and its collection tests for 204 to both.
PROVIDER = Provider(
    key="entra",
    title="Microsoft Entra ID",
    profile=Profile(user_patch_body=False, group_patch_body=False),
)

_BOOLEANS = {"true": True, "false": False}
# The old prefixes that Microsoft's reference code knows, and two with a slip at their ends.
_OLD_PREFIX = re.compile(
    r"(?:urn:scim:schemas:extension:enterprise:[12]\.0(?=\.[A-Za-z])"
    r"|urn:ietf:params:scim:schemas:extension:enterprise:2\.0(?:User(?=[:.]|$)|:User(?=\.[A-Za-z])))[:.]?",
    re.IGNORECASE,
)


def boolean_in_quotes(attribute: Attribute, value: Any) -> Any:
    """Read a boolean that is a string, in any letter case [2].

    ``{"op": "Replace", "path": "active", "value": "False"}``
    """
    if attribute.type is Type.BOOLEAN and isinstance(value, str):
        return _BOOLEANS.get(value.lower(), value)
    return value


def one_in_array(attribute: Attribute, value: Any) -> Any:
    """Read the one value of a singular attribute out of an array; an empty one has none [1].

    ``{"op": "Add", "path": "manager", "value": [{"value": "2819c223"}]}``
    """
    if isinstance(value, list) and len(value) < 2:
        return value[0] if value else None
    return value


def wrapped(attribute: Attribute, value: Any) -> Any:
    """Read a simple value out of an object that holds nothing else [2].

    ``{"op": "Replace", "path": "displayName", "value": [{"value": "Ada"}]}``
    """
    if isinstance(value, Mapping) and set(value) == {"value"}:
        return value["value"]
    return value


def bare_reference(attribute: Attribute, value: Any) -> Any:
    """Read text in place of an object as its ``value``; no text is no value (ssoready#155).

    ``{"op": "Add", "path": "urn:...:User:manager", "value": "2819c223"}``
    """
    if isinstance(value, str) and attribute.sub_attribute("value") is not None:
        return {"value": value} if value else None
    return value


def empty_reference(attribute: Attribute, value: Any) -> Any:
    """Read a singular object without anything in its ``value`` as no value (the validator, 11).

    ``{"op": "replace", "path": "urn:...:User:manager", "value": {"value": ""}}``
    """
    singular = isinstance(value, Mapping) and not attribute.multi_valued
    if singular and {name.lower(): item for name, item in value.items()}.get("value", 0) == "":
        return None
    return value


def role_display_name(attribute: Attribute, value: Any) -> Any:
    """Read the name of a role out of ``displayName``, which SCIM calls ``display`` [3].

    ``{"op": "Add", "path": "roles", "value": [{"value": "Admin", "displayName": "Admins"}]}``; an
    app role that comes as a JSON document in ``value`` is a text like any other, and comes back as
    it was sent.
    """
    if attribute.name != "roles" or not isinstance(value, Mapping) or "displayName" not in value:
        return value
    role = {name: item for name, item in value.items() if name != "displayName"}
    return {"display": value["displayName"], **role}


def named_in_value(attribute: Attribute, operation: Operation) -> Operation:
    """Take what a removal names in its value as what goes, and nothing else [2].

    ``{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "2819c223"}]}``; so do
    JumpCloud, ssosync and older releases of authentik. Of ``"value": null``, which keycloak-scim
    sends, nothing has to be made: it names nothing, and the path alone says what goes.
    """
    if operation.op is not Op.REMOVE or operation.value in (ABSENT, None):
        return operation
    if not attribute.multi_valued:
        return replace(operation, value=ABSENT)
    return replace(operation, value=ABSENT, listed=operation.value)


def missing_element(operation: Operation, filter: Filter | None) -> Operation:
    r"""Let the filter of a path select nothing, so that the element it describes is made [1].

    ``{"op": "Add", "path": "emails[type eq \"work\"].value", "value": "ada@example.com"}`` for a
    user without a work address. The RFC says noTarget to that.
    """
    return operation if filter is None else replace(operation, may_miss=True)


def old_prefix(text: str) -> str:
    """Read a former URN of the enterprise extension at the beginning of a path [4].

    ``urn:scim:schemas:extension:enterprise:2.0.department``, and what Microsoft's samples have:
    ``urn:ietf:params:scim:schemas:extension:enterprise:2.0User`` as a key, and a dot in the place
    of the last colon, as in ``urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager``.
    """
    match = _OLD_PREFIX.match(text)
    if match is None:
        return text
    rest = text[match.end() :]
    return f"{ENTERPRISE_USER_SCHEMA.id}:{rest}" if rest else ENTERPRISE_USER_SCHEMA.id


def without_urn(resource_type: ResourceType, name: Name) -> Name:
    """Read an enterprise attribute in a path or filter that stands without its extension's URN [1].

    ``{"op": "Add", "path": "manager", "value": [{"value": "2819c223"}]}`` and
    ``filter=id eq 2819c223 and manager eq 902c246b``
    """
    urn = ENTERPRISE_USER_SCHEMA.id
    known = resource_type.resolve(urn, name.attribute, name.sub_attribute)
    if name.urn is not None or known is None or known.urn is None:
        return name
    return Name(urn, name.attribute, name.sub_attribute)


def without_filter(name: str) -> str:
    """Read the name of an attribute that is asked for with a filter [4].

    ``?attributes=emails[type eq "work"]``: the attribute comes whole.
    """
    before, bracket, _ = name.partition("[")
    return before if bracket and name.rstrip().endswith("]") else name


def literal_in_quotes(path: AttrPath, value: Literal) -> Literal:
    """Read a boolean in quotes in a filter [3]: ``roles[primary eq "True"].value``."""
    if path.leaf.type is Type.BOOLEAN and isinstance(value, str):
        return _BOOLEANS.get(value.lower(), value)
    return value


def digits_without_quotes(path: AttrPath, value: Literal) -> Literal:
    """Read a number as its digits where the attribute is text [1]: ``employeeNumber eq 701984``."""
    textual = path.leaf.type in (Type.STRING, Type.REFERENCE)
    if textual and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value
