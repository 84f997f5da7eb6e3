"""A host's own schema, declared with marshmallow and read into the definitions of the core.

The declaration is read once, when the application is set up. What it says and SCIM can keep is
kept; what SCIM cannot keep is refused in words, because a rule that nobody enforces is worse than
none.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import NoReturn

import marshmallow
from marshmallow import ValidationError
from marshmallow import fields
from marshmallow import validate

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.schemas import Schema

_Field = fields.Field[Any]

# A field has the type of the first of these that it is an instance of.
_TYPES: tuple[tuple[type[_Field], Type], ...] = (
    (fields.Url, Type.REFERENCE),
    (fields.String, Type.STRING),  # Email too
    (fields.UUID, Type.STRING),
    (fields.Integer, Type.INTEGER),
    (fields.Float, Type.DECIMAL),
    (fields.Decimal, Type.DECIMAL),
    (fields.Boolean, Type.BOOLEAN),
    (fields.DateTime, Type.DATE_TIME),  # AwareDateTime and NaiveDateTime too
)

# The forms of DateTime that are SCIM's (RFC 7643 section 2.3.5).
_DATE_TIME_FORMATS = (None, "iso", "iso8601")


def schema_from(
    declared: type[marshmallow.Schema] | marshmallow.Schema,
    *,
    id: str,
    name: str | None = None,
    description: str = "",
) -> Schema:
    """Return the SCIM schema that a marshmallow schema declares.

    An attribute is called by its field's ``data_key``, or else by the field's name as it stands.
    ``required``, ``dump_only`` (readOnly) and ``load_only`` (writeOnly, and never returned) mean
    what they mean in marshmallow. What else SCIM knows of an attribute is said in the field's
    ``metadata``: ``description``, and under ``scim`` the characteristics ``mutability``,
    ``returned``, ``uniqueness``, ``caseExact``, ``canonicalValues``, ``referenceTypes`` (RFC 7643
    section 7) and ``kept``, as in :class:`~flask_scim_teams.core.attributes.Attribute`.

    A field's validators, and its type's own rules, are enforced on POST, PUT and PATCH: they see
    the value as marshmallow would have deserialized it, a ``datetime`` for a DateTime. What is
    stored is the value that was sent. The validators of a list are not asked for each value, and
    are therefore refused; those of the field inside are.

    :param declared: the class, or an instance that was made with ``only`` or ``exclude``.
    :param id: URN of the schema.
    :param name: name for people; without it, that of the class, less ``Schema`` at the end.
    :raises SetupError: if the declaration holds what SCIM has no word for; the message names the
        schema and the field.
    """
    schema = _instance(declared)
    title = type(schema).__name__
    if schema.many:
        raise SetupError(f"{title} is made with many; it declares one resource's attributes.")
    return Schema(
        id=id,
        name=name or title.removesuffix("Schema") or title,
        description=description,
        attributes=_attributes(schema, title),
    )


def _instance(declared: Any) -> marshmallow.Schema:
    if isinstance(declared, type) and issubclass(declared, marshmallow.Schema):
        return declared()
    if isinstance(declared, marshmallow.Schema):
        return declared
    raise SetupError(f"{declared!r} is no marshmallow schema.")


def _attributes(schema: marshmallow.Schema, title: str, within: str = "") -> tuple[Attribute, ...]:
    """Return the attributes of a schema, or of the one that the field ``within`` nests."""
    called = f"{title}.{within}".rstrip(".")
    if schema.partial:
        raise SetupError(f"{called} is partial: an attribute is required, or it is not.")
    for hook, methods in type(schema).resolve_hooks().items():
        for method, *_ in methods:
            raise SetupError(
                f"{called}.{method} is decorated with {hook}, and nothing would call it; "
                "a rule belongs into the validate of a field."
            )
    if not schema.fields:
        raise SetupError(f"{called} declares no attribute.")
    return tuple(
        _Declaration(title, f"{within}{name}", field, nested=bool(within)).attribute()
        for name, field in schema.fields.items()
    )


@dataclass(frozen=True, slots=True)
class _Declaration:
    """One field of a declared schema.

    :param title: name of the schema's class, for the words of a refusal.
    :param name: name of the field, behind that of the field it is nested in.
    """

    title: str
    name: str
    field: _Field
    nested: bool

    def attribute(self) -> Attribute:
        """Return what the field declares."""
        element, several = self._element()
        self._refuse_what_nothing_does(element)
        if isinstance(element, fields.Nested):
            declared = self._complex(element)
        else:
            declared = self._simple(element)
        try:
            return Attribute(
                name=self.field.data_key or self.name.rpartition(".")[2],
                description=str(self.field.metadata.get("description", "")),
                multi_valued=several,
                required=self.field.required,
                **{**declared, **self._characteristics()},
            )
        except SetupError as error:
            self._refuse(f"declares no attribute: {error}")

    def _refuse(self, fault: str) -> NoReturn:
        raise SetupError(f"{self.title}.{self.name} {fault}") from None

    def _element(self) -> tuple[_Field, bool]:
        """Return the field of one value, and whether the attribute takes several."""
        field = self.field
        listed = isinstance(field, fields.List)
        element: _Field = field.inner if isinstance(field, fields.List) else field
        several = isinstance(element, fields.Nested) and self._schema_of(element).many
        if listed and several:
            self._refuse("is a list of lists; an attribute has a list of values at the most.")
        if (listed or several) and field.validators:
            self._refuse(
                "validates its list as a whole, and SCIM knows single values only; "
                "let the field inside of the List validate."
            )
        if (listed or several) and self.nested:
            self._refuse("is a list inside of a complex attribute, which takes single values.")
        if listed and element.metadata:
            self._refuse("has metadata inside of its List; the List itself is the attribute.")
        return element, listed or several

    def _schema_of(self, element: fields.Nested) -> marshmallow.Schema:
        if isinstance(element, fields.Pluck):
            self._refuse("is a Pluck field, for which SCIM has no type.")
        try:
            return element.schema
        except (marshmallow.exceptions.RegistryError, ValueError) as error:
            self._refuse(f"nests what is not to be found: {error}")

    def _refuse_what_nothing_does(self, element: _Field) -> None:
        nothing = (None, marshmallow.missing)
        for field in (self.field, element):
            if field.load_default not in nothing or field.dump_default not in nothing:
                self._refuse("has a default; an attribute that is absent stays absent.")
            # Fields of marshmallow before 4.3 have neither.
            if getattr(field, "pre_load", None) or getattr(field, "post_load", None):
                self._refuse("has pre_load or post_load; what is kept is what was sent.")
        if self.field.load_only and self.field.dump_only:
            self._refuse("is both load_only and dump_only: nobody could write or read it.")

    def _simple(self, element: _Field) -> dict[str, Any]:
        found = next((type_ for kind, type_ in _TYPES if isinstance(element, kind)), None)
        if found is None:
            self._refuse(f"is a {type(element).__name__} field, for which SCIM has no type.")
        if isinstance(element, fields.DateTime) and element.format not in _DATE_TIME_FORMATS:
            self._refuse(f"has the format {element.format!r}; a dateTime is ISO 8601.")
        declared: dict[str, Any] = {"type": found, "check": _check_of(element)}
        if found is Type.REFERENCE:
            declared["reference_types"] = ("external",)
        if found is Type.STRING:
            declared["canonical_values"] = _choices(element)
        return declared

    def _complex(self, element: fields.Nested) -> dict[str, Any]:
        if self.nested:
            self._refuse("nests a second time; SCIM knows one level (RFC 7643 section 2.3.8).")
        schema = self._schema_of(element)
        return {
            "type": Type.COMPLEX,
            "sub_attributes": _attributes(schema, self.title, f"{self.name}."),
            "check": _check_of_all(element, schema) if element.validators else None,
        }

    def _characteristics(self) -> dict[str, Any]:
        """Return what the metadata and the field's direction say, by the names of Attribute."""
        said = self.field.metadata.get("scim", {})
        if not isinstance(said, Mapping):
            self._refuse("has something else than a dict for its metadata scim.")
        read: dict[str, Any] = {}
        for name, value in said.items():
            if name not in _CHARACTERISTICS:
                known = ", ".join(_CHARACTERISTICS)
                self._refuse(f"has {name!r} in its metadata scim; known are {known}.")
            keyword, reader = _CHARACTERISTICS[name]
            try:
                read[keyword] = reader(value)
            except (TypeError, ValueError):
                self._refuse(f"has {value!r} for its {name}, which cannot be.")
        for directed, implied in (
            (self.field.dump_only, Mutability.READ_ONLY),
            (self.field.load_only, Mutability.WRITE_ONLY),
        ):
            if directed and read.setdefault("mutability", implied) is not implied:
                self._refuse(f"is {implied} here and {read['mutability']} in its metadata.")
        if read.get("mutability") is Mutability.WRITE_ONLY:
            # RFC 7643 section 2.2: what is writeOnly is never returned.
            read.setdefault("returned", Returned.NEVER)
        return read


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(text, str) for text in value):
        raise TypeError(value)
    return tuple(value)


# Each characteristic by its name in /Schemas: the name Attribute has for it, and its reader.
_CHARACTERISTICS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "mutability": ("mutability", Mutability),
    "returned": ("returned", Returned),
    "uniqueness": ("uniqueness", Uniqueness),
    "caseExact": ("case_exact", _flag),
    "canonicalValues": ("canonical_values", _texts),
    "referenceTypes": ("reference_types", _texts),
    "kept": ("kept", _flag),
}


def _choices(element: _Field) -> tuple[str, ...]:
    for validator in element.validators:
        if isinstance(validator, validate.OneOf):
            return tuple(choice for choice in validator.choices if isinstance(choice, str))
    return ()


def _check_of(element: _Field) -> Callable[[Any], str | None]:
    """Return the check that has marshmallow deserialize the value, and thereby validate it."""

    def check(value: Any) -> str | None:
        return _fault(lambda: element.deserialize(value))

    return check


def _check_of_all(
    element: fields.Nested, schema: marshmallow.Schema
) -> Callable[[Any], str | None]:
    """Return the check of a complex value as a whole, beside those of its sub-attributes."""
    known = {field.data_key or name: (name, field) for name, field in schema.fields.items()}
    validated = validate.And(*element.validators)

    def load(value: Mapping[str, Any]) -> None:
        loaded = {}
        for key, (name, field) in known.items():
            if key in value:
                loaded[field.attribute or name] = field.deserialize(value[key])
        validated(loaded)

    def check(value: Any) -> str | None:
        return _fault(lambda: load(value))

    return check


def _fault(load: Callable[[], Any]) -> str | None:
    """Return what marshmallow finds wrong, in words to stand behind the attribute's name."""
    try:
        load()
    except ValidationError as error:
        messages: Any = error.messages
        while isinstance(messages, list | Mapping):
            messages = next(iter(messages.values() if isinstance(messages, Mapping) else messages))
        text = str(messages)
        for sentence, clause in (("Must ", "must "), ("Not ", "is not ")):
            if text.startswith(sentence):
                return clause + text.removeprefix(sentence)
        return f"is refused: {text}"
    return None
