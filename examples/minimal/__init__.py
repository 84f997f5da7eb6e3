"""The smallest host: a SCIM service provider that keeps everything in memory.

::

    FLASK_SECRET_KEY=$(openssl rand -hex 32) flask --app examples.minimal run
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.memory import MemoryBackend


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the host; ``SECRET_KEY`` comes from the caller or from ``FLASK_SECRET_KEY``."""
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.config.from_mapping(config)
    scim = ScimTeams(MemoryBackend())
    scim.init_app(app)
    with app.app_context():
        # Only this process has the memory the token is kept in.
        print("Secret Token:", scim.tokens.create(label="minimal").secret)
    return app
