"""Writes of one resource type: what a request, a bulk operation and /Me have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_scim_teams.config import Settings
from flask_scim_teams.core.dialects.bending import Bending
from flask_scim_teams.core.dialects.operations import bend_operations
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.preconditions import Precondition
from flask_scim_teams.core.redaction import shown_body
from flask_scim_teams.core.redaction import shown_message
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.strictness import check_operations
from flask_scim_teams.core.strictness import check_resource
from flask_scim_teams.http.authentication import authorize
from flask_scim_teams.services.provisioning import Creation
from flask_scim_teams.services.provisioning import Provisioning
from flask_scim_teams.services.reading import Outcome
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.wire.factory import ResourceReader
from flask_scim_teams.wire.messages import read_patch


class ResourceWriter:
    """Reads what a client sent, and has it done.

    :param settings: decides what the caller's connection leaves open.
    """

    def __init__(
        self,
        resource_type: ResourceType,
        provisioning: Provisioning,
        *,
        settings: Settings,
    ) -> None:
        self.resource_type = resource_type
        self._provisioning = provisioning
        self._reader = ResourceReader(resource_type)
        self._settings = settings

    def answers_bare(self, caller: Caller) -> bool:
        """Whether a PATCH is answered with 204.

        The work of changing a Group's members must not grow with how many there are, so it is the
        rule there.
        """
        profile = caller.profile
        if self.resource_type.is_user:
            return not profile.user_patch_body
        configured = self._settings.group_patch_body
        body = configured if profile.group_patch_body is None else profile.group_patch_body
        return self.resource_type.is_group and not body

    def authorize(self, caller: Caller) -> None:
        """Refuse a caller who may not write resources of the type.

        :raises Forbidden: naming the scope that is missing.
        """
        authorize(caller, self.resource_type, write=True)

    def create(self, caller: Caller, body: Any, *, related: bool) -> Outcome:
        """Create the resource that the body describes."""
        return self._provisioning.create(
            caller, self.resource_type, self._read(caller, body), related=related
        )

    def creation(self, caller: Caller, id: str, body: Any) -> Creation:
        """Return what the body describes, to be created with that id together with others."""
        return Creation(self.resource_type, id, self._read(caller, body), caller)

    def replace(
        self,
        caller: Caller,
        id: str,
        body: Any,
        *,
        precondition: Precondition | None,
        related: bool,
    ) -> Outcome:
        """Replace a resource by what the body describes."""
        return self._provisioning.replace(
            caller,
            self.resource_type,
            id,
            self._read(caller, body),
            precondition=precondition,
            related=related,
        )

    def modify(
        self,
        caller: Caller,
        id: str,
        body: Any,
        *,
        precondition: Precondition | None,
        related: bool,
    ) -> Outcome:
        """Modify a resource by the operations in the body."""
        recording = caller.recording
        if recording is not None:
            recording.reach("schema")
            recording.request = shown_message(self.resource_type, body)
        operations: Sequence[Operation] = read_patch(body)
        if is_strict(caller, self._settings):
            check_operations(self.resource_type, operations)
        else:
            bending = Bending(self.resource_type)
            operations = bend_operations(operations, id, bending)
            if recording is not None:
                recording.bent(bending.taken)
        return self._provisioning.modify(
            caller,
            self.resource_type,
            id,
            operations,
            precondition=precondition,
            related=related,
        )

    def delete(self, caller: Caller, id: str, *, precondition: Precondition | None) -> None:
        """Delete a resource."""
        self._provisioning.delete(caller, self.resource_type, id, precondition=precondition)

    def _read(self, caller: Caller, body: Any) -> Draft:
        recording = caller.recording
        if recording is not None:
            recording.reach("schema")
            recording.request = shown = shown_body(self.resource_type, body)
            recording.resource_name = _name_in(shown)
        if is_strict(caller, self._settings):
            check_resource(self.resource_type, body)
        else:
            bending = Bending(self.resource_type)
            body = bending.resource(body)
            if recording is not None:
                recording.bent(bending.taken)
        return self._reader.read(body)


def _name_in(shown: Any) -> str | None:
    """Return the name in a body as it is shown, for a request that may make nothing of it."""
    if not isinstance(shown, dict):
        return None
    for attribute in ("userName", "displayName"):
        if isinstance(shown.get(attribute), str):
            name: str = shown[attribute]
            return name
    return None


def is_strict(caller: Caller, settings: Settings) -> bool:
    """Whether the caller is held to the RFCs by the letter: its connection decides, if it says."""
    strict = caller.profile.strict
    return settings.strict if strict is None else strict
