"""Users and teams: searched by name, and one of them with everything that is known of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from flask import abort
from flask import request
from flask.typing import ResponseReturnValue

from flask_scim_teams.admin.console import Console
from flask_scim_teams.admin.translation import N_
from flask_scim_teams.admin.translation import _
from flask_scim_teams.core.errors import NotFound
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.services.reading import Listing
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Origin
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import LogQuery

#: Resources on a page, and memberships shown of one of them.
PAGE = 50
_MEMBERSHIPS = 500
#: Entries of the log on the page of what they are about.
_HISTORY = 20
#: What a search by name looks at, and the name that a list is in the order of.
_NAMES = {
    "users": ("userName", "displayName", "name.formatted", "name.familyName", "emails.value"),
    "teams": ("displayName",),
}
_STATES = {"active": N_("Active"), "deactivated": N_("Deactivated")}


def add_resource_pages(blueprint: Blueprint, console: Console) -> None:
    """Add the pages to the blueprint."""

    @blueprint.get("/<any(users, teams):kind>")
    def resources(kind: str) -> ResponseReturnValue:
        text = request.args.get("q", "").strip()
        state = request.args.get("state", "")
        start = max(request.args.get("start", 1, type=int), 1)
        caller = console.caller()
        names = _NAMES[kind]
        listing, problem = None, None
        try:
            query = parse_query(
                _type(console, kind),
                filter=_wanted(kind, text, state),
                sort_by=names[0],
                start_index=start,
                count=PAGE,
            )
            listing = console.scim.reading.search(caller, query, related=False)
        except ScimError as error:
            problem = error.detail
        page = console.page(
            "resources",
            kind=kind,
            text=text,
            state=state,
            states=_STATES if kind == "users" else {},
            start=start,
            step=PAGE,
            tenant=caller.tenant,
            tenants=console.tenants(),
            listing=listing,
            origins=_origins(console, caller, listing),
            problem=problem,
        )
        return page, 200 if problem is None else 400

    @blueprint.get("/<any(users, teams):kind>/<id>")
    def resource(kind: str, id: str) -> str:
        caller = console.caller()
        try:
            found = console.scim.reading.get(caller, _type(console, kind), id, related=True)
        except NotFound:
            abort(404, _("There is nothing here with this id."))
        related = (found.around.related or {}).get(id, ())
        return console.page(
            "resource",
            kind=kind,
            tenant=caller.tenant,
            resource=found.resource,
            origins=_called(console, console.scim.drift.origins(caller, [id]))[id],
            name=found.resource.attributes.get(_NAMES[kind][0], id),
            values=list(_values(found.resource.attributes)),
            related=related[:_MEMBERSHIPS],
            how_many=len(related),
            history=_history(console, id),
        )


def _wanted(kind: str, text: str, state: str) -> str | None:
    """Return the filter for what was asked, or ``None`` if that is everything."""
    parts = []
    if text:
        sought = json.dumps(text)
        # Ids are pasted, whole, from tickets and other logs.
        found = [f"{name} co {sought}" for name in _NAMES[kind]]
        found += [f"{name} eq {sought}" for name in ("id", "externalId")]
        parts.append(f"({' or '.join(found)})")
    if kind == "users" and state in _STATES:
        parts.append(f"active eq {json.dumps(state == 'active')}")
    return " and ".join(parts) or None


def _origins(
    console: Console, caller: Caller, listing: Listing | None
) -> Mapping[str, Sequence[str]]:
    """Return what the sources of the users or teams on a page are called, by id."""
    ids = [one.resource.id for one in listing.outcomes] if listing else []
    return _called(console, console.scim.drift.origins(caller, ids))


def _called(
    console: Console, origins: Mapping[str, Sequence[Origin]]
) -> Mapping[str, Sequence[str]]:
    called = console.sources()
    return {id: [called(one.source) for one in several] for id, several in origins.items()}


def _history(console: Console, id: str) -> Sequence[LogEntry]:
    log = console.scim.log
    return (
        log.search(LogQuery(resource_id=id, count=_HISTORY)).entries if log.policy.enabled else ()
    )


def _type(console: Console, kind: str) -> ResourceType:
    types = console.scim.types
    return types.user if kind == "users" else types.group


def _values(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the single values with their paths, as filters write them."""
    match value:
        case Mapping():
            for name, inner in value.items():
                between = ":" if path.startswith("urn:") else "."
                yield from _values(inner, f"{path}{between}{name}" if path else name)
        case list() if any(isinstance(one, Mapping) for one in value):
            for number, one in enumerate(value, start=1):
                yield from _values(one, f"{path}[{number}]")
        case list():
            yield path, ", ".join(str(one) for one in value)
        case bool():
            yield path, str(value).lower()
        case None:
            pass
        case _:
            yield path, str(value)
