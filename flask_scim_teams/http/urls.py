"""The public URL that the endpoints are below."""

from __future__ import annotations

from flask import request

from flask_scim_teams.config import Settings


def base_url(settings: Settings) -> str:
    """Return ``SCIM_BASE_URL``, or the URL that this request came to.

    A Host header is what the client says it is: a public service sets ``SCIM_BASE_URL``, or
    ``TRUSTED_HOSTS``.
    """
    if settings.base_url is not None:
        return settings.base_url
    # As request.root_url, less the work of decoding what is ASCII here anyway.
    return f"{request.scheme}://{request.host}{request.root_path}{settings.url_prefix}"
