"""Access: whether each identity provider can sign in, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from datetime import timedelta

from flask_scim_teams.checks.check import Check
from flask_scim_teams.checks.check import failure
from flask_scim_teams.checks.check import ok
from flask_scim_teams.checks.check import skipped
from flask_scim_teams.checks.check import warning
from flask_scim_teams.checks.in_process import LABEL
from flask_scim_teams.checks.service import Service
from flask_scim_teams.core.comparison import elapsed
from flask_scim_teams.services.connections import SIMULATED
from flask_scim_teams.services.expiry import THRESHOLDS
from flask_scim_teams.services.expiry import ExpiringToken
from flask_scim_teams.services.expiry import threshold
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import SecretRecord
from flask_scim_teams.storage.interface import TokenRecord

_ACCESS = "Access"
#: How long a provider may be silent, a new token unused, and every request refused.
_SILENT, _UNUSED, _REFUSED = timedelta(days=30), timedelta(days=7), timedelta(days=1)
_MAKE = "Make one with: flask scim token create --connection"


def check_access(service: Service) -> Iterator[Check]:
    """Look at the tokens of each connection."""
    connections = [one for one in service.connections.list() if not one.name.startswith(SIMULATED)]
    if not connections:
        yield warning(
            _ACCESS,
            "There is no connection yet, and no identity provider can sign in.",
            "Make a token with: flask scim token create --label NAME",
        )
    known = {one.id: one for one in connections}
    ending = {one.token.id: one for one in service.tokens.expiring()}
    # Those of the test are nobody's to sign in with.
    tokens = [one for one in service.tokens.list() if one.label != LABEL]
    for connection in connections:
        own = [one for one in tokens if one.connection_id == connection.id]
        yield from _of(service, connection, own, known, ending)


def _of(
    service: Service,
    connection: ConnectionRecord,
    tokens: Sequence[TokenRecord],
    known: Mapping[str, ConnectionRecord],
    ending: Mapping[str, ExpiringToken],
) -> Iterator[Check]:
    name = f"{_ACCESS}: {connection.name}"
    if connection.disabled is not None:
        yield skipped(name, f"The connection is disabled since {connection.disabled}.")
        return
    live = [one for one in tokens if service.tokens.status(one, known) == "live"]
    clients = list(_clients(service, connection))
    signing_in = any(one.outcome != "skipped" for one in clients)
    yield from clients
    if not live and signing_in:
        yield from _heard_of(service, connection, ())
        return
    if not live:
        yield _nobody(name, connection, tokens)
        return
    soon = [ending[one.id] for one in live if one.id in ending]
    for one in soon:
        last = one.threshold == THRESHOLDS[-1]
        yield (failure if last else warning)(
            name, one.words, f"Rotate it with: flask scim token rotate {one.token.id}"
        )
    # When a client signed in is not noted, only what it asked for.
    yield from _heard_of(service, connection, () if signing_in else tokens)
    if all(one.replaced_by is not None for one in live):
        yield warning(
            name,
            "Each live token is one that was replaced and ends soon, and what took its place is "
            "not live.",
            f"{_MAKE} {connection.name!r} --label NAME",
        )
    elif not soon:
        yield ok(name, f"Live tokens: {len(live)}. None has to be rotated yet.")


def _clients(service: Service, connection: ConnectionRecord) -> Iterator[Check]:
    """Look at the OAuth clients of a connection; one that cannot sign in is skipped."""
    manager = service.clients
    if manager is None:
        return
    for client in manager.list():
        if client.connection_id != connection.id or client.disabled is not None:
            continue
        name = f"{_ACCESS}: {connection.name}: client {client.id}"
        secrets = manager.secrets(client.id)
        if client.trust:
            yield ok(name, "It signs its assertions.")
        elif not secrets:
            yield skipped(name, "It has no secret that is good.")
        else:
            yield _ends(name, client.id, max(secrets, key=_end), service.now())


def _end(secret: SecretRecord) -> str:
    return secret.expires or "9999"


def _ends(name: str, client_id: str, last: SecretRecord, now: str) -> Check:
    reached = None if last.expires is None else threshold(last.created, last.expires, now)
    if reached is None:
        return ok(name, "It has a secret that need not be replaced yet.")
    return (failure if reached == THRESHOLDS[-1] else warning)(
        name,
        f"The last of its secrets expires at {last.expires}. Nothing is provisioned then.",
        f"Make one with: flask scim client secret {client_id}; then give it to the identity "
        "provider.",
    )


def _heard_of(
    service: Service, connection: ConnectionRecord, tokens: Sequence[TokenRecord]
) -> Iterator[Check]:
    """Yield what is odd about when the identity provider was last there."""
    name, now = f"{_ACCESS}: {connection.name}", service.now()
    used = max((one.last_used or "" for one in tokens), default="")
    since = used or min((one.created for one in tokens), default=now)
    if elapsed(since, now) > (_SILENT if used else _UNUSED):
        said = f"was last used at {used}" if used else f"has never been used, since {since}"
        yield warning(
            name,
            f"The token of the connection {said}: the identity provider may have stopped.",
            "See its provisioning log; disable the connection if it is not used any more.",
        )
    with service.backend.begin(HOST, write=False) as work:
        heard = work.log.latest().get(connection.id)
    if heard is None or heard.request is None:
        return
    refused_since = heard.success or connection.created
    if elapsed(refused_since, heard.request) > _REFUSED:
        yield warning(
            name,
            f"Every request was refused since {refused_since}, the last one at {heard.request}.",
            "See why in the provisioning log.",
        )


def _nobody(name: str, connection: ConnectionRecord, tokens: Sequence[TokenRecord]) -> Check:
    remedy = f"{_MAKE} {connection.name!r} --label NAME; or disable the connection."
    if not tokens:
        return warning(name, "The connection has no token yet.", remedy)
    ended = [one for one in tokens if one.revoked is None]
    if ended:
        last = max(one.expires or "" for one in ended)
        return failure(
            name,
            f"No token is live: the last one expired at {last}. Nothing is provisioned.",
            remedy,
        )
    return warning(name, "All tokens of the connection are revoked.", remedy)
