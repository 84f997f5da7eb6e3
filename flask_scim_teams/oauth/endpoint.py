"""The token endpoint and the document that describes it (RFC 8414)."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint
from flask import Response
from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import RequestEntityTooLarge

from flask_scim_teams.config import OAuth
from flask_scim_teams.core.errors import TooManyRequests
from flask_scim_teams.http.errors import unexpected
from flask_scim_teams.http.limiting import Limiter
from flask_scim_teams.oauth.key_sets import KeySets
from flask_scim_teams.oauth.keys import ALGORITHMS
from flask_scim_teams.oauth.server import METHODS
from flask_scim_teams.oauth.server import TokenServer
from flask_scim_teams.services.clients import ClientManager
from flask_scim_teams.storage.interface import Caller

_WELL_KNOWN = "/.well-known/oauth-authorization-server"
_FORM = "application/x-www-form-urlencoded"
#: Largest body, in bytes: an assertion is a few thousand.
_LARGEST = 32 * 1024
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def oauth_blueprint(
    clients: ClientManager, oauth: OAuth, key_sets: KeySets, limiter: Limiter
) -> Blueprint:
    """Return the blueprint of the token endpoint."""
    server = TokenServer(
        clients,
        key_sets,
        url=oauth.token_url,
        issuer=oauth.issuer,
        admit=lambda client_id: limiter.count(Caller(token_id=client_id)),
    )
    blueprint = Blueprint("scim_oauth", __name__)

    def token() -> Response:
        if request.method != "POST":
            response = _error("invalid_request", "Access tokens are asked for by POST.", 405)
            response.headers["Allow"] = "POST"
            return response
        limiter.check_address()
        request.max_content_length = _LARGEST
        fault = _fault()
        if fault is not None:
            return _error("invalid_request", fault, 400)
        answer: Response = server.create_token_response(request)
        if answer.status_code == 401:
            limiter.count_failure()
        return answer

    def metadata() -> Response:
        return _answer(
            {
                "issuer": oauth.issuer,
                "token_endpoint": oauth.token_url,
                "token_endpoint_auth_methods_supported": METHODS,
                "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
                "grant_types_supported": ["client_credentials"],
                "response_types_supported": [],
                "scopes_supported": list(clients.scopes),
            },
            200,
        )

    blueprint.add_url_rule(
        oauth.token_path,
        "token",
        token,
        methods=_METHODS,
        provide_automatic_options=False,
        strict_slashes=False,
    )
    blueprint.add_url_rule(_WELL_KNOWN + oauth.issuer_path, "metadata", metadata)
    blueprint.register_error_handler(TooManyRequests, _busy)
    blueprint.register_error_handler(HTTPException, _http_error)
    blueprint.register_error_handler(Exception, _broken)
    return blueprint


def _fault() -> str | None:
    """Return what is wrong with the form of the request, whoever sends it."""
    if request.mimetype != _FORM:
        return f"The parameters have to be in a body of the type {_FORM}."
    if set(request.args) - {"scope"}:
        return "No parameter but scope may be in the URL."
    given = request.form
    if any(len(given.getlist(name)) > 1 for name in given) or (
        len(request.args.getlist("scope")) > 1
    ):
        return "A parameter may be sent once."
    proofs = (
        "client_secret" in given,
        "client_assertion" in given,
        request.headers.get("Authorization", "").lower().startswith("basic"),
    )
    if sum(proofs) > 1:
        return "A client proves who it is in one way."
    return None


def _error(code: str, words: str, status: int) -> Response:
    return _answer({"error": code, "error_description": words}, status)


def _answer(document: Any, status: int) -> Response:
    response = Response(json.dumps(document), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


def _busy(error: TooManyRequests) -> Response:
    response = _error("temporarily_unavailable", error.detail, error.status)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _http_error(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        return _error("invalid_request", "The body is too large.", 413)
    return _error("invalid_request", "The service refuses this request.", error.code or 400)


def _broken(error: Exception) -> Response:
    return _error("server_error", unexpected(error).detail, 500)
