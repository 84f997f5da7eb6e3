"""Every refusal below the prefix is a SCIM Error in SCIM's media type (RFC 7644 section 3.12)."""

from __future__ import annotations

import logging
import secrets

from flask import Response
from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as RouteHasNoMethod
from werkzeug.exceptions import RequestEntityTooLarge

from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import Forbidden
from flask_scim_teams.core.errors import MethodNotAllowed
from flask_scim_teams.core.errors import NotFound
from flask_scim_teams.core.errors import PayloadTooLarge
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.errors import Unauthorized
from flask_scim_teams.core.errors import Unavailable
from flask_scim_teams.http.responses import json_response
from flask_scim_teams.wire.messages import error_response

_logger = logging.getLogger("flask_scim_teams")


class InternalError(ScimError):
    """Something broke here; the log has it under the reference that the client is told."""

    status = 500


def scim_error_response(error: ScimError) -> Response:
    """Return the response to a refusal."""
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
        case Unavailable(retry_after=seconds):
            response.headers["Retry-After"] = str(seconds)
    return response


def http_error(error: HTTPException) -> ScimError:
    """Return the SCIM error that one of Werkzeug's stands for."""
    if isinstance(error, RouteHasNoMethod):
        return method_not_allowed(tuple(error.valid_methods or ()))
    if isinstance(error, RequestEntityTooLarge):
        return PayloadTooLarge(f"The body is over {(request.max_content_length or 1) - 1} bytes.")
    if error.code is not None and 400 <= error.code < 500 and error.code != 404:
        return BadRequest("The request is malformed.")
    return not_found()


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
    _logger.error("Request failed, reference %s", reference, exc_info=error)
    return InternalError(f"Something went wrong here; the log has it as {reference}.")
