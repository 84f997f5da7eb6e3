"""/ServiceProviderConfig, /ResourceTypes and /Schemas (RFC 7644 section 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from flask import g

from flask_scim_teams.config import Settings
from flask_scim_teams.core.errors import Forbidden
from flask_scim_teams.core.errors import NotFound
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.http.parameters import parameters
from flask_scim_teams.http.responses import json_response
from flask_scim_teams.http.urls import base_url
from flask_scim_teams.http.writing import is_strict
from flask_scim_teams.services.discovery import Offer
from flask_scim_teams.services.discovery import resource_type_document
from flask_scim_teams.services.discovery import schema_document
from flask_scim_teams.services.discovery import service_provider_config
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.wire.messages import list_response


class DiscoveryEndpoints:
    """View functions of the discovery endpoints; paging and projection are ignored there."""

    def __init__(self, types: ResourceTypes, settings: Settings) -> None:
        self._types = types
        self._settings = settings

    def config(self) -> Response:
        """GET /ServiceProviderConfig."""
        _refuse_filter()
        # Nobody has to sign in where discovery is public.
        caller: Caller = g.get("scim_caller") or HOST
        announced = caller.profile.announce_cursors
        if announced is None:
            announced = self._settings.announce_cursors
        return json_response(
            service_provider_config(
                base_url(self._settings),
                Offer(
                    max_results=self._settings.max_results,
                    default_count=self._settings.default_count,
                    bulk_max_operations=self._settings.bulk_max_operations,
                    max_body_bytes=self._settings.max_body_bytes,
                    announce_cursors=announced,
                    strict=is_strict(caller, self._settings),
                    cursor_timeout=self._settings.cursor_timeout,
                    documentation_uri=self._settings.documentation_uri,
                ),
            )
        )

    def resource_types(self) -> Response:
        """GET /ResourceTypes."""
        return _all(self._resource_types())

    def resource_type(self, id: str) -> Response:
        """GET /ResourceTypes/NAME."""
        return _one(self._resource_types(), id, str)

    def schemas(self) -> Response:
        """GET /Schemas."""
        return _all(self._schemas())

    def schema(self, id: str) -> Response:
        """GET /Schemas/URN; the URN in any letter case."""
        return _one(self._schemas(), id, str.lower)

    def _resource_types(self) -> list[dict[str, Any]]:
        base = base_url(self._settings)
        return [resource_type_document(resource_type, base) for resource_type in self._types]

    def _schemas(self) -> list[dict[str, Any]]:
        base = base_url(self._settings)
        return [schema_document(schema, base) for schema in self._types.schemas()]


def _all(documents: list[dict[str, Any]]) -> Response:
    _refuse_filter()
    return json_response(list_response(len(documents), 1, documents))


def _one(documents: list[dict[str, Any]], id: str, form: Callable[[str], str]) -> Response:
    _refuse_filter()
    for document in documents:
        if form(document["id"]) == form(id):
            return json_response(document)
    raise NotFound(f"There is no {id!r:.120} here.")


def _refuse_filter() -> None:
    # RFC 7644 section 4: a filter there is forbidden rather than ignored.
    if "filter" in parameters():
        raise Forbidden("Discovery endpoints take no filter.")
