"""The one page for people: where to point a client and an identity provider."""

from __future__ import annotations

from flask import Blueprint
from flask import current_app
from flask import render_template
from flask import request

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def show() -> str:
    """Show the gateway's addresses."""
    base = current_app.config["BASE_URL"] or request.url_root.rstrip("/")
    return render_template("home.html", base=base)
