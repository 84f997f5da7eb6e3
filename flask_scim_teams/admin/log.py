"""The provisioning log: filtered, page by page, entry by entry, and exported."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from typing import cast

from flask import Blueprint
from flask import Response
from flask import abort
from flask import request
from flask import stream_with_context
from flask.typing import ResponseReturnValue

from flask_scim_teams.admin.console import Console
from flask_scim_teams.admin.translation import N_
from flask_scim_teams.admin.translation import _
from flask_scim_teams.services.export import EXPORTS
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import LogQuery
from flask_scim_teams.storage.log import Outcome

PAGE = 50
_OUTCOMES = {"changed": N_("Changes"), "refused": N_("Refusals"), "ok": N_("All but refusals")}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def add_log_pages(blueprint: Blueprint, console: Console) -> None:
    """Add the pages to the blueprint."""

    @blueprint.get("/log")
    def log() -> str:
        query = _query()
        page = console.log().search(query)
        connections = {one.id: one for one in console.scim.connections.list()}
        return console.page(
            "log",
            page=page,
            partly=query.text is not None and page.next_before_id and len(page.entries) < PAGE,
            query=query,
            outcomes=_OUTCOMES,
            connections=connections,
            asked=_asked(),
        )

    @blueprint.get("/log/export/<kind>")
    def export(kind: str) -> ResponseReturnValue:
        entries = console.log().walk(_query())
        wanted = EXPORTS.get(kind) or abort(404, _("The log is exported as CSV and as JSON."))
        connections = {one.id: one.name for one in console.scim.connections.list()}
        parts = wanted.render(entries, connections)
        answer = Response(stream_with_context(parts), mimetype=wanted.media_type)
        name = f"scim-log.{wanted.suffix}"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    @blueprint.get("/log/<id>")
    def entry(id: str) -> str:
        found = console.log().get(id)
        if found is None:
            abort(404, _("There is no such entry; it may be too old to be kept."))
        kind = {"User": "users", "Group": "teams"}.get(found.resource_type or "")
        return console.page(
            "entry",
            entry=found,
            kind=kind,
            connection=next(
                (one for one in console.scim.connections.list() if one.id == found.connection_id),
                None,
            ),
            differences=_differences(found),
            request_text=None if found.request is None else pretty(found.request),
        )


def _asked() -> Mapping[str, str]:
    """Return what the form asked, as the links to other pages repeat it."""
    names = ("connection", "outcome", "q", "resource", "since")
    return {name: value for name in names if (value := request.args.get(name, "").strip())}


def _query() -> LogQuery:
    asked = _asked()
    outcome, since = asked.get("outcome"), asked.get("since", "")
    return LogQuery(
        connection_id=asked.get("connection"),
        resource_id=asked.get("resource"),
        outcome=cast(Outcome, outcome) if outcome in _OUTCOMES else None,
        text=asked.get("q"),
        since=since if _DAY.fullmatch(since) else None,
        before_id=request.args.get("before") or None,
        count=PAGE,
    )


def _differences(entry: LogEntry) -> list[tuple[str, str, str]]:
    before, after = entry.before or {}, entry.after or {}
    return [(name, _side(before, name), _side(after, name)) for name in {**before, **after}]


def _side(state: Mapping[str, Any], name: str) -> str:
    return pretty(state[name]) if name in state else ""


def pretty(value: Any) -> str:
    """Return a JSON value for people to read; a text as it is."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
