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

from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.resources import copied
from flask_scim_teams.storage.sqlalchemy.adapters import Statements
from flask_scim_teams.storage.sqlalchemy.adapters import key_rows


def follow_host(statements: Statements) -> None:
    """Listen to the flushes of the mapped model."""
    mapping = statements.mapping
    mapper = inspect(mapping.model)
    names = {column: mapper.get_property_by_column(column).key for column in mapping.selected}
    key_name = mapper.get_property_by_column(mapping.key).key
    watched = [names[m.column] for m in mapping.columns]

    def resource_of(target: Any) -> Resource:
        values = [getattr(target, names[column]) for column in mapping.selected]
        # The loaders alter the document they are given: theirs is a copy.
        place = mapping.selected.index(mapping.document)
        values[place] = copied(values[place])
        return mapping.resource(values)  # type: ignore[arg-type]  # a sequence, as a Row is

    def changed(target: Any) -> bool:
        if getattr(target, names[mapping.id]) is None:
            return False
        state = inspect(target)
        return any(state.attrs[name].history.has_changes() for name in watched)

    def before_update(mapper: Any, connection: Connection, target: Any) -> None:
        if changed(target):
            setattr(target, key_name, mapping.unique_key(resource_of(target).attributes))
            version = names[mapping.version]
            setattr(target, version, (getattr(target, version) or 0) + 1)
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            setattr(target, names[mapping.last_modified], now)

    def after_update(mapper: Any, connection: Connection, target: Any) -> None:
        if changed(target):
            resource = resource_of(target)
            connection.execute(statements.delete_keys, {"id_": resource.id})
            rows = key_rows(resource.id, statements.indexed(resource.attributes))
            if rows:
                connection.execute(statements.insert_keys, rows)

    def after_delete(mapper: Any, connection: Connection, target: Any) -> None:
        id = getattr(target, names[mapping.id])
        if id is not None:
            connection.execute(statements.delete_keys, {"id_": id})

    event.listen(mapping.model, "before_update", before_update)
    event.listen(mapping.model, "after_update", after_update)
    event.listen(mapping.model, "after_delete", after_delete)
