"""The store: its tables, its clock, and what it can do of what connections ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from flask_scim_teams.checks.check import Check
from flask_scim_teams.checks.check import failure
from flask_scim_teams.checks.check import ok
from flask_scim_teams.checks.check import skipped
from flask_scim_teams.checks.check import warning
from flask_scim_teams.checks.service import Service
from flask_scim_teams.core.comparison import elapsed
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.services.connections import profile_of
from flask_scim_teams.storage.inspection import Inspectable
from flask_scim_teams.storage.interface import Caller

_STORE = "Storage"
_CLOCK = "Clock"
_ABILITIES = "Abilities"
#: How far apart the clocks of the store and of this process may be.
TOLERANCE = timedelta(seconds=60)


def check_store(service: Service) -> Iterator[Check]:
    """Look at the tables, as far as the backend can tell."""
    backend = service.backend
    if not isinstance(backend, Inspectable):
        yield skipped(_STORE, "This backend cannot tell of its store.")
        return
    found = False
    for finding in backend.inspect():
        found = True
        make = failure if finding.grave else warning
        yield make(f"{_STORE}: {finding.subject}", finding.words, finding.remedy)
    if not found:
        yield ok(_STORE, f"{backend.store} has the tables, columns and indexes that are needed.")


def check_clock(service: Service) -> Iterator[Check]:
    """Compare the store's clock with this process's."""
    backend = service.backend
    if not isinstance(backend, Inspectable):
        yield skipped(_CLOCK, "This backend has no clock of its own to compare with.")
        return
    before, there, after = service.now(), backend.clock(), service.now()
    # Asking takes a while: a clock that shows any moment of it is right.
    apart = max(elapsed(after, there), elapsed(there, before))
    if apart <= TOLERANCE:
        yield ok(_CLOCK, f"This machine and {backend.store} agree.")
        return
    ahead = "ahead of" if there > after else "behind"
    yield failure(
        _CLOCK,
        f"{backend.store} is {round(apart.total_seconds())} s {ahead} this machine: tokens end "
        "and changes are dated by a wrong clock.",
        "Have both set their clocks by the network (NTP).",
    )


def check_abilities(service: Service) -> Iterator[Check]:
    """Hold what connections ask for against what the backend can do."""
    found = False
    for check in _abilities(service):
        found = True
        yield check
    if not found:
        nests = "nest" if service.backend.types.nests else "do not nest"
        yield ok(_ABILITIES, f"Teams {nests}; connections ask for nothing that is not there.")


def _abilities(service: Service) -> Iterator[Check]:
    backend = service.backend
    for connection in service.connections.list():
        if connection.disabled is not None:
            continue
        try:
            profile = profile_of(connection)
        except (KeyError, ValueError) as error:
            yield failure(
                _ABILITIES,
                f"The profile of the connection {connection.name!r} cannot be used: {error}",
                "Make the connection anew, with overrides that this version knows.",
            )
            continue
        caller = Caller(tenant=connection.tenant, profile=profile)
        try:
            with backend.begin(caller, write=False):
                pass
        except SetupError as error:
            yield failure(
                _ABILITIES,
                f"The tenant of the connection {connection.name!r} is none of the backend's: "
                f"{error}",
                "Make the connection anew, without a tenant.",
            )
        repeats = not isinstance(backend, Inspectable) or backend.repeats_team_names
        if not profile.unique_team_names and not repeats:
            yield failure(
                _ABILITIES,
                f"Teams of the connection {connection.name!r} may have one name, and a unique "
                "constraint on the teams' names refuses that.",
                "Drop the constraint, or make the connection anew with --unique-team-names.",
            )
