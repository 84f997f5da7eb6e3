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
    email: Any,
    given_name: Any,
    family_name: Any,
    more: Mapping[str, Any] | None = None,
    enterprise: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a user's attributes in SCIM's form; ``None`` where the directory has no value.

    :param more: of the User, what not every directory knows: ``displayName``, ``title``.
    :param enterprise: of the enterprise extension.
    """
    attributes: dict[str, Any] = {"userName": _text(user_name), "active": active}
    attributes["name"] = {"givenName": _text(given_name), "familyName": _text(family_name)}
    address = _text(email)
    attributes["emails"] = (
        None if address is None else [{"value": address, "type": "work", "primary": True}]
    )
    attributes |= {name: _text(value) for name, value in (more or {}).items()}
    if enterprise is not None:
        said = {name: _text(value) for name, value in enterprise.items()}
        attributes[ENTERPRISE_USER_SCHEMA.id] = said
    return attributes


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


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
