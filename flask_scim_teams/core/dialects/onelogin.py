"""OneLogin.

Sources: the server log in goauthentik/authentik#11249; the adapters of 15five/django-scim2; the
documented templates of OneLogin's connectors.
"""

from __future__ import annotations

import re
from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.definitions import ENTERPRISE_USER_SCHEMA
from flask_scim_teams.core.dialects.profile import Provider

PROVIDER = Provider(key="onelogin", title="OneLogin")

_EXTENSION = re.compile(
    r"urn:scim:schemas:extension:enterprise:[12]\.0(?::User)?(?::(?=.)|$)", re.IGNORECASE
)
_CORE = re.compile(r"urn:scim:schemas:core:[12]\.0(?::(?:User|Group))?:(?=.)", re.IGNORECASE)


def one_for_array(attribute: Attribute, value: Any) -> Any:
    """Read one value as an array of it (django-scim2).

    ``{"emails": {"value": "ada@example.com", "primary": true}}``
    """
    return value if isinstance(value, list) else [value]


def nothing_in_quotes(attribute: Attribute, value: Any) -> Any:
    """Read empty text as no value where text cannot be a value: a template's unset parameter.

    ``{"active": ""}``
    """
    if value == "" and attribute.type not in (Type.STRING, Type.REFERENCE, Type.BINARY):
        return None
    return value


def urn_of_drafts(text: str) -> str:
    """Read a URN from before the RFCs (authentik#11249).

    ``"schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"]``, with
    the latter as the key of ``{"department": "Engineering"}``.
    """
    match = _EXTENSION.match(text)
    if match is not None:
        rest = text[match.end() :]
        return f"{ENTERPRISE_USER_SCHEMA.id}:{rest}" if rest else ENTERPRISE_USER_SCHEMA.id
    match = _CORE.match(text)
    return text if match is None else text[match.end() :]
