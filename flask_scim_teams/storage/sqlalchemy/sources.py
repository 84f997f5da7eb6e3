"""What each source last said, in tables of the library's own."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import Index
from sqlalchemy import Insert
from sqlalchemy import MetaData
from sqlalchemy import Select
from sqlalchemy import Table
from sqlalchemy import UniqueConstraint
from sqlalchemy import bindparam
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite

from flask_scim_teams.storage.interface import Claim
from flask_scim_teams.storage.interface import LostRace
from flask_scim_teams.storage.interface import Origin
from flask_scim_teams.storage.sqlalchemy.tenants import is_tenants
from flask_scim_teams.storage.sqlalchemy.transaction import Transaction
from flask_scim_teams.storage.sqlalchemy.transaction import UniqueViolation
from flask_scim_teams.storage.sqlalchemy.transaction import chunks
from flask_scim_teams.storage.sqlalchemy.types import ExactString

_ORIGIN = ("resource_id", "resource_type", "source", "reference", "name", "active", "seen")
_CLAIM = ("team", "member", "source")


class SourceTables(NamedTuple):
    """The tables of sources.

    Nothing refers to another table: what a source said outlives what it is about.

    :param origins: what each source says of a resource.
    :param claims: what each source says of a membership.
    :param checkpoints: how far each source has been read.
    """

    origins: Table
    claims: Table
    checkpoints: Table


def source_tables(metadata: MetaData) -> SourceTables:
    """Return the tables, defining them in the metadata once."""
    names = ("scim_origin", "scim_claim", "scim_checkpoint")
    if names[0] in metadata.tables:
        return SourceTables(*(metadata.tables[name] for name in names))
    origins = Table(
        names[0],
        metadata,
        Column("resource_id", ExactString(36), primary_key=True),
        Column("source", ExactString(255), primary_key=True),
        Column("tenant", ExactString(100), nullable=False),
        Column("resource_type", ExactString(16), nullable=False),
        # NULL where a source gives none: as many resources as there are may have that.
        Column("reference", ExactString(255)),
        Column("name", ExactString(), nullable=False),
        Column("active", Boolean, nullable=False),
        Column("seen", ExactString(27), nullable=False),
        UniqueConstraint("tenant", "source", "reference", name="uq_scim_origin_reference"),
    )
    Index("ix_scim_origin_source", origins.c.tenant, origins.c.source, origins.c.resource_id)
    claims = Table(
        names[1],
        metadata,
        Column("team", ExactString(36), primary_key=True),
        Column("member", ExactString(36), primary_key=True),
        Column("source", ExactString(255), primary_key=True),
        Column("tenant", ExactString(100), nullable=False),
    )
    Index("ix_scim_claim_member", claims.c.member, claims.c.team)
    checkpoints = Table(
        names[2],
        metadata,
        Column("tenant", ExactString(100), primary_key=True),
        Column("source", ExactString(255), primary_key=True),
        Column("place", ExactString(), nullable=False),
    )
    return SourceTables(origins, claims, checkpoints)


class SourceStatements:
    """The statements on the tables of sources, built once."""

    def __init__(self, tables: SourceTables) -> None:
        origins, claims = tables.origins.c, tables.claims.c
        ids: Any = bindparam("ids_", expanding=True)
        own = select(*(origins[name] for name in _ORIGIN))
        is_origins = is_tenants(origins.tenant)
        source = origins.source == bindparam("source_")
        self.origins = own.where(is_origins, origins.resource_id.in_(ids)).order_by(
            origins.resource_id, origins.source
        )
        self.find = select(origins.reference, origins.resource_id).where(
            is_tenants(origins.tenant, leading=True), source, origins.reference.in_(ids)
        )
        self.of_source = (
            own.where(
                is_tenants(origins.tenant, leading=True),
                source,
                origins.resource_id > bindparam("after_"),
            )
            .order_by(origins.resource_id)
            .limit(bindparam("count_"))
        )
        self.names = (
            select(origins.source)
            .where(is_tenants(origins.tenant, leading=True))
            .distinct()
            .order_by(origins.source)
        )
        of_one = origins.resource_id == bindparam("id_")
        self.insert = insert(tables.origins)
        self.update = update(tables.origins).where(is_origins, of_one, source)
        self.update = self.update.values(
            {name: bindparam(f"{name}_") for name in ("reference", "name", "active", "seen")}
        )
        self.forget = delete(tables.origins).where(is_origins, of_one)
        self.forget_source = self.forget.where(source)
        is_claims = is_tenants(claims.tenant)
        claimed = select(*(claims[name] for name in _CLAIM)).where(is_claims)
        by = (claims.team, claims.member, claims.source)
        self.claims_on = claimed.where(claims.team.in_(ids)).order_by(*by)
        self.claims_for = claimed.where(claims.member.in_(ids)).order_by(*by)
        self.claim = _inserts_once(tables.claims)
        by_source = claims.source == bindparam("source_")
        self.release = delete(tables.claims).where(
            is_claims, claims.team == bindparam("team_"), claims.member.in_(ids), by_source
        )
        at_an_end = or_(claims.team == bindparam("id_"), claims.member == bindparam("id_"))
        self.release_all = delete(tables.claims).where(is_claims, at_an_end)
        self.release_source = self.release_all.where(by_source)
        checkpoints = tables.checkpoints.c
        of_source = (
            is_tenants(checkpoints.tenant, leading=True),
            checkpoints.source == bindparam("source_"),
        )
        self.checkpoint = select(checkpoints.place).where(*of_source)
        self.forget_checkpoint = delete(tables.checkpoints).where(*of_source)
        self.keep_checkpoint = insert(tables.checkpoints)


def _inserts_once(table: Table) -> dict[str, Insert]:
    """Return by dialect the statement that inserts rows, but for those that are there."""
    same = mysql.insert(table).on_duplicate_key_update(source=table.c.source)
    return {
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
        "mysql": same,
        "mariadb": same,
    }


class SQLAlchemySources:
    """What sources said, in one transaction."""

    def __init__(self, statements: SourceStatements, transaction: Transaction) -> None:
        self._statements = statements
        self._transaction = transaction

    def origins(self, ids: Collection[str]) -> Mapping[str, Sequence[Origin]]:
        """Return the rows of resources: one statement a thousand of them."""
        found: dict[str, list[Origin]] = {id: [] for id in ids}
        for row in self._select(self._statements.origins, list(found)):
            found[row[0]].append(_origin(row))
        return found

    def find(self, source: str, references: Collection[str]) -> Mapping[str, str]:
        """Look references up in the index."""
        wanted = [one for one in dict.fromkeys(references) if one]
        rows = self._select(self._statements.find, wanted, source_=source)
        return dict(tuple(row) for row in rows)

    def of_source(self, source: str, *, after: str = "", count: int) -> Sequence[Origin]:
        """Return one page, by the index."""
        values = {"source_": source, "after_": after, "count_": count}
        rows = self._transaction.execute_scoped(self._statements.of_source, values)
        return [_origin(row) for row in rows]

    def names(self) -> Sequence[str]:
        """Return the sources there are rows of."""
        return self._transaction.execute_scoped(self._statements.names).scalars().all()

    def note(self, origin: Origin) -> None:
        """Insert a row."""
        row = {name: getattr(origin, name) for name in _ORIGIN}
        row |= {"reference": origin.reference or None, "tenant": self._transaction.tenant}
        try:
            self._transaction.execute(self._statements.insert, row)
        except UniqueViolation as violation:
            raise LostRace(violation.constraint) from violation

    def revise(self, origin: Origin) -> None:
        """Update the row."""
        values = {
            "id_": origin.resource_id,
            "source_": origin.source,
            "reference_": origin.reference or None,
            "name_": origin.name,
            "active_": origin.active,
            "seen_": origin.seen,
        }
        try:
            self._transaction.execute_scoped(self._statements.update, values)
        except UniqueViolation as violation:
            raise LostRace(violation.constraint) from violation

    def forget(self, resource_id: str, source: str | None = None) -> None:
        """Delete the rows of a resource: two statements."""
        values = {"id_": resource_id}
        if source is None:
            statements = (self._statements.forget, self._statements.release_all)
        else:
            statements = (self._statements.forget_source, self._statements.release_source)
            values["source_"] = source
        for statement in statements:
            self._transaction.execute_scoped(statement, values)

    def claims_on(self, teams: Collection[str]) -> Mapping[str, Sequence[Claim]]:
        """Return the rows of teams, by the primary key."""
        found: dict[str, list[Claim]] = {team: [] for team in teams}
        for row in self._select(self._statements.claims_on, list(found)):
            found[row[0]].append(Claim(*row))
        return found

    def claims_for(self, members: Collection[str]) -> Mapping[str, Sequence[Claim]]:
        """Return the rows of members, by the index."""
        found: dict[str, list[Claim]] = {member: [] for member in members}
        for row in self._select(self._statements.claims_for, list(found)):
            found[row[1]].append(Claim(*row))
        return found

    def claim(self, team: str, members: Sequence[str], source: str) -> None:
        """Insert the rows that are missing: one statement, however many there are."""
        whose = {"team": team, "source": source, "tenant": self._transaction.tenant}
        rows = [{**whose, "member": member} for member in dict.fromkeys(members)]
        if rows:
            dialect = self._transaction.connection.dialect.name
            self._transaction.execute(self._statements.claim[dialect], rows)

    def release(self, team: str, members: Sequence[str], source: str) -> None:
        """Delete rows: one statement a thousand members."""
        for ids in chunks(members):
            values = {"team_": team, "source_": source, "ids_": ids}
            self._transaction.execute_scoped(self._statements.release, values)

    def checkpoint(self, source: str) -> str:
        """Return the row's, if there is one."""
        found = self._transaction.execute_scoped(self._statements.checkpoint, {"source_": source})
        return found.scalar() or ""

    def set_checkpoint(self, source: str, checkpoint: str) -> None:
        """Delete the row, and insert another."""
        self._transaction.execute_scoped(self._statements.forget_checkpoint, {"source_": source})
        row = {"tenant": self._transaction.tenant, "source": source, "place": checkpoint}
        try:
            self._transaction.execute(self._statements.keep_checkpoint, row)
        except UniqueViolation as violation:
            raise LostRace(violation.constraint) from violation

    def _select(self, statement: Select[Any], ids: Sequence[str], **values: Any) -> list[Any]:
        found: list[Any] = []
        for some in chunks(ids):
            found += self._transaction.execute_scoped(statement, {**values, "ids_": some}).all()
        return found


def _origin(row: Sequence[Any]) -> Origin:
    values = dict(zip(_ORIGIN, row, strict=True))
    return Origin(**values | {"reference": values["reference"] or ""})
