"""Drift: what was changed here since a source last spoke, source by source and page by page."""

from __future__ import annotations

from flask import Blueprint
from flask import abort
from flask import request

from flask_scim_teams.admin.console import Console
from flask_scim_teams.admin.translation import _
from flask_scim_teams.services.drift import PAGE


def add_drift_page(blueprint: Blueprint, console: Console) -> None:
    """Add the page to the blueprint."""

    @blueprint.get("/drift")
    def drift() -> str:
        caller = console.caller()
        called = console.sources()
        sources = console.scim.drift.sources(caller)
        source = request.args.get("source") or next(iter(sources), "")
        if source and source not in sources:
            abort(404, _("Nothing is known of this source."))
        after = request.args.get("after", "")
        return console.page(
            "drift",
            tenant=caller.tenant,
            tenants=console.tenants(),
            source=source,
            sources=[(one, called(one)) for one in sources],
            page=console.scim.drift.page(caller, source, after=after) if source else None,
            step=PAGE,
        )
