"""The OpenAPI description as a whole."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.openapi import operations
from flask_scim_teams.openapi.answers import add_shared
from flask_scim_teams.openapi.messages import MESSAGES
from flask_scim_teams.openapi.resources import as_returned
from flask_scim_teams.openapi.resources import as_written
from flask_scim_teams.openapi.resources import component
from flask_scim_teams.openapi.resources import list_of

#: Of JSON Schema it speaks the 2020-12 dialect, and so do the tools that read it.
OPENAPI_VERSION = "3.1.0"


def description(
    types: ResourceTypes,
    *,
    url: str,
    max_results: int,
    version: str,
    title: str = "SCIM 2.0",
    me: bool = False,
    public_discovery: bool = False,
) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of the endpoints, ready for JSON.

    :param url: what the endpoints are below: absolute, or a path such as ``/scim/v2``.
    :param max_results: most resources on one page.
    :param version: version of the application that is described.
    :param me: whether ``/Me`` stands for the caller's own user.
    :param public_discovery: whether discovery answers without a token.
    """
    spec = APISpec(
        title=title,
        version=version,
        openapi_version=OPENAPI_VERSION,
        info={"description": "Provisioning of users and teams by SCIM 2.0 (RFC 7643, RFC 7644)."},
        servers=[{"url": url}],
        security=[{"bearer": []}],
    )
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    add_shared(spec, max_results=max_results)
    _add_schemas(spec, types)
    _add_resources(spec, types, me=me)
    _add_across_types(spec)
    _add_discovery(spec, public=public_discovery)
    return spec.to_dict()


def _add_schemas(spec: APISpec, types: ResourceTypes) -> None:
    for name, schema in MESSAGES.items():
        spec.components.schema(name, schema)
    for kind in types:
        spec.components.schema(component(kind), as_returned(kind))
        spec.components.schema(component(kind, "Write"), as_written(kind))
        spec.components.schema(component(kind, "List"), list_of([component(kind)]))
    spec.components.schema("List", list_of(component(kind) for kind in types))
    for name in ("ResourceType", "Schema"):
        spec.components.schema(f"{name}.List", list_of([name]))


def _add_resources(spec: APISpec, types: ResourceTypes, *, me: bool) -> None:
    for kind in types:
        spec.path(kind.endpoint, operations=operations.collection(kind))
        found = component(kind, "List")
        spec.path(
            f"{kind.endpoint}/.search",
            operations=operations.search(component(kind), found, kind.name),
        )
        spec.path(f"{kind.endpoint}/{{id}}", operations=operations.resource(kind))
    unoffered = operations.not_offered("Me", "get", "put", "patch", "delete")
    spec.path("/Me", operations=operations.me(types.user) if me else unoffered)


def _add_across_types(spec: APISpec) -> None:
    spec.path("/", operations=operations.root())
    spec.path("/.search", operations=operations.search("All", "List", "Search"))
    spec.path("/Bulk", operations=operations.bulk())


def _add_discovery(spec: APISpec, *, public: bool) -> None:
    config = "ServiceProviderConfig"
    spec.path(f"/{config}", operations=operations.document(config, public=public))
    for kind in ("ResourceType", "Schema"):
        spec.path(f"/{kind}s", operations=operations.documents(kind, public=public))
        spec.path(f"/{kind}s/{{id}}", operations=operations.document(kind, public=public))
