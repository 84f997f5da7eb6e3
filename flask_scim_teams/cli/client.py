"""``flask scim client``: create, list, secret, revoke, disable, enable."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import IO
from typing import Any

import click
from flask.cli import AppGroup
from flask.cli import with_appcontext

from flask_scim_teams.cli.durations import Duration
from flask_scim_teams.cli.tables import print_table
from flask_scim_teams.config import OAuth
from flask_scim_teams.services.clients import SECRET_LIFETIME
from flask_scim_teams.services.clients import ClientManager
from flask_scim_teams.services.clients import NewSecret
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.storage.interface import ClientRecord

_expiry = click.option(
    "--expires-in",
    type=Duration(),
    default=SECRET_LIFETIME,
    help="How long the secret is good for, such as 365d, which it is if not given.",
)


def client_commands(
    clients: ClientManager,
    connections: ConnectionManager,
    oauth: OAuth,
    public_keys: Callable[[Any], list[dict[str, Any]]],
) -> AppGroup:
    """Return the ``client`` group.

    :param public_keys: returns the keys of a JWK set that can be kept, or raises ``ValueError``.
    """
    group = AppGroup("client", help="OAuth clients, which ask for access tokens.")

    @group.command("create")
    @click.option("--label", help="What you will know it by; its connection's name if not given.")
    @click.option(
        "--connection",
        "connection_name",
        metavar="NAME",
        help="The connection it belongs to; need not be said where there is only one.",
    )
    @click.option(
        "--scope",
        "scopes",
        multiple=True,
        type=click.Choice(clients.scopes),
        help="What it is allowed; repeat for several. Everything if not given.",
    )
    @click.option("--secret", is_flag=True, help="It proves who it is with a secret.")
    @click.option(
        "--jwks",
        type=click.File("rb"),
        metavar="FILE",
        help="It signs: a file with its public keys, a JWK set.",
    )
    @click.option("--issuer", help="With --jwks: whose keys those are, if not the client's own.")
    @click.option("--subject", help="With --issuer: what the issuer calls the client.")
    @click.option("--audience", help="With --issuer: what its assertions are meant for.")
    @_expiry
    @with_appcontext
    def create(
        label: str | None,
        connection_name: str | None,
        scopes: tuple[str, ...],
        secret: bool,
        jwks: IO[bytes] | None,
        issuer: str | None,
        subject: str | None,
        audience: str | None,
        expires_in: timedelta,
    ) -> None:
        """Make a client, and print what the identity provider has to be told, this once."""
        if secret is (jwks is not None):
            raise click.UsageError("Give either --secret or --jwks FILE.")
        try:
            trust = _trust(jwks, issuer, subject, audience, public_keys)
            connection = (
                connections.named(connection_name) if connection_name else connections.only()
            )
            made = clients.create(
                label=label or connection.name,
                scopes=scopes or None,
                connection=connection,
                trust=trust,
            )
            new = clients.add_secret(made.id, expires_in=expires_in) if secret else None
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"client_id={made.id}")
        if new is not None:
            _print_secret(new)
        click.echo(f"token_url={oauth.token_url}")

    @group.command("list")
    @with_appcontext
    def list_clients() -> None:
        """List the clients, and the ids of their secrets."""
        known = {one.id: one.name for one in connections.list()}
        head = ("ID", "LABEL", "CONNECTION", "STATUS", "PROOF", "SCOPES", "CREATED")
        rows = []
        for one in clients.list():
            scopes = "all" if set(one.scopes) == set(clients.scopes) else ",".join(one.scopes)
            status = "active" if one.disabled is None else "disabled"
            label = "".join(char if char.isprintable() else "?" for char in one.label)
            rows.append(
                (
                    one.id,
                    label,
                    known.get(one.connection_id, "-"),
                    status,
                    _proof(one, clients),
                    scopes,
                    f"{one.created[:19]}Z",
                )
            )
        print_table(head, rows)

    @group.command("secret")
    @click.argument("id")
    @_expiry
    @with_appcontext
    def secret(id: str, expires_in: timedelta) -> None:
        """Make one more secret for the client ID; those it has stay good."""
        try:
            new = clients.add_secret(id, expires_in=expires_in)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        _print_secret(new)

    @group.command("revoke")
    @click.argument("id")
    @click.argument("secret_id")
    @with_appcontext
    def revoke(id: str, secret_id: str) -> None:
        """Revoke the secret SECRET_ID of the client ID, at once and for good.

        Access tokens that the client has last until they end, unless it is disabled.
        """
        if not clients.revoke_secret(id, secret_id):
            raise click.ClickException(f"Client {id} has no live secret {secret_id}.")
        click.echo(f"Secret {secret_id} is revoked.", err=True)

    @group.command("disable")
    @click.argument("id")
    @with_appcontext
    def disable(id: str) -> None:
        """Refuse the client ID and its access tokens, at once."""
        if not clients.disable(id):
            raise click.ClickException(f"There is no active client {id}.")
        click.echo(f"Client {id} is disabled.", err=True)

    @group.command("enable")
    @click.argument("id")
    @with_appcontext
    def enable(id: str) -> None:
        """Let the client ID be good again."""
        if not clients.enable(id):
            raise click.ClickException(f"There is no disabled client {id}.")
        click.echo(f"Client {id} is active.", err=True)

    return group


def _print_secret(new: NewSecret) -> None:
    click.echo(f"Secret {new.record.id} is shown this once; keep it safe.", err=True)
    click.echo(f"client_secret={new.secret}")


def _proof(client: ClientRecord, clients: ClientManager) -> str:
    if client.trust:
        return client.trust.get("issuer") or "signature"
    return ",".join(one.id for one in clients.secrets(client.id)) or "none"


def _trust(
    jwks: IO[bytes] | None,
    issuer: str | None,
    subject: str | None,
    audience: str | None,
    public_keys: Callable[[Any], list[dict[str, Any]]],
) -> dict[str, Any]:
    claims = {"issuer": issuer, "subject": subject, "audience": audience}
    if any(claims.values()) and (jwks is None or not all(claims.values())):
        raise ValueError("--issuer, --subject and --audience belong together, and to --jwks.")
    if jwks is None:
        return {}
    try:
        document = json.load(jwks)
    except ValueError:
        raise ValueError("The file of --jwks is no JSON.") from None
    trust: dict[str, Any] = {"keys": public_keys(document)}
    if issuer is not None and audience is not None:
        # Microsoft shows the audience with a scope behind it, which its assertions leave out.
        claims["audience"] = audience.removesuffix("/.default")
        trust |= claims
    return trust
