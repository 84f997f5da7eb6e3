"""JSON responses in SCIM's media type."""

from __future__ import annotations

import json
from typing import Any

from flask import Response
from flask import request

MEDIA_TYPE = "application/scim+json"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_response(document: Any, status: int = 200) -> Response:
    """Return a document as a response that no cache keeps."""
    response = Response(_encode(document), status, mimetype=_media_type())
    response.headers["Cache-Control"] = "no-store"
    return response


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
