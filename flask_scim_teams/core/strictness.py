"""Strict mode: what the RFCs do not allow is refused, also where its meaning is plain.

Without it, what identity providers send is bent into what the RFCs allow before it is read
(:mod:`flask_scim_teams.core.dialects`). In strict mode nothing is bent; the checks here run
instead, and refuse what the readers would pass over. What these refuse themselves is left to them.

The scimType is chosen by RFC 7644 section 3.12, table 9. A body that does not conform to the
schemas it is of - an unknown attribute, wrong ``schemas`` - is ``invalidSyntax``, a value that does
not fit its attribute ``invalidValue``. For PATCH the table has no ``invalidSyntax``, and
``invalidPath`` is about the member ``path`` alone: an unknown name inside a value is a value that
is "not compatible with the resource schema", ``invalidValue``.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import InvalidSyntax
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.errors import Mutability
from flask_scim_teams.core.exact_types import check_element
from flask_scim_teams.core.exact_types import check_value
from flask_scim_teams.core.patch import ABSENT
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.patch import Target
from flask_scim_teams.core.patch import parse_path
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema
from flask_scim_teams.core.values import kind


def check_resource(resource_type: ResourceType, body: Any) -> None:
    """Check the body of a POST or PUT.

    ``schemas`` holds the base schema, each URN once, and none of another type (RFC 7643 section
    3); an extension that has attributes is named there (section 3.3); every name is one of the
    schemas' (RFC 7644 section 3.12), and every value has its attribute's JSON type (RFC 7643
    sections 2.3 and 2.4). What is readOnly is not looked at (RFC 7644 section 3.3), null is a
    value of nothing (RFC 7643 section 2.5), and an empty array one of a multi-valued attribute.

    :raises InvalidSyntax: if ``schemas`` is wrong, or a name is unknown.
    :raises InvalidValue: if a value is of another JSON type than its attribute.
    """
    if not isinstance(body, Mapping):
        raise InvalidSyntax(f"The body has to be a JSON object, not {kind(body)}.")
    given = next((value for name, value in body.items() if name.lower() == "schemas"), None)
    declared = _urns(resource_type, given, InvalidSyntax)
    _require_base(resource_type, declared, InvalidSyntax)
    for name, value in body.items():
        extension = _extension(resource_type, name)
        if extension is None:
            attribute = _attribute(resource_type, name, InvalidSyntax)
            if attribute.name != "schemas":
                check_value(attribute, value, attribute.name, InvalidSyntax)
        elif value not in (None, {}):
            if extension.id.lower() not in declared:
                raise InvalidSyntax(
                    f"{extension.id} has attributes, and is not in schemas.", attribute="schemas"
                )
            for path, item in _inside(extension, value, InvalidSyntax):
                check_value(path.attribute, item, str(path), InvalidSyntax)


def check_operations(resource_type: ResourceType, operations: Sequence[Operation]) -> None:
    """Check the operations of a PATCH.

    -   The value of an operation without path is a set of attributes: its keys are their names,
        or URNs of extensions, and never paths (RFC 7644 sections 3.5.2.1 and 3.5.2.3). No
        readOnly attribute is among them, not even as it stands: an operation is on an attribute,
        whatever it would change (section 3.5.2). Inside a value they are ignored, as the RFC's
        own examples with ``display`` want it.
    -   A path, and the filter in it, keep to the grammar (figures 1 and 7).
    -   A value has the JSON type of what the path names: an array for a multi-valued attribute,
        or one of its values to ``add`` (section 3.5.2.1), an object for the elements that a
        filter selects (section 3.5.2.3).
    -   ``remove`` has a path and nothing else (section 3.5.2.2); null is nothing.
    -   What is written to ``schemas``, which follows from the values, is at least possible.

    :raises InvalidFilter: if the filter in a path is outside the grammar.
    :raises InvalidPath: if a path is malformed or unknown.
    :raises InvalidValue: if a value does not fit, has unknown names in it, or ought not to be.
    :raises Mutability: if a value without path has a readOnly attribute, or ``schemas`` would go.
    """
    for operation in operations:
        if operation.path is None:
            _check_without_path(resource_type, operation)
        else:
            _check_at(operation, parse_path(operation.path, resource_type), resource_type)


def _check_without_path(resource_type: ResourceType, operation: Operation) -> None:
    values = operation.value
    if operation.op is Op.REMOVE or not isinstance(values, Mapping):
        # Refused by the planner in either mode.
        return
    if operation.op is Op.REPLACE and not values:
        raise InvalidValue("A path-less replace names one attribute at least.", attribute="value")
    for name, value in values.items():
        extension = _extension(resource_type, name)
        if extension is not None:
            _check_extension(extension, value)
            continue
        attribute = _attribute(resource_type, name, InvalidValue)
        if attribute.name == "schemas":
            _check_schemas(resource_type, operation.op, value)
        else:
            _check_written(AttrPath(None, attribute), value)


def _check_at(operation: Operation, target: Target, resource_type: ResourceType) -> None:
    op, value, path = operation.op, operation.value, target.path
    of_schemas = path is not None and path.attribute.name == "schemas"
    if op is Op.REMOVE:
        if of_schemas:
            raise Mutability("schemas is required and cannot be removed.", attribute="schemas")
        return
    if value is ABSENT or (
        path is not None and not (path.attribute.writable and path.leaf.writable)
    ):
        # Refused by the planner in either mode.
        return
    if path is None:
        assert target.extension is not None
        _check_extension(target.extension, value)
    elif of_schemas:
        single = op is Op.ADD and isinstance(value, str)
        _check_schemas(resource_type, op, [value] if single else value)
    elif value is not None:
        selects = target.filter is not None and path.sub_attribute is None
        adds = op is Op.ADD and path.leaf.multi_valued and not isinstance(value, list)
        check = check_element if selects or adds else check_value
        check(path.leaf, value, str(path), InvalidValue)


def _check_extension(extension: Schema, value: Any) -> None:
    if value is not None:
        for path, item in _inside(extension, value, InvalidValue):
            _check_written(path, item)


def _check_written(path: AttrPath, value: Any) -> None:
    if not path.attribute.writable:
        raise Mutability(f"{path} is readOnly: leave it out.", attribute=str(path))
    check_value(path.attribute, value, str(path), InvalidValue)


def _check_schemas(resource_type: ResourceType, op: Op, value: Any) -> None:
    declared = _urns(resource_type, value, InvalidValue)
    if op is Op.REPLACE:
        _require_base(resource_type, declared, InvalidValue)


def _urns(resource_type: ResourceType, given: Any, error: type[BadRequest]) -> set[str]:
    """Return the URNs in small letters; letter case has no meaning in them (section 2.1)."""
    if not isinstance(given, list) or not given:
        raise error("schemas has to be an array of at least one URN.", attribute="schemas")
    declared: set[str] = set()
    for urn in given:
        if not isinstance(urn, str):
            raise error(f"schemas takes URNs, not {kind(urn)}.", attribute="schemas")
        if resource_type.schema_of(urn) is None:
            raise error(
                f"schemas: {urn!r:.200} is no schema of {resource_type.name}.", attribute="schemas"
            )
        if urn.lower() in declared:
            raise error(f"schemas names {urn} twice.", attribute="schemas")
        declared.add(urn.lower())
    return declared


def _require_base(resource_type: ResourceType, declared: set[str], error: type[BadRequest]) -> None:
    base = resource_type.schema.id
    if base.lower() not in declared:
        raise error(f"schemas has to hold {base}.", attribute="schemas")


def _extension(resource_type: ResourceType, name: str) -> Schema | None:
    schema = resource_type.schema_of(name)
    return schema if schema is not None and resource_type.is_extension(schema) else None


def _attribute(resource_type: ResourceType, name: str, error: type[BadRequest]) -> Attribute:
    attribute = resource_type.attribute(name)
    if attribute is not None:
        return attribute
    homes = [path.urn for path in resource_type.paths() if path.urn and _is_called(path, name)]
    hint = f"; it belongs into an object called {homes[0]}" if homes else ""
    raise error(f"{name!r:.120} is not an attribute of {resource_type.name}{hint}.", attribute=name)


def _is_called(path: AttrPath, name: str) -> bool:
    return path.attribute.name.lower() == name.lower()


def _inside(extension: Schema, value: Any, error: type[BadRequest]) -> list[tuple[AttrPath, Any]]:
    """Return the attributes in an extension's object, and their values."""
    if not isinstance(value, Mapping):
        raise InvalidValue(
            f"{extension.id} takes an object, not {kind(value)}.", attribute=extension.id
        )
    found: list[tuple[AttrPath, Any]] = []
    for name, item in value.items():
        attribute = extension.attribute(name)
        if attribute is None:
            raise error(
                f"{name!r:.120} is not an attribute of {extension.id}.", attribute=extension.id
            )
        found.append((AttrPath(extension.id, attribute), item))
    return found
