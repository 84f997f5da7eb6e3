"""Message bodies: PatchOp in, ListResponse and Error out (RFC 7644 section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError
from marshmallow import fields
from marshmallow import post_load
from marshmallow import validate

from flask_scim_teams.core.errors import InvalidSyntax
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.errors import TooMany
from flask_scim_teams.core.patch import ABSENT
from flask_scim_teams.core.patch import MAX_OPERATIONS
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.values import kind
from flask_scim_teams.wire.factory import CaseInsensitiveSchema
from flask_scim_teams.wire.fields import SchemasField
from flask_scim_teams.wire.fields import in_words

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class OpField(fields.String):
    """The ``op`` of an operation, in any letter case: Entra writes ``Add``."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Op:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return Op(text.lower())
        except ValueError:
            raise ValidationError(f"is add, remove or replace, not {text!r:.40}.") from None


class OperationSchema(CaseInsensitiveSchema):
    """One operation; other keys than the RFC's are left out: Microsoft's collection sends some."""

    op = OpField(required=True)
    path = fields.String(allow_none=True, load_default=None)
    value = fields.Raw(allow_none=True, load_default=ABSENT)

    @post_load
    def operation(self, data: dict[str, Any], **kwargs: Any) -> Operation:
        """Return the frozen operation; an empty path is none."""
        return Operation(data["op"], data["path"] or None, data["value"])


class PatchOpSchema(CaseInsensitiveSchema):
    """A PATCH request's body."""

    schemas = SchemasField(required=True)
    operations = fields.List(
        fields.Nested(OperationSchema),
        required=True,
        data_key="Operations",
        validate=validate.Length(min=1, error="has to hold an operation."),
    )


_PATCH_OP_SCHEMA = PatchOpSchema()


def load_message(schema: CaseInsensitiveSchema, urn: str, body: Any) -> dict[str, Any]:
    """Return what a message's schema loads of a body that says it is that message.

    :raises InvalidSyntax: if it is not of the message's shape.
    """
    if not isinstance(body, Mapping):
        raise InvalidSyntax(f"The body has to be a JSON object, not {kind(body)}.")
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        raise InvalidSyntax(in_words(error).detail) from None
    if not any(one.lower() == urn.lower() for one in loaded.pop("schemas")):
        raise InvalidSyntax(f"schemas has to hold {urn}.", attribute="schemas")
    return loaded


def read_patch(body: Any) -> Sequence[Operation]:
    """Return the operations of a PATCH body.

    :raises InvalidSyntax: if it is not of the message's shape.
    :raises TooMany: if it has more operations than one request may.
    """
    loaded = load_message(_PATCH_OP_SCHEMA, PATCH_OP, body)
    operations: Sequence[Operation] = loaded["operations"]
    if len(operations) > MAX_OPERATIONS:
        raise TooMany(f"A request takes {MAX_OPERATIONS} operations at the most.")
    return operations


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """The parameters of a list request, whether they came in the URI or in a body.

    :param cursor: of a walk by cursor (RFC 9865); empty for its first page, ``None`` where pages
        go by number.
    """

    attributes: Sequence[str] = ()
    excluded_attributes: Sequence[str] = ()
    filter: str | None = None
    sort_by: str | None = None
    sort_order: str | None = None
    start_index: int | None = None
    count: int | None = None
    cursor: str | None = None


class SearchRequestSchema(CaseInsensitiveSchema):
    """The body of POST /.search (section 3.4.3)."""

    schemas = SchemasField(required=True)
    attributes = fields.List(fields.String(), allow_none=True)
    excluded_attributes = fields.List(
        fields.String(), allow_none=True, data_key="excludedAttributes"
    )
    filter = fields.String(allow_none=True)
    sort_by = fields.String(allow_none=True, data_key="sortBy")
    sort_order = fields.String(allow_none=True, data_key="sortOrder")
    start_index = fields.Integer(strict=True, allow_none=True, data_key="startIndex")
    count = fields.Integer(strict=True, allow_none=True)
    cursor = fields.String(allow_none=True)


_SEARCH_REQUEST_SCHEMA = SearchRequestSchema()


def read_search(body: Any) -> SearchRequest:
    """Return the parameters in the body of a search.

    :raises InvalidSyntax: if it is not of the message's shape.
    :raises InvalidValue: if a parameter is of the wrong type.
    """
    if not isinstance(body, Mapping):
        raise InvalidSyntax(f"The body has to be a JSON object, not {kind(body)}.")
    try:
        loaded: dict[str, Any] = _SEARCH_REQUEST_SCHEMA.load(body)
    except ValidationError as error:
        fault = in_words(error)
        if fault.attribute == "schemas":
            raise InvalidSyntax(fault.detail, attribute="schemas") from None
        raise fault from None
    if not any(urn.lower() == SEARCH_REQUEST.lower() for urn in loaded.pop("schemas")):
        raise InvalidSyntax(f"schemas has to hold {SEARCH_REQUEST}.", attribute="schemas")
    return SearchRequest(**{name: value for name, value in loaded.items() if value is not None})


def list_response(
    total: int, start_index: int, resources: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a ListResponse (section 3.4.2)."""
    return {
        "schemas": [LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def cursor_response(
    total: int,
    resources: Sequence[Mapping[str, Any]],
    *,
    next_cursor: str | None,
    previous_cursor: str | None,
) -> dict[str, Any]:
    """Return a ListResponse of a walk by cursor (RFC 9865 section 2)."""
    message: dict[str, Any] = {
        "schemas": [LIST_RESPONSE],
        "totalResults": total,
        "itemsPerPage": len(resources),
    }
    if previous_cursor is not None:
        message["previousCursor"] = previous_cursor
    if next_cursor is not None:
        message["nextCursor"] = next_cursor
    message["Resources"] = resources
    return message


def error_response(error: ScimError) -> dict[str, Any]:
    """Return an Error (section 3.12): the status is a string."""
    message: dict[str, Any] = {"schemas": [ERROR], "status": str(error.status)}
    if error.scim_type is not None:
        message["scimType"] = error.scim_type
    message["detail"] = error.detail
    return message
