"""Operations: what each endpoint takes, and every status it can answer."""

from __future__ import annotations

from typing import Any

from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.openapi.answers import body
from flask_scim_teams.openapi.answers import refusals
from flask_scim_teams.openapi.answers import success
from flask_scim_teams.openapi.resources import component

Operations = dict[str, dict[str, Any]]

_PROJECTION = ["attributes", "excludedAttributes"]
_LIST = ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", *_PROJECTION]
_ASKED = "400 401 403"
_BODY = "413 415"
#: What a change of a stored resource can come to.
_CHANGED = "404 409 412 503"


def collection(kind: ResourceType) -> Operations:
    """Return the operations of ``/Users``."""
    name, tag = component(kind), [kind.name]
    created = success(
        f"The {kind.name} as it was created.",
        name,
        "ETag",
        "Location",
        **{
            f"{verb}{name}": {
                "operationId": f"{verb}{name}",
                "parameters": {"id": "$response.body#/id"},
            }
            for verb in ("read", "replace", "modify", "delete")
        },
    )
    return {
        "get": {
            "operationId": f"list{name}",
            "summary": f"Lists resources of the type {kind.name}.",
            "tags": tag,
            "parameters": _LIST,
            "responses": {
                "200": success("A page of the list.", component(kind, "List")),
                **refusals(_ASKED),
            },
        },
        "post": {
            "operationId": f"create{name}",
            "summary": f"Creates a resource of the type {kind.name}.",
            "tags": tag,
            "parameters": _PROJECTION,
            "requestBody": body(component(kind, "Write")),
            "responses": {"201": created, **refusals(f"{_ASKED} 409 {_BODY} 503")},
        },
    }


def search(name: str, found: str, tag: str) -> Operations:
    """Return the operation of a ``/.search``.

    :param name: what the operation's name ends in.
    :param found: the component that is the answer.
    """
    return {
        "post": {
            "operationId": f"search{name}",
            "summary": "Lists resources; the parameters are in the body and not in the URI.",
            "tags": [tag],
            "requestBody": body("SearchRequest"),
            "responses": {
                "200": success("A page of the list.", found),
                **refusals(f"{_ASKED} {_BODY}"),
            },
        }
    }


def resource(kind: ResourceType) -> Operations:
    """Return the operations of ``/Users/{id}``."""
    return _resource(kind, component(kind), ["id"])


def me(kind: ResourceType) -> Operations:
    """Return the operations of ``/Me``, which stands for the caller's own resource."""
    return _resource(kind, "Me", [])


def _resource(kind: ResourceType, name: str, place: list[str]) -> Operations:
    tag, shown = [kind.name], component(kind)
    one = success(f"The {kind.name}.", shown, "ETag", "Content-Location")
    changed = success(f"The {kind.name}.", shown, "ETag", "Content-Location", "Location")
    modified = {"200": changed}
    if kind.is_group:
        modified["204"] = success("Done; a projection asks for a body.", None, "ETag", "Location")
    return {
        "get": {
            "operationId": f"read{name}",
            "summary": f"Returns the {kind.name}.",
            "tags": tag,
            "parameters": [*place, *_PROJECTION, "If-None-Match"],
            "responses": {
                "200": one,
                "304": success("If-None-Match names the version it is at.", None, "ETag"),
                **refusals(f"{_ASKED} 404"),
            },
        },
        "put": {
            "operationId": f"replace{name}",
            "summary": f"Replaces the {kind.name}: what is left out is cleared.",
            "tags": tag,
            "parameters": [*place, *_PROJECTION, "If-Match"],
            "requestBody": body(component(kind, "Write")),
            "responses": {"200": changed, **refusals(f"{_ASKED} {_BODY} {_CHANGED}")},
        },
        "patch": {
            "operationId": f"modify{name}",
            "summary": f"Modifies the {kind.name} by operations, all of them or none.",
            "tags": tag,
            "parameters": [*place, *_PROJECTION, "If-Match"],
            "requestBody": body("PatchOp"),
            "responses": {**modified, **refusals(f"{_ASKED} {_BODY} {_CHANGED}")},
        },
        "delete": {
            "operationId": f"delete{name}",
            "summary": f"Deletes the {kind.name}.",
            "tags": tag,
            "parameters": [*place, "If-Match"],
            "responses": {"204": success("Done."), **refusals(f"401 403 {_CHANGED}")},
        },
    }


def root() -> Operations:
    """Return the operation of ``/``: resources of all types."""
    return {
        "get": {
            "operationId": "listAll",
            "summary": "Lists resources of all types.",
            "tags": ["Search"],
            "parameters": _LIST,
            "responses": {"200": success("A page of the list.", "List"), **refusals(_ASKED)},
        }
    }


def bulk() -> Operations:
    """Return the operation of ``/Bulk``: several requests in one."""
    return {
        "post": {
            "operationId": "bulk",
            "summary": "Does what several requests would; each has a status of its own.",
            "tags": ["Bulk"],
            "requestBody": body("BulkRequest"),
            "responses": {
                "200": success("What came of each operation.", "BulkResponse"),
                **refusals(f"{_ASKED} {_BODY}"),
            },
        }
    }


def not_offered(name: str, *methods: str) -> Operations:
    """Return operations that answer 501 and nothing else."""
    return {
        method: {
            "operationId": f"{method}{name}",
            "summary": "Not offered.",
            "tags": [name],
            "responses": refusals("401 501"),
        }
        for method in methods
    }


def document(kind: str, *, public: bool) -> Operations:
    """Return the operation of one discovery document, or of the document under an id."""
    by_id = kind != "ServiceProviderConfig"
    return _discovery(
        f"read{kind}",
        f"Returns the {kind}.",
        success("The document.", kind),
        ["id"] if by_id else [],
        refusals("401 403 404" if by_id else "401 403"),
        public=public,
    )


def documents(kind: str, *, public: bool) -> Operations:
    """Return the operation of a list of discovery documents."""
    found = success("All of them.", f"{kind}.List")
    return _discovery(
        f"list{kind}", f"Lists every {kind}.", found, [], refusals("401 403"), public=public
    )


def _discovery(
    name: str,
    summary: str,
    answer: dict[str, Any],
    place: list[str],
    refused: dict[str, str],
    *,
    public: bool,
) -> Operations:
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "tags": ["Discovery"],
        "parameters": place,
        "responses": {"200": answer, **refused},
    }
    if public:
        operation["security"] = [{}, {"bearer": []}]
    return {"get": operation}
