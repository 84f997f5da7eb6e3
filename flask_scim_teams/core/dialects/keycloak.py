"""Keycloak, by way of the plug-ins that make it a SCIM client.

Sources: the user and group adapters of mitodl/keycloak-scim; Captain-P-Goldfish/scim-for-keycloak,
issue 172.
"""

from __future__ import annotations

from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.dialects.json_text import document_in
from flask_scim_teams.core.dialects.profile import OnConflict
from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.dialects.profile import Provider

#: keycloak-scim sends the names of groups and not their paths, so that sub-groups of two parents
#: can have one; and it posts without looking first, so that a second synchronisation would fail.
PROVIDER = Provider(
    key="keycloak",
    title="Keycloak",
    profile=Profile(unique_team_names=False, on_conflict=OnConflict.ADOPT),
)


def resource_in_quotes(value: Any) -> Any:
    r"""Read the value of a path-less operation out of a JSON text (scim-for-keycloak#172).

    ``{"op": "replace", "value": "{\"displayName\": \"Tour Guides\", \"members\": []}"}``
    """
    document = document_in(value)
    return value if document is None else document


def value_in_quotes(attribute: Attribute, value: Any) -> Any:
    r"""Read an array or object out of a JSON text, where the attribute takes one (the same).

    ``{"op": "add", "path": "members", "value": "[{\"value\": \"2819c223\"}]"}``
    """
    if attribute.is_complex or attribute.multi_valued:
        return resource_in_quotes(value)
    return value
