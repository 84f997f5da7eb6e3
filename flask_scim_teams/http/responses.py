"""JSON responses in SCIM's media type."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Response
from flask import request

from flask_scim_teams.core.query import Query
from flask_scim_teams.services.reading import Listing
from flask_scim_teams.wire.messages import SearchRequest
from flask_scim_teams.wire.messages import cursor_response
from flask_scim_teams.wire.messages import list_response

MEDIA_TYPE = "application/scim+json"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_response(document: Any, status: int = 200) -> Response:
    """Return a document as a response that no cache keeps."""
    response = Response(_encode(document), status, mimetype=_media_type())
    response.headers["Cache-Control"] = "no-store"
    return response


def list_page(
    asked: SearchRequest, query: Query, listing: Listing, resources: Sequence[dict[str, Any]]
) -> Response:
    """Return one page of a list, gone through by number or by cursor as it was asked for."""
    if asked.cursor is None:
        return json_response(list_response(listing.total, query.start_index, resources))
    return json_response(
        cursor_response(
            listing.total,
            resources,
            next_cursor=listing.next_cursor,
            previous_cursor=listing.previous_cursor,
        )
    )


def empty_response(status: int = 204) -> Response:
    """Return a response without body."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    response.headers["Cache-Control"] = "no-store"
    return response


def _media_type() -> str:
    """Plain JSON for those who ask for nothing else (OneLogin); SCIM's own for all others."""
    accept = request.headers.get("Accept", "")
    plain = "application/json" in accept and MEDIA_TYPE not in accept and "*/*" not in accept
    return "application/json" if plain else MEDIA_TYPE
