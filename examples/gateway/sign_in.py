"""People who sign in at their identity provider, and come into their teams by it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping

from flask import Blueprint
from flask import Flask
from flask import redirect
from flask import request
from flask import session
from flask import url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select

from examples.gateway.models import User
from examples.gateway.models import db
from examples.gateway.provisioning import scim
from flask_scim_teams.sso import Identity
from flask_scim_teams.sso import Provider
from flask_scim_teams.sso import auth0
from flask_scim_teams.sso import entra
from flask_scim_teams.sso import google
from flask_scim_teams.sso import keycloak
from flask_scim_teams.sso import oidc
from flask_scim_teams.sso import okta
from flask_scim_teams.sso import onelogin
from flask_scim_teams.sso import sso_blueprint

PRESETS: Mapping[str, Callable[..., Provider]] = {
    "entra": entra,
    "okta": okta,
    "google": google,
    "onelogin": onelogin,
    "keycloak": keycloak,
    "auth0": auth0,
    "oidc": oidc,
}
# What is said by "yes" and not by a text.
SWITCHES = frozenset({"create_users", "require_groups", "allow_localhost"})

blueprint = Blueprint("sign_in", __name__)


class SignOutForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Nothing but what every form carries against forgery."""


# begin: sign-in
def init_app(app: Flask) -> None:
    """Let people in whom their identity providers know; each has a button."""
    providers = [configured(name, given) for name, given in app.config["SSO"].items()]
    app.extensions["gateway_sso"] = providers
    if providers:
        app.register_blueprint(
            sso_blueprint(
                scim, providers=providers, login_user=log_in, base_url=app.config["BASE_URL"]
            )
        )
    app.before_request(scim.require_active(signed_in))


def log_in(identity: Identity) -> None:
    """Begin the session of a person. The operator's is another one, and ends with this."""
    session["person"] = identity.user_id


def signed_in() -> str | None:
    """Return the SCIM id of whoever is signed in; of nobody where one signs in or out."""
    on_the_way = request.blueprint in ("scim_sso", "sign_in")
    return None if on_the_way else session.get("person")


# end: sign-in


def configured(name: str, given: Mapping[str, str]) -> Provider:
    """Return the provider that the environment describes.

    :raises ValueError: if it describes none.
    """
    if name not in PRESETS:
        raise ValueError(f"GATEWAY_SSO_{name.upper()}: known are {', '.join(PRESETS)}")
    settings = {key: value == "yes" if key in SWITCHES else value for key, value in given.items()}
    try:
        return PRESETS[name](**settings)
    except TypeError as error:
        # "entra() missing 1 required keyword-only argument: 'tenant'"
        raise ValueError(f"GATEWAY_SSO_{name.upper()}: {error}") from None


def person() -> User | None:
    """Return the user who is signed in, if somebody is."""
    scim_id = session.get("person")
    if scim_id is None:
        return None
    user: User | None = db.session.scalar(select(User).where(User.scim_id == scim_id))
    return user


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session of a person here; the one at the identity provider goes on."""
    if SignOutForm().validate_on_submit():
        session.clear()
    return redirect(url_for("home.show"))
