"""OAuth clients in tables of the library's own."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from sqlalchemy import Column
from sqlalchemy import ForeignKey
from sqlalchemy import LargeBinary
from sqlalchemy import MetaData
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import bindparam
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update

from flask_scim_teams.storage.interface import ClientCredential
from flask_scim_teams.storage.interface import ClientRecord
from flask_scim_teams.storage.interface import SecretRecord
from flask_scim_teams.storage.sqlalchemy.connections import connection_of
from flask_scim_teams.storage.sqlalchemy.connections import record_columns
from flask_scim_teams.storage.sqlalchemy.transaction import Transaction
from flask_scim_teams.storage.sqlalchemy.transaction import UniqueViolation
from flask_scim_teams.storage.sqlalchemy.types import Document
from flask_scim_teams.storage.sqlalchemy.types import ExactString

_CLIENT = ("id", "label", "connection_id", "scopes", "created", "trust", "disabled")
_SECRET = ("id", "client_id", "digest", "created", "expires", "revoked")


class ClientTables(NamedTuple):
    """The tables of clients.

    :param spent: one row for each assertion that was used, until it expires.
    """

    clients: Table
    secrets: Table
    spent: Table


def client_tables(metadata: MetaData, connections: Table) -> ClientTables:
    """Return the tables, defining them in the metadata once."""
    names = ("scim_oauth_client", "scim_oauth_secret", "scim_oauth_assertion")
    if names[0] in metadata.tables:
        return ClientTables(*(metadata.tables[name] for name in names))
    clients = Table(
        names[0],
        metadata,
        Column("id", ExactString(32), primary_key=True),
        Column("label", String(255), nullable=False),
        Column("connection_id", ForeignKey(connections.c.id), nullable=False, index=True),
        Column("scopes", ExactString(), nullable=False),
        Column("created", ExactString(27), nullable=False),
        Column("trust", Document()),
        Column("disabled", ExactString(27)),
    )
    secrets = Table(
        names[1],
        metadata,
        Column("id", ExactString(32), primary_key=True),
        Column("client_id", ForeignKey(clients.c.id), nullable=False, index=True),
        Column("digest", LargeBinary(32), nullable=False),
        Column("created", ExactString(27), nullable=False),
        Column("expires", ExactString(27)),
        Column("revoked", ExactString(27)),
    )
    spent = Table(
        names[2],
        metadata,
        Column("digest", ExactString(64), primary_key=True),
        Column("expires", ExactString(27), nullable=False, index=True),
    )
    return ClientTables(clients, secrets, spent)


class ClientStatements:
    """The statements on the tables of clients, built once."""

    def __init__(self, tables: ClientTables, connections: Table) -> None:
        clients, secrets, spent = tables
        own = [clients.c[name] for name in _CLIENT]
        by_id = clients.c.id == bindparam("id_")
        self.list = select(*own).order_by(clients.c.created, clients.c.id)
        self.credential = (
            select(*own, *record_columns(connections))
            .select_from(clients.outerjoin(connections))
            .where(by_id)
        )
        self.insert = insert(clients)
        self.disable = (
            update(clients)
            .where(by_id, clients.c.disabled.is_(None))
            .values(disabled=bindparam("when_"))
        )
        self.enable = (
            update(clients).where(by_id, clients.c.disabled.is_not(None)).values(disabled=None)
        )
        self.secrets = (
            select(*(secrets.c[name] for name in _SECRET))
            .where(secrets.c.client_id == bindparam("client_id_"))
            .order_by(secrets.c.created, secrets.c.id)
        )
        self.insert_secret = insert(secrets)
        self.revoke_secret = (
            update(secrets)
            .where(
                secrets.c.id == bindparam("id_"),
                secrets.c.client_id == bindparam("client_id_"),
                secrets.c.revoked.is_(None),
            )
            .values(revoked=bindparam("when_"))
        )
        self.spend = insert(spent)
        self.forget = delete(spent).where(spent.c.expires < bindparam("now_"))


class SQLAlchemyClients:
    """Clients in one transaction."""

    def __init__(self, statements: ClientStatements, transaction: Transaction) -> None:
        self._statements = statements
        self._transaction = transaction

    def credential(self, id: str) -> ClientCredential | None:
        """Return the client in the row with that id, joined with its connection."""
        row = self._transaction.execute(self._statements.credential, {"id_": id}).first()
        if row is None:
            return None
        client, connection = row[: len(_CLIENT)], row[len(_CLIENT) :]
        # Joined to none, all of the connection's columns are NULL.
        found = None if connection[0] is None else connection_of(connection)
        return ClientCredential(_client(client), found)

    def list(self) -> Iterable[ClientRecord]:
        """Return all clients, oldest first."""
        return [_client(row) for row in self._transaction.execute(self._statements.list)]

    def add(self, client: ClientRecord) -> None:
        """Insert a row."""
        values = {name: getattr(client, name) for name in _CLIENT}
        values["scopes"] = " ".join(client.scopes)
        self._transaction.execute(self._statements.insert, values)

    def set_disabled(self, id: str, when: str | None) -> bool:
        """Set the time of the switch, or take it back."""
        if when is None:
            result = self._transaction.execute(self._statements.enable, {"id_": id})
        else:
            result = self._transaction.execute(self._statements.disable, {"id_": id, "when_": when})
        return result.rowcount == 1

    def secrets(self, client_id: str) -> Iterable[SecretRecord]:
        """Return the secrets of a client, oldest first."""
        found = self._transaction.execute(self._statements.secrets, {"client_id_": client_id})
        return [_secret(row) for row in found]

    def add_secret(self, secret: SecretRecord) -> None:
        """Insert a row."""
        values = {name: getattr(secret, name) for name in _SECRET}
        self._transaction.execute(self._statements.insert_secret, values)

    def revoke_secret(self, client_id: str, id: str, when: str) -> bool:
        """Set the time of revocation, once."""
        values = {"id_": id, "client_id_": client_id, "when_": when}
        return self._transaction.execute(self._statements.revoke_secret, values).rowcount == 1

    def spend(self, digest: bytes, expires: str, *, now: str) -> bool:
        """Insert a row, which the primary key allows once; delete those that expired."""
        self._transaction.execute(self._statements.forget, {"now_": now})
        try:
            self._transaction.execute(
                self._statements.spend, {"digest": digest.hex(), "expires": expires}
            )
        except UniqueViolation:
            return False
        return True


def _client(row: Sequence[Any]) -> ClientRecord:
    values = dict(zip(_CLIENT, row, strict=True))
    return ClientRecord(**values | {"scopes": tuple(values["scopes"].split())})


def _secret(row: Sequence[Any]) -> SecretRecord:
    values = dict(zip(_SECRET, row, strict=True))
    return SecretRecord(**values | {"digest": bytes(values["digest"])})
