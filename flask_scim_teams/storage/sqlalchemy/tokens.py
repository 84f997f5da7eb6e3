"""Bearer tokens in the library's own table."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter
from sqlalchemy import Table
from sqlalchemy import bindparam
from sqlalchemy import case
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update

from flask_scim_teams.storage.interface import Credential
from flask_scim_teams.storage.interface import TokenRecord
from flask_scim_teams.storage.sqlalchemy.connections import connection_of
from flask_scim_teams.storage.sqlalchemy.connections import record_columns
from flask_scim_teams.storage.sqlalchemy.transaction import Transaction


class TokenStatements:
    """The statements on the table of tokens, built once."""

    def __init__(self, table: Table, connections: Table) -> None:
        columns = table.c
        own = (
            columns.id,
            columns.label,
            columns.digest,
            columns.scopes,
            columns.created,
            columns.expires,
            columns.revoked,
            columns.connection_id,
            columns.addresses,
            columns.replaced_by,
            columns.last_used,
            columns.last_address,
        )
        self.width = len(own)
        self.list = select(*own).order_by(columns.created, columns.id)
        self.get = self.list.where(columns.id == bindparam("id_"))
        self.credential = (
            select(*own, *record_columns(connections))
            .select_from(table.outerjoin(connections))
            .where(columns.id == bindparam("id_"))
        )
        self.insert = insert(table)
        self.revoke = (
            update(table)
            .where(columns.id == bindparam("id_"), columns.revoked.is_(None))
            .values(revoked=bindparam("when_"))
        )
        when: BindParameter[str] = bindparam("when_", type_=columns.expires.type)
        ends_earlier = columns.expires <= when
        self.expire = (
            update(table)
            .where(
                columns.id == bindparam("id_"),
                columns.revoked.is_(None),
                columns.replaced_by.is_(None),
            )
            .values(
                expires=case((ends_earlier, columns.expires), else_=when),
                replaced_by=bindparam("replaced_by_"),
            )
        )
        self.note_use = (
            update(table)
            .where(
                columns.id == bindparam("id_"),
                columns.last_used.is_(None) | (columns.last_used < bindparam("unless_since_")),
            )
            .values(last_used=bindparam("when_"), last_address=bindparam("address_"))
        )


class SQLAlchemyTokens:
    """Tokens in one transaction."""

    def __init__(self, statements: TokenStatements, transaction: Transaction) -> None:
        self._statements = statements
        self._transaction = transaction

    def get(self, id: str) -> TokenRecord | None:
        """Return the token in the row with that id."""
        row = self._transaction.execute(self._statements.get, {"id_": id}).first()
        return None if row is None else _record(row)

    def credential(self, id: str) -> Credential | None:
        """Return the token in the row with that id, joined with its connection."""
        row = self._transaction.execute(self._statements.credential, {"id_": id}).first()
        if row is None:
            return None
        token, connection = row[: self._statements.width], row[self._statements.width :]
        # Joined to none, all of the connection's columns are NULL.
        found = None if connection[0] is None else connection_of(connection)
        return Credential(_record(token), found)

    def list(self) -> Iterable[TokenRecord]:
        """Return all tokens, oldest first."""
        return [_record(row) for row in self._transaction.execute(self._statements.list)]

    def add(self, token: TokenRecord) -> None:
        """Insert a row."""
        values = {
            "id": token.id,
            "label": token.label,
            "digest": token.digest,
            "scopes": " ".join(token.scopes),
            "created": token.created,
            "expires": token.expires,
            "revoked": token.revoked,
            "connection_id": token.connection_id,
            "addresses": " ".join(token.addresses) or None,
            "replaced_by": token.replaced_by,
            "last_used": token.last_used,
            "last_address": token.last_address,
        }
        self._transaction.execute(self._statements.insert, values)

    def revoke(self, id: str, when: str) -> bool:
        """Set the time of revocation, once."""
        result = self._transaction.execute(self._statements.revoke, {"id_": id, "when_": when})
        return result.rowcount == 1

    def expire(self, id: str, when: str, *, replaced_by: str | None = None) -> bool:
        """Set the time it expires at, and the id of its successor."""
        values = {"id_": id, "when_": when, "replaced_by_": replaced_by}
        return self._transaction.execute(self._statements.expire, values).rowcount == 1

    def note_use(self, id: str, when: str, address: str | None, *, unless_since: str) -> bool:
        """Set time and address, if nobody else did since."""
        values = {"id_": id, "when_": when, "address_": address, "unless_since_": unless_since}
        return self._transaction.execute(self._statements.note_use, values).rowcount == 1


def _record(row: Sequence[Any]) -> TokenRecord:
    id, label, digest, scopes, created, expires, revoked, connection_id, *rest = row
    addresses, replaced_by, last_used, last_address = rest
    return TokenRecord(
        id=id,
        label=label,
        digest=bytes(digest),
        scopes=tuple(scopes.split()),
        created=created,
        expires=expires,
        revoked=revoked,
        connection_id=connection_id,
        addresses=tuple((addresses or "").split()),
        replaced_by=replaced_by,
        last_used=last_used,
        last_address=last_address,
    )
