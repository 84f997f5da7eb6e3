"""What of a request and of a resource may be kept: what the schemas know, less what is secret.

Nothing is looked for by what it looks like. A value is shown where an attribute is that the schema
declares and that is ever returned; whatever stands anywhere else is replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Final

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.conditions import bind_element
from flask_scim_teams.core.dialects.bending import Bending
from flask_scim_teams.core.dialects.expressions import read_key
from flask_scim_teams.core.dialects.expressions import read_path
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.filters import parse_name
from flask_scim_teams.core.patch import Target
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema

#: Stands where something was that is not kept.
REDACTED: Final = "(redacted)"
#: Stands in a filter or a sentence where a value was.
ELIDED: Final = "…"
#: Most elements of an array, and most operations, that are shown.
MAX_SHOWN = 100
#: Longest text that is shown, in characters.
MAX_TEXT = 1_000
#: Longest JSON text of a request that is kept, in characters.
MAX_REQUEST = 16 * 1024

_OPERATIONS = ("add", "remove", "replace")
_PLAIN_NAME = re.compile(r"[A-Za-z$][A-Za-z0-9_$-]{0,63}", re.ASCII)
_LEXEME = re.compile(r'"(?:[^"\\]|\\.)*"?|[()\[\]]|[^\s()\[\]"]+|\s+')
# A quotation that was cut has no end.
_QUOTED = re.compile(r"(?<!\w)'[^']*(?:'|$)|\"[^\"]*(?:\"|$)")
_GRAMMAR = frozenset(
    [
        "and",
        "or",
        "not",
        "eq",
        "ne",
        "co",
        "sw",
        "ew",
        "gt",
        "ge",
        "lt",
        "le",
        "pr",
        "true",
        "false",
        "null",
    ]
)


def shown_body(resource_type: ResourceType, body: Any) -> Any:
    """Return what may be kept of the body of a POST or PUT."""
    return _bounded(_object(resource_type, body))


def shown_message(resource_type: ResourceType, body: Any) -> Any:
    """Return what may be kept of a PATCH's body."""
    if not isinstance(body, Mapping):
        return REDACTED
    given = {name.lower(): value for name, value in body.items()}.get("operations")
    if not isinstance(given, list):
        return REDACTED
    operations = [_operation(resource_type, one) for one in given[:MAX_SHOWN]]
    return _bounded({"Operations": [*operations, *_further(given)]})


def shown_resource(resource_type: ResourceType, resource: Resource) -> dict[str, Any]:
    """Return a stored resource's attributes, less those that are never returned."""
    found = _object(resource_type, resource.attributes, stored=True)
    if resource.external_id is not None:
        found["externalId"] = resource.external_id
    return dict(found)


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the parts of two states in which they differ, of extensions attribute by attribute."""
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for name in {**before, **after}:
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        if name[:4] == "urn:":
            was, now = differences(was or {}, now or {})
        if was or (was is not None and not isinstance(was, dict)):
            old[name] = was
        if now or (now is not None and not isinstance(now, dict)):
            new[name] = now
    return old, new


def shown_filter(text: str, resource_types: Iterable[ResourceType]) -> str:
    """Return a filter with its names and operators, but none of its values."""
    types = tuple(resource_types)
    return "".join(_lexeme(one, types) for one in _LEXEME.findall(text[:MAX_TEXT]))


def shown_detail(text: str, resource_types: Iterable[ResourceType]) -> str:
    """Return a sentence whose quotations show names and operators alone."""
    types = tuple(resource_types)

    def quoted(found: re.Match[str]) -> str:
        inside = found[0].strip("'\"")
        shown = "".join(_lexeme(one, types) for one in _LEXEME.findall(inside))
        return f"{found[0][0]}{shown}{found[0][0]}"

    return _QUOTED.sub(quoted, text)


def _lexeme(text: str, types: tuple[ResourceType, ...]) -> str:
    if text.isspace() or text in "()[]" or text.lower() in _GRAMMAR:
        return text
    try:
        name = parse_name(text, BadRequest)
    except BadRequest:
        return ELIDED
    known = any(one.resolve(name.urn, name.attribute, name.sub_attribute) for one in types)
    return text if known else ELIDED


def _object(resource_type: ResourceType, body: Any, *, stored: bool = False) -> Any:
    if not isinstance(body, Mapping):
        return REDACTED
    found: dict[str, Any] = {}
    for name, value in body.items():
        attribute = resource_type.attribute(name)
        schema = resource_type.schema_of(name)
        if attribute is not None:
            found[attribute.name] = _value(attribute, value, stored=stored)
        elif schema is not None and resource_type.is_extension(schema):
            found[schema.id] = _inside(schema, value, stored=stored)
        else:
            found[_shown_name(name)] = REDACTED
    return found


def _inside(extension: Schema, value: Any, *, stored: bool = False) -> Any:
    if not isinstance(value, Mapping):
        return None if value is None else REDACTED
    found: dict[str, Any] = {}
    for name, item in value.items():
        attribute = extension.attribute(name)
        if attribute is None:
            found[_shown_name(name)] = REDACTED
        else:
            found[attribute.name] = _value(attribute, item, stored=stored)
    return found


def _value(attribute: Attribute, value: Any, *, stored: bool = False) -> Any:
    """Return a value as far as it may be shown where the attribute stands.

    :param stored: whether it is what is stored. What a client sends for a readOnly attribute is
        nobody's business: it is not even looked at.
    """
    if attribute.returned is Returned.NEVER:
        return REDACTED
    if not (stored or attribute.writable or attribute.name == "schemas"):
        return REDACTED
    match value:
        case list():
            shown = [_value(attribute, item, stored=stored) for item in value[:MAX_SHOWN]]
            return [*shown, *_further(value)]
        case Mapping() if attribute.is_complex:
            found: dict[str, Any] = {}
            for name, item in value.items():
                sub = attribute.sub_attribute(name)
                if sub is None:
                    found[_shown_name(name)] = REDACTED
                else:
                    found[sub.name] = _value(sub, item, stored=stored)
            return found
        case Mapping():
            return REDACTED
        case str() if _holds_secrets(attribute):
            return REDACTED
        case str():
            return value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + ELIDED
    return value


def _operation(resource_type: ResourceType, given: Any) -> Any:
    if not isinstance(given, Mapping):
        return REDACTED
    named = {name.lower(): value for name, value in given.items()}
    op, path, value = named.get("op"), named.get("path"), named.get("value")
    known = isinstance(op, str) and op.lower() in _OPERATIONS
    found: dict[str, Any] = {"op": op if known else REDACTED}
    if path is None:
        if "value" in named:
            found["value"] = _keyed(resource_type, value)
        return found
    target = _target(resource_type, path)
    if target is None:
        found["path"] = shown_filter(path, [resource_type]) if isinstance(path, str) else REDACTED
    else:
        found["path"] = _shown_path(target, path)
    if "value" in named:
        found["value"] = REDACTED if target is None else _aimed(target, value)
    return found


def _keyed(resource_type: ResourceType, value: Any) -> Any:
    """Return the value of an operation without a path, whose keys are paths."""
    if not isinstance(value, Mapping):
        return REDACTED
    found: dict[str, Any] = {}
    for name, item in value.items():
        target = _target(resource_type, name, read=read_key)
        if target is None:
            found[_shown_name(name)] = REDACTED
        else:
            found[_shown_path(target, name)] = _aimed(target, item)
    return found


def _target(resource_type: ResourceType, path: Any, read: Any = read_path) -> Target | None:
    if not isinstance(path, str):
        return None
    try:
        target: Target = read(path, Bending(resource_type))
    except BadRequest:
        return None
    return target


def _shown_path(target: Target, path: str) -> str:
    """Return a path with the filter in it, if that asks for nothing unknown and nothing secret."""
    if target.filter is not None:
        assert target.path is not None
        try:
            bind_element(target.filter, AttrPath(target.path.urn, target.path.attribute))
        except BadRequest:
            return f"{target.path.top}[{ELIDED}]"
    return path[:MAX_TEXT]


def _aimed(target: Target, value: Any) -> Any:
    if target.extension is not None:
        return _inside(target.extension, value)
    attribute = _attribute(target)
    assert target.path is not None
    return REDACTED if attribute.returned is Returned.NEVER else _value(target.path.leaf, value)


def _attribute(target: Target) -> Attribute:
    assert target.path is not None
    return target.path.attribute


def _holds_secrets(attribute: Attribute) -> bool:
    return any(sub.returned is Returned.NEVER for sub in attribute.sub_attributes)


def _further(items: list[Any]) -> list[str]:
    """Return what stands for the elements that are not shown."""
    return [f"({len(items) - MAX_SHOWN} more)"] if len(items) > MAX_SHOWN else []


def _shown_name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else REDACTED


def _bounded(value: Any) -> Any:
    """Return a value whose JSON is not too long, or the beginning of that JSON."""
    text = json.dumps(value, ensure_ascii=False)
    return value if len(text) <= MAX_REQUEST else text[:MAX_REQUEST] + ELIDED
