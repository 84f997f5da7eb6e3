"""Hosts for ``flask scim doctor``, and what it finds of them."""

from __future__ import annotations

import json
import secrets
from typing import Any

from click.testing import Result
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.memory import MemoryBackend

URL = "https://gateway.example.com/scim/v2"
KEY = secrets.token_hex(32)


def host(**config: Any) -> Flask:
    """A host that is well, but for what is given."""
    app = Flask("host")
    app.config.update(SCIM_SIGNING_KEYS=[KEY], SCIM_BASE_URL=URL)
    app.config.update(config)
    ScimTeams(MemoryBackend(), app)
    return app


def with_token(app: Flask, **given: Any) -> Flask:
    with app.app_context():
        app.extensions["scim_teams"].tokens.create(label="Entra", **given)
    return app


def scim(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["scim", *arguments])


def doctor(app: Flask, *arguments: str) -> Result:
    return scim(app, "doctor", *arguments)


def findings(app: Flask, *arguments: str) -> list[tuple[str, str, str]]:
    """Return the name, outcome and words of what is not well."""
    result = doctor(app, "--json", *arguments)
    said = json.loads(result.stdout)
    bad = [one for one in said["checks"] if one["outcome"] in ("warning", "failure")]
    assert all(one["remedy"] for one in bad)
    worst = {one["outcome"] for one in bad}
    assert result.exit_code == int("failure" in worst)
    assert said["outcome"] == next((one for one in ("failure", "warning") if one in worst), "ok")
    return [(one["name"], one["outcome"], one["words"]) for one in bad]
