"""Resources for the contract to store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_scim_teams.core.resources import Resource
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CREATED = "2024-02-29T12:00:00.000001Z"
LATER = "2024-03-01T00:00:00.000000Z"


def id_of(number: int) -> str:
    """Return an id of the form and length that the library gives."""
    return f"018df5a2-0000-7000-8000-{number:012x}"


def user(
    number: int, user_name: str = "", external_id: str | None = None, **attributes: Any
) -> Resource:
    """Return a user; the same number means the same id."""
    return Resource(
        id=id_of(number),
        external_id=external_id,
        created=CREATED,
        last_modified=CREATED,
        attributes={
            "userName": user_name or f"user{number}@example.com",
            "active": True,
            **attributes,
        },
    )


def team(number: int, name: str = "", external_id: str | None = None) -> Resource:
    """Return a team; the same number means the same id, and never a user's."""
    return Resource(
        id=id_of(0xFFFF0000 + number),
        external_id=external_id,
        created=CREATED,
        last_modified=CREATED,
        attributes={"displayName": name or f"Team {number}"},
    )


def store(
    backend: Backend,
    users: Iterable[Resource] = (),
    teams: Iterable[Resource] = (),
    *,
    caller: Caller = HOST,
) -> None:
    """Store resources in a unit of work of their own."""
    with backend.begin(caller, write=True) as work:
        for one in users:
            work.users.add(one)
        for one in teams:
            work.teams.add(one)
        work.commit()


def stored_user(backend: Backend, id: str, *, caller: Caller = HOST) -> Resource | None:
    """Return a user as a later unit of work sees it."""
    with backend.begin(caller, write=False) as work:
        return work.users.get(id)


def stored_team(backend: Backend, id: str, *, caller: Caller = HOST) -> Resource | None:
    """Return a team as a later unit of work sees it."""
    with backend.begin(caller, write=False) as work:
        return work.teams.get(id)
