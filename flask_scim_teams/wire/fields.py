"""marshmallow fields of SCIM attributes; what fits a type is decided in the core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError
from marshmallow import fields

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.patch import member_ids
from flask_scim_teams.core.values import UNASSIGNED
from flask_scim_teams.core.values import accept


class AttributeField(fields.Field[Any]):
    """A SCIM attribute: loads to its canonical value, or to ``UNASSIGNED``."""

    def __init__(self, attribute: Attribute, **kwargs: Any) -> None:
        super().__init__(required=attribute.required, allow_none=True, **kwargs)
        self.scim = attribute

    def deserialize(
        self,
        value: Any,
        attr: str | None = None,
        data: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Load a value; null is the absent state, not a value of its own."""
        if value is None:
            value = UNASSIGNED
        return super().deserialize(value, attr, data, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        accepted = UNASSIGNED if value is UNASSIGNED else accept(self.scim, value)
        if accepted is UNASSIGNED and self.scim.required:
            raise self.make_error("required")
        return accepted


class SchemasField(fields.Field[Any]):
    """The ``schemas`` attribute: a list of URNs, not empty (RFC 7643 section 3)."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, list) or not value:
            raise ValidationError("takes an array of at least one URN.")
        if not all(isinstance(urn, str) and urn for urn in value):
            raise ValidationError("takes URNs, which are strings.")
        return value


class MembersField(fields.Field[Any]):
    """A Group's members: loads to their ids; they are stored apart from the Group."""

    def __init__(self, attribute: Attribute, **kwargs: Any) -> None:
        super().__init__(allow_none=True, **kwargs)
        self.scim = attribute

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[str, ...]:
        return member_ids(self.scim, value)


def in_words(error: ValidationError) -> InvalidValue:
    """Return the first fault marshmallow found, as a SCIM error that names the attribute."""
    path: list[str] = []
    messages: Any = error.messages
    while isinstance(messages, Mapping):
        name, messages = next(iter(messages.items()))
        if name != "_schema":
            path.append(str(name))
    text = messages[0] if isinstance(messages, list) and messages else str(messages)
    if text == "Missing data for required field.":
        text = "is required."
    name = ".".join(path)
    return InvalidValue(f"{name} {text}".strip(), attribute=name or None)
