"""Sign-in of the documentation's application."""

from __future__ import annotations

# begin: sign-in
import os

from flask import Flask
from flask import session
from sqlalchemy import select

from flask_scim_teams.sso import Identity
from flask_scim_teams.sso import entra
from flask_scim_teams.sso import okta
from flask_scim_teams.sso import sso_blueprint
from myapp.models import User
from myapp.models import db
from myapp.provisioning import scim


def add_sign_in(app: Flask) -> None:
    providers = [
        entra(
            tenant="11111111-2222-3333-4444-555555555555",
            client_id="66666666-7777-8888-9999-000000000000",
            client_secret=os.environ["ENTRA_CLIENT_SECRET"],
            connection="Entra",
        ),
        okta(
            domain="acme.okta.com",
            client_id="0oa1b2c3d4",
            client_secret=os.environ["OKTA_CLIENT_SECRET"],
            connection="Okta",
        ),
    ]
    app.register_blueprint(sso_blueprint(scim, providers=providers, login_user=log_in))


def log_in(identity: Identity) -> None:
    user = db.session.scalars(select(User).where(User.scim_id == identity.user_id)).one()
    session["user_id"] = user.id


# end: sign-in
