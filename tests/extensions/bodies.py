"""Bodies that the tests of extensions send."""

from __future__ import annotations

from typing import Any

from tests.conftest import ScimClient
from tests.extensions.declarations import BADGE
from tests.extensions.declarations import CREW
from tests.extensions.declarations import DEVICE
from tests.extensions.declarations import ROOM
from tests.extensions.declarations import SURVEY
from tests.extensions.declarations import WARRANTY
from tests.http.messages import GROUP
from tests.http.messages import USER

UNTIL = "2030-01-01T00:00:00Z"

#: A value of every attribute of the survey that a client may set and see.
ANSWERS: dict[str, Any] = {
    "code": "Ab-1",
    "motto": "Per aspera",
    "level": 5,
    "visits": 2,
    "hourly": 12.34,
    "height": 1.75,
    "share": 0.1,
    "parking": False,
    "hired": "2024-02-29T08:00:00+01:00",
    "photo": "QUJD",
    "page": "https://people.example/Ada",
    "seat": {"building": "North", "room": "1.04", "desk": 4, "plan": "P1"},
    "keys": [
        {"value": "k1", "type": "gate", "weight": 0.25},
        {"value": "k2", "type": "office", "primary": True},
    ],
    "skills": ["python", "SQL"],
    "scores": [3, 1, 2],
    "grade": "B2",
}


def user(user_name: str = "ada", **extensions: Any) -> dict[str, Any]:
    """Return the body of a user: ``badge=`` and ``survey=`` are its extensions' values."""
    body: dict[str, Any] = {"schemas": [USER], "userName": user_name}
    for name, schema in (("badge", BADGE), ("survey", SURVEY)):
        if name in extensions:
            body["schemas"].append(schema.id)
            body[schema.id] = extensions[name]
    return body


def team(name: str = "Blue", **crew: Any) -> dict[str, Any]:
    """Return the body of a team and its extension's values."""
    return {"schemas": [GROUP, CREW.id], "displayName": name, CREW.id: crew}


def device(name: str = "Printer", **attributes: Any) -> dict[str, Any]:
    """Return the body of a device that may be stored."""
    return {
        "schemas": [DEVICE.schema.id, WARRANTY.id],
        "name": name,
        WARRANTY.id: {"until": UNTIL},
        **attributes,
    }


def room(**attributes: Any) -> dict[str, Any]:
    """Return the body of a room."""
    return {"schemas": [ROOM.schema.id], **attributes}


def made(idp: ScimClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Create a resource and return what the server says of it."""
    response = idp.post(path, body)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.get_json()
    return created
