"""A gateway that offers all there is to announce: agents as resources, /Me, groups in groups."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.definitions import NESTING_GROUP
from flask_scim_teams.core.definitions.common import COMMON
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema
from flask_scim_teams.storage.memory import MemoryBackend


def _software(name: str, endpoint: str) -> ResourceType:
    """Return a type of an Internet-Draft on AI agents, as far as a gateway would want it."""
    schema = Schema(
        id=f"urn:ietf:params:scim:schemas:core:2.0:{name}",
        name=name,
        attributes=(
            Attribute(name="name", required=True, uniqueness=Uniqueness.SERVER),
            Attribute(name="displayName"),
            Attribute(name="active", type=Type.BOOLEAN),
        ),
    )
    return ResourceType(name=name, endpoint=endpoint, schema=schema, common=COMMON)


TYPES = ResourceTypes(
    group=NESTING_GROUP,
    others=(
        _software("Agent", "/Agents"),
        _software("AgenticApplication", "/AgenticApplications"),
    ),
)


def create_app() -> Flask:
    """Return the gateway; its token goes into the file AGENTS_TOKEN, where that is named."""
    app = Flask("agents")
    app.config["SECRET_KEY"] = "a key of the agents' gateway, long enough to sign"
    app.config["SCIM_GROUP_PATCH_BODY"] = True
    scim = ScimTeams(MemoryBackend(types=TYPES), app, me=lambda caller: None)
    if "AGENTS_TOKEN" in os.environ:
        with app.app_context():
            token = scim.tokens.create(label="probe").secret
        Path(os.environ["AGENTS_TOKEN"]).write_text(token, encoding="ascii")
    return app
