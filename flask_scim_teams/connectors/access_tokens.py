"""Access tokens of connectors: asked for with a form, kept until shortly before they expire."""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Mapping

from flask_scim_teams.connectors.api import Api
from flask_scim_teams.connectors.api import Purpose
from flask_scim_teams.connectors.api import fit_for_header
from flask_scim_teams.core.directory import DirectoryError

# Seconds before its end that a token is no longer used: what is on the way has to arrive.
_MARGIN = 60.0


class AccessTokens:
    """The credential of an API that takes bearer tokens of a token endpoint (RFC 6749).

    :param endpoint: whoever gives them out.
    :param path: of the token endpoint there.
    :param form: returns what is sent to it, made anew each time.
    :param permission: what is wrong if it refuses, in words.
    """

    def __init__(
        self, endpoint: Api, path: str, form: Callable[[], Mapping[str, str]], permission: str
    ) -> None:
        self._endpoint = endpoint
        self._path = path
        self._form = form
        self._purpose = Purpose("an access token", permission)
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = 0.0

    def __repr__(self) -> str:
        return f"<AccessTokens of {self._endpoint.name}>"

    def headers(self) -> Mapping[str, str]:
        """Return the header with a token that is good for a while."""
        with self._lock:
            if self._endpoint.clock() >= self._good_until:
                self._fetch()
            return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        """Drop the token: it may have been revoked."""
        with self._lock:
            self._good_until = 0.0
        return True

    def _fetch(self) -> None:
        document = self._endpoint.post_form(self._path, self._purpose, self._form()).document
        token = document.get("access_token") if isinstance(document, Mapping) else None
        if not isinstance(token, str):
            raise DirectoryError(f"{self._endpoint.name} gives no access token.")
        lifetime = document.get("expires_in", 3600)
        seconds = float(lifetime) if isinstance(lifetime, int | float) else 0.0
        self._token = fit_for_header(token, self._endpoint.name)
        # Of a short-lived one, half its life is used at least.
        margin = min(_MARGIN, seconds / 2)
        self._good_until = self._endpoint.clock() + seconds - margin
