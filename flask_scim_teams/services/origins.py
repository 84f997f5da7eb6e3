"""What a caller's source says of a resource, kept in the unit of work of the change."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import replace

from flask_scim_teams.core import ownership
from flask_scim_teams.core.errors import Uniqueness
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.services.adapters import adapter_of
from flask_scim_teams.services.words import name_of
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Origin
from flask_scim_teams.storage.interface import Work


def note_creation(
    work: Work, caller: Caller, resource_type: ResourceType, resource: Resource, reference: str
) -> None:
    """Keep what the caller's source says of a resource that is made."""
    if not _has_origins(caller, resource_type):
        return
    if reference:
        check_unknown(work, caller, resource_type, reference)
    work.sources.note(_origin(caller, resource_type, resource, reference, resource.created))


def check_unknown(work: Work, caller: Caller, resource_type: ResourceType, reference: str) -> None:
    """Refuse to give a reference to a second resource.

    What the host removed by hand has none any more.

    :raises Uniqueness: if the source knows a resource by it that is there.
    """
    known = work.sources.find(caller.source, [reference]).get(reference)
    if known is None:
        return
    if adapter_of(work, resource_type).get(known) is not None:
        raise Uniqueness(
            f"{caller.source} knows another {resource_type.name} by {reference!r:.80} already.",
            attribute="reference",
        )
    work.sources.forget(known, caller.source)


def note_change(
    work: Work,
    caller: Caller,
    resource_type: ResourceType,
    resource: Resource,
    mentioned: Collection[str],
    now: str,
    *,
    reference: str | None = None,
    name: str | None = None,
    active: bool | None = None,
) -> bool:
    """Keep what the caller's source says of a resource, if it never said so; return whether.

    :param mentioned: the attributes it speaks of: of others, what it said before is still so.
    :param reference: by which the source knows it from now on; as before, if not said.
    :param name: what it calls it, where that is not what it is called.
    :param active: whether it says that the user is active, where that is not what they are.
    """
    if not _has_origins(caller, resource_type):
        return False
    known = work.sources.origins([resource.id])[resource.id]
    before = next((one for one in known if one.source == caller.source), None)
    if reference and (before is None or before.reference != reference):
        check_unknown(work, caller, resource_type, reference)
    if before is None:
        after = _origin(caller, resource_type, resource, reference or "", now)
    else:
        unique = resource_type.unique_attribute
        renamed = unique is not None and unique.name in mentioned
        after = replace(
            before,
            reference=before.reference if reference is None else reference,
            name=(name_of(resource) or "") if renamed else before.name,
            active=resource.active if "active" in mentioned else before.active,
        )
    if name is not None:
        after = replace(after, name=name)
    if active is not None:
        after = replace(after, active=active)
    if after == before:
        return False
    (work.sources.revise if before else work.sources.note)(replace(after, seen=now))
    return True


def _has_origins(caller: Caller, resource_type: ResourceType) -> bool:
    return bool(caller.source) and (resource_type.is_user or resource_type.is_group)


def _origin(
    caller: Caller, resource_type: ResourceType, resource: Resource, reference: str, seen: str
) -> Origin:
    return Origin(
        resource_id=resource.id,
        resource_type=resource_type.name,
        source=caller.source,
        reference=reference,
        name=name_of(resource) or "",
        active=resource.active,
        seen=seen,
    )


def shown_source(source: str, connections: Mapping[str, str]) -> str:
    """Return what people call a source.

    :param connections: names of the SCIM connections by id.
    """
    kind, _, name = source.partition(":")
    match kind:
        case ownership.SCIM:
            return f"SCIM {connections.get(name, name)}"
        case ownership.SSO:
            return f"sign-in {name}"
        case ownership.DIRECTORY:
            return f"directory {name}"
    return source or "by hand"
