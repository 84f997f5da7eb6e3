"""``flask scim client``: create, list, show, secret, revoke, disable, enable."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from datetime import timedelta
from typing import IO
from typing import Any

import click
from flask.cli import AppGroup
from flask.cli import with_appcontext

from flask_scim_teams.cli.documents import client_document
from flask_scim_teams.cli.documents import json_option
from flask_scim_teams.cli.documents import print_json
from flask_scim_teams.cli.documents import secret_document
from flask_scim_teams.cli.durations import Duration
from flask_scim_teams.cli.tables import print_lines
from flask_scim_teams.cli.tables import print_table
from flask_scim_teams.config import OAuth
from flask_scim_teams.services.clients import SECRET_LIFETIME
from flask_scim_teams.services.clients import ClientManager
from flask_scim_teams.services.clients import NewSecret
from flask_scim_teams.services.connections import ConnectionManager

_expiry = click.option(
    "--expires-in",
    type=Duration(),
    default=SECRET_LIFETIME,
    help="How long the secret is good for, such as 365d, which it is if not given.",
)


def client_commands(
    clients: ClientManager, connections: ConnectionManager, oauth: OAuth
) -> AppGroup:
    """Return the ``client`` group."""
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
    @click.option(
        "--jwks-uri",
        metavar="URL",
        help="It signs: where its public keys are published; they are fetched when it does.",
    )
    @click.option("--issuer", help="Whose keys those are, if not the client's own.")
    @click.option("--subject", help="With --issuer: what the issuer calls the client.")
    @click.option("--audience", help="With --issuer: what its assertions are meant for.")
    @_expiry
    @json_option
    @with_appcontext
    def create(
        label: str | None,
        connection_name: str | None,
        scopes: tuple[str, ...],
        secret: bool,
        jwks: IO[bytes] | None,
        jwks_uri: str | None,
        issuer: str | None,
        subject: str | None,
        audience: str | None,
        expires_in: timedelta,
        as_json: bool,
    ) -> None:
        """Make a client, and print what the identity provider has to be told, this once."""
        if secret + (jwks is not None) + (jwks_uri is not None) != 1:
            raise click.UsageError("Give one of --secret, --jwks FILE and --jwks-uri URL.")
        if secret and (issuer or subject or audience):
            raise click.UsageError(
                "--issuer, --subject and --audience belong together, and to --jwks or --jwks-uri."
            )
        try:
            trust = (
                None
                if secret
                else clients.trust(
                    None if jwks is None else jwks.read(),
                    jwks_uri=jwks_uri,
                    issuer=issuer,
                    subject=subject,
                    audience=audience,
                )
            )
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
        if as_json:
            told = {} if new is None else {"client_secret": new.secret}
            [known] = _documents(clients, connections, made.id)
            print_json({"client_id": made.id, **told, "token_url": oauth.token_url, **known})
            return
        click.echo(f"client_id={made.id}")
        if new is not None:
            _print_secret(new)
        click.echo(f"token_url={oauth.token_url}")

    @group.command("list")
    @json_option
    @with_appcontext
    def list_clients(as_json: bool) -> None:
        """List the clients, and the ids of their secrets."""
        documents = _documents(clients, connections)
        if as_json:
            print_json(documents)
            return
        head = ("ID", "LABEL", "CONNECTION", "STATUS", "PROOF", "SCOPES", "CREATED")
        print_table(head, [_row(one, clients.scopes) for one in documents])

    @group.command("show")
    @click.argument("id")
    @json_option
    @with_appcontext
    def show(id: str, as_json: bool) -> None:
        """Show what is known of the client ID, without what it proves itself with."""
        [document] = _documents(clients, connections, id)
        if as_json:
            print_json(document)
            return
        secrets = [one["id"] for one in document["secrets"]]
        print_lines({**document, "secrets": secrets})

    @group.command("secret")
    @click.argument("id")
    @_expiry
    @json_option
    @with_appcontext
    def secret(id: str, expires_in: timedelta, as_json: bool) -> None:
        """Make one more secret for the client ID; those it has stay good."""
        try:
            new = clients.add_secret(id, expires_in=expires_in)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        if as_json:
            told = {"client_id": id, "client_secret": new.secret}
            print_json({**told, **secret_document(new.record)})
            return
        _print_secret(new)

    @group.command("revoke")
    @click.argument("id")
    @click.argument("secret_id")
    @json_option
    @with_appcontext
    def revoke(id: str, secret_id: str, as_json: bool) -> None:
        """Revoke the secret SECRET_ID of the client ID, at once and for good.

        Access tokens that the client has last until they end, unless it is disabled.
        """
        if not clients.revoke_secret(id, secret_id):
            raise click.ClickException(f"Client {id} has no live secret {secret_id}.")
        click.echo(f"Secret {secret_id} is revoked.", err=True)
        if as_json:
            print_json(_documents(clients, connections, id)[0])

    @group.command("disable")
    @click.argument("id")
    @json_option
    @with_appcontext
    def disable(id: str, as_json: bool) -> None:
        """Refuse the client ID and its access tokens, at once."""
        if not clients.disable(id):
            raise click.ClickException(f"There is no active client {id}.")
        click.echo(f"Client {id} is disabled.", err=True)
        if as_json:
            print_json(_documents(clients, connections, id)[0])

    @group.command("enable")
    @click.argument("id")
    @json_option
    @with_appcontext
    def enable(id: str, as_json: bool) -> None:
        """Let the client ID be good again."""
        if not clients.enable(id):
            raise click.ClickException(f"There is no disabled client {id}.")
        click.echo(f"Client {id} is active.", err=True)
        if as_json:
            print_json(_documents(clients, connections, id)[0])

    return group


def _print_secret(new: NewSecret) -> None:
    click.echo(f"Secret {new.record.id} is shown this once; keep it safe.", err=True)
    click.echo(f"client_secret={new.secret}")


def _documents(
    clients: ClientManager, connections: ConnectionManager, id: str | None = None
) -> list[dict[str, Any]]:
    """Return what is known of the client of that id, or of all."""
    names = {one.id: one.name for one in connections.list()}
    found = [
        client_document(one, names.get(one.connection_id), clients.secrets(one.id))
        for one in clients.list()
        if id is None or one.id == id
    ]
    if id is not None and not found:
        raise click.ClickException(f"There is no client {id}.")
    return found


def _row(one: Mapping[str, Any], every: Sequence[str]) -> tuple[str, ...]:
    secrets = ",".join(secret["id"] for secret in one["secrets"])
    proof = secrets or "none" if one["proof"] == "secret" else one["issuer"] or one["proof"]
    scopes = "all" if set(one["scopes"]) == set(every) else ",".join(one["scopes"])
    created = f"{one['created'][:19]}Z"
    return (
        one["id"], one["label"], one["connection"] or "-", one["status"], proof, scopes, created,
    )  # fmt: skip
