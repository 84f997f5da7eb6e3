"""A search of all types at once, at the root (RFC 7644 sections 3.4.2.1 and 3.4.3)."""

from __future__ import annotations

from flask import Response
from flask import g

from flask_scim_teams.config import Settings
from flask_scim_teams.core.errors import Forbidden
from flask_scim_teams.core.projection import Projector
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.http.bodies import read_json
from flask_scim_teams.http.parameters import parameters
from flask_scim_teams.http.parameters import query_of
from flask_scim_teams.http.parameters import search_request
from flask_scim_teams.http.recording import begun
from flask_scim_teams.http.representation import represent
from flask_scim_teams.http.responses import list_page
from flask_scim_teams.http.urls import base_url
from flask_scim_teams.http.writing import is_strict
from flask_scim_teams.services.reading import Reading
from flask_scim_teams.services.tokens import scope_of
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.wire.messages import SearchRequest
from flask_scim_teams.wire.messages import read_search


class RootSearch:
    """The view functions of the search across types."""

    def __init__(self, types: ResourceTypes, reading: Reading, settings: Settings) -> None:
        self._types = types
        self._reading = reading
        self._settings = settings
        self._projectors = {one.name: Projector(one) for one in types}

    def search(self) -> Response:
        """GET on the root."""
        return self._search(search_request(parameters()))

    def search_posted(self) -> Response:
        """POST on ``/.search``."""
        return self._search(read_search(read_json(self._settings.max_body_bytes)))

    def _search(self, asked: SearchRequest) -> Response:
        """Search the types that the token may read."""
        caller: Caller = g.scim_caller
        readable = [one for one in self._types if scope_of(one, write=False) in caller.scopes]
        if not readable:
            wanted = " ".join(scope_of(one, write=False) for one in self._types)
            begun(caller, "scope")
            raise Forbidden("The token does not allow reading.", scope=wanted)
        begun(caller, "filter")
        projections = {
            name: projector.read(asked.attributes, asked.excluded_attributes)
            for name, projector in self._projectors.items()
        }
        queries = [
            query_of(
                resource_type,
                asked,
                default_count=self._settings.default_count,
                max_results=self._settings.max_results,
                strict=is_strict(caller, self._settings),
                among_others=True,
                recording=caller.recording,
            )
            for resource_type in readable
        ]
        related = any(projections[one.name].wants(one.membership_attribute) for one in readable)
        listing = self._reading.search_all(caller, queries, cursor=asked.cursor, related=related)
        base = base_url(self._settings)
        resources = [
            represent(outcome, base, projections[outcome.resource_type.name], caller.profile)
            for outcome in listing.outcomes
        ]
        return list_page(asked, queries[0], listing, resources)
