"""A person's session: begun by signing in, ended by signing out, by time, or by deactivation."""

from __future__ import annotations

import time

from flask import Blueprint
from flask import Flask
from flask import g
from flask import redirect
from flask import session
from flask import url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.exceptions import Forbidden

from examples.gateway.models import User
from examples.gateway.models import db
from examples.gateway.provisioning import scim
from flask_scim_teams.sso import Identity
from flask_scim_teams.sso import SignInRefused

LASTS = 8 * 60 * 60  # seconds after which a person signs in again

blueprint = Blueprint("sessions", __name__)


class SignOutForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Nothing but what every form carries against forgery."""


# begin: sessions
def init_app(app: Flask) -> None:
    """Look at the session before each request."""
    check = scim.require_active(_scim_id)

    def end_with_the_account() -> None:
        try:
            check()
        except Forbidden:
            session.clear()
            g.pop("person", None)
            raise

    app.before_request(end_with_the_account)


def begin(identity: Identity) -> None:
    """Begin the session of somebody whom an identity provider vouches for."""
    user = db.session.scalar(select(User).where(User.scim_id == identity.user_id))
    if user is None:
        raise SignInRefused("Your account was deleted a moment ago.")
    # A session that somebody else may have planted, and an operator's, are not gone on with.
    session.clear()
    session["person"] = {"id": user.id, "at": time.time()}
    g.person = user


# end: sessions


def person() -> User | None:
    """Return who is signed in."""
    if "person" not in g:
        g.person = _find()
    found: User | None = g.person
    return found


def _find() -> User | None:
    known = session.get("person")
    if known is None:
        return None
    # A clock that was set back must not make a session last longer.
    lasts = 0 <= time.time() - float(known["at"]) < LASTS
    user = db.session.get(User, known["id"]) if lasts else None
    return user if user is not None and user.is_active else None


def _scim_id() -> str | None:
    known = session.get("person")
    if known is None:
        return None
    user = db.session.get(User, known["id"])
    # An account that is gone is nobody's: its session ends like that of a deactivated one.
    return user.scim_id if user is not None else "gone"


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    if SignOutForm().validate_on_submit():
        session.clear()
    return redirect(url_for("home.show"))
