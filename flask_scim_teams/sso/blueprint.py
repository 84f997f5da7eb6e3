"""The pages of sign-in: to the identity provider, back from it, and what is said if that fails."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from flask import Blueprint
from flask import Response
from flask import abort
from flask import current_app
from flask import redirect
from flask import render_template
from flask import request
from flask import session
from flask import url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.ownership import SSO
from flask_scim_teams.services.logger import logger
from flask_scim_teams.sso.arrival import Service
from flask_scim_teams.sso.arrival import person_of
from flask_scim_teams.sso.arrival import signed_in
from flask_scim_teams.sso.client import OpenIDClient
from flask_scim_teams.sso.identity import Identity
from flask_scim_teams.sso.provider import Provider
from flask_scim_teams.sso.refusals import NotPending
from flask_scim_teams.sso.refusals import ProviderFault
from flask_scim_teams.sso.refusals import SignInRefused
from flask_scim_teams.sso.return_path import is_own_path
from flask_scim_teams.storage.interface import Caller

#: A function of the host's that begins the session of a person. What it returns is answered in
#: place of the page that they came for.
LogIn: TypeAlias = Callable[[Identity], ResponseReturnValue | None]

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
#: Of our own pages.
_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignIn:
    """Sign-in, as the host made it."""

    scim: Service
    clients: dict[str, OpenIDClient]
    login_user: LogIn
    default_page: str
    keep: Collection[str]
    base_url: str | None
    template: str


def sso_blueprint(
    scim: Service,
    *,
    providers: Sequence[Provider],
    login_user: LogIn,
    url_prefix: str = "/sso",
    default_page: str = "/",
    keep: Collection[str] = (),
    base_url: str | None = None,
    template: str = "scim_sso/refused.html",
) -> Blueprint:
    """Return the blueprint of sign-in, to be registered on the app.

    ``scim_sso.sign_in`` with ``provider`` and ``next`` is where a button leads;
    ``scim_sso.callback`` is the redirect URI that the provider is told.

    :param scim: the :class:`~flask_scim_teams.ScimTeams` of the app.
    :param login_user: called with a verified :class:`~flask_scim_teams.sso.Identity`, in an empty
        session, to begin the person's. It may return a response, or raise
        :class:`~flask_scim_teams.sso.SignInRefused`.
    :param default_page: path where people go who came for no page of this site.
    :param keep: keys of the session that outlive the log-in.
    :param base_url: scheme and host of the redirect URI, ``https://gateway.example.com``; as the
        request has it, if not said.
    :param template: of the page for refusals, with ``title`` and ``words``.
    :raises SetupError: if there are no providers, two of one name, or no log-in; on registration if
        the app has no secret key.
    """
    if not providers:
        raise SetupError("Nobody can sign in without a provider: pass providers.")
    if not callable(login_user):
        raise SetupError("Pass login_user, a function that begins the session of an Identity.")
    if not is_own_path(default_page):
        raise SetupError(f"default_page is a path of this site, not {default_page!r}.")
    clients = {one.name: OpenIDClient(one) for one in providers}
    if len(clients) < len(providers):
        raise SetupError("Two providers have one name.")
    sign_in = _SignIn(
        scim=scim,
        clients=clients,
        login_user=login_user,
        default_page=default_page,
        keep=tuple(keep),
        base_url=base_url.rstrip("/") if base_url is not None else None,
        template=template,
    )
    blueprint = Blueprint("scim_sso", __name__, url_prefix=url_prefix, template_folder="templates")
    blueprint.record_once(_check)
    blueprint.add_url_rule(
        "/<provider>/sign-in", "sign_in", lambda provider: _begin(sign_in, provider)
    )
    blueprint.add_url_rule(
        "/<provider>/callback", "callback", lambda provider: _finish(sign_in, provider)
    )
    blueprint.register_error_handler(SignInRefused, lambda error: _refuse(sign_in, error))
    blueprint.register_error_handler(ScimError, lambda error: _refuse(sign_in, _unkept(error)))
    blueprint.register_error_handler(HTTPException, lambda error: _say(sign_in, error))
    blueprint.after_request(_harden)
    return blueprint


def _check(state: BlueprintSetupState) -> None:
    if not state.app.secret_key:
        raise SetupError("Sign-in is kept in the session: set SECRET_KEY before it is added.")


def _begin(sign_in: _SignIn, name: str) -> ResponseReturnValue:
    client = _client(sign_in, name)
    target = request.args.get("next", "")
    if not is_own_path(target):
        target = sign_in.default_page
    path = url_for("scim_sso.callback", provider=name)
    here = sign_in.base_url or request.host_url.rstrip("/")
    return redirect(client.begin(here + path, target))


def _finish(sign_in: _SignIn, name: str) -> ResponseReturnValue:
    client = _client(sign_in, name)
    provider = client.provider
    begun = client.pending(_once("state"))
    # Whoever answers for another provider is found out before the code is shown to one (RFC 9207).
    issuer = request.args.get("iss")
    if issuer is None:
        if client.names_itself:
            raise ProviderFault("The answer does not say which issuer it is of.")
    elif not provider.of_many_tenants and issuer != provider.issuer:
        raise ProviderFault("The answer is of another issuer.")
    if "error" in request.args:
        raise _refused_there(_once("error"))
    token = client.redeem(_once("code"), begun)
    person = person_of(client, token, begun["nonce"])
    identity = signed_in(sign_in.scim, provider, person, alone=len(sign_in.clients) == 1)
    _new_session(sign_in.keep)
    answer = sign_in.login_user(identity)
    return redirect(begun["next"]) if answer is None else answer


def _client(sign_in: _SignIn, name: str) -> OpenIDClient:
    client = sign_in.clients.get(name)
    if client is None:
        abort(404, "There is no such identity provider.")
    return client


def _once(name: str) -> str:
    """Return a parameter that is there once.

    :raises NotPending: if it is not.
    """
    values = request.args.getlist(name)
    if len(values) != 1 or not values[0]:
        raise NotPending
    return values[0]


def _new_session(keep: Collection[str]) -> None:
    """Begin a session that nobody knew before: not its content, and not its id."""
    kept = {name: session[name] for name in keep if name in session}
    session.clear()
    regenerate = getattr(current_app.session_interface, "regenerate", None)
    if callable(regenerate):
        # Flask-Session's, where sessions are on the server and cookies hold their ids.
        regenerate(session)
    session.update(kept)


def _refused_there(code: str) -> SignInRefused:
    if code == "access_denied":
        return SignInRefused(
            "The identity provider did not let you in. Your account may not be assigned to this "
            "service.",
            reason="The identity provider answers access_denied.",
        )
    # Anybody can write an address with a text in it: it is shown to nobody.
    known = code.isascii() and code.replace("_", "").isalnum() and len(code) < 40
    return ProviderFault(f"The identity provider answers {code if known else 'an error'}.")


def _unkept(error: ScimError) -> SignInRefused:
    words = "Your account could not be brought up to date. Please try again."
    return SignInRefused(words, status=503, reason=f"What is to be kept cannot be: {error.detail}")


def _refuse(sign_in: _SignIn, refusal: SignInRefused) -> ResponseReturnValue:
    name = (request.view_args or {}).get("provider", "")
    logger.warning("Sign-in with sso:%s was refused: %s", name, refusal.reason)
    # Whoever likes can come without having begun, and as often as they like: not into the log.
    if request.endpoint == "scim_sso.callback" and not isinstance(refusal, NotPending):
        sign_in.scim.log.add_event(
            Caller(source=f"{SSO}:{name}"),
            action="tried to sign in",
            status=refusal.status,
            detail=refusal.reason,
        )
    return _page(sign_in, "You are not signed in", refusal.words, refusal.status)


def _say(sign_in: _SignIn, error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error
    return _page(sign_in, error.name, error.description or error.name, error.code or 500)


def _page(sign_in: _SignIn, title: str, words: str, status: int) -> ResponseReturnValue:
    page = render_template(sign_in.template, title=title, words=words)
    return page, status, {"Content-Security-Policy": _POLICY}


def _harden(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
