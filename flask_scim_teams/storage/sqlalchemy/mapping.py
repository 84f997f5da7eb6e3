"""Mappings: which columns of the host's tables hold which attributes.

Everything a mapping can be wrong about is said when it is made, before the first request.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import ClassVar

from sqlalchemy import Column
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import Index
from sqlalchemy import Row
from sqlalchemy import Table
from sqlalchemy import UniqueConstraint
from sqlalchemy import func
from sqlalchemy import inspect
from sqlalchemy import true
from sqlalchemy.exc import NoInspectionAvailable

from flask_scim_teams.core.definitions import GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.filters import parse_name
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.resources import copied
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.values import unique_key
from flask_scim_teams.storage.sqlalchemy.columns import AnyColumn
from flask_scim_teams.storage.sqlalchemy.columns import ColumnMapping
from flask_scim_teams.storage.sqlalchemy.columns import Inverse
from flask_scim_teams.storage.sqlalchemy.columns import One
from flask_scim_teams.storage.sqlalchemy.columns import column_of
from flask_scim_teams.storage.sqlalchemy.columns import map_column
from flask_scim_teams.storage.sqlalchemy.types import Document
from flask_scim_teams.storage.sqlalchemy.types import ExactString


class ResourceMapping:
    """A resource type in a table of the host's.

    :param model: the host's model class.
    :param attributes: SCIM path to column; what is not named here is kept in the document.
    :param id, external_id, key, version, created, last_modified, document: the columns that
        :class:`~flask_scim_teams.storage.sqlalchemy.ProvisionedUser` and ``ProvisionedTeam``
        add; name them if the model calls them otherwise.
    :param defaults: values for the host's other columns in a new row: constants, or functions of
        the :class:`~flask_scim_teams.core.resources.Resource`.
    :param before_delete: called with the connection and the row's primary key in the unit of work
        that is about to delete the row: the place to delete what refers to it.
    :raises SetupError: in words, if something does not fit.
    """

    resource_type: ClassVar[ResourceType]
    unique_attribute: ClassVar[str]
    key_column: ClassVar[str]

    def __init__(
        self,
        model: Any,
        *,
        attributes: Mapping[str, AnyColumn | One | Inverse],
        id: AnyColumn | None = None,
        external_id: AnyColumn | None = None,
        key: AnyColumn | None = None,
        version: AnyColumn | None = None,
        created: AnyColumn | None = None,
        last_modified: AnyColumn | None = None,
        document: AnyColumn | None = None,
        defaults: Mapping[AnyColumn, Any] | None = None,
        before_delete: Callable[[Connection, Any], None] | None = None,
    ) -> None:
        self.model = model
        self.table = _table_of(model)
        self.name = f"{type(self).__name__}({model.__name__})"
        self.id = self._own(id, "scim_id", ExactString)
        self.external_id = self._own(external_id, "scim_external_id", ExactString)
        self.key = self._own(key, self.key_column, ExactString)
        self.version = self._own(version, "scim_version")
        self.created = self._own(created, "scim_created", ExactString)
        self.last_modified = self._own(last_modified, "scim_last_modified", ExactString)
        self.document = self._own(document, "scim_document", Document)
        self.primary_key = self._primary_key()
        self.defaults = {column_of(c).name: value for c, value in (defaults or {}).items()}
        self.before_delete = before_delete
        self.columns = tuple(self._map(path, given) for path, given in attributes.items())
        self._check()

    @property
    def selected(self) -> list[Column[Any]]:
        """The columns that :meth:`resource` reads, in its order."""
        return [
            self.primary_key,
            self.id,
            self.external_id,
            self.version,
            self.created,
            self.last_modified,
            self.document,
            *(mapping.column for mapping in self.columns),
        ]

    def resource(self, row: Row[*tuple[Any, ...]]) -> Resource:
        """Return the resource in a row of the selected columns."""
        _, id, external_id, version, created, last_modified, attributes, *values = row
        for mapping, value in zip(self.columns, values, strict=True):
            mapping.load(attributes, value)
        return Resource(
            id=id,
            external_id=external_id,
            version=version,
            created=created,
            last_modified=last_modified,
            attributes=attributes,
        )

    def values(self, resource: Resource) -> dict[str, Any]:
        """Return what is written into the row, by column name.

        :raises Unstorable: if a value does not fit its column.
        """
        attributes = dict(resource.attributes)
        document = copied(attributes)
        values: dict[str, Any] = {
            self.id.name: resource.id,
            self.external_id.name: resource.external_id,
            self.key.name: self.unique_key(resource.attributes),
            self.version.name: resource.version,
            self.created.name: resource.created,
            self.last_modified.name: resource.last_modified,
        }
        for mapping in self.columns:
            values[mapping.column.name] = mapping.dump(attributes)
            mapping.keep(document, attributes)
        values[self.document.name] = document
        return values

    def default_values(self, resource: Resource) -> dict[str, Any]:
        """Return the host's defaults for a new row."""
        return {
            name: value(resource) if callable(value) else value
            for name, value in self.defaults.items()
        }

    def unique_key(self, attributes: Mapping[str, Any]) -> str:
        """Return the comparison key of the name that has to be unique."""
        attribute = self.resource_type.attribute(self.unique_attribute)
        assert attribute is not None
        return unique_key(attribute, attributes[self.unique_attribute])

    def flag_of_path(self, path: AttrPath) -> ColumnElement[bool] | None:
        """Return the flag that SQL may compare for the path, if a column holds it."""
        for mapping in self.columns:
            if mapping.comparable and mapping.path == path:
                column = mapping.column
                # A user of whom nothing is said is active.
                implied = column.nullable and str(path) == "active"
                return func.coalesce(column, true()) if implied else column
        return None

    def display_columns(self) -> list[Column[Any]]:
        """Return the columns that name the resource to people, best first."""
        by_path = {str(mapping.path): mapping.column for mapping in self.columns}
        names = ("displayName", self.unique_attribute)
        return [by_path[name] for name in dict.fromkeys(names) if name in by_path]

    def attribute_of_constraint(self, constraint: str) -> str:
        """Return the SCIM attribute that a unique constraint of the table is about."""
        for name, columns in unique_columns(self.table):
            if constraint in _names(self.table, name, columns):
                for mapping in self.columns:
                    if mapping.column.name in columns:
                        return mapping.path.top
        return self.unique_attribute

    def _own(
        self, given: AnyColumn | None, name: str, type: type[Any] | None = None
    ) -> Column[Any]:
        if given is None:
            if name not in self.table.c:
                raise SetupError(
                    f"{self.name}: the model has no column {name}. Add the mixin "
                    f"{'ProvisionedUser' if self.resource_type is USER else 'ProvisionedTeam'} "
                    f"to it, or name the column that stands for {name}."
                )
            column: Column[Any] = self.table.c[name]
        else:
            column = self._in_table(column_of(given))
        if type is not None and not isinstance(column.type, type):
            raise SetupError(f"{self.name}: column {column.name} has to be {type.__name__}.")
        return column

    def _in_table(self, column: Column[Any]) -> Column[Any]:
        if column.table is not self.table:
            raise SetupError(f"{self.name}: column {column} belongs to another table.")
        return column

    def _primary_key(self) -> Column[Any]:
        columns = list(self.table.primary_key.columns)
        if len(columns) != 1:
            raise SetupError(f"{self.name}: the table needs a primary key of one column.")
        return columns[0]

    def _map(self, text: str, given: AnyColumn | One | Inverse) -> ColumnMapping:
        schema_urn = self.resource_type.schema_of(text)
        try:
            name = parse_name(text)
        except BadRequest as error:
            raise SetupError(f"{self.name}: {error.detail}") from None
        path = self.resource_type.resolve(name.urn, name.attribute, name.sub_attribute)
        if path is None or schema_urn is not None:
            raise SetupError(
                f"{self.name}: {text!r} is not in the {self.resource_type.name} schema."
            )
        if not path.attribute.writable or path.attribute in self.resource_type.common:
            raise SetupError(f"{self.name}: {text} is the server's; it has no column to map.")
        mapping = map_column(path, given)
        self._in_table(mapping.column)
        return mapping

    def _check(self) -> None:
        mapped = {str(mapping.path) for mapping in self.columns}
        if self.unique_attribute not in mapped:
            raise SetupError(f"{self.name}: {self.unique_attribute} has to be mapped to a column.")
        names = [mapping.column.name for mapping in self.columns]
        for mapping in self.columns:
            if names.count(mapping.column.name) > 1:
                raise SetupError(
                    f"{self.name}: column {mapping.column.name} is mapped twice. "
                    f"Map one attribute to it; the others are kept in the document."
                )
        filled = {column.name for column in self.selected[1:]}
        filled |= {self.key.name, *self.defaults}
        for column in self.table.c:
            if not column.nullable and column.name not in filled and not _has_default(column):
                raise SetupError(
                    f"{self.name}: column {column.name} cannot be NULL and nothing fills it. Map "
                    f"an attribute to it, or name it in defaults."
                )


class UserMapping(ResourceMapping):
    """The host's users."""

    resource_type = USER
    unique_attribute = "userName"
    key_column = "scim_user_name_key"


class TeamMapping(ResourceMapping):
    """The host's teams, which are SCIM's Groups."""

    resource_type = GROUP
    unique_attribute = "displayName"
    key_column = "scim_display_name_key"


class JoinTable:
    """The host's association table of teams and users.

    :param team: the column that refers to the team's primary key.
    :param member: the column that refers to the user's primary key.
    """

    def __init__(self, table: Table, *, team: Column[Any], member: Column[Any]) -> None:
        self.table = table
        self.team = team
        self.member = member

    def check(self, users: ResourceMapping, teams: ResourceMapping) -> None:
        """Refuse a table that could hold a membership twice, or keep one of a user who is gone.

        :raises SetupError: in words.
        """
        for column, mapping in ((self.team, teams), (self.member, users)):
            if column.table is not self.table:
                raise SetupError(f"JoinTable: column {column} belongs to another table.")
            if not column.references(mapping.primary_key):
                raise SetupError(
                    f"JoinTable: {column} needs a foreign key to {mapping.primary_key}."
                )
        pair = {self.team.name, self.member.name}
        for column in self.table.c:
            if not column.nullable and column.name not in pair and not _has_default(column):
                raise SetupError(
                    f"JoinTable: column {column.name} cannot be NULL and nothing fills it."
                )
        if pair not in [set(columns) for _, columns in unique_columns(self.table)]:
            raise SetupError(
                f"JoinTable: {self.table.name} needs a primary key or unique constraint over "
                f"{self.team.name} and {self.member.name}."
            )


def unique_columns(table: Table) -> Iterator[tuple[str | None, list[str]]]:
    """Yield the name and the columns of whatever makes rows of the table unique."""
    yield None, [column.name for column in table.primary_key.columns]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield _name(constraint), [column.name for column in constraint.columns]
    for index in table.indexes:
        if index.unique:
            yield _name(index), [column.name for column in index.columns]


def _name(constraint: UniqueConstraint | Index) -> str | None:
    return None if constraint.name is None else str(constraint.name)


def _names(table: Table, name: str | None, columns: list[str]) -> list[str]:
    """Return what databases call a constraint, whether the host named it or not."""
    return [
        *([name] if name is not None else []),
        ", ".join(f"{table.name}.{column}" for column in columns),
        f"{table.name}_{'_'.join(columns)}_key",
        columns[0],
    ]


def _has_default(column: Column[Any]) -> bool:
    """Whether a row that does not name the column gets a value for it."""
    given = column.default is not None or column.server_default is not None
    return given or column is column.table.autoincrement_column


def _table_of(model: Any) -> Table:
    try:
        table = inspect(model).local_table
    except NoInspectionAvailable:
        raise SetupError(f"{model!r} is not a mapped model class.") from None
    if not isinstance(table, Table):
        raise SetupError(f"{model.__name__} is not mapped to a table.")
    return table
