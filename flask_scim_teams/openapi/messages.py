"""JSON schemas of the protocol's messages and of the discovery documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.patch import MAX_OPERATIONS
from flask_scim_teams.core.patch import Op
from flask_scim_teams.services.discovery import CONFIG_URN
from flask_scim_teams.services.discovery import RESOURCE_TYPE_URN
from flask_scim_teams.services.discovery import SCHEMA_URN
from flask_scim_teams.wire.bulk import BULK_REQUEST
from flask_scim_teams.wire.bulk import BULK_RESPONSE
from flask_scim_teams.wire.messages import ERROR
from flask_scim_teams.wire.messages import LIST_RESPONSE
from flask_scim_teams.wire.messages import PATCH_OP
from flask_scim_teams.wire.messages import SEARCH_REQUEST

_TEXT: dict[str, Any] = {"type": "string"}
_URI: dict[str, Any] = {"type": "string", "format": "uri"}
_FLAG: dict[str, Any] = {"type": "boolean"}
_NUMBER: dict[str, Any] = {"type": "integer", "minimum": 0}
_NAMES: dict[str, Any] = {"type": "array", "items": _TEXT}
_ANYTHING: dict[str, Any] = {}


def _object(required: str = "", /, **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required.split()
    return schema


def _message(urn: str, required: str = "", /, **properties: Any) -> dict[str, Any]:
    schemas = {"type": "array", "items": {"type": "string", "const": urn}, "minItems": 1}
    return _object(f"schemas {required}", schemas=schemas, **properties)


def _list_of(items: Any, **bounds: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **bounds}


def _one_of(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": [str(value) for value in values]}


def _scim_types(refusal: type[ScimError] = ScimError) -> Iterator[str]:
    if refusal.scim_type is not None:
        yield refusal.scim_type
    for narrower in refusal.__subclasses__():
        yield from _scim_types(narrower)


def _meta(resource_type: str) -> dict[str, Any]:
    return _object("location", resourceType={"const": resource_type}, location=_URI)


_LIST_RESPONSE = _message(
    LIST_RESPONSE,
    "totalResults",
    totalResults=_NUMBER,
    startIndex={"type": "integer", "minimum": 1},
    itemsPerPage=_NUMBER,
    Resources=_list_of({"type": "object"}),
    nextCursor=_TEXT,
    previousCursor=_TEXT,
)
_SEARCH_REQUEST = _message(
    SEARCH_REQUEST,
    attributes=_NAMES,
    excludedAttributes=_NAMES,
    filter=_TEXT,
    sortBy=_TEXT,
    sortOrder=_one_of("ascending", "descending"),
    startIndex={"type": "integer"},
    count={"type": "integer"},
    cursor=_TEXT,
)

_OPERATION = _object(
    "op",
    op=_one_of(*Op),
    path={"type": "string", "description": "The attribute, with a filter for some of its values."},
    value={"description": "The value, or without a path an object of several attributes."},
)
_BULK_OPERATION = _object(
    "method path",
    method=_one_of("POST", "PUT", "PATCH", "DELETE"),
    path=_TEXT,
    bulkId=_TEXT,
    version=_TEXT,
    data=_ANYTHING,
)
_BULK_OUTCOME = _object(
    "method status",
    # As it was sent, whatever that was.
    method=_TEXT,
    status={"type": "string", "pattern": "^[1-5][0-9]{2}$"},
    location=_URI,
    bulkId=_TEXT,
    version=_TEXT,
    response=_ANYTHING,
)
_SCHEMA_ATTRIBUTE = _object(
    "name type multiValued description required mutability returned uniqueness",
    name=_TEXT,
    type=_one_of(*Type),
    multiValued=_FLAG,
    description=_TEXT,
    required=_FLAG,
    caseExact=_FLAG,
    canonicalValues=_NAMES,
    mutability=_one_of(*Mutability),
    returned=_one_of(*Returned),
    uniqueness=_one_of(*Uniqueness),
    referenceTypes=_NAMES,
    subAttributes=_list_of("SchemaAttribute"),
)

#: The components that every description has, by name.
MESSAGES: dict[str, dict[str, Any]] = {
    "Error": _message(
        ERROR,
        "status detail",
        status={"type": "string", "pattern": "^[45][0-9]{2}$"},
        scimType=_one_of(*sorted(set(_scim_types()))),
        detail=_TEXT,
    ),
    "ListResponse": _LIST_RESPONSE,
    "SearchRequest": _SEARCH_REQUEST,
    "PatchOp": _message(
        PATCH_OP,
        "Operations",
        Operations=_list_of(_OPERATION, minItems=1, maxItems=MAX_OPERATIONS),
    ),
    "BulkRequest": _message(
        BULK_REQUEST,
        "Operations",
        failOnErrors={"type": "integer", "minimum": 1},
        Operations=_list_of(_BULK_OPERATION, minItems=1),
    ),
    "BulkResponse": _message(BULK_RESPONSE, "Operations", Operations=_list_of(_BULK_OUTCOME)),
    "ServiceProviderConfig": _message(
        CONFIG_URN,
        "patch bulk filter changePassword sort etag authenticationSchemes meta",
        documentationUri=_TEXT,
        patch=_object("supported", supported=_FLAG),
        bulk=_object(
            "supported maxOperations maxPayloadSize",
            supported=_FLAG,
            maxOperations=_NUMBER,
            maxPayloadSize=_NUMBER,
        ),
        filter=_object("supported maxResults", supported=_FLAG, maxResults=_NUMBER),
        pagination=_object(
            "cursor index",
            cursor=_FLAG,
            index=_FLAG,
            defaultPaginationMethod=_one_of("cursor", "index"),
            defaultPageSize=_NUMBER,
            maxPageSize=_NUMBER,
            cursorTimeout=_NUMBER,
        ),
        changePassword=_object("supported", supported=_FLAG),
        sort=_object("supported", supported=_FLAG),
        etag=_object("supported", supported=_FLAG),
        authenticationSchemes=_list_of(
            _object(
                "type name description",
                type=_TEXT,
                name=_TEXT,
                description=_TEXT,
                specUri=_URI,
                documentationUri=_URI,
                primary=_FLAG,
            )
        ),
        meta=_meta("ServiceProviderConfig"),
    ),
    "ResourceType": _message(
        RESOURCE_TYPE_URN,
        "id name endpoint schema meta",
        id=_TEXT,
        name=_TEXT,
        endpoint={"type": "string", "pattern": "^/"},
        description=_TEXT,
        schema=_URI,
        schemaExtensions=_list_of(_object("schema required", schema=_URI, required=_FLAG)),
        meta=_meta("ResourceType"),
    ),
    "SchemaAttribute": _SCHEMA_ATTRIBUTE,
    "Schema": _message(
        SCHEMA_URN,
        "id name attributes meta",
        id=_URI,
        name=_TEXT,
        description=_TEXT,
        attributes=_list_of("SchemaAttribute"),
        meta=_meta("Schema"),
    ),
}

#: The names that the protocol's own components and operations have, in whatever description.
RESERVED = frozenset(MESSAGES) | {"List", "All", "Me"}
