"""Every refusal below the prefix is a SCIM Error in SCIM's media type (RFC 7644 section 3.12)."""

from __future__ import annotations

import secrets

from flask import Response
from flask import g
from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import HTTP_STATUS_CODES

from flask_scim_teams.core.errors import Forbidden
from flask_scim_teams.core.errors import MethodNotAllowed
from flask_scim_teams.core.errors import NotFound
from flask_scim_teams.core.errors import PayloadTooLarge
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.errors import TooManyRequests
from flask_scim_teams.core.errors import Unauthorized
from flask_scim_teams.core.errors import Unavailable
from flask_scim_teams.http.responses import json_response
from flask_scim_teams.services.logger import logger
from flask_scim_teams.wire.messages import ERROR
from flask_scim_teams.wire.messages import error_response


class InternalError(ScimError):
    """Something broke here; the log has it under the reference that the client is told."""

    status = 500


def scim_error_response(error: ScimError) -> Response:
    """Return the response to a refusal."""
    # For the provisioning log.
    g.scim_refusal = error
    response = json_response(error_response(error), error.status)
    match error:
        case Unauthorized(presented=presented):
            challenge = 'Bearer realm="scim"'
            if presented:
                challenge += ', error="invalid_token"'
            response.headers["WWW-Authenticate"] = challenge
        case Forbidden(scope=str(scope)):
            response.headers["WWW-Authenticate"] = (
                f'Bearer realm="scim", error="insufficient_scope", scope="{scope}"'
            )
        case MethodNotAllowed(allowed=allowed) if allowed:
            response.headers["Allow"] = ", ".join(allowed)
        case Unavailable(retry_after=seconds) | TooManyRequests(retry_after=seconds):
            response.headers["Retry-After"] = str(seconds)
    return response


def http_error_response(error: HTTPException) -> Response:
    """Return the response to a refusal of Werkzeug's, or of the host's own: its status stays.

    A rate limiter's 429 has to arrive as one, with its Retry-After.
    """
    if isinstance(error, RequestEntityTooLarge):
        limit = (request.max_content_length or 1) - 1
        return scim_error_response(PayloadTooLarge(f"The body is over {limit} bytes."))
    given = error.get_response()
    # A redirection to the host's sign-in page is a refusal too: no identity provider follows it.
    status = given.status_code if given.status_code >= 400 else 403
    detail = (
        f"The service refuses this request: {HTTP_STATUS_CODES.get(status, 'no reason given')}."
    )
    response = json_response({"schemas": [ERROR], "status": str(status), "detail": detail}, status)
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in given.headers:
            response.headers[name] = given.headers[name]
    return response


def not_found() -> NotFound:
    """Return the refusal of a path that leads nowhere."""
    return NotFound(f"There is no endpoint {request.path!r:.120}.")


def method_not_allowed(allowed: tuple[str, ...]) -> MethodNotAllowed:
    """Return the refusal of a method."""
    names = ", ".join(sorted(set(allowed) - {"HEAD", "OPTIONS"}))
    return MethodNotAllowed(
        f"{request.method:.20} is not possible here; {names} is.", allowed=tuple(sorted(allowed))
    )


def unexpected(error: Exception) -> InternalError:
    """Log what broke; the client is told a reference, no more."""
    reference = secrets.token_hex(8)
    logger.error("Request failed, reference %s", reference, exc_info=error)
    return InternalError(f"Something went wrong here; the log has it as {reference}.")
