"""Tokens: listed, rotated, revoked."""

from __future__ import annotations

from functools import partial

from flask import Blueprint
from flask import flash
from flask import redirect
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from flask_scim_teams.admin.console import Console
from flask_scim_teams.admin.expiry import expiry_warnings
from flask_scim_teams.admin.forms import RotationForm
from flask_scim_teams.admin.translation import _
from flask_scim_teams.services.once import MadeAlready


def add_token_pages(blueprint: Blueprint, console: Console) -> None:
    """Add the pages to the blueprint."""
    scim = console.scim

    @blueprint.get("/tokens")
    def tokens() -> str:
        known = {one.id: one for one in scim.connections.list()}
        all_tokens = scim.tokens.list()
        return console.page(
            "tokens",
            tokens=list(reversed(all_tokens)),
            warnings=expiry_warnings(console, all_tokens, known),
            status=partial(scim.tokens.status, connections=known),
            connections=known,
            every=scim.tokens.scopes,
        )

    @blueprint.route("/tokens/<id>/rotate", methods=["GET", "POST"])
    def rotate(id: str) -> ResponseReturnValue:
        token = console.token(id)
        if (answer := console.refresh()) is not None:
            return answer
        form = RotationForm()
        problem = None
        if request.method == "POST" and form.validate():
            try:
                made = scim.tokens.rotate(id, overlap=form.duration, new_id=form.once.data)
            except MadeAlready:
                return console.made_already(
                    _("The new token was made when this form was sent before, and shown then."),
                    url_for(".tokens"),
                )
            except ValueError as error:
                problem = str(error)
            else:
                return console.page(
                    "secret",
                    made=made,
                    connection=console.connection(token.connection_id or ""),
                    replaces=console.token(id),
                    tenant_url=console.tenant_url(),
                )
        page = console.page("rotate", form=form, token=token, problem=problem)
        return page, 400 if request.method == "POST" else 200

    @blueprint.get("/tokens/<id>/revoke")
    def confirm_revoke(id: str) -> str:
        token = console.token(id)
        return console.page(
            "confirm",
            title=_("Revoke %(label)s?", label=token.label),
            words=_(
                "The token is refused from the next request on, for good. To replace it without a "
                "gap, rotate it."
            ),
            button=_("Revoke token"),
            back=url_for(".tokens"),
        )

    @blueprint.post("/tokens/<id>/revoke")
    def revoke(id: str) -> ResponseReturnValue:
        console.token(id)
        if scim.tokens.revoke(id):
            flash(_("The token is revoked."), "scim_admin")
        else:
            flash(_("The token was revoked already."), "scim_admin")
        return redirect(url_for(".tokens"))
