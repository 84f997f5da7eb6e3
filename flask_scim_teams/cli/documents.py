"""What the commands say in JSON of tokens, connections and clients, with ``--json``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click

from flask_scim_teams.services.connections import profile_of
from flask_scim_teams.storage.interface import ClientRecord
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import SecretRecord
from flask_scim_teams.storage.interface import TokenRecord

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for another program to read."
)


def print_json(document: Any) -> None:
    """Print a document, in characters that every terminal and pipe takes."""
    click.echo(json.dumps(document, indent=2))


def token_document(
    token: TokenRecord,
    connection: ConnectionRecord | None,
    *,
    status: str,
    expires_in_days: int | None,
) -> dict[str, Any]:
    """Return what is known of a token, its digest apart.

    :param expires_in_days: whole days that are left, of a token that is to be warned of.
    """
    return {
        "id": token.id,
        "label": token.label,
        "connection": None if connection is None else connection.name,
        "connection_id": token.connection_id,
        "status": status,
        "scopes": list(token.scopes),
        "addresses": list(token.addresses),
        "created": token.created,
        "expires": token.expires,
        "expires_in_days": expires_in_days,
        "revoked": token.revoked,
        "replaced_by": token.replaced_by,
        "last_used": token.last_used,
        "last_address": token.last_address,
    }


def connection_document(connection: ConnectionRecord, *, live_tokens: int) -> dict[str, Any]:
    """Return what is known of a connection; its profile with what it overrides of it."""
    return {
        "id": connection.id,
        "name": connection.name,
        "provider": connection.provider,
        "tenant": connection.tenant,
        "status": connection.status,
        "created": connection.created,
        "disabled": connection.disabled,
        "overrides": dict(connection.overrides),
        "profile": asdict(profile_of(connection)),
        "live_tokens": live_tokens,
    }


def client_document(
    client: ClientRecord, connection: str | None, secrets: Iterable[SecretRecord]
) -> dict[str, Any]:
    """Return what is known of a client; of its secrets that are good all but what they are.

    :param connection: the name of the one it belongs to.
    """
    trust = client.trust
    proof = "issuer" if "issuer" in trust else "signature" if trust else "secret"
    return {
        "id": client.id,
        "label": client.label,
        "connection": connection,
        "connection_id": client.connection_id,
        "status": "active" if client.disabled is None else "disabled",
        "scopes": list(client.scopes),
        "created": client.created,
        "disabled": client.disabled,
        "proof": proof,
        "secrets": [secret_document(one) for one in secrets],
        "keys": [one.get("kid") for one in trust.get("keys", ())],
        **{name: trust.get(name) for name in ("jwks_uri", "issuer", "subject", "audience")},
    }


def secret_document(secret: SecretRecord) -> dict[str, Any]:
    """Return what is known of a client's secret, its digest apart."""
    return {"id": secret.id, "created": secret.created, "expires": secret.expires}
