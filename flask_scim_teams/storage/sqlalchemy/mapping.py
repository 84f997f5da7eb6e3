"""Mappings: which columns of the host's tables hold which attributes.

Everything a mapping can be wrong about is said when it is made, before the first request.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import ClassVar
from typing import TypedDict
from typing import Unpack

from sqlalchemy import Column
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import FromClause
from sqlalchemy import Table
from sqlalchemy import and_
from sqlalchemy import func
from sqlalchemy import inspect
from sqlalchemy import true
from sqlalchemy.exc import NoInspectionAvailable

from flask_scim_teams.core.definitions import GROUP
from flask_scim_teams.core.definitions import NESTING_GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.definitions.user import ACTIVE
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.filters import parse_name
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.resources import copied
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import Extension
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema
from flask_scim_teams.storage.sqlalchemy.columns import AnyColumn
from flask_scim_teams.storage.sqlalchemy.columns import ColumnMapping
from flask_scim_teams.storage.sqlalchemy.columns import Mapped
from flask_scim_teams.storage.sqlalchemy.columns import column_of
from flask_scim_teams.storage.sqlalchemy.columns import map_column
from flask_scim_teams.storage.sqlalchemy.constraints import has_default
from flask_scim_teams.storage.sqlalchemy.constraints import names_of
from flask_scim_teams.storage.sqlalchemy.constraints import unique_columns
from flask_scim_teams.storage.sqlalchemy.join import JoinTable
from flask_scim_teams.storage.sqlalchemy.names import Names
from flask_scim_teams.storage.sqlalchemy.tables import MAX_PATH
from flask_scim_teams.storage.sqlalchemy.tenants import is_tenants
from flask_scim_teams.storage.sqlalchemy.types import Document
from flask_scim_teams.storage.sqlalchemy.types import ExactString


class OwnColumns(TypedDict, total=False):
    """Parameters that every mapping takes; see :class:`ResourceMapping`."""

    id: AnyColumn | None
    tenant: AnyColumn | None
    external_id: AnyColumn | None
    key: AnyColumn | None
    unique: AnyColumn | None
    version: AnyColumn | None
    created: AnyColumn | None
    last_modified: AnyColumn | None
    document: AnyColumn | None
    defaults: Mapping[AnyColumn, Any] | None
    before_delete: Callable[[Connection, Any], None] | None


class ResourceMapping:
    """A resource type in a table of the host's.

    :param model: the host's model class.
    :param type: the resource type; users and teams have mappings that know theirs.
    :param attributes: SCIM path to column; what is not named here is kept in the document.
    :param id, tenant, external_id, key, unique, version, created, last_modified, document: the
        columns that :class:`~flask_scim_teams.storage.sqlalchemy.ProvisionedResource`,
        ``ProvisionedUser`` and ``ProvisionedTeam`` add; name them if the model calls them
        otherwise.
    :param defaults: values for the host's other columns in a new row: constants, or functions of
        the :class:`~flask_scim_teams.core.resources.Resource`.
    :param before_delete: called with the connection and the row's primary key in the unit of work
        that is about to delete the row: the place to delete what refers to it.
    :raises SetupError: in words, if something does not fit.
    """

    key_column: ClassVar[str] = "scim_key"
    mixin: ClassVar[str] = "ProvisionedResource"
    repeatable: ClassVar[bool] = False
    unique_names: bool = True

    def __init__(
        self,
        model: Any,
        *,
        type: ResourceType,
        attributes: Mapping[str, Mapped],
        id: AnyColumn | None = None,
        tenant: AnyColumn | None = None,
        external_id: AnyColumn | None = None,
        key: AnyColumn | None = None,
        unique: AnyColumn | None = None,
        version: AnyColumn | None = None,
        created: AnyColumn | None = None,
        last_modified: AnyColumn | None = None,
        document: AnyColumn | None = None,
        defaults: Mapping[AnyColumn, Any] | None = None,
        before_delete: Callable[[Connection, Any], None] | None = None,
    ) -> None:
        self.model = model
        self.resource_type = type
        self.unique_attribute = type.unique_attribute
        self.table = _table_of(model)
        self.name = f"{self.__class__.__name__}({model.__name__})"
        self.id = self._own(id, "scim_id", ExactString)
        self.tenant = self._own(tenant, "scim_tenant", ExactString)
        self.external_id = self._own(external_id, "scim_external_id", ExactString)
        self.names = None
        if self.unique_attribute is not None:
            self.names = Names(
                attribute=self.unique_attribute,
                key=self._own(key, self.key_column, ExactString),
                unique=self._own(unique, "scim_unique", ExactString),
                reserved=self.unique_names,
                repeatable=self.repeatable,
            )
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

    def resource(self, row: Sequence[Any]) -> Resource:
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

    def scope(
        self, rows: FromClause | None = None, *, leading: bool = False
    ) -> ColumnElement[bool]:
        """Return the condition of every statement: rows that SCIM made for the caller's tenant.

        :param rows: an alias of the table, if the statement has one.
        :param leading: whether nothing else is asked for.
        """
        columns = self.table.c if rows is None else rows.c
        tenant = columns[self.tenant.name]
        return and_(columns[self.id.name].is_not(None), is_tenants(tenant, leading=leading))

    def values(
        self, resource: Resource, *, tenant: str = "", reserving: bool = True
    ) -> dict[str, Any]:
        """Return what is written into the row, by column name.

        :param tenant: whose resource it is.
        :param reserving: whether no other resource may have its name.
        :raises Unstorable: if a value does not fit its column.
        """
        attributes = dict(resource.attributes)
        document = copied(attributes)
        values: dict[str, Any] = {
            self.id.name: resource.id,
            self.tenant.name: tenant,
            self.external_id.name: resource.external_id,
            self.version.name: resource.version,
            self.created.name: resource.created,
            self.last_modified.name: resource.last_modified,
            **self.name_values(resource.attributes, tenant=tenant, reserving=reserving),
        }
        for mapping in self.columns:
            values[mapping.column.name] = mapping.dump(attributes)
            mapping.keep(document, attributes)
        values[self.document.name] = document
        return values

    def name_values(
        self, attributes: Mapping[str, Any], *, tenant: str, reserving: bool
    ) -> dict[str, str | None]:
        """Return what of it is written for the name; nothing where the type has none."""
        if self.names is None:
            return {}
        return self.names.values(attributes, tenant=tenant, reserving=reserving)

    def default_values(self, resource: Resource) -> dict[str, Any]:
        """Return the host's defaults for a new row."""
        return {
            name: value(resource) if callable(value) else value
            for name, value in self.defaults.items()
        }

    def flag_of_path(self, path: AttrPath) -> ColumnElement[bool] | None:
        """Return the flag that SQL may compare for the path, if a column holds it."""
        for mapping in self.columns:
            if mapping.comparable and mapping.path == path:
                column = mapping.column
                # A user of whom nothing is said is active.
                implied = column.nullable and path.attribute is ACTIVE
                return func.coalesce(column, true()) if implied else column
        return None

    def display_columns(self) -> list[Column[Any]]:
        """Return the columns that name the resource to people, best first."""
        by_path = {str(mapping.path): mapping.column for mapping in self.columns}
        return [by_path[name] for name in ("displayName", "userName") if name in by_path]

    def attribute_of_constraint(self, constraint: str) -> str:
        """Return the SCIM attribute that a unique constraint of the table is about."""
        for name, columns in unique_columns(self.table):
            if constraint in names_of(self.table, name, columns):
                for mapping in self.columns:
                    if mapping.column.name in columns:
                        return mapping.path.top
        return "id" if self.unique_attribute is None else self.unique_attribute.name

    def _own(
        self, given: AnyColumn | None, name: str, type: type[Any] | None = None
    ) -> Column[Any]:
        if given is None:
            if name not in self.table.c:
                raise SetupError(
                    f"{self.name}: the model has no column {name}. Add the mixin {self.mixin} "
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

    def _map(self, text: str, given: Mapped) -> ColumnMapping:
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
        if path.attribute.name == self.resource_type.membership_attribute and path.urn is None:
            raise SetupError(f"{self.name}: memberships are rows of an association table.")
        mapping = map_column(path, given)
        self._in_table(mapping.column)
        return mapping

    def _check(self) -> None:
        self._check_names()
        names = [mapping.column.name for mapping in self.columns]
        for mapping in self.columns:
            if names.count(mapping.column.name) > 1:
                raise SetupError(
                    f"{self.name}: column {mapping.column.name} is mapped twice. "
                    f"Map one attribute to it; the others are kept in the document."
                )
        filled = {column.name for column in self.selected[1:]}
        filled |= {self.tenant.name, *self.defaults}
        filled |= self.name_values({}, tenant="", reserving=True).keys()
        for column in self.table.c:
            if not column.nullable and column.name not in filled and not has_default(column):
                raise SetupError(
                    f"{self.name}: column {column.name} cannot be NULL and nothing fills it. Map "
                    f"an attribute to it, or name it in defaults."
                )

        for path in self.resource_type.leaves():
            if len(str(path)) > MAX_PATH:
                raise SetupError(
                    f"{self.name}: {path} is longer than the {MAX_PATH} characters that it can be "
                    f"searched by."
                )

    def _check_names(self) -> None:
        """Nothing to check: what is unique may be in the document, its key is in a column."""


class _NamedMapping(ResourceMapping):
    """Users and teams: their name is shown to people, and looked up with every membership."""

    def _check_names(self) -> None:
        mapped = {str(mapping.path) for mapping in self.columns}
        unique = self.unique_attribute
        if unique is not None and unique.name not in mapped:
            raise SetupError(f"{self.name}: {unique.name} has to be mapped to a column.")


class UserMapping(_NamedMapping):
    """The host's users.

    The parameters are those of :class:`ResourceMapping`, and:

    :param extensions: schemas of the host's own that a user may carry attributes of.
    """

    key_column = "scim_user_name_key"
    mixin = "ProvisionedUser"

    def __init__(
        self,
        model: Any,
        *,
        attributes: Mapping[str, Mapped],
        extensions: Sequence[Schema | Extension] = (),
        **own: Unpack[OwnColumns],
    ) -> None:
        super().__init__(model, type=USER.extended(*extensions), attributes=attributes, **own)


class TeamMapping(_NamedMapping):
    """The host's teams, which are SCIM's Groups.

    The parameters are those of :class:`ResourceMapping`, and:

    :param extensions: schemas of the host's own that a team may carry attributes of.
    :param nested: the association table of teams and the teams they hold, where teams nest.
    :param unique_names: whether two teams may not have one name, in whatever letter case, unless a
        caller's profile lets them.
    """

    key_column = "scim_display_name_key"
    mixin = "ProvisionedTeam"
    repeatable = True

    def __init__(
        self,
        model: Any,
        *,
        attributes: Mapping[str, Mapped],
        extensions: Sequence[Schema | Extension] = (),
        nested: JoinTable | None = None,
        unique_names: bool = True,
        **own: Unpack[OwnColumns],
    ) -> None:
        self.unique_names = unique_names
        type = (GROUP if nested is None else NESTING_GROUP).extended(*extensions)
        super().__init__(model, type=type, attributes=attributes, **own)
        self.nested = nested
        if nested is not None:
            nested.check(team=self.primary_key, member=self.primary_key)


def _table_of(model: Any) -> Table:
    try:
        table = inspect(model).local_table
    except NoInspectionAvailable:
        raise SetupError(f"{model!r} is not a mapped model class.") from None
    if not isinstance(table, Table):
        raise SetupError(f"{model.__name__} is not mapped to a table.")
    return table
