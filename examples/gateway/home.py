"""The one page for people: where to point a client and an identity provider."""

from __future__ import annotations

from flask import Blueprint
from flask import current_app
from flask import render_template
from flask import request

from examples.gateway import sign_in

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def show() -> str:
    """Show the gateway's addresses."""
    base = current_app.config["BASE_URL"] or request.url_root.rstrip("/")
    person = sign_in.person()
    return render_template(
        "home.html",
        base=base,
        person=person,
        providers=current_app.extensions["gateway_sso"],
        form=sign_in.SignOutForm() if person else None,
    )
