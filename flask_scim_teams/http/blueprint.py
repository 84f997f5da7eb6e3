"""The blueprint: which endpoint is where, who may pass, and what becomes of errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint
from flask import Response
from flask import current_app
from flask import g
from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed

from flask_scim_teams.config import Settings
from flask_scim_teams.core.errors import NotImplementedByProvider
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.http.authentication import authenticate
from flask_scim_teams.http.bulk import BulkEndpoint
from flask_scim_teams.http.discovery import DiscoveryEndpoints
from flask_scim_teams.http.errors import http_error_response
from flask_scim_teams.http.errors import method_not_allowed
from flask_scim_teams.http.errors import not_found
from flask_scim_teams.http.errors import scim_error_response
from flask_scim_teams.http.errors import unexpected
from flask_scim_teams.http.limiting import Limiter
from flask_scim_teams.http.me import MeEndpoint
from flask_scim_teams.http.me import Subject
from flask_scim_teams.http.recording import Recorder
from flask_scim_teams.http.recording import reach
from flask_scim_teams.http.recording import recorded
from flask_scim_teams.http.resources import ResourceEndpoints
from flask_scim_teams.http.search import RootSearch
from flask_scim_teams.http.writing import ResourceWriter
from flask_scim_teams.services.log import ProvisioningLog
from flask_scim_teams.services.provisioning import Provisioning
from flask_scim_teams.services.reading import Reading
from flask_scim_teams.services.verifying import Verifier

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_DISCOVERY = ("ServiceProviderConfig", "ResourceTypes", "Schemas")

View = Callable[..., Response]
#: The methods that have a view, by endpoint.
Routes = dict[str, tuple[str, ...]]


def build_blueprint(
    types: ResourceTypes,
    reading: Reading,
    provisioning: Provisioning,
    tokens: Verifier,
    log: ProvisioningLog,
    settings: Settings,
    subject: Subject | None,
    limiter: Limiter,
) -> Blueprint:
    """Return the blueprint over the services.

    :param subject: tells which user a caller is, for /Me.
    :param limiter: refuses those who come too often.
    """
    blueprint = Blueprint("scim", __name__, url_prefix=settings.url_prefix)
    routes: Routes = {}
    recorder = Recorder(log, settings)
    blueprint.before_app_request(_unrouted(tokens, recorder, settings, routes, limiter))
    blueprint.before_request(_guard(tokens, recorder, settings, limiter))
    blueprint.after_request(recorder.end)
    blueprint.register_error_handler(ScimError, scim_error_response)
    blueprint.register_error_handler(HTTPException, http_error_response)
    blueprint.register_error_handler(Exception, lambda e: scim_error_response(unexpected(e)))

    writers = {one.name: ResourceWriter(one, provisioning, settings=settings) for one in types}
    endpoints = {
        name: ResourceEndpoints(writer, reading, settings) for name, writer in writers.items()
    }
    for resource_type in types:
        name = resource_type.name
        views = endpoints[name]
        _route(
            blueprint,
            routes,
            resource_type.endpoint,
            f"{name}.collection",
            {"GET": views.search, "POST": views.create},
        )
        _route(
            blueprint,
            routes,
            f"{resource_type.endpoint}/.search",
            f"{name}.search",
            {"POST": views.search_posted},
        )
        _route(
            blueprint,
            routes,
            f"{resource_type.endpoint}/<id>",
            f"{name}.resource",
            {
                "GET": views.get,
                "PUT": views.replace,
                "PATCH": views.modify,
                "DELETE": views.delete,
            },
        )
    root = RootSearch(types, reading, settings)
    _route(blueprint, routes, "/", "root", {"GET": root.search})
    _route(blueprint, routes, "/.search", "search", {"POST": root.search_posted})
    bulk = BulkEndpoint(types, writers, provisioning, recorder, settings)
    _route(blueprint, routes, "/Bulk", "bulk", {"POST": bulk.process})
    _route(blueprint, routes, "/Me", "me", _me(endpoints["User"], subject))
    discovery = DiscoveryEndpoints(types, settings)
    for rule, view in (
        ("/ServiceProviderConfig", discovery.config),
        ("/ResourceTypes", discovery.resource_types),
        ("/ResourceTypes/<id>", discovery.resource_type),
        ("/Schemas", discovery.schemas),
        ("/Schemas/<id>", discovery.schema),
    ):
        _route(blueprint, routes, rule, view.__name__, {"GET": view})
    return blueprint


def _me(users: ResourceEndpoints, subject: Subject | None) -> dict[str, View]:
    if subject is None:
        return dict.fromkeys(_METHODS, _not_offered)
    me = MeEndpoint(users, subject)
    return {
        "GET": me.get,
        "POST": me.create,
        "PUT": me.replace,
        "PATCH": me.modify,
        "DELETE": me.delete,
    }


def _methods_here(routes: Routes) -> tuple[str, ...]:
    """Return the methods of the rule that would match if the router knew the request's method."""
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    endpoint, _ = adapter.match(method="GET")
    return routes[endpoint.rpartition(".")[2]]


def _route(
    blueprint: Blueprint, routes: Routes, rule: str, endpoint: str, views: dict[str, View]
) -> None:
    """Register the views of a rule under one endpoint that answers every method.

    Left to the router, a method that has no view would be answered in HTML, past the guard.
    """
    endpoint = endpoint.replace(".", "_")
    allowed = routes[endpoint] = tuple(views)

    def dispatch(**kwargs: Any) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        view = views.get(method)
        if view is None:
            raise method_not_allowed(allowed)
        if "\x00" in request.path:
            # No id holds NUL, and some databases will not even look for one.
            raise not_found()
        return view(**kwargs)

    blueprint.add_url_rule(
        rule,
        endpoint,
        dispatch,
        methods=_METHODS,
        strict_slashes=False,
        merge_slashes=False,
        provide_automatic_options=False,
    )


def _not_offered(**kwargs: Any) -> Response:
    raise NotImplementedByProvider("This service knows no users by their tokens: /Me is nobody.")


def _guard(
    tokens: Verifier, recorder: Recorder, settings: Settings, limiter: Limiter
) -> Callable[[], None]:
    """Deny by default: no view of this blueprint is reached without a good token."""

    def guard() -> None:
        recorder.begin()
        if settings.public_discovery and request.method in ("GET", "HEAD"):
            below = request.path[len(settings.url_prefix) :].strip("/")
            if below.split("/")[0] in _DISCOVERY:
                return
        _enter(tokens, limiter)

    return guard


def _enter(tokens: Verifier, limiter: Limiter) -> None:
    """Let the caller of the current request in, who is known before it is counted."""
    caller = g.scim_caller = recorded(limiter.admit(lambda: authenticate(tokens)))
    limiter.count(caller)
    reach("endpoint")


def _unrouted(
    tokens: Verifier, recorder: Recorder, settings: Settings, routes: Routes, limiter: Limiter
) -> Callable[[], Response | None]:
    """Answer what is below the prefix but on no route; Flask would answer in HTML."""
    below = settings.url_prefix + "/"

    def answer() -> Response | None:
        fault = request.routing_exception
        if fault is None or not (request.path + "/").startswith(below):
            return None
        recorder.begin()
        return recorder.end(scim_error_response(refusal(fault)))

    def refusal(fault: Exception) -> ScimError:
        try:
            _enter(tokens, limiter)
        except ScimError as refused:
            return refused
        except Exception as error:  # noqa: BLE001 - the blueprint's handlers see no routing fault
            return unexpected(error)
        if isinstance(fault, MethodNotAllowed):
            return method_not_allowed(_methods_here(routes))
        return not_found()

    return answer
