"""The SQLAlchemy backend and its units of work."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy import Engine

from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.sqlalchemy.adapters import SQLAlchemyResources
from flask_scim_teams.storage.sqlalchemy.adapters import Statements
from flask_scim_teams.storage.sqlalchemy.compiler import Compiler
from flask_scim_teams.storage.sqlalchemy.connections import ConnectionStatements
from flask_scim_teams.storage.sqlalchemy.connections import SQLAlchemyConnections
from flask_scim_teams.storage.sqlalchemy.join import JoinTable
from flask_scim_teams.storage.sqlalchemy.mapping import ResourceMapping
from flask_scim_teams.storage.sqlalchemy.mapping import TeamMapping
from flask_scim_teams.storage.sqlalchemy.mapping import UserMapping
from flask_scim_teams.storage.sqlalchemy.memberships import MembershipStatements
from flask_scim_teams.storage.sqlalchemy.memberships import SQLAlchemyMemberships
from flask_scim_teams.storage.sqlalchemy.others import members
from flask_scim_teams.storage.sqlalchemy.others import teams_of
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
        for statements in (self.users, self.teams, *self.others.values()):
            mapping = statements.mapping
            index_tenants(mapping.table, tenant=mapping.tenant, id=mapping.id)
            follow_host(statements)

    @contextmanager
    def begin(self, caller: Caller, *, write: bool) -> Iterator[SQLAlchemyWork]:
        """Open a unit of work in a transaction of its own, apart from the host's session."""
        with transaction(self._db.engine, tenant=caller.tenant, write=write) as opened:
            yield SQLAlchemyWork(self, opened, caller)

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
        self.others = {
            name: SQLAlchemyResources(statements, opened)
            for name, statements in backend.others.items()
        }

    def commit(self) -> None:
        """Commit the transaction."""
        self.transaction.commit()
