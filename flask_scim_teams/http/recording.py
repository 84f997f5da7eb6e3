"""What the provisioning log is told of a request: facts read here, and no header but its id.

The recording travels with the caller. The entry of a change is stored by the service that makes the
change; all others are handed to the log when the answer is ready.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import replace
from typing import Any

from flask import Response
from flask import g
from flask import request

from flask_scim_teams.config import Settings
from flask_scim_teams.core.bulk import BulkOperation
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.redaction import ELIDED
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.services.log import ProvisioningLog
from flask_scim_teams.services.logger import logger
from flask_scim_teams.services.tokens import KnownButRefused
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.log import Recording

_SANE_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,64}", re.ASCII)
# Ids of ours and names of endpoints; a token is longer, and has other characters at its end.
_SEGMENT = re.compile(r"[A-Za-z0-9._:@-]{1,64}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,10}")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


class Recorder:
    """Begins and ends the recording of requests.

    :param log: where they end.
    """

    def __init__(self, log: ProvisioningLog, settings: Settings) -> None:
        self._log = log
        self._prefix = len(settings.url_prefix)

    def begin(self) -> None:
        """Begin the recording of the current request, of which nobody knows yet whose it is."""
        # The context of a request may have been there before it, with what others left in it.
        g.pop("scim_caller", None)
        g.scim_refusal = None
        given = request.headers.get("X-Request-ID", "")
        g.scim_recording = Recording(
            request_id=given if _SANE_ID.fullmatch(given) else secrets.token_hex(16),
            method=request.method if request.method in _METHODS else ELIDED,
            target=shown_path(request.path[self._prefix :]) or "/",
            at=now(),
            started=time.monotonic(),
            resource_id=shown_id((request.view_args or {}).get("id")),
            checks=["token"],
        )

    def end(self, response: Response) -> Response:
        """Name the request in its answer, and have it logged if its caller is known."""
        recording: Recording | None = g.get("scim_recording")
        if recording is None:
            return response
        response.headers["X-Request-ID"] = recording.request_id
        try:
            self._finish(recording, response.status_code)
        except Exception as error:  # noqa: BLE001 - the request is answered, whatever the log does
            logger.warning("The provisioning log failed: %s", type(error).__name__)
        return response

    def finish(self, caller: Caller, *, status: int, error: ScimError | None) -> None:
        """Have an operation of a bulk request logged."""
        self._log.finish(caller, status=status, error=error)

    def _finish(self, recording: Recording, status: int) -> None:
        caller: Caller | None = g.get("scim_caller")
        error: ScimError | None = g.scim_refusal
        told: str | None = None
        if isinstance(error, KnownButRefused):
            caller, told = replace(error.caller, recording=recording), error.reason
            recording.checks += ["address", "connection"][: _further(error.check)]
        elif error is None and status >= 400:
            told = f"Refused with status {status}, by the service or by what stands before it."
        if caller is None or recording.written:
            return
        if status < 400 and not recording.writes and not self._log.policy.reads:
            return
        recording.target += self._query(recording)
        if recording.filter is not None and request.method == "POST":
            recording.request = {"filter": recording.filter}
        self._log.finish(caller, status=status, error=error, detail=told)

    def _query(self, recording: Recording) -> str:
        """Return the query as far as it is known what it means."""
        shown: list[str] = []
        for name, value in request.args.items():
            match name.lower():
                case "filter":
                    value = recording.filter or self._log.shown(value)
                case "attributes" | "excludedattributes" | "sortby":
                    value = ",".join(self._log.shown(one.strip()) for one in value.split(","))
                case "startindex" | "count" if _NUMBER.fullmatch(value):
                    pass
                case "startindex" | "count" | "cursor" | "sortorder":
                    value = value if value in ("ascending", "descending") else ELIDED
                case _:
                    continue
            shown.append(f"{name}={value}")
        return f"?{'&'.join(shown)}" if shown else ""


def _further(check: str) -> int:
    return {"token": 0, "address": 1, "connection": 2}[check]


def recorded(caller: Caller) -> Caller:
    """Return the caller of the current request, with its recording."""
    recording: Recording = g.scim_recording
    for check in ("address", "connection", "rate limit"):
        recording.reach(check)
    return replace(caller, recording=recording)


def reach(check: str) -> None:
    """Note that a check of the current request begins."""
    recording: Recording | None = g.get("scim_recording")
    if recording is not None:
        recording.reach(check)


def begun(caller: Caller, check: str) -> None:
    """Note that a check of a caller's request, or operation, begins."""
    if caller.recording is not None:
        caller.recording.reach(check)


def of_operation(caller: Caller, operation: BulkOperation) -> Caller:
    """Return the caller of one operation of a bulk request, with a recording of its own."""
    whole = caller.recording
    if whole is None:
        return caller
    own = Recording(
        request_id=whole.request_id,
        method=operation.method if operation.method in _METHODS else ELIDED,
        target=shown_path(operation.path),
        at=whole.at,
        started=time.monotonic(),
        writes=True,
        checks=list(whole.checks),
    )
    return replace(caller, recording=own)


def shown_id(id: str | None) -> str | None:
    """Return an id if it can be one."""
    return id if id is None or _SEGMENT.fullmatch(id) else ELIDED


def shown_path(path: Any) -> str:
    """Return a path whose segments are names and ids, with whatever else elided."""
    segments = str(path)[:1_000].split("/")[:10]
    return "/".join(one if not one or _SEGMENT.fullmatch(one) else ELIDED for one in segments)
