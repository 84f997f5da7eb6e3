"""What the host changes through its own models is followed in the columns SCIM looks at.

An administrator renames a user on the gateway's own page: the unique name, the version and the
comparison keys have to follow, or an identity provider would look for the old name.
"""

from __future__ import annotations

from datetime import UTC
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import event
from sqlalchemy import inspect

from flask_scim_teams.core.comparison import key as comparison_key
from flask_scim_teams.core.values import MAX_NAME
from flask_scim_teams.storage.sqlalchemy.adapters import Statements
from flask_scim_teams.storage.sqlalchemy.adapters import key_rows
from flask_scim_teams.storage.sqlalchemy.names import Names


def follow_host(statements: Statements) -> None:
    """Listen to the flushes of the mapped model."""
    mapping = statements.mapping
    mapper = inspect(mapping.model)

    def name_of(column: Any) -> str:
        name: str = mapper.get_property_by_column(column).key
        return name

    id_name, version_name = name_of(mapping.id), name_of(mapping.version)
    modified_name = name_of(mapping.last_modified)
    tenant_name = name_of(mapping.tenant)
    watched = [tenant_name, *(name_of(column.column) for column in mapping.columns)]
    names = mapping.names

    def changed(target: Any) -> bool:
        if getattr(target, id_name) is None:
            return False
        state = inspect(target)
        return any(state.attrs[name].history.has_changes() for name in watched)

    def follow_name(names: Names, target: Any) -> None:
        """Look the row up by its new name, which is its own alone if the former one was."""
        named = [c.column for c in mapping.columns if str(c.path) == names.attribute.name]
        key_name, unique_name = name_of(names.key), name_of(names.unique)
        for column in named:
            # The host's own rules on names are its own: it is followed, not corrected.
            name = getattr(target, name_of(column))
            key = comparison_key(names.attribute, name)[:MAX_NAME] if name else None
            reserving = names.is_reserved(getattr(target, key_name), getattr(target, unique_name))
            tenant = getattr(target, tenant_name) or ""
            values = names.values_of_key(key, tenant=tenant, reserving=reserving)
            setattr(target, key_name, values[names.key.name])
            setattr(target, unique_name, values[names.unique.name])

    def before_update(mapper: Any, connection: Connection, target: Any) -> None:
        if not changed(target):
            return
        if names is not None:
            follow_name(names, target)
        # The database counts: the object may have been read before another change.
        setattr(target, version_name, mapping.version + 1)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        setattr(target, modified_name, now)

    def after_update(mapper: Any, connection: Connection, target: Any) -> None:
        if not changed(target):
            return
        row = connection.execute(
            statements.get_anyones, {"scim_id_": getattr(target, id_name)}
        ).one()
        resource = mapping.resource(row)
        connection.execute(statements.delete_keys, {"id_": resource.id})
        rows = key_rows(resource.id, statements.indexed(resource.attributes))
        if rows:
            connection.execute(statements.insert_keys, rows)

    def after_delete(mapper: Any, connection: Connection, target: Any) -> None:
        id = getattr(target, id_name)
        if id is not None:
            connection.execute(statements.delete_keys, {"id_": id})

    event.listen(mapping.model, "before_update", before_update)
    event.listen(mapping.model, "after_update", after_update)
    event.listen(mapping.model, "after_delete", after_delete)
