"""The SQLAlchemy backend and its units of work."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.pool import SingletonThreadPool
from sqlalchemy.pool import StaticPool

from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.storage.inspection import Finding
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.sqlalchemy.adapters import SQLAlchemyResources
from flask_scim_teams.storage.sqlalchemy.adapters import Statements
from flask_scim_teams.storage.sqlalchemy.clients import ClientStatements
from flask_scim_teams.storage.sqlalchemy.clients import SQLAlchemyClients
from flask_scim_teams.storage.sqlalchemy.clients import client_tables
from flask_scim_teams.storage.sqlalchemy.compiler import Compiler
from flask_scim_teams.storage.sqlalchemy.connections import ConnectionStatements
from flask_scim_teams.storage.sqlalchemy.connections import SQLAlchemyConnections
from flask_scim_teams.storage.sqlalchemy.constraints import unique_columns
from flask_scim_teams.storage.sqlalchemy.dialects import STORES
from flask_scim_teams.storage.sqlalchemy.dialects import clock_of
from flask_scim_teams.storage.sqlalchemy.inspection import findings
from flask_scim_teams.storage.sqlalchemy.join import JoinTable
from flask_scim_teams.storage.sqlalchemy.log import LogStatements
from flask_scim_teams.storage.sqlalchemy.log import SQLAlchemyLog
from flask_scim_teams.storage.sqlalchemy.mapping import ResourceMapping
from flask_scim_teams.storage.sqlalchemy.mapping import TeamMapping
from flask_scim_teams.storage.sqlalchemy.mapping import UserMapping
from flask_scim_teams.storage.sqlalchemy.memberships import MembershipStatements
from flask_scim_teams.storage.sqlalchemy.memberships import SQLAlchemyMemberships
from flask_scim_teams.storage.sqlalchemy.others import members
from flask_scim_teams.storage.sqlalchemy.others import teams_of
from flask_scim_teams.storage.sqlalchemy.relied import Relied
from flask_scim_teams.storage.sqlalchemy.relied import of_join
from flask_scim_teams.storage.sqlalchemy.relied import of_mapping
from flask_scim_teams.storage.sqlalchemy.relied import of_own_table
from flask_scim_teams.storage.sqlalchemy.sources import SourceStatements
from flask_scim_teams.storage.sqlalchemy.sources import SQLAlchemySources
from flask_scim_teams.storage.sqlalchemy.sources import source_tables
from flask_scim_teams.storage.sqlalchemy.synchronise import follow_host
from flask_scim_teams.storage.sqlalchemy.tables import index_tenants
from flask_scim_teams.storage.sqlalchemy.tables import own_tables
from flask_scim_teams.storage.sqlalchemy.tokens import SQLAlchemyTokens
from flask_scim_teams.storage.sqlalchemy.tokens import TokenStatements
from flask_scim_teams.storage.sqlalchemy.transaction import Transaction
from flask_scim_teams.storage.sqlalchemy.transaction import transaction


class Database(Protocol):
    """What the backend needs of a database: Flask-SQLAlchemy's ``db`` is one."""

    @property
    def engine(self) -> Engine:
        """The engine; asked for at each unit of work."""
        ...


class SQLAlchemyBackend:
    """Users and teams in tables that the host already has.

    :param db: the host's Flask-SQLAlchemy instance, or anything with an ``engine``.
    :param others: mappings of resource types of the host's own.
    :raises SetupError: if the mappings do not fit together.
    """

    def __init__(
        self,
        db: Database,
        *,
        users: UserMapping,
        teams: TeamMapping,
        memberships: JoinTable,
        others: Sequence[ResourceMapping] = (),
    ) -> None:
        if any(m.table.metadata is not users.table.metadata for m in (teams, *others)):
            raise SetupError("Users and teams have to be in one database: one MetaData.")
        memberships.check(team=teams.primary_key, member=users.primary_key)
        own = own_tables(users.table.metadata)
        self._db = db
        self.types = ResourceTypes(
            user=users.resource_type,
            group=teams.resource_type,
            others=tuple(mapping.resource_type for mapping in others),
        )
        self.users = Statements(
            users, own.keys, Compiler(users, own.keys, teams_of(teams, memberships))
        )
        self.teams = Statements(
            teams, own.keys, Compiler(teams, own.keys, members(users, teams, memberships))
        )
        self.others = {
            mapping.resource_type.name: Statements(mapping, own.keys, Compiler(mapping, own.keys))
            for mapping in others
        }
        self.memberships = MembershipStatements(memberships, users, teams)
        self.tokens = TokenStatements(own.tokens, own.connections)
        self.connections = ConnectionStatements(own.connections)
        self.log = LogStatements(own.log, own.connections)
        self.clients = ClientStatements(
            client_tables(users.table.metadata, own.connections), own.connections
        )
        self.sources = SourceStatements(source_tables(users.table.metadata))
        for statements in (self.users, self.teams, *self.others.values()):
            mapping = statements.mapping
            index_tenants(mapping.table, tenant=mapping.tenant, id=mapping.id)
            follow_host(statements)

    @contextmanager
    def begin(self, caller: Caller, *, write: bool) -> Iterator[SQLAlchemyWork]:
        """Open a unit of work in a transaction of its own, apart from the host's session."""
        with transaction(self._db.engine, tenant=caller.tenant, write=write) as opened:
            yield SQLAlchemyWork(self, opened, caller)

    @property
    def parallel(self) -> bool:
        """Whether another thread can use it at the same time: not a database in memory."""
        return not isinstance(self._db.engine.pool, StaticPool | SingletonThreadPool)

    @property
    def store(self) -> str:
        """What the database is called."""
        name = self._db.engine.dialect.name
        return STORES.get(name, name)

    @property
    def repeats_team_names(self) -> bool:
        """Whether no unique constraint of the host's is on the names of teams alone."""
        mapping = self.teams.mapping
        named = [[one.column.name] for one in mapping.columns if str(one.path) == "displayName"]
        return not any(columns in named for _, columns in unique_columns(mapping.table))

    def inspect(self) -> Iterable[Finding]:
        """Compare the tables with what the library relies on in them."""
        with self.begin(HOST, write=False):
            pass  # SQLite is made ready by the first unit of work: let there have been one.
        with self._db.engine.connect() as connection:
            return tuple(findings(connection, self._relied()))

    def clock(self) -> str:
        """Return the database's present instant."""
        with self._db.engine.connect() as connection:
            return clock_of(connection)

    def _relied(self) -> Iterator[Relied]:
        users, teams = self.users.mapping, self.teams.mapping
        own = own_tables(users.table.metadata)
        clients = client_tables(users.table.metadata, own.connections)
        for table in (*own, *clients, *source_tables(users.table.metadata)):
            yield of_own_table(table)
        for statements in (self.users, self.teams, *self.others.values()):
            yield of_mapping(statements.mapping)
        yield of_join(self.memberships.join)
        if isinstance(teams, TeamMapping) and teams.nested is not None:
            yield of_join(teams.nested)

    def reindex(self) -> int:
        """Write all comparison keys anew; return how many resources there are, of all tenants.

        Needed after the host changed mapped columns with SQL of its own: what it does through
        its models is followed at once.
        """
        count = 0
        with self.begin(HOST, write=True) as work:
            for adapter in (work.users, work.teams, *work.others.values()):
                count += adapter.reindex_all()
            work.commit()
        return count


class SQLAlchemyWork:
    """A unit of work: one transaction, and the adapters in it."""

    def __init__(self, backend: SQLAlchemyBackend, opened: Transaction, caller: Caller) -> None:
        self.transaction = opened
        self.users = SQLAlchemyResources(backend.users, opened)
        self.teams = SQLAlchemyResources(
            backend.teams, opened, reserving=caller.profile.unique_team_names
        )
        self.memberships = SQLAlchemyMemberships(
            backend.memberships, opened, self.users, self.teams
        )
        self.tokens = SQLAlchemyTokens(backend.tokens, opened)
        self.connections = SQLAlchemyConnections(backend.connections, opened)
        self.log = SQLAlchemyLog(backend.log, opened)
        self.clients = SQLAlchemyClients(backend.clients, opened)
        self.sources = SQLAlchemySources(backend.sources, opened)
        self.others = {
            name: SQLAlchemyResources(statements, opened)
            for name, statements in backend.others.items()
        }

    def commit(self) -> None:
        """Commit the transaction."""
        self.transaction.commit()
