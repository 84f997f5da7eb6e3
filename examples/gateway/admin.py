"""The operator: one password, a session, and the console for SCIM behind both."""

from __future__ import annotations

import hashlib
import secrets
import time

from flask import Blueprint
from flask import Flask
from flask import redirect
from flask import render_template
from flask import request
from flask import session
from flask import url_for
from flask.cli import AppGroup
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug import Response
from werkzeug.security import check_password_hash
from werkzeug.security import generate_password_hash
from wtforms import PasswordField

from examples.gateway.models import Operator
from examples.gateway.models import db
from examples.gateway.provisioning import scim
from flask_scim_teams.admin import admin_blueprint

CONSOLE = "/settings/scim"
TEAMS = "/teams"
SESSION = 8 * 60 * 60  # seconds after which the operator logs in again
FRESH = 15 * 60  # seconds in which a log-in is good for making tokens

blueprint = Blueprint("admin", __name__)
commands = AppGroup("admin", help="The operator's own access.")


class LogInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Asks for the password."""

    password = PasswordField("Password")


class LogOutForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Nothing but what every form carries against forgery."""


# begin: console
def init_app(app: Flask) -> None:
    """Put the console behind the operator's log-in."""
    app.register_blueprint(
        admin_blueprint(
            scim, guard=logged_in, fresh=just_logged_in, url_prefix=CONSOLE, layout="console.html"
        )
    )


def logged_in() -> bool | Response:
    """Let the operator pass, and send everybody else to the log-in."""
    return is_logged_in() or to_log_in()


def just_logged_in() -> bool | Response:
    """Ask for the password once more before a token is made."""
    return _since_log_in() < FRESH or to_log_in()


# end: console


def _since_log_in() -> float:
    """Return the seconds since the operator logged in, with the password that is good now."""
    known = session.get("operator")
    operator = db.session.get(Operator, Operator.ONLY)
    if known is None or operator is None or known["password"] != _mark(operator):
        return float("inf")
    # A clock that was set back must not make an old log-in fresh.
    since = time.time() - float(known["at"])
    return since if since >= 0 else float("inf")


def is_logged_in() -> bool:
    """Whether the operator is."""
    return _since_log_in() < SESSION


def to_log_in() -> Response:
    """Ask whoever it is to log in, and come back."""
    return redirect(url_for("admin.log_in", next=request.path))


def _mark(operator: Operator) -> str:
    # Of the password that somebody logged in with: a new one ends all sessions.
    return hashlib.sha256(operator.password_hash.encode()).hexdigest()[:16]


@blueprint.route("/log-in", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    """Ask for the operator's password."""
    form = LogInForm()
    problem = None
    if form.validate_on_submit():
        operator = db.session.get(Operator, Operator.ONLY)
        if operator and check_password_hash(operator.password_hash, form.password.data or ""):
            session.clear()
            session["operator"] = {"at": time.time(), "password": _mark(operator)}
            return redirect(_target())
        problem = "This is not the password."
    elif form.errors:
        problem = "This form is too old. Please try again."
    page = render_template("log_in.html", form=form, problem=problem)
    return page, 200 if problem is None else 400, {"Cache-Control": "no-store"}


def _target() -> str:
    # Nowhere but to the pages behind the log-in: an address is easily made to lead elsewhere.
    target = request.args.get("next", "")
    inside = target == TEAMS or target.startswith((f"{CONSOLE}/", f"{TEAMS}/"))
    return target if inside else f"{CONSOLE}/"


@blueprint.post("/log-out")
def log_out() -> ResponseReturnValue:
    """End the operator's session."""
    if LogOutForm().validate_on_submit():
        session.clear()
    return redirect(url_for("home.show"))


@commands.command("password")
def password_command() -> None:
    """Make a new password for the operator and print it, this once."""
    # Made, not chosen: what nobody can guess needs no lock against guessing.
    password = secrets.token_urlsafe(18)
    operator = Operator(id=Operator.ONLY, password_hash=generate_password_hash(password))
    db.session.merge(operator)
    db.session.commit()
    print(password)
