"""Message bodies: PatchOp in, ListResponse and Error out (RFC 7644 section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
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
    """One operation; keys that are not the RFC's are left out (Microsoft's collection sends some)."""

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


def read_patch(body: Any) -> Sequence[Operation]:
    """Return the operations of a PATCH body.

    :raises InvalidSyntax: if it is not of the message's shape.
    :raises TooMany: if it has more operations than one request may.
    """
    if not isinstance(body, Mapping):
        raise InvalidSyntax(f"The body has to be a JSON object, not {kind(body)}.")
    try:
        loaded: dict[str, Any] = _PATCH_OP_SCHEMA.load(body)
    except ValidationError as error:
        raise InvalidSyntax(in_words(error).detail) from None
    if not any(urn.lower() == PATCH_OP.lower() for urn in loaded["schemas"]):
        raise InvalidSyntax(f"schemas has to hold {PATCH_OP}.", attribute="schemas")
    operations: Sequence[Operation] = loaded["operations"]
    if len(operations) > MAX_OPERATIONS:
        raise TooMany(f"A request takes {MAX_OPERATIONS} operations at the most.")
    return operations


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


def error_response(error: ScimError) -> dict[str, Any]:
    """Return an Error (section 3.12): the status is a string."""
    message: dict[str, Any] = {"schemas": [ERROR], "status": str(error.status)}
    if error.scim_type is not None:
        message["scimType"] = error.scim_type
    message["detail"] = error.detail
    return message
