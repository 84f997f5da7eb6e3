"""Whether what a PATCH changed is still complete: the rules on values as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability as Writes
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.errors import Mutability
from flask_scim_teams.core.schemas import Extension
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.values import check_whole


def check_changed(
    resource_type: ResourceType, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Refuse changed attributes that lack what is required, or fail their own check.

    To be asked after the last operation: Entra sends the parts of a value one by one. What was
    wrong before the request is let be, or a rule that came later would keep people active.

    :raises InvalidValue: if something is missing or does not fit.
    :raises Mutability: if a required extension was removed.
    """
    for attribute in resource_type.schema.attributes:
        _check_values(attribute, attribute.name, before, after)
    for extension in resource_type.extensions:
        urn = extension.schema.id
        _check_extension(extension, before.get(urn, {}), after.get(urn, {}))


def _check_extension(
    extension: Extension, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    urn = extension.schema.id
    if extension.required and before and not after:
        raise Mutability(f"{urn} is required and cannot be removed.", attribute=urn)
    for attribute in extension.schema.attributes:
        path = f"{urn}:{attribute.name}"
        stored = attribute.mutability not in (Writes.READ_ONLY, Writes.WRITE_ONLY)
        if attribute.required and stored and after and not before and attribute.name not in after:
            raise InvalidValue(f"{path} is required.", attribute=path)
        _check_values(attribute, path, before, after)


def _check_values(
    attribute: Attribute, path: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    value, former = after.get(attribute.name), before.get(attribute.name)
    if not attribute.is_complex or value is None or value == former:
        return
    if not attribute.multi_valued:
        check_whole(attribute, value, path)
        return
    for element in value:
        if element not in (former or ()):
            check_whole(attribute, element, path)
