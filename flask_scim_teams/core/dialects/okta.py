"""Okta.

Source: Okta's developer documentation, "SCIM 2.0 protocol reference".
"""

from __future__ import annotations

from typing import Any

from flask_scim_teams.core.dialects.profile import Provider

PROVIDER = Provider(key="okta", title="Okta")


def repeats_the_server(name: str, value: Any, id: str) -> bool:
    """Whether a key of a path-less value says what only the server writes, as it stands.

    ``{"op": "replace", "value": {"id": "2819c223", "displayName": "Tour Guides"}}``: Okta names the
    group that it renames, and sends no groups with a user; authentik sends all of a resource.

    :param id: of the resource that is written to. Another one is not let pass.
    """
    match name.lower():
        case "id":
            return bool(value == id)
        case "meta" | "schemas":
            return True
        case "groups":
            return not value
    return False
