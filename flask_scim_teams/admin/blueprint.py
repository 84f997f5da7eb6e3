"""The console's blueprint: who may pass, what every answer carries, and what errors look like."""

from __future__ import annotations

from flask import Blueprint
from flask import request
from flask.blueprints import BlueprintSetupState
from flask_wtf.csrf import CSRFError
from flask_wtf.csrf import generate_csrf
from flask_wtf.csrf import validate_csrf
from werkzeug import Response
from werkzeug.exceptions import HTTPException
from wtforms import ValidationError

from flask_scim_teams.admin.clients import add_client_pages
from flask_scim_teams.admin.connect import add_connect_pages
from flask_scim_teams.admin.console import Console
from flask_scim_teams.admin.console import Guard
from flask_scim_teams.admin.console import Service
from flask_scim_teams.admin.console import passed
from flask_scim_teams.admin.drift import add_drift_page
from flask_scim_teams.admin.log import add_log_pages
from flask_scim_teams.admin.moments import moment
from flask_scim_teams.admin.overview import add_overview
from flask_scim_teams.admin.refusals import refuse
from flask_scim_teams.admin.resources import add_resource_pages
from flask_scim_teams.admin.settings import add_settings_page
from flask_scim_teams.admin.tokens import add_token_pages
from flask_scim_teams.admin.translation import N_
from flask_scim_teams.admin.translation import _
from flask_scim_teams.core.errors import SetupError

#: The one form field that every POST has, whatever else is in it.
_FIELD = "csrf_token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: What the console's navigation shows: an endpoint, its words, and the endpoints below it.
_PAGES = (
    ("overview", N_("Overview"), ()),
    (
        "connect",
        N_("Connect"),
        ("create_connection", "connection", "confirm_disable", "disable", "create_token", "test"),
    ),
    ("tokens", N_("Tokens"), ("rotate", "confirm_revoke", "revoke")),
    (
        "clients",
        N_("OAuth clients"),
        (
            "create_client",
            "client",
            "create_secret",
            "confirm_revoke_secret",
            "confirm_disable_client",
        ),
    ),
    ("log", N_("Log"), ("entry",)),
    ("users", N_("Users"), ()),
    ("teams", N_("Teams"), ()),
    ("drift", N_("Drift"), ()),
    ("settings", N_("Settings"), ()),
)
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: a host whose own Flask-WTF protection is on checks the referrer of a POST.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def admin_blueprint(
    scim: Service,
    *,
    guard: Guard,
    fresh: Guard | None = None,
    url_prefix: str = "/settings/scim",
    layout: str = "scim_admin/layout.html",
    guides: str | None = None,
) -> Blueprint:
    """Return the console, to be registered on the app.

    :param scim: the :class:`~flask_scim_teams.ScimTeams` of the app.
    :param guard: called before every page: ``True`` lets pass, a response - a redirect to the
        log-in - is answered instead, and all else is refused with 403. The console shows the users
        and teams of all tenants: let the service's operators pass, not the administrators of one.
    :param fresh: called in the same way before a token, an OAuth client or a secret is made, for a
        log-in that is asked for once more.
    :param layout: a template of the host's that the pages are put into, with the blocks ``title``,
        ``head`` and ``content``.
    :param guides: address that the guides for providers are below: ``entra.html`` and so on.
    :raises SetupError: without a guard, and on registration if the app has no secret key.
    """
    if not callable(guard):
        raise SetupError(
            "The admin console is open to nobody until it is told to whom: pass guard, a function "
            "that returns True for those who may see it."
        )
    if fresh is not None and not callable(fresh):
        raise SetupError("fresh is a function that returns True for a log-in that is fresh.")
    console = Console(scim=scim, guard=guard, fresh=fresh, layout=layout, guides=guides)
    blueprint = Blueprint(
        "scim_admin",
        __name__,
        url_prefix=url_prefix.rstrip("/"),
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    blueprint.record_once(_check)
    blueprint.before_request(lambda: _let_in(console))
    blueprint.after_request(_harden)
    blueprint.register_error_handler(HTTPException, refuse)
    blueprint.context_processor(
        lambda: {
            "_": _,
            "csrf_field": _FIELD,
            "csrf_value": lambda: generate_csrf(token_key=_FIELD),
            "moment": moment,
            "scim_admin_pages": [one for one in _PAGES if _is_there(scim, one[0])],
        }
    )
    add_overview(blueprint, console)
    add_connect_pages(blueprint, console)
    add_token_pages(blueprint, console)
    add_client_pages(blueprint, console)
    add_log_pages(blueprint, console)
    add_resource_pages(blueprint, console)
    add_drift_page(blueprint, console)
    add_settings_page(blueprint, console)
    return blueprint


def _is_there(scim: Service, page: str) -> bool:
    """Whether this app has what the page shows."""
    if page == "log":
        return scim.log.policy.enabled
    return page != "clients" or scim.settings.oauth is not None


def _check(state: BlueprintSetupState) -> None:
    if not state.app.secret_key:
        raise SetupError("The admin console's forms are signed: set SECRET_KEY before it is added.")


def _let_in(console: Console) -> Response | None:
    """Deny by default, and hold every request that could change something to its form."""
    answer = passed(console.guard)
    if answer is None and request.method not in _SAFE:
        try:
            # Here for all views, rather than in each form, where one can be forgotten.
            validate_csrf(request.form.get(_FIELD), token_key=_FIELD)
        except ValidationError as error:
            raise CSRFError(str(error)) from None
    return answer


def _harden(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    if request.endpoint == "scim_admin.static":
        response.headers["Cache-Control"] = "private, no-cache"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response
