"""POST /Bulk: many operations in one request (RFC 7644 section 3.7)."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response
from flask import g

from flask_scim_teams.config import Settings
from flask_scim_teams.core.bulk import BulkOperation
from flask_scim_teams.core.bulk import batches
from flask_scim_teams.core.bulk import references
from flask_scim_teams.core.bulk import resolved
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.errors import MethodNotAllowed
from flask_scim_teams.core.errors import NotFound
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.errors import UnmetReference
from flask_scim_teams.core.preconditions import parse_precondition
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.resources import etag
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.http.bodies import read_json
from flask_scim_teams.http.errors import unexpected
from flask_scim_teams.http.recording import Recorder
from flask_scim_teams.http.recording import begun
from flask_scim_teams.http.recording import of_operation
from flask_scim_teams.http.recording import shown_id
from flask_scim_teams.http.representation import location
from flask_scim_teams.http.responses import json_response
from flask_scim_teams.http.urls import base_url
from flask_scim_teams.http.writing import ResourceWriter
from flask_scim_teams.services.provisioning import Creation
from flask_scim_teams.services.provisioning import Provisioning
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.wire.bulk import BulkRequest
from flask_scim_teams.wire.bulk import bulk_response
from flask_scim_teams.wire.bulk import read_bulk
from flask_scim_teams.wire.messages import error_response


class BulkEndpoint:
    """The view function of bulk requests."""

    def __init__(
        self,
        types: ResourceTypes,
        writers: Mapping[str, ResourceWriter],
        provisioning: Provisioning,
        recorder: Recorder,
        settings: Settings,
    ) -> None:
        self._types = types
        self._writers = writers
        self._provisioning = provisioning
        self._recorder = recorder
        self._settings = settings

    def process(self) -> Response:
        """Carry the operations out, each in a unit of work of its own."""
        body = read_json(self._settings.max_body_bytes)
        request = read_bulk(body, max_operations=self._settings.bulk_max_operations)
        caller: Caller = g.scim_caller
        run = BulkRun(request, caller, self._writer_at, self._provisioning)
        results = run.carry_out()
        for number, result in results.items():
            mine = run.callers[number]
            self._recorder.finish(mine, status=result.status, error=result.error)
        if caller.recording is not None:
            # The whole has no entry besides those of its operations.
            caller.recording.written = True
        base = base_url(self._settings)
        return json_response(bulk_response([one.document(base) for one in results.values()]))

    def _writer_at(self, endpoint: str) -> ResourceWriter | None:
        resource_type = self._types.at(endpoint)
        return None if resource_type is None else self._writers[resource_type.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of an operation.

    :param at: where its resource is; a POST that made nothing has none.
    """

    operation: BulkOperation
    status: int
    at: tuple[ResourceType, str] | None = None
    version: int | None = None
    error: ScimError | None = None

    def document(self, base: str) -> dict[str, Any]:
        """Return the operation of the response."""
        document: dict[str, Any] = {"method": self.operation.method}
        if self.operation.bulk_id is not None:
            document["bulkId"] = self.operation.bulk_id
        if self.version is not None:
            document["version"] = etag(self.version)
        if self.at is not None:
            document["location"] = location(*self.at, base)
        document["status"] = str(self.status)
        if self.error is not None:
            document["response"] = error_response(self.error)
        return document


class BulkRun:
    """One bulk request as it is carried out.

    Every POST has the id of its resource from the beginning, so that a reference to it means
    something wherever it stands; all it waits for is that the resource exists.
    """

    def __init__(
        self,
        request: BulkRequest,
        caller: Caller,
        writer_at: Callable[[str], ResourceWriter | None],
        provisioning: Provisioning,
    ) -> None:
        self._operations = request.operations
        #: The caller once for each operation: every one is logged for itself.
        self.callers = [of_operation(caller, one) for one in request.operations]
        self._limit = request.fail_on_errors
        self._caller = caller
        self._writer_at = writer_at
        self._provisioning = provisioning
        self._makers = {
            operation.bulk_id: number
            for number, operation in enumerate(self._operations)
            if operation.method == "POST" and operation.bulk_id is not None
        }
        self._ids = {number: provisioning.new_id() for number in self._makers.values()}
        self._needs = [
            {self._makers[name] for name in references(operation) if name in self._makers}
            for operation in self._operations
        ]
        self._results: dict[int, Result] = {}

    def carry_out(self) -> Mapping[int, Result]:
        """Carry the operations out until as many failed as the client allows.

        :returns: the results of what was carried out by its number, in the order of the request.
        """
        for batch in batches(self._needs):
            failed = sum(result.error is not None for result in self._results.values())
            if self._limit is not None and failed >= self._limit:
                break
            if len(batch) == 1:
                self._run(batch[0])
            else:
                self._run_circle(batch)
        return {number: self._results[number] for number in sorted(self._results)}

    def _run(self, number: int) -> None:
        try:
            writer, id = self._target(number)
            if id is None:
                creation = self._creation(number, writer)
                [made] = self._provisioning.create_together(self._caller, [creation])
                self._created(number, creation, made)
            else:
                self._results[number] = self._changed(number, writer, id)
        except ScimError as error:
            self._refused(number, error)
        except Exception as error:  # noqa: BLE001 - what was done before has to be told all the same
            self._refused(number, unexpected(error))

    def _run_circle(self, batch: Sequence[int]) -> None:
        """Create resources that refer to one another: all or none of them."""
        creations: dict[int, Creation] = {}
        for number in batch:
            try:
                writer, _ = self._target(number)
                creations[number] = self._creation(number, writer)
            except ScimError as error:
                self._refused(number, error)
        if len(creations) < len(batch):
            [culprit, *_] = [number for number in batch if number not in creations]
            for number in creations:
                self._refused(number, _unmet(self._operations[culprit]))
            return
        try:
            made = self._provisioning.create_together(self._caller, list(creations.values()))
        except Exception as error:  # noqa: BLE001 - as of a single one
            failure = error if isinstance(error, ScimError) else unexpected(error)
            if failure.status < 500:
                failure = UnmetReference(
                    f"Operations that refer to one another failed together: {failure.detail}"
                )
            for number in batch:
                self._refused(number, failure)
            return
        for (number, creation), resource in zip(creations.items(), made, strict=True):
            self._created(number, creation, resource)

    def _target(self, number: int) -> tuple[ResourceWriter, str | None]:
        """Return what a path leads to; the id is ``None`` for a collection."""
        operation, caller = self._operations[number], self.callers[number]
        begun(caller, "endpoint")
        if operation.fault is not None:
            raise operation.fault
        writer, id = self._led_to(operation)
        if (operation.method == "POST") is (id is not None):
            raise MethodNotAllowed(
                f"{operation.method} is not possible at {operation.path!r:.120}."
            )
        writer.authorize(caller)
        if caller.recording is not None:
            caller.recording.resource_id = shown_id(id)
        return writer, id

    def _led_to(self, operation: BulkOperation) -> tuple[ResourceWriter, str | None]:
        path: str = resolved(operation.path, self._id_of)
        endpoint, _, id = path.removeprefix("/").partition("/")
        writer = self._writer_at(f"/{endpoint}")
        if writer is None or "/" in id:
            raise NotFound(f"No bulk operation is possible at {operation.path!r:.120}.")
        return writer, id or None

    def _creation(self, number: int, writer: ResourceWriter) -> Creation:
        data = resolved(self._operations[number].data, self._id_of)
        caller = self.callers[number]
        if caller.recording is not None:
            caller.recording.status = 201
        return writer.creation(caller, self._ids[number], data)

    def _changed(self, number: int, writer: ResourceWriter, id: str) -> Result:
        operation, caller = self._operations[number], self.callers[number]
        at = (writer.resource_type, id)
        condition = parse_precondition(operation.version)
        if operation.method == "DELETE":
            if caller.recording is not None:
                caller.recording.status = 204
            writer.delete(caller, id, precondition=condition)
            return Result(operation=operation, status=204, at=at)
        change = writer.replace if operation.method == "PUT" else writer.modify
        data = resolved(operation.data, self._id_of)
        # As of the single request: the PATCH of a Group is answered without a body.
        bare = operation.method == "PATCH" and writer.answers_bare(caller)
        if caller.recording is not None:
            caller.recording.status = 204 if bare else 200
        outcome = change(caller, id, data, precondition=condition, related=False)
        version = outcome.resource.version
        return Result(operation=operation, status=204 if bare else 200, at=at, version=version)

    def _created(self, number: int, creation: Creation, resource: Resource) -> None:
        self._results[number] = Result(
            operation=self._operations[number],
            status=201,
            at=(creation.resource_type, resource.id),
            version=resource.version,
        )

    def _refused(self, number: int, error: ScimError) -> None:
        operation = self._operations[number]
        # What was not made has no id that others could refer to.
        self._ids.pop(number, None)
        self._results[number] = Result(
            operation=operation, status=error.status, at=self._place(operation), error=error
        )

    def _place(self, operation: BulkOperation) -> tuple[ResourceType, str] | None:
        """Return where the resource of a failed operation is, as far as its path says."""
        if operation.method == "POST":
            return None
        try:
            writer, id = self._led_to(operation)
        except ScimError:
            return None
        return None if id is None else (writer.resource_type, id)

    def _id_of(self, bulk_id: str) -> str:
        number = self._makers.get(bulk_id)
        if number is None:
            raise InvalidValue(f"No operation of the request has the bulkId {bulk_id!r:.80}.")
        if number not in self._ids:
            raise _unmet(self._operations[number])
        return self._ids[number]


def _unmet(operation: BulkOperation) -> UnmetReference:
    return UnmetReference(f"The operation with the bulkId {operation.bulk_id!r:.80} failed.")
