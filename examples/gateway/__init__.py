"""A small LLM gateway with users, teams and API keys, provisioned over SCIM.

What an identity provider is for is in :mod:`examples.gateway.provisioning` and
:mod:`examples.gateway.admin`, :mod:`examples.gateway.sign_in` and :mod:`examples.gateway.origins`,
and in the two mixins of :mod:`examples.gateway.models`. The rest is the gateway as it was before::

    flask --app examples.gateway run --port 5000
    gunicorn -w 4 'examples.gateway:create_app()'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from examples.gateway import admin
from examples.gateway import api
from examples.gateway import home
from examples.gateway import keys
from examples.gateway import origins
from examples.gateway import pages
from examples.gateway import provisioning
from examples.gateway import sessions
from examples.gateway import settings
from examples.gateway import sign_in
from examples.gateway import tables
from examples.gateway import team_pages
from examples.gateway import teams
from examples.gateway import users
from examples.gateway.models import db


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the gateway.

    :param config: settings that take precedence over the environment's. ``INSTANCE_PATH`` names the
        folder for the database and the secret key.
    :raises ValueError: when a setting cannot be used.
    """
    given = dict(config or {})
    instance_path = given.pop("INSTANCE_PATH", None) or settings.instance_path()
    app = Flask(__name__, instance_path=instance_path)
    app.config.from_mapping(settings.from_environment(), SSO=sign_in.from_environment())
    app.config.from_mapping(given)
    settings.complete(app)

    db.init_app(app)
    provisioning.init_app(app)
    for part in (admin, origins, sessions, sign_in, pages):
        part.init_app(app)
    for part in (api, home, admin, sessions, team_pages):
        app.register_blueprint(part.blueprint)
    for commands in (keys.commands, users.commands, teams.commands, admin.commands):
        app.cli.add_command(commands)
    with app.app_context():
        tables.create(db.engine, db.metadata)
    return app
