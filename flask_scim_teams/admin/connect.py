"""Connect: the address to paste, the connections, and a token for one of them."""

from __future__ import annotations

from functools import partial

from flask import Blueprint
from flask import flash
from flask import redirect
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from flask_scim_teams.admin.console import Console
from flask_scim_teams.admin.forms import ConnectionForm
from flask_scim_teams.admin.forms import TokenForm
from flask_scim_teams.admin.steps import STEPS
from flask_scim_teams.admin.translation import _
from flask_scim_teams.checks.check import Check
from flask_scim_teams.core.dialects.providers import PROVIDERS
from flask_scim_teams.services.once import MadeAlready


def add_connect_pages(blueprint: Blueprint, console: Console) -> None:
    """Add the pages to the blueprint."""
    scim = console.scim

    @blueprint.get("/connect")
    def connect() -> str:
        return _connect(ConnectionForm())

    @blueprint.post("/connect")
    def create_connection() -> ResponseReturnValue:
        form = ConnectionForm()
        if not form.validate():
            return _connect(form), 400
        try:
            made = scim.connections.create(
                form.name.data, provider=form.provider.data, tenant=form.tenant.data or ""
            )
        except ValueError as error:
            return _connect(form, str(error)), 400
        flash(_("The connection is made. Next, create a token for it."), "scim_admin")
        return redirect(url_for(".connection", id=made.id))

    def _connect(form: ConnectionForm, problem: str | None = None) -> str:
        return console.page(
            "connect",
            form=form,
            problem=problem,
            tenant_url=console.tenant_url(),
            token_url=console.token_url(),
            connections=scim.connections.list(),
            providers=PROVIDERS,
        )

    @blueprint.get("/connect/<id>")
    def connection(id: str) -> str:
        found = console.connection(id)
        return console.page(
            "connection",
            connection=found,
            provider=PROVIDERS[found.provider],
            tenant_url=console.tenant_url(),
            token_url=console.token_url(),
            tokens=[one for one in scim.tokens.list() if one.connection_id == id],
            status=partial(scim.tokens.status, connections={id: found}),
            every=scim.tokens.scopes,
            steps=STEPS[found.provider],
            guides=console.guides,
        )

    @blueprint.post("/connect/<id>/test")
    def test(id: str) -> ResponseReturnValue:
        found = console.connection(id)
        checks: list[Check] = []
        problem = None
        try:
            checks = scim.test_connection(found.name, write="write" in request.form)
        except ValueError as error:
            problem = str(error)
        page = console.page("test", connection=found, checks=checks, problem=problem)
        return page, 200 if problem is None else 400

    @blueprint.get("/connect/<id>/disable")
    def confirm_disable(id: str) -> str:
        found = console.connection(id)
        return console.page(
            "confirm",
            title=_("Disable %(name)s?", name=found.name),
            words=_(
                "The connection's tokens are refused from the next request on. What it provisioned "
                "stays as it is, and people who leave are no longer deactivated. You can enable it "
                "again."
            ),
            button=_("Disable connection"),
            back=url_for(".connection", id=id),
        )

    @blueprint.post("/connect/<id>/disable")
    def disable(id: str) -> ResponseReturnValue:
        found = console.connection(id)
        scim.connections.disable(found.name)
        flash(_("The connection is disabled: its tokens are refused."), "scim_admin")
        return redirect(url_for(".connection", id=id))

    @blueprint.post("/connect/<id>/enable")
    def enable(id: str) -> ResponseReturnValue:
        found = console.connection(id)
        scim.connections.enable(found.name)
        flash(_("The connection is active: its tokens are good again."), "scim_admin")
        return redirect(url_for(".connection", id=id))

    @blueprint.route("/connect/<id>/token", methods=["GET", "POST"])
    def create_token(id: str) -> ResponseReturnValue:
        found = console.connection(id)
        if (answer := console.refresh()) is not None:
            return answer
        form = TokenForm(scim.tokens.scopes)
        if request.method != "POST":
            form.scopes.data = list(scim.tokens.scopes)
            return console.page("token_form", form=form, connection=found, problem=None)
        problem = None
        if form.validate():
            try:
                made = scim.tokens.create(
                    label=form.label.data,
                    expires_in=form.expires_in,
                    scopes=form.scopes.data,
                    connection=found,
                    addresses=form.networks,
                    id=form.once.data,
                )
            except MadeAlready:
                return console.made_already(
                    _("The token was made when this form was sent before, and was shown then."),
                    url_for(".tokens"),
                )
            except ValueError as error:
                problem = str(error)
            else:
                # On the answer itself: a redirect would have to keep the secret somewhere.
                return console.page(
                    "secret",
                    made=made,
                    connection=found,
                    replaces=None,
                    tenant_url=console.tenant_url(),
                )
        page = console.page("token_form", form=form, connection=found, problem=problem)
        return page, 400
