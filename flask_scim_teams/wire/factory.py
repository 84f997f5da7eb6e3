"""marshmallow schemas of resources, built from the attribute definitions: typed once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE
from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError
from marshmallow import fields
from marshmallow import pre_load

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.errors import InvalidSyntax
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema
from flask_scim_teams.core.values import UNASSIGNED
from flask_scim_teams.core.values import kind
from flask_scim_teams.wire.fields import AttributeField
from flask_scim_teams.wire.fields import MembersField
from flask_scim_teams.wire.fields import SchemasField
from flask_scim_teams.wire.fields import in_words


class CaseInsensitiveSchema(MarshmallowSchema):
    """Keys are found in any letter case (RFC 7643 section 2.1); unknown ones are left out."""

    class Meta:
        """marshmallow's options."""

        unknown = EXCLUDE

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._names = {
            (field.data_key or name).lower(): field.data_key or name
            for name, field in self.fields.items()
        }

    @pre_load
    def canonical_names(self, data: Any, **kwargs: Any) -> dict[str, Any]:
        """Rename the keys; the same attribute twice is a mistake of the client's."""
        if not isinstance(data, Mapping):
            raise ValidationError(f"takes an object, not {kind(data)}.")
        named: dict[str, Any] = {}
        for key, value in data.items():
            name = self._names.get(key.lower())
            if name is None:
                continue
            if name in named:
                raise ValidationError("is given twice.", field_name=name)
            named[name] = value
        return named


class ResourceReader:
    """Reads POST and PUT bodies of one resource type.

    What is readOnly is ignored (RFC 7644 section 3.3), what is writeOnly is checked and dropped:
    no password is kept.
    """

    def __init__(self, resource_type: ResourceType) -> None:
        self._type = resource_type
        self._extensions = {
            # A URN has dots, which marshmallow would read as nesting: fields have plain names.
            f"extension{number}": extension
            for number, extension in enumerate(resource_type.extensions)
        }
        self._schema = self._build()

    def read(self, body: Any) -> Draft:
        """Return the canonical content of a body.

        :raises InvalidSyntax: if it is no object, or has no ``schemas``.
        :raises InvalidValue: if a value is missing or does not fit.
        """
        if not isinstance(body, Mapping):
            raise InvalidSyntax(f"The body has to be a JSON object, not {kind(body)}.")
        try:
            loaded = self._schema.load(body)
        except ValidationError as error:
            fault = in_words(error)
            if fault.attribute == "schemas":
                raise InvalidSyntax(fault.detail, attribute="schemas") from None
            raise fault from None
        return self._draft(loaded)

    def _draft(self, loaded: dict[str, Any]) -> Draft:
        members = loaded.pop("members", None) if self._type.name == "Group" else None
        external_id = loaded.pop("externalId", None)
        loaded.pop("schemas", None)
        attributes: dict[str, Any] = {}
        for name, value in loaded.items():
            extension = self._extensions.get(name)
            if extension is not None:
                kept = _kept(extension.schema, value or {})
                if kept:
                    attributes[extension.schema.id] = kept
            else:
                attributes |= _kept(self._type.schema, {name: value})
        for extension in self._extensions.values():
            if extension.required and extension.schema.id not in attributes:
                raise InvalidValue(
                    f"{extension.schema.id} is required.", attribute=extension.schema.id
                )
        if external_id is UNASSIGNED:
            external_id = None
        return Draft(attributes=attributes, external_id=external_id, members=members)

    def _build(self) -> CaseInsensitiveSchema:
        own = _fields(self._type.schema)
        if self._type.name == "Group":
            members = self._type.schema.attribute("members")
            assert members is not None
            own["members"] = MembersField(members)
        external_id = self._type.attribute("externalId")
        assert external_id is not None
        own["externalId"] = AttributeField(external_id)
        own["schemas"] = SchemasField(required=True)
        for name, extension in self._extensions.items():
            nested = _schema_class(extension.schema.name, _fields(extension.schema))
            own[name] = fields.Nested(nested, data_key=extension.schema.id, allow_none=True)
        return _schema_class(self._type.name, own)()


def _kept(schema: Schema, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored of a schema's values."""
    return {
        name: value
        for name, value in values.items()
        if value is not UNASSIGNED and not _dropped(schema.attribute(name))
    }


def _dropped(attribute: Attribute | None) -> bool:
    return attribute is not None and attribute.mutability is Mutability.WRITE_ONLY


def _fields(schema: Schema) -> dict[str, Any]:
    return {a.name: AttributeField(a) for a in schema.attributes if a.writable}


def _schema_class(name: str, own: dict[str, Any]) -> type[CaseInsensitiveSchema]:
    built: type[CaseInsensitiveSchema] = CaseInsensitiveSchema.from_dict(own, name=name)  # type: ignore[assignment]  # from_dict says Schema; it subclasses this one
    return built
