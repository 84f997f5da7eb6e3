"""The application that the documentation provisions, as its pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask import session

from myapp.models import User
from myapp.models import db
from myapp.provisioning import scim


# begin: factory
def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.config.from_mapping(config)
    db.init_app(app)
    scim.init_app(app)
    app.before_request(scim.require_active(signed_in))
    return app


# end: factory


# begin: identify
def signed_in() -> str | None:
    """Return the SCIM id of whoever is signed in, if SCIM made the account."""
    user = db.session.get(User, session["user_id"]) if "user_id" in session else None
    return user.scim_id if user else None


# end: identify
