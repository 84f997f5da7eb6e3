"""Who is asking: one bearer token, read strictly (RFC 6750 section 2.1)."""

from __future__ import annotations

import re

from flask import request

from flask_scim_teams.core.errors import Forbidden
from flask_scim_teams.core.errors import Unauthorized
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.services.tokens import scope_of
from flask_scim_teams.services.verifying import Verifier
from flask_scim_teams.storage.interface import Caller

_LONGEST = 512
# Werkzeug reads parameters and commas out of the header; a token has neither, so neither passes.
_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*)", re.ASCII | re.IGNORECASE)


def authenticate(tokens: Verifier) -> Caller:
    """Return the caller that the request's one Authorization header stands for.

    Cookies, query parameters and bodies are never looked at. Where the request comes from is what
    the server says, or ProxyFix where the host put it in front: no header is read here.

    :raises Unauthorized: if there is no credential, or it is not good.
    """
    headers = request.headers.getlist("Authorization")
    if not headers or not headers[0].strip():
        raise Unauthorized("A bearer token is needed.", presented=False)
    match = _BEARER.fullmatch(headers[0].strip()) if len(headers[0]) <= _LONGEST else None
    if match is None or len(headers) > 1:
        raise Unauthorized("The bearer token is not valid.", presented=True)
    return tokens.verify(match[1], request.remote_addr)


def authorize(caller: Caller, resource_type: ResourceType, *, write: bool) -> None:
    """Refuse what the caller's token does not allow.

    :raises Forbidden: naming the scope it would need.
    """
    scope = scope_of(resource_type, write=write)
    if caller.recording is not None:
        caller.recording.resource_type = resource_type.name
        caller.recording.writes = write
        caller.recording.reach("scope")
    if scope not in caller.scopes:
        raise Forbidden(f"The token does not allow {scope}.", scope=scope)
