"""What the provisioning log says of a request, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.errors import InvalidFilter
from flask_scim_teams.core.errors import InvalidPath
from flask_scim_teams.core.errors import InvalidSyntax
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.redaction import ELIDED
from flask_scim_teams.core.redaction import MAX_SHOWN
from flask_scim_teams.core.redaction import differences
from flask_scim_teams.core.redaction import shown_detail
from flask_scim_teams.core.redaction import shown_resource
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.storage.interface import MembershipDelta
from flask_scim_teams.storage.log import Recording
from flask_scim_teams.storage.log import TraceStep

# Longer than any id of ours; a token that was pasted into a URL is.
_UNBROKEN = re.compile(r"[^\s/'\"]{65,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one unit of work does to one resource.

    :param before: ``None`` where it is created.
    :param after: ``None`` where it is deleted.
    :param members: who joined and left a team; of a deleted user, ``teams`` are those it left.
    """

    resource_type: ResourceType
    before: Resource | None
    after: Resource | None
    members: MembershipDelta = field(default_factory=MembershipDelta)
    teams: Sequence[str] = ()

    @property
    def resource(self) -> Resource:
        """The resource, as it is now or last was."""
        resource = self.after or self.before
        assert resource is not None
        return resource


def called(resource_type: ResourceType) -> str:
    """Return what the service calls resources of a type: a Group is a team here."""
    if resource_type.is_group:
        return "team"
    return "user" if resource_type.is_user else resource_type.name


def name_of(resource: Resource) -> str | None:
    """Return what people know the resource by."""
    for attribute in ("userName", "displayName", "name"):
        name = resource.attributes.get(attribute)
        if isinstance(name, str):
            return name
    return resource.external_id


def action_of(change: Change) -> str:
    """Return what happened: "deactivated user", "added 3 members to team"."""
    what = called(change.resource_type)
    before, after, members = change.before, change.after, change.members
    if after is None:
        return f"deleted {what}"
    if before is None:
        inactive = change.resource_type.is_user and not after.active
        made = f"created deactivated {what}" if inactive else f"created {what}"
        return f"{made} with {_counted(members.added)}" if members.added else made
    done: list[str] = []
    old, new = _states(change)
    named = {*old, *new}
    if change.resource_type.is_user and before.active != after.active:
        done.append(f"{'reactivated' if after.active else 'deactivated'} {what}")
        named.discard("active")
    if change.resource_type.is_group and "displayName" in named:
        done.append(f"renamed {what}")
        named.discard("displayName")
    if named or (not done and not members):
        # Something that is never shown may have changed, such as a password.
        done.append(f"updated {what}")
    if members.added:
        done.append(f"added {_counted(members.added)} to {what}")
    if members.removed:
        done.append(f"removed {_counted(members.removed)} from {what}")
    return ", ".join(done)


def shown_states(change: Change) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return before and after, of what changed alone; of members, who left and who came."""
    old, new = _states(change)
    if change.members.removed:
        old["members"] = _ids(change.members.removed)
    if change.members.added:
        new["members"] = _ids(change.members.added)
    if change.teams:
        old["groups"] = _ids(change.teams)
    return (None if change.before is None else old, None if change.after is None else new)


def _states(change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    states: list[Mapping[str, Any]] = [
        {} if one is None else shown_resource(change.resource_type, one)
        for one in (change.before, change.after)
    ]
    return differences(*states)


def _ids(ids: Sequence[str]) -> dict[str, Any]:
    return {"count": len(ids), "ids": list(ids[:MAX_SHOWN])}


def _counted(ids: Sequence[str]) -> str:
    return "1 member" if len(ids) == 1 else f"{len(ids)} members"


_ATTEMPTS = {"POST": "create", "PUT": "replace", "PATCH": "modify", "DELETE": "delete"}


def attempt_of(recording: Recording, *, refused: bool) -> str:
    """Return what was asked for: "tried to create user", "read user", "searched users"."""
    what = recording.resource_type or "service"
    known = {"User": "user", "Group": "team"}.get(what, what)
    if recording.writes:
        wanted = f"{_ATTEMPTS.get(recording.method, 'change')} {known}"
        return f"tried to {wanted}" if refused else "nothing changed"
    if recording.resource_type is None:
        return "tried to use the service" if refused else "looked at the service"
    if recording.resource_id is None:
        return f"tried to search {known}s" if refused else f"searched {known}s"
    return f"tried to read {known}" if refused else f"read {known}"


def detail_of(error: ScimError, recording: Recording, types: ResourceTypes) -> str:
    """Return what a refusal says, less what it may quote of the request."""
    quoting = isinstance(error, InvalidFilter | InvalidPath | InvalidSyntax)
    # Values are quoted of attributes that may be shown; the parameters of a search are no such.
    parameters = isinstance(error, InvalidValue) and not recording.writes
    if quoting or parameters or _is_secret(error, types):
        return _UNBROKEN.sub(ELIDED, shown_detail(error.detail, types))
    return _UNBROKEN.sub(ELIDED, error.detail)


def _is_secret(error: ScimError, types: ResourceTypes) -> bool:
    """Whether a refusal is about an attribute that is never returned, or a part of one."""
    if error.attribute is None:
        return False
    about = error.attribute.lower()
    return any(
        path.leaf.returned is Returned.NEVER
        and about in (str(path).lower(), path.leaf.name.lower())
        for one in types
        for path in (*one.paths(), *one.leaves())
    )


#: What is true of a request that passed a check.
CHECKS = {
    "token": "The token is one of this service, and live.",
    "address": "The token is good from the address that it was used from.",
    "connection": "The connection is active.",
    "rate limit": "The token has not come too often.",
    "endpoint": "The endpoint exists, and takes the method.",
    "scope": "The token's scopes allow it.",
    "media type": "The body is declared as JSON.",
    "JSON": "The body is JSON.",
    "schema": "The body is of the message's shape.",
    "filter": "The filter, sorting and paging can be answered.",
    "resource": "The resource exists.",
    "version": "The resource is at a version that If-Match names.",
    "values": "The values fit their attributes.",
    "uniqueness": "The name is free.",
    "members": "The members exist.",
    "storage": "The change can be stored.",
}

_BY_TYPE = {
    "invalidFilter": "Look at the filter in the provider's matching or mapping settings: name an "
    "attribute that /Schemas lists, and an operator of RFC 7644.",
    "tooMany": "Ask for less at once.",
    "uniqueness": "Another resource has this name: rename one, or have the provider match the one "
    "that is there and take it over.",
    "mutability": "Take the attribute out of the provider's mapping: it cannot be changed here.",
    "invalidSyntax": "The body is not a SCIM message: look at the provider's template or at what "
    "stands between it and this service.",
    "invalidPath": "Correct the attribute's path in the provider's mapping; /Schemas lists those "
    "there are.",
    "noTarget": "The mapping selects a value that the resource does not have: add it first, or "
    "correct the selection.",
    "invalidValue": "Correct the value in the provider's directory, or its attribute mapping.",
    "invalidVers": "Use the URL that ends in /v2.",
    "sensitive": "Send the search as POST to /.search.",
    "invalidCursor": "Begin the list again without a cursor.",
    "expiredCursor": "Begin the list again without a cursor.",
    "invalidCount": "Ask for each page with the count of the first.",
}
_BY_STATUS = {
    401: "Make a new token and paste it into the provider.",
    403: "Make a token with the scope that is missing, and paste it into the provider.",
    404: "It may be deleted, or another tenant's: have the provider look for it again, or restart "
    "its provisioning.",
    405: "The provider uses an endpoint in a way that this service does not offer.",
    409: "Take out what still refers to it first.",
    412: "It changed in between: read it again and repeat the change.",
    413: "Have the provider send less at once.",
    415: "Have the provider send application/scim+json.",
    429: "Have the provider send fewer requests, or raise the limit.",
    501: "Turn the feature off at the provider.",
    503: "Wait: the provider sends it again.",
}


_BY_CHECK = {
    "endpoint": "Correct the URL, or what the provider is to do there, in its settings.",
    "address": "Add the provider's addresses to those that the token is good from.",
    "connection": "Enable the connection, if it is to provision again.",
}


def remedy_of(check: str, status: int, scim_type: str | None) -> str:
    """Return what to do about a refusal."""
    if check == "filter" and scim_type == "invalidValue":
        return "Look at the sorting and paging that the provider asks for: RFC 7644 section 3.4.2."
    if check in _BY_CHECK:
        return _BY_CHECK[check]
    if scim_type in _BY_TYPE:
        return _BY_TYPE[scim_type]
    if status >= 500 and status not in _BY_STATUS:
        return "Look into the service's own log: the reference in the detail leads there."
    return _BY_STATUS.get(status, "Look at the detail.")


def trace_of(
    recording: Recording, *, status: int, error: ScimError | None, detail: str
) -> tuple[TraceStep, ...]:
    """Return what was checked of a refused request, in order, the last of which failed."""
    scim_type = None if error is None else error.scim_type
    failed = recording.checks[-1] if recording.checks else "endpoint"
    if error is not None:
        if scim_type == "uniqueness":
            failed = "uniqueness"
        elif error.attribute == "members" and failed in ("values", "storage"):
            failed = "members"
    # What the store refuses for a reason of its own got no further than to that.
    ended = (failed, "storage") if failed in ("uniqueness", "members") else (failed,)
    passed = [one for one in recording.checks if one not in ended]
    steps = [
        TraceStep(check=one, outcome="passed", words=CHECKS.get(one, "Passed.")) for one in passed
    ]
    remedy = remedy_of(failed, status, scim_type)
    return (*steps, TraceStep(check=failed, outcome="failed", words=detail, remedy=remedy))
