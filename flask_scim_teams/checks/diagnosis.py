"""The diagnosis: every check there is, one after the other, whatever one of them runs into."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from flask_scim_teams.checks.access import check_access
from flask_scim_teams.checks.check import Check
from flask_scim_teams.checks.check import failure
from flask_scim_teams.checks.check import skipped
from flask_scim_teams.checks.check import warning
from flask_scim_teams.checks.configuration import check_keys
from flask_scim_teams.checks.configuration import check_names
from flask_scim_teams.checks.configuration import check_values
from flask_scim_teams.checks.in_process import check_connection
from flask_scim_teams.checks.log import check_log
from flask_scim_teams.checks.public_url import check_proxy
from flask_scim_teams.checks.public_url import check_public_url
from flask_scim_teams.checks.service import Service
from flask_scim_teams.checks.store import check_abilities
from flask_scim_teams.checks.store import check_clock
from flask_scim_teams.checks.store import check_store
from flask_scim_teams.services.connections import SIMULATED
from flask_scim_teams.storage.interface import ConnectionRecord

_TEST = "Connection test"
_LOOKED_AT: tuple[tuple[str, Callable[[Service], Iterator[Check]]], ...] = (
    ("Configuration: names", check_names),
    ("Configuration: values", check_values),
    ("Signing keys", check_keys),
    ("Public URL", check_public_url),
    ("Storage", check_store),
    ("Clock", check_clock),
    ("Abilities", check_abilities),
    ("Proxy", check_proxy),
    ("Access", check_access),
    ("Provisioning log", check_log),
)


def diagnose(service: Service, *, connect: bool = True, write: bool = False) -> list[Check]:
    """Look at everything, and return what was found.

    :param connect: whether the connection test is run as well, for each connection that is on.
    :param write: whether the connection test is to make a user and a team, and remove them.
    """
    checks: list[Check] = []
    for name, look in _LOOKED_AT:
        checks += _looking(name, partial(look, service))
    if connect:
        checks += _looking(_TEST, partial(_tests, service, write))
    return checks


def _looking(name: str, look: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    try:
        yield from look()
    except Exception as error:  # noqa: BLE001 - a database may refuse in any way
        # What an error says can hold a password: its kind has to do.
        yield failure(
            name,
            f"It could not be looked at: {type(error).__name__}.",
            "See that the database can be reached with this configuration, and has its tables.",
        )


def _tests(service: Service, write: bool) -> Iterator[Check]:
    on = [
        one
        for one in service.connections.list()
        if one.disabled is None and not one.name.startswith(SIMULATED)
    ]
    if not on:
        yield skipped(_TEST, "There is no connection to sign in with.")
    for connection in on:
        yield from test_of(service, connection, write=write)


def test_of(service: Service, connection: ConnectionRecord, *, write: bool) -> list[Check]:
    """Run the connection test as the identity provider of a connection, and name the checks so."""
    place = f"{_TEST}: {connection.name}"
    try:
        checks = check_connection(
            service.app, service.base, connection, service.tokens, write=write
        )
    except ValueError as error:
        return [warning(place, f"It could not be run: {error}", "Then run it again.")]
    return [replace(one, name=f"{place}: {one.name}") for one in checks]
