"""The operations of a PATCH, bent into what the RFC allows before they are planned."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import replace

from flask_scim_teams.core.dialects import entra
from flask_scim_teams.core.dialects import generic
from flask_scim_teams.core.dialects import keycloak
from flask_scim_teams.core.dialects import okta
from flask_scim_teams.core.dialects.bending import Bending
from flask_scim_teams.core.dialects.expressions import read_key
from flask_scim_teams.core.dialects.expressions import read_path
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.patch import ABSENT
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.patch import Target


def bend_operations(operations: Iterable[Operation], id: str, bending: Bending) -> list[Operation]:
    """Return operations that mean the same, with their targets found and their values in type.

    :param id: of the resource that they are about.
    :raises InvalidFilter: if the meaning of a filter in a path is not plain.
    :raises InvalidPath: if a path is malformed or unknown.
    """
    bent: list[Operation] = []
    for operation in operations:
        if operation.path is None:
            bent += _spread(operation, id, bending)
        else:
            bent.append(_aimed(operation, read_path(operation.path, bending), bending))
    return bent


def _spread(operation: Operation, id: str, bending: Bending) -> Iterator[Operation]:
    """Yield an operation for each key of a path-less one: keys are paths (Entra, with its flag).

    ``{"op": "replace", "value": {"name.givenName": "Ada", "urn:...:User:department": "R&D"}}``
    """
    value = bending.bent(keycloak.resource_in_quotes, former=operation.value)
    if operation.op is Op.REMOVE or not isinstance(value, Mapping):
        yield replace(operation, value=value)
        return
    for name, item in value.items():
        if okta.repeats_the_server(name, item, id):
            bending.note(okta.repeats_the_server)
            continue
        try:
            target = read_key(name, bending)
        except BadRequest:
            if "[" in name:
                raise
            # As in a body: what no schema knows is passed over.
            bending.note(generic.unknown_parts)
            continue
        yield _aimed(Operation(operation.op, name, item), target, bending)


def _aimed(operation: Operation, target: Target, bending: Bending) -> Operation:
    """Return an operation with its target, and its value as the target takes it."""
    if target.path is None:
        assert target.extension is not None
        value = operation.value
        return replace(operation, target=target, value=bending.inside(target.extension, value))
    attribute, leaf = target.path.attribute, target.path.leaf
    if operation.op is Op.REMOVE:
        whole = attribute if target.filter is None and leaf is attribute else leaf
        operation = bending.bent(entra.named_in_value, whole, former=operation)
        if operation.listed is not ABSENT:
            operation = replace(operation, listed=bending.value(attribute, operation.listed))
    elif operation.value is not ABSENT and leaf.writable:
        selects = target.filter is not None and leaf is attribute
        bend = bending.one if selects else bending.value
        operation = replace(operation, value=bend(leaf, operation.value))
    return replace(entra.missing_element(operation, target.filter), target=target)
