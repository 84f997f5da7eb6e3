"""POST /.search at the root: resources of all types at once (RFC 7644 section 3.4.3)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response
from flask import g

from flask_scim_teams.config import Settings
from flask_scim_teams.core.errors import Forbidden
from flask_scim_teams.core.projection import Projector
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.http.authentication import scope_of
from flask_scim_teams.http.bodies import read_json
from flask_scim_teams.http.parameters import query_of
from flask_scim_teams.http.representation import represent
from flask_scim_teams.http.responses import json_response
from flask_scim_teams.http.urls import base_url
from flask_scim_teams.services.provisioning import Provisioning
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.wire.messages import list_response
from flask_scim_teams.wire.messages import read_search


class RootSearch:
    """The view function of the search across types."""

    def __init__(
        self,
        resource_types: Sequence[ResourceType],
        provisioning: Provisioning,
        settings: Settings,
    ) -> None:
        self._provisioning = provisioning
        self._settings = settings
        self._projectors = {
            resource_type.name: (resource_type, Projector(resource_type))
            for resource_type in resource_types
        }

    def search(self) -> Response:
        """Search the types that the token may read."""
        caller: Caller = g.scim_caller
        readable = [
            resource_type
            for resource_type, _ in self._projectors.values()
            if scope_of(resource_type, write=False) in caller.scopes
        ]
        if not readable:
            raise Forbidden("The token does not allow reading.", scope="users:read groups:read")
        asked = read_search(read_json(self._settings.max_body_bytes))
        projections = {
            name: projector.read(asked.attributes, asked.excluded_attributes)
            for name, (_, projector) in self._projectors.items()
        }
        queries = [
            query_of(
                resource_type,
                asked,
                default_count=self._settings.default_count,
                max_results=self._settings.max_results,
                among_others=True,
            )
            for resource_type in readable
        ]
        start_index, count = queries[0].start_index, queries[0].count
        total, found = self._provisioning.search_all(
            caller, queries, start_index=start_index, count=count
        )
        base = base_url(self._settings)
        resources = [
            represent(
                resource_type,
                outcome.resource,
                outcome.around,
                base,
                projections[resource_type.name],
            )
            for resource_type, outcome in found
        ]
        return json_response(list_response(total, start_index, resources))
