"""Whole readings of directories, and SCIM's attributes made of what providers call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_scim_teams.core.definitions import ENTERPRISE_USER_SCHEMA
from flask_scim_teams.core.directory import Directory
from flask_scim_teams.core.directory import DirectoryError
from flask_scim_teams.core.directory import Progress
from flask_scim_teams.core.directory import Roster
from flask_scim_teams.core.directory import Snapshot


def whole(directory: Directory, progress: Progress, *, members_only: bool) -> Snapshot:
    """Return all that a directory says, asked for piece by piece.

    :param members_only: whether only those are wanted who are in a group.
    """
    progress("reading users", 0, 0)
    users = directory.users()
    groups = directory.groups()
    rosters = []
    for number, group in enumerate(groups):
        progress("reading groups", number, len(groups))
        rosters.append(Roster(group, directory.members(group.id)))
    progress("reading groups", len(groups), len(groups))
    return Snapshot(users=users, rosters=rosters, offered=frozenset() if members_only else None)


def attributes_of(
    *,
    user_name: Any,
    active: bool,
    display_name: Any = None,
    given_name: Any = None,
    family_name: Any = None,
    email: Any = None,
    title: Any = None,
    department: Any = None,
    employee_number: Any = None,
) -> dict[str, Any]:
    """Return a user's attributes in SCIM's form; what is missing or no text is left out."""
    found: dict[str, Any] = {
        "userName": user_name,
        "displayName": display_name,
        "name": _said({"givenName": given_name, "familyName": family_name}),
        "title": title,
        ENTERPRISE_USER_SCHEMA.id: _said(
            {"department": department, "employeeNumber": employee_number}
        ),
    }
    attributes = {key: value for key, value in found.items() if value and _is_said(value)}
    if _is_said(email):
        attributes["emails"] = [{"value": email, "type": "work", "primary": True}]
    return attributes | {"active": active}


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if _is_said(value)}


def _is_said(value: Any) -> bool:
    return isinstance(value, str | dict) and bool(value)


def listed(document: Any, key: str | None, where: str) -> list[Mapping[str, Any]]:
    """Return the objects of a page.

    :param key: of the list in the document; ``None`` if the document is the list.
    :raises DirectoryError: if it is of another shape: a list that is missing is not an empty one.
    """
    found = document.get(key) if isinstance(document, Mapping) and key else document
    if isinstance(found, list) and all(isinstance(one, Mapping) for one in found):
        return found
    raise DirectoryError(f"{where} answers in another form than its documentation says.")


def id_of(document: Mapping[str, Any], where: str, key: str = "id") -> str:
    """Return what an object is known by.

    :raises DirectoryError: if it has none.
    """
    value = document.get(key)
    if isinstance(value, str) and value:
        return value
    raise DirectoryError(f"{where} sends an object without {key}.")
