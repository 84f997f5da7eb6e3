"""Apps over a storage beside the usual one: with another configuration, token or clock."""

from __future__ import annotations

from typing import Any

from flask import Flask

from flask_scim_teams import ScimTeams
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient


def client_at(
    backend: Any, *, scopes: tuple[str, ...] = (), me: Any = None, **config: Any
) -> ScimClient:
    """Return a client of a new app over the backend, with a token of its own.

    :param scopes: of the token; all there are if not said.
    :param me: tells which user a caller is.
    """
    app = Flask("host")
    app.config.update({"SECRET_KEY": SECRET_KEY, **config})
    scim = ScimTeams(backend, app, me=me)
    with app.app_context():
        token = scim.tokens.create(label="test", **({"scopes": scopes} if scopes else {})).secret
    return ScimClient(app.test_client(), token)


def other_token(idp: ScimClient, *scopes: str) -> ScimClient:
    """Return another client of the app: a connection, its token for these scopes or all."""
    app = idp.client.application
    with app.app_context():
        state = app.extensions["scim_teams"]
        connection = state.connections.create(f"other {len(state.connections.list())}")
        made = state.tokens.create(label="other", connection=connection, scopes=scopes or None)
    return ScimClient(idp.client, made.secret)
