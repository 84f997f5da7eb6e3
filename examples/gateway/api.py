"""The OpenAI-compatible API under ``/v1``."""

from __future__ import annotations

from flask import Blueprint
from flask import Response
from flask import current_app
from flask import g
from flask import jsonify
from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from examples.gateway import chat
from examples.gateway import echo
from examples.gateway import keys
from examples.gateway import upstream
from examples.gateway.errors import ApiError
from examples.gateway.errors import answer
from examples.gateway.errors import answer_http
from examples.gateway.models import ApiKey
from examples.gateway.models import db

blueprint = Blueprint("api", __name__, url_prefix="/v1")
blueprint.register_error_handler(ApiError, answer)
blueprint.register_error_handler(HTTPException, answer_http)

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@blueprint.before_request
def authenticate() -> None:
    """Let the holder of a good key in, and nobody else."""
    header = request.headers.get("Authorization", "")
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise ApiError(
            401, "Send your API key as 'Authorization: Bearer KEY'.", code="missing_api_key"
        )
    key = keys.find(secret.strip())
    if key is None:
        raise ApiError(401, "The API key is not known here.", code="invalid_api_key")
    keys.check(key)
    g.api_key = key


@blueprint.get("/models")
def list_models() -> ResponseReturnValue:
    """List the models the key may use; a provider's own list is handed on as it is."""
    if current_app.config["UPSTREAM"]:
        listed = upstream.forward("/v1/models")
        return Response(listed.body, listed.status, content_type=listed.content_type)
    allowed = [model for model in echo.MODELS if chat.allows(_key(), model)]
    return jsonify(object="list", data=[echo.describe(model) for model in allowed])


@blueprint.post("/chat/completions")
def complete() -> ResponseReturnValue:
    """Answer a chat, charge the key and its team."""
    key = _key()
    asked = chat.read(request.get_data())
    chat.check(key, asked)
    if current_app.config["UPSTREAM"]:
        db.session.close()  # a slow provider must not keep a database connection busy
        answered = upstream.forward("/v1/chat/completions", asked.raw)
        keys.charge(key, upstream.tokens_used(answered))
        return Response(answered.body, answered.status, content_type=answered.content_type)
    completion = echo.complete(asked)
    keys.charge(key, completion.total_tokens)
    if asked.stream:
        return Response(completion.as_events(), content_type="text/event-stream")
    return jsonify(completion.as_json())


@blueprint.route("/<path:_rest>", methods=METHODS)
def unknown(_rest: str) -> ResponseReturnValue:
    """Refuse what is not offered here in the API's own shape."""
    raise ApiError(404, f"Invalid URL ({request.method} {request.path}).")


def _key() -> ApiKey:
    key: ApiKey = g.api_key
    return key
