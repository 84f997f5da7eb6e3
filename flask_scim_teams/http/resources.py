"""The endpoints of one resource type: create, read, list, replace, modify, delete."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask import g
from flask import request

from flask_scim_teams.config import Settings
from flask_scim_teams.core.errors import InvalidFilter
from flask_scim_teams.core.preconditions import Precondition
from flask_scim_teams.core.preconditions import parse_precondition
from flask_scim_teams.core.projection import Projection
from flask_scim_teams.core.projection import Projector
from flask_scim_teams.core.resources import etag
from flask_scim_teams.http.authentication import authorize
from flask_scim_teams.http.bodies import read_json
from flask_scim_teams.http.parameters import parameters
from flask_scim_teams.http.parameters import query_of
from flask_scim_teams.http.parameters import read_projection
from flask_scim_teams.http.parameters import search_request
from flask_scim_teams.http.recording import begun
from flask_scim_teams.http.representation import location
from flask_scim_teams.http.representation import represent
from flask_scim_teams.http.responses import empty_response
from flask_scim_teams.http.responses import json_response
from flask_scim_teams.http.responses import list_page
from flask_scim_teams.http.urls import base_url
from flask_scim_teams.http.writing import ResourceWriter
from flask_scim_teams.http.writing import is_strict
from flask_scim_teams.services.reading import Outcome
from flask_scim_teams.services.reading import Reading
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.wire.messages import SearchRequest
from flask_scim_teams.wire.messages import read_search


class ResourceEndpoints:
    """View functions of one resource type."""

    def __init__(self, writer: ResourceWriter, reading: Reading, settings: Settings) -> None:
        self._type = writer.resource_type
        self._writer = writer
        self._reading = reading
        self._settings = settings
        self._related = self._type.membership_attribute
        self._projector = Projector(self._type)

    def create(self) -> Response:
        """POST (RFC 7644 section 3.3)."""
        caller = self._caller(write=True)
        projection = self._projection()
        _expect(caller, 201)
        outcome = self._writer.create(caller, self._body(), related=projection.wants(self._related))
        response = self._answer(outcome, projection, 201)
        return self._located(response, id=outcome.resource.id)

    def search(self) -> Response:
        """GET on the collection (section 3.4.2)."""
        return self._search(self._caller(write=False), search_request(parameters()))

    def search_posted(self) -> Response:
        """POST on the collection's ``/.search`` (section 3.4.3)."""
        caller = self._caller(write=False)
        return self._search(caller, read_search(self._body()))

    def _search(self, caller: Caller, asked: SearchRequest) -> Response:
        begun(caller, "filter")
        projection = self._projector.read(asked.attributes, asked.excluded_attributes)
        query = query_of(
            self._type,
            asked,
            default_count=self._settings.default_count,
            max_results=self._settings.max_results,
            strict=is_strict(caller, self._settings),
            recording=caller.recording,
        )
        related = projection.wants(self._related)
        listing = self._reading.search(caller, query, cursor=asked.cursor, related=related)
        base = base_url(self._settings)
        resources = [
            represent(outcome, base, projection, caller.profile) for outcome in listing.outcomes
        ]
        return list_page(asked, query, listing, resources)

    def get(self, id: str) -> Response:
        """GET on a resource (section 3.4.1)."""
        caller = self._caller(write=False)
        if "filter" in parameters():
            raise InvalidFilter("A filter selects from a list; this is one resource.")
        projection = self._projection()
        begun(caller, "resource")
        outcome = self._reading.get(caller, self._type, id, related=projection.wants(self._related))
        condition = parse_precondition(request.headers.get("If-None-Match"))
        if condition is not None and condition.matches(outcome.resource.version):
            response = empty_response(304)
            response.headers["ETag"] = etag(outcome.resource.version)
            return response
        return self._answer(outcome, projection)

    def replace(self, id: str) -> Response:
        """PUT (section 3.5.1)."""
        caller = self._caller(write=True)
        projection = self._projection()
        outcome = self._writer.replace(
            caller,
            id,
            self._body(),
            precondition=_if_match(),
            related=projection.wants(self._related),
        )
        return self._located(self._answer(outcome, projection), id=id)

    def modify(self, id: str) -> Response:
        """PATCH (section 3.5.2).

        A Group is answered with 204: the work must not grow with its members. Whoever wants the
        body asks for it with ``attributes`` or ``excludedAttributes``.
        """
        caller = self._caller(write=True)
        given = parameters()
        projection = read_projection(self._projector, given)
        asked = "attributes" in given or "excludedattributes" in given
        body = asked or not self._writer.answers_bare(caller)
        _expect(caller, 200 if body else 204)
        outcome = self._writer.modify(
            caller,
            id,
            self._body(),
            precondition=_if_match(),
            related=body and projection.wants(self._related),
        )
        if body:
            return self._located(self._answer(outcome, projection), id=id)
        response = empty_response()
        response.headers["ETag"] = etag(outcome.resource.version)
        return self._located(response, id=id)

    def delete(self, id: str) -> Response:
        """DELETE (section 3.6)."""
        caller = self._caller(write=True)
        _expect(caller, 204)
        self._writer.delete(caller, id, precondition=_if_match())
        return empty_response()

    def uri_of(self, id: str) -> str:
        """Return the URI of a resource, by which it is known for good."""
        return location(self._type, id, base_url(self._settings))

    def _caller(self, *, write: bool) -> Caller:
        caller: Caller = g.scim_caller
        authorize(caller, self._type, write=write)
        return caller

    def _projection(self) -> Projection:
        return read_projection(self._projector, parameters())

    def _body(self) -> Any:
        return read_json(self._settings.max_body_bytes)

    def _answer(self, outcome: Outcome, projection: Projection, status: int = 200) -> Response:
        caller: Caller = g.scim_caller
        document = represent(outcome, base_url(self._settings), projection, caller.profile)
        response = json_response(document, status)
        response.headers["ETag"] = etag(outcome.resource.version)
        if status == 200:
            response.headers["Content-Location"] = self.uri_of(outcome.resource.id)
        return response

    def _located(self, response: Response, *, id: str) -> Response:
        """Name the resource that was written, as the RFC's examples do, body or none."""
        response.headers["Location"] = self.uri_of(id)
        return response


def _expect(caller: Caller, status: int) -> None:
    """Note what the request is answered with if all goes well."""
    if caller.recording is not None:
        caller.recording.status = status


def _if_match() -> Precondition | None:
    return parse_precondition(request.headers.get("If-Match"))
