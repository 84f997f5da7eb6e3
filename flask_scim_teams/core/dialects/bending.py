"""The walk through a value or a body that has what is sent bent into what the RFCs allow.

Which departure is asked in which place, and in what order, is in the tables here; what each does is
in its provider's module. What none of them knows is left as it is, for the readers to refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import Final
from typing import TypeVar

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.dialects import authentik
from flask_scim_teams.core.dialects import entra
from flask_scim_teams.core.dialects import generic
from flask_scim_teams.core.dialects import keycloak
from flask_scim_teams.core.dialects import onelogin
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema

T = TypeVar("T")

_Value = Callable[[Attribute, Any], Any]

#: In place of an array.
NOT_AN_ARRAY: Final[tuple[_Value, ...]] = (keycloak.value_in_quotes, onelogin.one_for_array)
#: An array in place of one value.
AN_ARRAY: Final[tuple[_Value, ...]] = (entra.one_in_array,)
#: One value of a complex attribute.
COMPLEX: Final[tuple[_Value, ...]] = (
    keycloak.value_in_quotes,
    entra.bare_reference,
    entra.empty_reference,
    entra.role_display_name,
)
#: One value of a simple attribute that is not of its type.
SIMPLE: Final[tuple[_Value, ...]] = (
    entra.wrapped,
    entra.boolean_in_quotes,
    onelogin.nothing_in_quotes,
)
#: URNs, alone or in front of a name.
SPELLINGS: Final = (entra.old_prefix, onelogin.urn_of_drafts)

_JSON_TYPES: Final[Mapping[Type, type | tuple[type, ...]]] = {
    Type.BOOLEAN: bool,
    Type.INTEGER: int,
    Type.DECIMAL: (int, float),
}


class Bending:
    """One request, and the departures that were bent in it.

    :param resource_type: what the request is about.
    """

    def __init__(self, resource_type: ResourceType) -> None:
        self.resource_type = resource_type
        self._taken: dict[str, None] = {}

    @property
    def taken(self) -> tuple[str, ...]:
        """What was bent, such as ``entra.boolean_in_quotes``, each once."""
        return tuple(self._taken)

    def note(self, departure: Callable[..., Any]) -> None:
        """Count a departure as bent."""
        provider = departure.__module__.rpartition(".")[2]
        self._taken[f"{provider}.{departure.__name__}"] = None

    def bent(self, departure: Callable[..., T], *given: Any, former: T) -> T:
        """Return what a departure makes of its last argument, noting it if that is another."""
        now = departure(*given, former)
        if now is not former:
            self.note(departure)
        return now

    def resource(self, body: Any) -> Any:
        """Return the body of a POST or PUT."""
        if not isinstance(body, Mapping):
            return body
        kind = self.resource_type
        named = self.bent(authentik.without_schemas, kind, former=body)
        found: dict[str, Any] = {}
        moved: dict[str, Mapping[str, Any]] = {}
        for name, value in self.bent(generic.unknown_schemas, kind, former=named).items():
            attribute = kind.attribute(name)
            extension = self.extension(name)
            if attribute is not None:
                bends = attribute.writable and attribute.name != "schemas"
                found[name] = self.value(attribute, value) if bends else value
            elif extension is not None:
                found[name] = self.inside(extension, value)
            elif value is not None:
                renamed = self.extension(self.spelled(name))
                inside = None if renamed is None else self.inside(renamed, value)
                if renamed is not None and isinstance(inside, Mapping):
                    moved[renamed.id] = inside
                else:
                    # An extension's attribute beside its extension too: nothing says whose it is.
                    self.note(generic.unknown_parts)
        # What stands at the right place goes before what was moved there.
        return moved | found

    def spelled(self, text: str) -> str:
        """Return a path or URN with the URN that the RFC has for it."""
        if text[:4].lower() == "urn:":
            for spelling in SPELLINGS:
                text = self.bent(spelling, former=text)
        return text

    def extension(self, urn: str) -> Schema | None:
        """Return the extension with that URN."""
        schema = self.resource_type.schema_of(urn)
        return schema if schema is not None and self.resource_type.is_extension(schema) else None

    def inside(self, extension: Schema, value: Any) -> Any:
        """Return the object with an extension's attributes."""
        if not isinstance(value, Mapping):
            return value
        found: dict[str, Any] = {}
        for name, item in value.items():
            attribute = extension.attribute(name)
            if attribute is None:
                self.note(generic.unknown_parts)
            else:
                found[name] = self.value(attribute, item) if attribute.writable else item
        return found

    def value(self, attribute: Attribute, value: Any) -> Any:
        """Return the value of an attribute."""
        if value is None:
            return None
        if not attribute.multi_valued:
            return self.one(attribute, value)
        if not isinstance(value, list):
            for departure in NOT_AN_ARRAY:
                value = self.bent(departure, attribute, former=value)
            if not isinstance(value, list):
                return value
        if attribute.name == self.resource_type.membership_attribute:
            # There may be very many, of which the reader takes the ids alone. Nothing in place of
            # a member is no member to pass over: what would be left is the whole of the team.
            return [self.element(attribute, m) if isinstance(m, str) else m for m in value]
        value = self.bent(generic.null_in_array, attribute, former=value)
        return [self.element(attribute, item) for item in value]

    def one(self, attribute: Attribute, value: Any) -> Any:
        """Return the one value where there can be no other."""
        if isinstance(value, list):
            for departure in AN_ARRAY:
                value = self.bent(departure, attribute, former=value)
        return self.element(attribute, value)

    def element(self, attribute: Attribute, value: Any) -> Any:
        """Return one value of several."""
        if not attribute.is_complex:
            return self._simple(attribute, value)
        for departure in COMPLEX:
            value = self.bent(departure, attribute, former=value)
        if not isinstance(value, Mapping):
            return value
        known = self.bent(generic.unknown_parts, attribute, former=value)
        found: dict[str, Any] = {}
        for name, item in known.items():
            sub = attribute.sub_attribute(name)
            found[name] = item if sub is None or not sub.writable else self.value(sub, item)
        return found

    def _simple(self, attribute: Attribute, value: Any) -> Any:
        wanted = _JSON_TYPES.get(attribute.type, str)
        if value is None or (isinstance(value, wanted) and value != ""):
            return value
        for departure in SIMPLE:
            value = self.bent(departure, attribute, former=value)
        return value
