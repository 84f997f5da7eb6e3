"""Bulk messages: BulkRequest in, BulkResponse out (RFC 7644 section 3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError
from marshmallow import fields
from marshmallow import validate

from flask_scim_teams.core.bulk import BulkOperation
from flask_scim_teams.core.errors import InvalidSyntax
from flask_scim_teams.core.errors import PayloadTooLarge
from flask_scim_teams.core.values import kind
from flask_scim_teams.wire.factory import CaseInsensitiveSchema
from flask_scim_teams.wire.fields import SchemasField
from flask_scim_teams.wire.fields import in_words
from flask_scim_teams.wire.messages import load_message

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
_METHODS = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """A bulk request.

    :param fail_on_errors: after how many failures no further operation is tried.
    """

    operations: Sequence[BulkOperation]
    fail_on_errors: int | None


class BulkRequestSchema(CaseInsensitiveSchema):
    """A bulk request's body; its operations are looked at one by one."""

    schemas = SchemasField(required=True)
    fail_on_errors = fields.Integer(
        strict=True,
        allow_none=True,
        load_default=None,
        data_key="failOnErrors",
        validate=validate.Range(min=1, error="has to be 1 at least."),
    )
    operations = fields.List(
        fields.Raw(allow_none=True),
        required=True,
        data_key="Operations",
        validate=validate.Length(min=1, error="has to hold an operation."),
    )


class BulkOperationSchema(CaseInsensitiveSchema):
    """One operation."""

    method = fields.String(required=True)
    path = fields.String(required=True)
    bulk_id = fields.String(allow_none=True, load_default=None, data_key="bulkId")
    version = fields.String(allow_none=True, load_default=None)
    data = fields.Raw(allow_none=True, load_default=None)


_REQUEST, _OPERATION = BulkRequestSchema(), BulkOperationSchema()


def read_bulk(body: Any, *, max_operations: int) -> BulkRequest:
    """Return the request in a body.

    :raises InvalidSyntax: if it is not of the message's shape, or a bulkId is given twice. What is
        wrong with one operation is that operation's ``fault``, and lets the others be.
    :raises PayloadTooLarge: if it has more operations than the service provider takes.
    """
    loaded = load_message(_REQUEST, BULK_REQUEST, body)
    asked = loaded["operations"]
    if len(asked) > max_operations:
        raise PayloadTooLarge(
            f"A bulk request takes {max_operations} operations at the most; this one has "
            f"{len(asked)}."
        )
    operations = [_operation(one) for one in asked]
    named: set[str] = set()
    for operation in operations:
        if operation.method == "POST" and operation.bulk_id is not None:
            if operation.bulk_id in named:
                raise InvalidSyntax(
                    f"The bulkId {operation.bulk_id!r:.80} is given twice.", attribute="bulkId"
                )
            named.add(operation.bulk_id)
    return BulkRequest(operations, loaded["fail_on_errors"])


def _operation(given: Any) -> BulkOperation:
    if not isinstance(given, Mapping):
        fault = InvalidSyntax(f"A bulk operation is an object, not {kind(given)}.")
        return BulkOperation(method="", path="", fault=fault)
    try:
        loaded: dict[str, Any] = _OPERATION.load(given)
    except ValidationError as error:
        names = {name.lower(): item for name, item in given.items()}
        return BulkOperation(
            method=_text(names.get("method")).upper(),
            path=_text(names.get("path")),
            bulk_id=_text(names.get("bulkid")) or None,
            fault=InvalidSyntax(in_words(error).detail),
        )
    method, bulk_id = loaded["method"].upper(), loaded["bulk_id"] or None
    operation = BulkOperation(**{**loaded, "method": method, "bulk_id": bulk_id})
    missing = None
    if operation.method not in _METHODS:
        missing = f"method is one of {', '.join(_METHODS)}, not {operation.method!r:.20}."
    elif operation.method == "POST" and operation.bulk_id is None:
        missing = "bulkId is required with POST."
    elif operation.method != "DELETE" and operation.data is None:
        missing = f"data is required with {operation.method}."
    if missing is None:
        return operation
    return BulkOperation(
        method=operation.method,
        path=operation.path,
        bulk_id=operation.bulk_id,
        fault=InvalidSyntax(missing),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def bulk_response(operations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a BulkResponse."""
    return {"schemas": [BULK_RESPONSE], "Operations": operations}
