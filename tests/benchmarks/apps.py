"""The two apps under measurement, each made by gunicorn in a process of its own."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine

from flask_scim_teams import ScimTeams
from tests.benchmarks.floor import make_floor
from tests.hosts import own_models


def ours() -> Flask:
    """Return a host with models of its own; its token goes into the file BENCHMARK_TOKEN."""
    engine = create_engine(os.environ["BENCHMARK_DATABASE"])
    base, _, _, backend = own_models(engine)
    base.metadata.create_all(engine)
    scim = ScimTeams(backend)
    app = Flask("ours")
    app.config["SECRET_KEY"] = "a key of the benchmark, long enough to sign"
    scim.init_app(app)
    with app.app_context():
        _tell(scim.tokens.create(label="benchmark").secret)
    return app


def floor() -> Flask:
    """Return the hand-written app, with a token as long as ours."""
    token = "t" * 129
    _tell(token)
    return make_floor(os.environ["BENCHMARK_DATABASE"], token)


def _tell(token: str) -> None:
    Path(os.environ["BENCHMARK_TOKEN"]).write_text(token)
