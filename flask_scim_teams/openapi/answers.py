"""Parameters, headers and responses that operations share, as components."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

MEDIA_TYPE = "application/scim+json"

_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}
_NAMES = {"type": "array", "items": _TEXT}

#: Query parameters: description and schema.
_QUERY: dict[str, tuple[str, dict[str, Any]]] = {
    "filter": ('Which resources, such as `userName eq "ada"` (RFC 7644 section 3.4.2.2).', _TEXT),
    "sortBy": ("The attribute to sort by.", _TEXT),
    "sortOrder": (
        "The direction; ascending if not given.",
        {"type": "string", "enum": ["ascending", "descending"]},
    ),
    "startIndex": ("1-based position of the first resource wanted.", _NUMBER),
    "cursor": ("The page to return: a cursor of an earlier answer, or empty for the first.", _TEXT),
    "attributes": ("The attributes to return, instead of all.", _NAMES),
    "excludedAttributes": ("Attributes to leave out.", _NAMES),
}
_TAGS = 'Entity tags of versions, or `*`, such as `W/"3"`.'

_HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "ETag": ("The version of the resource.", {"type": "string", "pattern": '^W/".+"$'}),
    "Location": ("URI of the resource.", {"type": "string", "format": "uri"}),
    "Content-Location": ("URI of the resource.", {"type": "string", "format": "uri"}),
    "WWW-Authenticate": ("What credential is needed (RFC 6750 section 3).", _TEXT),
    "Retry-After": ("Seconds to wait.", {"type": "integer", "minimum": 0}),
}

#: Refusals by status: the component's name, when it is given, and the headers it has.
_REFUSALS = {
    "400": ("BadRequest", "The request is malformed or asks what cannot be done.", ()),
    "401": ("Unauthorized", "There is no bearer token, or it is not good.", ("WWW-Authenticate",)),
    "403": ("Forbidden", "The token does not allow this.", ()),
    "404": ("NotFound", "There is nothing here, or nothing this token may know of.", ()),
    "409": ("Conflict", "A name is taken, or the resource is in use.", ()),
    "412": ("PreconditionFailed", "The resource is at another version than If-Match says.", ()),
    "413": ("PayloadTooLarge", "The body is over the limit.", ()),
    "415": ("UnsupportedMediaType", "The body is not JSON.", ()),
    "429": ("TooManyRequests", "The token, or the address, came too often.", ("Retry-After",)),
    "501": ("NotImplemented", "This part of SCIM is not offered.", ()),
    "503": ("Unavailable", "Nothing was stored; the same may be sent again.", ("Retry-After",)),
}


def add_shared(spec: APISpec, *, max_results: int) -> None:
    """Add the components that operations refer to by name."""
    for name, (text, schema) in _QUERY.items():
        parameter: dict[str, Any] = {"description": text, "schema": schema}
        if schema is _NAMES:
            parameter |= {"style": "form", "explode": False}
        spec.components.parameter(name, "query", parameter, lazy=True)
    limit = f"Most resources on a page; the server returns {max_results} at the most."
    spec.components.parameter("count", "query", {"description": limit, "schema": _NUMBER})
    spec.components.parameter(
        "id", "path", {"description": "id of the resource.", "schema": _TEXT | {"minLength": 1}}
    )
    for name in ("If-Match", "If-None-Match"):
        given = {"description": _TAGS, "schema": _TEXT}
        spec.components.parameter(name, "header", given, lazy=True)
    for name, (text, schema) in _HEADERS.items():
        header: dict[str, Any] = {"description": text, "schema": schema, "required": True}
        spec.components.header(name, header, lazy=True)
    for name, text, headers in _REFUSALS.values():
        refusal = {"description": text, "content": content("Error")}
        if headers:
            refusal["headers"] = {one: one for one in headers}
        spec.components.response(name, refusal, lazy=True)


def content(schema: str) -> dict[str, Any]:
    """Return the content of a body: the component of that name in SCIM's media type."""
    return {MEDIA_TYPE: {"schema": schema}}


def body(schema: str) -> dict[str, Any]:
    """Return a request body that has to be there."""
    return {"required": True, "content": content(schema)}


def refusals(statuses: str) -> dict[str, str]:
    """Return the error responses of the statuses, which are given with spaces between.

    Whatever asks for a token can also be told that it came too often.
    """
    named = {*statuses.split(), *(("429",) if "401" in statuses else ())}
    return {status: _REFUSALS[status][0] for status in sorted(named)}


def success(text: str, schema: str | None = None, *headers: str, **links: Any) -> dict[str, Any]:
    """Return the response of a request that went well."""
    response: dict[str, Any] = {"description": text}
    if schema is not None:
        response["content"] = content(schema)
    if headers:
        response["headers"] = {one: one for one in headers}
    if links:
        response["links"] = links
    return response
