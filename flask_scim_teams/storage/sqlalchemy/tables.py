"""The library's own tables: comparison keys to search by, connections and their tokens, the log."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from sqlalchemy import Column
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import Integer
from sqlalchemy import LargeBinary
from sqlalchemy import MetaData
from sqlalchemy import String
from sqlalchemy import Table

from flask_scim_teams.storage.sqlalchemy.types import Document
from flask_scim_teams.storage.sqlalchemy.types import ExactString

#: Characters of a key that the index covers; the rest stands beside it.
HEAD = 255
#: Longest path of an attribute that is searched by its key.
MAX_PATH = 160


class OwnTables(NamedTuple):
    """The library's tables in the host's metadata.

    :param keys: one row a leaf: which resource, which path, which element, and its comparison
        key in two parts, of which the first is indexed.
    """

    keys: Table
    tokens: Table
    connections: Table
    log: Table


def index_tenants(table: Table, *, tenant: Column[Any], id: Column[Any]) -> None:
    """Have one tenant's resources counted, and listed in the order of their ids, by an index.

    The host's ``create_all()`` and its migrations make it along with its own. A model's mixin
    cannot say it: what a table has beside its columns is for one class alone to say.
    """
    if not any(list(index.columns) == [tenant, id] for index in table.indexes):
        Index(None, tenant, id)


def own_tables(metadata: MetaData) -> OwnTables:
    """Return the tables, defining them in the metadata once.

    The host's ``create_all()`` and its migrations make them along with its own.
    """
    if "scim_attribute_index" in metadata.tables:
        names = ("scim_attribute_index", "scim_token", "scim_connection", "scim_log")
        return OwnTables(*(metadata.tables[name] for name in names))
    keys = Table(
        "scim_attribute_index",
        metadata,
        Column("resource_id", ExactString(36), primary_key=True),
        Column("path", ExactString(MAX_PATH), primary_key=True),
        Column("position", Integer, primary_key=True, autoincrement=False),
        Column("head", ExactString(HEAD), nullable=False),
        Column("rest", ExactString(), nullable=False),
    )
    Index("ix_scim_attribute_index_key", keys.c.path, keys.c.head, keys.c.resource_id)
    connections = Table(
        "scim_connection",
        metadata,
        Column("id", ExactString(36), primary_key=True),
        Column("name", ExactString(100), nullable=False, unique=True),
        Column("created", ExactString(27), nullable=False),
        Column("provider", ExactString(32), nullable=False),
        Column("tenant", ExactString(100), nullable=False),
        Column("overrides", Document()),
        Column("disabled", ExactString(27)),
    )
    tokens = Table(
        "scim_token",
        metadata,
        Column("id", ExactString(32), primary_key=True),
        Column("label", String(255), nullable=False),
        Column("digest", LargeBinary(32), nullable=False),
        Column("scopes", ExactString(), nullable=False),
        Column("created", ExactString(27), nullable=False),
        Column("expires", ExactString(27)),
        Column("revoked", ExactString(27)),
        Column("connection_id", ForeignKey(connections.c.id), index=True),
        Column("addresses", ExactString()),
        Column("replaced_by", ExactString(32)),
        Column("last_used", ExactString(27)),
        Column("last_address", ExactString(64)),
    )
    return OwnTables(keys, tokens, connections, _log_table(metadata))


def _log_table(metadata: MetaData) -> Table:
    """Define the table of the provisioning log.

    Nothing refers to another table: an entry outlives what it is about.
    """
    log = Table(
        "scim_log",
        metadata,
        Column("id", ExactString(36), primary_key=True),
        Column("at", ExactString(27), nullable=False),
        Column("day", ExactString(10), nullable=False),
        Column("outcome", ExactString(8), nullable=False),
        Column("connection_id", ExactString(36)),
        Column("tenant", ExactString(100), nullable=False),
        Column("token_id", ExactString(32)),
        Column("actor", ExactString(16), nullable=False),
        Column("source", ExactString(255), nullable=False),
        Column("request_id", ExactString(64), nullable=False),
        Column("method", ExactString(20), nullable=False),
        Column("target", ExactString(), nullable=False),
        Column("action", ExactString(), nullable=False),
        Column("resource_type", ExactString(255)),
        Column("resource_id", ExactString(255)),
        Column("resource_name", ExactString()),
        Column("status", Integer, nullable=False),
        Column("scim_type", ExactString(32)),
        Column("detail", ExactString()),
        Column("duration_ms", Integer, nullable=False),
        Column("words", ExactString(), nullable=False),
        Column("document", Document()),
    )
    # Pages are in the order of ids, by whatever they are narrowed; days are counted, and purged.
    Index("ix_scim_log_connection", log.c.connection_id, log.c.id)
    Index("ix_scim_log_resource", log.c.resource_id, log.c.id)
    Index("ix_scim_log_outcome", log.c.outcome, log.c.id)
    Index("ix_scim_log_day", log.c.day, log.c.outcome)
    return log
