"""Users and teams in the host's tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select
from sqlalchemy import Table
from sqlalchemy import bindparam
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import null
from sqlalchemy import select
from sqlalchemy import update

from flask_scim_teams.core.conditions import Test
from flask_scim_teams.core.cursors import Seek
from flask_scim_teams.core.query import Page
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.resources import Leaf
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.resources import extension_urns
from flask_scim_teams.core.resources import leaves
from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.storage.interface import InUse
from flask_scim_teams.storage.interface import LostRace
from flask_scim_teams.storage.sqlalchemy.compiler import Compiler
from flask_scim_teams.storage.sqlalchemy.mapping import ResourceMapping
from flask_scim_teams.storage.sqlalchemy.tables import HEAD
from flask_scim_teams.storage.sqlalchemy.transaction import ForeignKeyViolation
from flask_scim_teams.storage.sqlalchemy.transaction import Transaction
from flask_scim_teams.storage.sqlalchemy.transaction import UniqueViolation
from flask_scim_teams.storage.sqlalchemy.transaction import chunks


class Statements:
    """The statements of one mapping, built once."""

    def __init__(self, mapping: ResourceMapping, keys: Table, compiler: Compiler) -> None:
        table = mapping.table
        self.mapping = mapping
        self.compiler = compiler
        self.keys = keys
        #: What every statement is limited to: rows that SCIM made for one tenant.
        self.scope = mapping.scope()
        self.all = select(*mapping.selected).where(self.scope)
        #: The same where no more is asked for.
        self.whole = select(*mapping.selected).where(mapping.scope(leading=True))
        self.get = self.all.where(mapping.id == bindparam("scim_id_"))
        self.get_many = self.all.where(mapping.id.in_(bindparam("ids_", expanding=True)))
        self.lock = self.get.with_for_update()
        #: The page of a list without sort, of everything or by one exact key: built once, because
        #: building a statement costs several times what running it does.
        self.page = _paged(self.whole, mapping)
        #: The same by position: what a walk through everything asks for.
        self.page_after = self.page.where(mapping.id > bindparam("after_"))
        self.page_by = {
            name: _paged(self.all, mapping).where(column == bindparam("key_"))
            for name, column in compiler.key_columns.items()
        }
        count = select(func.count()).select_from(table)
        self.count = count.where(self.scope)
        self.count_whole = count.where(mapping.scope(leading=True))
        #: Every tenant's, for the host alone.
        everyones = select(*mapping.selected)
        self.get_anyones = everyones.where(mapping.id == bindparam("scim_id_"))
        names = mapping.names
        self.everyones = everyones.where(mapping.id.is_not(None)).add_columns(
            mapping.tenant, *((null(), null()) if names is None else (names.key, names.unique))
        )
        self.insert = insert(table)
        self.update = update(table).where(
            mapping.primary_key == bindparam("pk_"), mapping.version == bindparam("version_")
        )
        self.delete = delete(table).where(mapping.primary_key == bindparam("pk_"))
        self.touch = (
            update(table)
            .where(self.scope, mapping.id.in_(bindparam("ids_", expanding=True)))
            .values(
                {
                    mapping.version: mapping.version + 1,
                    mapping.last_modified: bindparam("last_modified_"),
                }
            )
        )
        self.insert_keys = insert(keys)
        self.delete_keys = delete(keys).where(keys.c.resource_id == bindparam("id_"))
        self.delete_paths = self.delete_keys.where(
            keys.c.path.in_(bindparam("paths_", expanding=True))
        )

    def indexed(
        self, attributes: Mapping[str, Any], whole: Mapping[str, Any] | None = None
    ) -> Iterable[Leaf]:
        """Yield the leaves that are searched by their keys; others have a column of their own.

        :param whole: all attributes of the resource, where the others are some of them: its
            extensions are counted through.
        """
        mapping = self.mapping
        columns = {str(m.path) for m in mapping.columns if m.comparable}
        if mapping.unique_attribute is not None:
            columns.add(mapping.unique_attribute.name)
        for leaf in leaves(mapping.resource_type, attributes):
            if leaf.path not in columns:
                yield leaf
        present = attributes if whole is None else whole
        for position, urn in enumerate(extension_urns(mapping.resource_type, present)):
            yield Leaf("schemas", position, urn.lower())


class SQLAlchemyResources:
    """Resources of one type, in one transaction.

    :param reserving: whether no other resource may have a name that is given.
    """

    def __init__(
        self, statements: Statements, transaction: Transaction, *, reserving: bool = True
    ) -> None:
        self._statements = statements
        self._mapping = statements.mapping
        self._transaction = transaction
        self._reserving = reserving
        self._stored: dict[str, Resource] = {}
        #: Primary keys of rows seen in this unit of work, by SCIM id.
        self.primary_keys: dict[str, Any] = {}

    def get(self, id: str) -> Resource | None:
        """Return the resource in the row with that id."""
        return self._one(self._statements.get, id)

    def get_many(self, ids: Collection[str]) -> Mapping[str, Resource]:
        """Return the resources in the rows with those ids: one statement a thousand ids."""
        found: dict[str, Resource] = {}
        for chunk in chunks(list(ids)):
            rows = self._transaction.execute_scoped(self._statements.get_many, {"ids_": chunk})
            for row in rows:
                resource = self._mapping.resource(row)
                found[resource.id] = resource
        return found

    def lock(self, id: str) -> Resource | None:
        """Return the resource with its row locked."""
        return self._one(self._statements.lock, id)

    def _one(self, statement: Any, id: str) -> Resource | None:
        row = self._transaction.execute_scoped(statement, {"scim_id_": id}).first()
        if row is None:
            return None
        resource = self._mapping.resource(row)
        self.primary_keys[id] = row[0]
        self._stored[id] = resource
        return resource

    def search(self, query: Query) -> Page:
        """Return a page: one statement for it, and one for the total where it is not clear."""
        if query.count == 0:
            return Page(self._total(query), ())
        if query.seek is not None:
            return self._seek(query, query.seek)
        offset = query.start_index - 1
        values: dict[str, Any] = {"limit_": query.count, "offset_": offset}
        statement = self._page(query, values)
        rows = self._transaction.execute_scoped(statement, values).all()
        resources = tuple(self._mapping.resource(row) for row in rows)
        if len(rows) < query.count and (rows or not offset):
            return Page(offset + len(rows), resources)
        return Page(self._total(query), resources)

    def _page(self, query: Query, values: dict[str, Any]) -> Select[Any]:
        """Return the statement of a page, adding to the values that it is executed with."""
        statements, condition = self._statements, query.condition
        if query.sort is None and condition is None:
            return statements.page
        if query.sort is None and isinstance(condition, Test):
            prepared = statements.page_by.get(str(condition.path))
            if prepared is not None and condition.is_plain_equality:
                values["key_"] = condition.key
                return prepared
        return self._list(query).limit(bindparam("limit_")).offset(bindparam("offset_"))

    def _list(self, query: Query) -> Select[Any]:
        statements, compiler = self._statements, self._statements.compiler
        statement = statements.whole
        if query.condition is not None:
            statement = statements.all.where(compiler.where(query.condition))
        return compiler.ordering.apply(statement, query.sort, query.seek)

    def _seek(self, query: Query, seek: Seek) -> Page:
        """Return a page of a walk; one row more tells whether it goes on."""
        limit = query.count + 1
        plain = query.sort is None and query.condition is None and not seek.backward
        if plain and seek.position is not None:
            values = {"limit_": limit, "offset_": 0, "after_": seek.position.id}
            found = self._transaction.execute_scoped(self._statements.page_after, values)
        else:
            found = self._transaction.execute_scoped(self._list(query).limit(limit))
        rows = list(found)
        more = len(rows) == limit
        rows = rows[: query.count]
        if seek.backward:
            rows.reverse()
        resources = tuple(self._mapping.resource(row) for row in rows)
        total = len(rows) if seek.position is None and not more else self._total(query)
        return Page(total, resources, more)

    def _total(self, query: Query) -> int:
        statements = self._statements
        total = statements.count_whole
        if query.condition is not None:
            total = statements.count.where(statements.compiler.where(query.condition))
        count: int = self._transaction.execute_scoped(total).scalar_one()
        return count

    def add(self, resource: Resource) -> None:
        """Insert a row and its comparison keys."""
        mapping = self._mapping
        values = mapping.default_values(resource)
        values |= self._values(resource)
        try:
            result = self._transaction.execute(self._statements.insert, values)
        except UniqueViolation as violation:
            raise Conflict(mapping.attribute_of_constraint(violation.constraint)) from violation
        inserted: Any = result.inserted_primary_key
        self.primary_keys[resource.id] = inserted[0]
        self._insert_keys(resource.id, self._statements.indexed(resource.attributes))

    def save(self, resource: Resource, expected: int) -> None:
        """Update the row if it has the expected version, and the keys that are others now."""
        mapping = self._mapping
        values = self._values(resource)
        old, new = self._stored[resource.id].attributes, resource.attributes
        if mapping.names is not None and not mapping.names.differ(old, new):
            # Whether others may have it was settled by whoever gave the name.
            del values[mapping.names.unique.name]
        values["pk_"], values["version_"] = self.primary_keys[resource.id], expected
        try:
            result = self._transaction.execute(self._statements.update, values)
        except UniqueViolation as violation:
            raise Conflict(mapping.attribute_of_constraint(violation.constraint)) from violation
        if result.rowcount != 1:
            raise LostRace
        before = _by_path(self._statements.indexed(_differing(old, new), old))
        after = _by_path(self._statements.indexed(_differing(new, old), new))
        changed = [path for path in before | after if before.get(path) != after.get(path)]
        outdated = [path for path in changed if path in before]
        if outdated:
            self._transaction.execute(
                self._statements.delete_paths, {"id_": resource.id, "paths_": outdated}
            )
        self._insert_keys(resource.id, (leaf for path in changed for leaf in after.get(path, ())))

    def touch(self, ids: Collection[str], last_modified: str) -> None:
        """Count versions up in one statement."""
        if ids:
            self._transaction.execute_scoped(
                self._statements.touch, {"ids_": sorted(ids), "last_modified_": last_modified}
            )

    def remove(self, id: str) -> None:
        """Delete the row and its comparison keys."""
        primary_key = self.primary_keys[id]
        if self._mapping.before_delete is not None:
            self._mapping.before_delete(self._transaction.connection, primary_key)
        self._transaction.execute(self._statements.delete_keys, {"id_": id})
        try:
            self._transaction.execute(self._statements.delete, {"pk_": primary_key})
        except ForeignKeyViolation as violation:
            raise InUse(violation.constraint) from violation

    def reindex_all(self) -> int:
        """Write the comparison keys of every tenant's resources anew; return how many there are."""
        mapping, statements = self._mapping, self._statements
        rows = self._transaction.execute(statements.everyones).all()
        for *columns, tenant, key, unique in rows:
            resource = mapping.resource(columns)
            if mapping.names is not None:
                reserving = mapping.names.is_reserved(key, unique)
                values: dict[str, Any] = {"pk_": columns[0], "version_": resource.version}
                values |= mapping.names.values(
                    resource.attributes, tenant=tenant or "", reserving=reserving
                )
                self._transaction.execute(statements.update, values)
            self._transaction.execute(statements.delete_keys, {"id_": resource.id})
            self._insert_keys(resource.id, statements.indexed(resource.attributes))
        return len(rows)

    def _values(self, resource: Resource) -> dict[str, Any]:
        tenant = self._transaction.tenant
        return self._mapping.values(resource, tenant=tenant, reserving=self._reserving)

    def _insert_keys(self, id: str, indexed: Iterable[Leaf]) -> None:
        rows = key_rows(id, indexed)
        if rows:
            self._transaction.execute(self._statements.insert_keys, rows)


def key_rows(id: str, indexed: Iterable[Leaf]) -> list[dict[str, Any]]:
    """Return the rows of the table of comparison keys."""
    return [
        {
            "resource_id": id,
            "path": path,
            "position": position,
            "head": key[:HEAD],
            "rest": key[HEAD:],
        }
        for path, position, key in indexed
    ]


def _paged(statement: Select[Any], mapping: ResourceMapping) -> Select[Any]:
    ordered = statement.order_by(mapping.id)
    return ordered.limit(bindparam("limit_")).offset(bindparam("offset_"))


def _differing(attributes: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if others.get(name) != value}


def _by_path(indexed: Iterable[Leaf]) -> dict[str, list[Leaf]]:
    found: dict[str, list[Leaf]] = defaultdict(list)
    for leaf in indexed:
        found[leaf.path].append(leaf)
    return found
