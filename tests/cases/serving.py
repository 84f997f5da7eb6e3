"""A server over a backend, and an identity provider at its door."""

from __future__ import annotations

from typing import Any

from flask import Flask

from flask_scim_teams import ScimTeams
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient


def serve(backend: Any) -> ScimClient:
    """Return a client of a new app; unlike the ``idp`` fixture's, of any scope."""
    app = Flask("host")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(backend, app)
    with app.app_context():
        return ScimClient(app.test_client(), scim.tokens.create(label="test").secret)
