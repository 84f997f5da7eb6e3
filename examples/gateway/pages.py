"""What all pages for people have in common: what they know, what they carry, how they refuse."""

from __future__ import annotations

from flask import Flask
from flask import Response
from flask import render_template
from flask import request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from examples.gateway.admin import is_logged_in
from examples.gateway.sessions import person
from examples.gateway.sign_in import providers
from examples.gateway.teams import in_dollars

BLUEPRINTS = frozenset({"admin", "home", "sessions", "team_pages"})
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def init_app(app: Flask) -> None:
    """Give the pages what they share."""
    app.context_processor(
        # Functions: a page that does not ask costs no statement.
        lambda: {
            "person": person,
            "is_operator": is_logged_in,
            "providers": providers,
            "stamp": generate_csrf,
        }
    )
    app.add_template_filter(in_dollars, "dollars")
    app.after_request(harden)
    app.register_error_handler(HTTPException, refuse)


def harden(response: Response) -> Response:
    """Let a browser do with a page what it needs, and nothing else."""
    if request.blueprint in BLUEPRINTS:
        response.headers.update(HEADERS)
    elif request.blueprint == "scim_sso":
        # Its headers are its own; but what it shows is a page of ours, with our colours.
        response.headers["Content-Security-Policy"] = POLICY
    return response


def refuse(error: HTTPException) -> ResponseReturnValue:
    """Show a refusal as a page. The APIs have shapes of their own for it."""
    code = error.code or 500
    if error.response is not None or not 400 <= code < 500:
        return error
    return render_template("refusal.html", title=error.name, words=error.description), code
