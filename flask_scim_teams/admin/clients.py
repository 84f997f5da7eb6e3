"""OAuth clients: listed, made, given secrets, switched off and on."""

from __future__ import annotations

from flask import Blueprint
from flask import flash
from flask import redirect
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from flask_scim_teams.admin.console import Console
from flask_scim_teams.admin.forms import ClientForm
from flask_scim_teams.admin.forms import SecretForm
from flask_scim_teams.admin.translation import _
from flask_scim_teams.services.clients import NewSecret
from flask_scim_teams.services.once import MadeAlready
from flask_scim_teams.storage.interface import ClientRecord


def add_client_pages(blueprint: Blueprint, console: Console) -> None:
    """Add the pages to the blueprint; without OAuth they are not there."""

    @blueprint.get("/clients")
    def clients() -> str:
        manager = console.clients()
        return console.page(
            "clients",
            clients=list(reversed(manager.list())),
            connections={one.id: one for one in console.scim.connections.list()},
            every=manager.scopes,
            token_url=console.token_url(),
        )

    @blueprint.route("/clients/new", methods=["GET", "POST"])
    def create_client() -> ResponseReturnValue:
        manager = console.clients()
        if (answer := console.refresh()) is not None:
            return answer
        known = console.scim.connections.list()
        form = ClientForm(manager.scopes, known)
        if request.method != "POST":
            form.scopes.data = list(manager.scopes)
            wanted = request.args.get("connection")
            if wanted in {one.id for one in known}:
                form.connection.data = wanted
            return console.page("client_form", form=form, problem=None)
        problem = None
        if form.validate():
            try:
                return _create(console, form)
            except ValueError as error:
                problem = str(error)
        return console.page("client_form", form=form, problem=problem), 400

    @blueprint.get("/clients/<id>")
    def client(id: str) -> str:
        found = console.client(id)
        known = {one.id: one for one in console.scim.connections.list()}
        return console.page(
            "client",
            client=found,
            connection=known.get(found.connection_id),
            secrets=console.clients().secrets(id),
            every=console.clients().scopes,
            token_url=console.token_url(),
        )

    @blueprint.route("/clients/<id>/secret", methods=["GET", "POST"])
    def create_secret(id: str) -> ResponseReturnValue:
        found = console.client(id)
        if (answer := console.refresh()) is not None:
            return answer
        form = SecretForm()
        if request.method != "POST":
            return console.page("secret_form", form=form, client=found, problem=None)
        problem = None
        if form.validate():
            try:
                made = console.clients().add_secret(
                    id, expires_in=form.expires_in, secret_id=form.once.data
                )
            except MadeAlready:
                return console.made_already(
                    _("The secret was made when this form was sent before, and was shown then."),
                    url_for(".client", id=id),
                )
            except ValueError as error:
                problem = str(error)
            else:
                return _show(console, found, made)
        return console.page("secret_form", form=form, client=found, problem=problem), 400

    @blueprint.get("/clients/<id>/secrets/<secret_id>/revoke")
    def confirm_revoke_secret(id: str, secret_id: str) -> str:
        found = console.client(id)
        return console.page(
            "confirm",
            title=_("Revoke the secret %(id)s?", id=secret_id),
            words=_(
                "The client %(label)s gets no access token for it any more. Access tokens that it "
                "has last until they end, unless you disable the client.",
                label=found.label,
            ),
            button=_("Revoke secret"),
            back=url_for(".client", id=id),
        )

    @blueprint.post("/clients/<id>/secrets/<secret_id>/revoke")
    def revoke_secret(id: str, secret_id: str) -> ResponseReturnValue:
        console.client(id)
        if console.clients().revoke_secret(id, secret_id):
            flash(_("The secret is revoked."), "scim_admin")
        else:
            flash(_("The client has no such secret that is good."), "scim_admin")
        return redirect(url_for(".client", id=id))

    @blueprint.get("/clients/<id>/disable")
    def confirm_disable_client(id: str) -> str:
        found = console.client(id)
        return console.page(
            "confirm",
            title=_("Disable %(name)s?", name=found.label),
            words=_(
                "The client gets no access token, and those it has are refused from the next "
                "request on. You can enable it again."
            ),
            button=_("Disable client"),
            back=url_for(".client", id=id),
        )

    @blueprint.post("/clients/<id>/disable")
    def disable_client(id: str) -> ResponseReturnValue:
        console.client(id)
        console.clients().disable(id)
        flash(_("The client is disabled: its access tokens are refused."), "scim_admin")
        return redirect(url_for(".client", id=id))

    @blueprint.post("/clients/<id>/enable")
    def enable_client(id: str) -> ResponseReturnValue:
        console.client(id)
        console.clients().enable(id)
        flash(_("The client is active: it gets access tokens again."), "scim_admin")
        return redirect(url_for(".client", id=id))


def _create(console: Console, form: ClientForm) -> ResponseReturnValue:
    """Make what the form asks for; show its secret, or go to its page if it has none.

    :raises ValueError: if it cannot be made.
    """
    manager = console.clients()
    signs = form.proof.data == "keys"
    named = {"issuer": form.issuer.data, "subject": form.subject.data}
    named["audience"] = form.audience.data
    if not signs and (form.jwks.data or form.jwks_uri.data or any(named.values())):
        # What was typed is not thrown away unseen.
        raise ValueError(_("A client with a secret has no keys: choose the signature, or none."))
    try:
        made = manager.create(
            label=form.label.data,
            scopes=form.scopes.data,
            connection=console.connection(form.connection.data),
            trust=manager.trust(form.jwks.data, jwks_uri=form.jwks_uri.data, **named)
            if signs
            else None,
            id=form.once.data,
        )
    except MadeAlready:
        return console.made_already(
            _("The client was made when this form was sent before; its secret was shown then."),
            url_for(".client", id=form.once.data),
        )
    if signs:
        flash(_("The client is made. It asks for access tokens with its signature."), "scim_admin")
        return redirect(url_for(".client", id=made.id))
    return _show(console, made, manager.add_secret(made.id, expires_in=form.expires_in))


def _show(console: Console, client: ClientRecord, made: NewSecret) -> str:
    # On the answer itself: a redirect would have to keep the secret somewhere.
    return console.page("client_secret", client=client, made=made, token_url=console.token_url())
