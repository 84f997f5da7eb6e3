"""/Me: the resource of whoever asks, where the host can tell (RFC 7644 section 3.11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from flask import Response
from flask import g

from flask_scim_teams.core.errors import NotFound
from flask_scim_teams.core.errors import NotImplementedByProvider
from flask_scim_teams.http.resources import ResourceEndpoints
from flask_scim_teams.storage.interface import Caller

#: Returns the id of the user that a caller is, or ``None`` for a caller that is nobody.
Subject: TypeAlias = Callable[[Caller], str | None]


class MeEndpoint:
    """View functions of /Me: those of the user's own URI, which every answer names.

    :param subject: the host's answer to who a caller is.
    """

    def __init__(self, users: ResourceEndpoints, subject: Subject) -> None:
        self._users = users
        self._subject = subject

    def get(self) -> Response:
        """GET."""
        id = self._id()
        return self._located(id, self._users.get(id))

    def replace(self) -> Response:
        """PUT."""
        id = self._id()
        return self._located(id, self._users.replace(id))

    def modify(self) -> Response:
        """PATCH."""
        id = self._id()
        return self._located(id, self._users.modify(id))

    def delete(self) -> Response:
        """DELETE."""
        id = self._id()
        return self._located(id, self._users.delete(id))

    def create(self) -> Response:
        """POST: there are no users who make themselves."""
        raise NotImplementedByProvider("Nobody can create themselves here; post to /Users.")

    def _id(self) -> str:
        id = self._subject(g.scim_caller)
        if id is None:
            raise NotFound("The token belongs to no user.")
        return id

    def _located(self, id: str, response: Response) -> Response:
        response.headers["Location"] = self._users.uri_of(id)
        return response
