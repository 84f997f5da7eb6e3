"""Schemas of a host's own: what its identity providers may tell it beside the standard."""

from __future__ import annotations

from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.definitions import NESTING_GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.definitions.common import COMMON
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.core.schemas import Extension
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema


# begin: check
def is_a_floor(value: Any) -> str | None:
    """Return what is wrong with the number of a floor."""
    return None if -2 <= value <= 40 else "is from -2 to 40."


# end: check
# begin: extension
BADGE = Schema(
    id="urn:example:params:scim:schemas:extension:badge:2.0:User",
    name="Badge",
    description="The badge that opens the doors.",
    attributes=(
        Attribute(
            name="number",
            description="Number printed on the badge.",
            required=True,
            case_exact=True,
            mutability=Mutability.IMMUTABLE,
        ),
        Attribute(
            name="floor",
            description="Floor that the badge opens.",
            type=Type.INTEGER,
            check=is_a_floor,
        ),
        Attribute(
            name="remote",
            description="Whether its owner works elsewhere.",
            type=Type.BOOLEAN,
        ),
        Attribute(name="note", description="What the reception knows.", kept=True),
    ),
)
# end: extension


def is_a_place(value: Any) -> str | None:
    """Return what is wrong with a seat: a desk is in a room."""
    return "has a desk in no room." if "desk" in value and "room" not in value else None


#: Every type, and every characteristic, that the badge does not have.
SURVEY = Schema(
    id="urn:example:params:scim:schemas:extension:survey:2.0:User",
    name="Survey",
    attributes=(
        Attribute(name="code", case_exact=True),
        Attribute(name="motto"),
        Attribute(name="level", type=Type.INTEGER),
        Attribute(name="visits", type=Type.INTEGER),
        Attribute(name="hourly", type=Type.DECIMAL),
        Attribute(name="height", type=Type.DECIMAL),
        Attribute(name="share", type=Type.DECIMAL),
        Attribute(name="parking", type=Type.BOOLEAN),
        Attribute(name="hired", type=Type.DATE_TIME),
        Attribute(name="photo", type=Type.BINARY),
        Attribute(name="page", type=Type.REFERENCE, reference_types=("external",)),
        Attribute(
            name="seat",
            type=Type.COMPLEX,
            check=is_a_place,
            sub_attributes=(
                Attribute(name="building"),
                Attribute(name="room"),
                Attribute(name="desk", type=Type.INTEGER),
                Attribute(name="plan", mutability=Mutability.IMMUTABLE),
            ),
        ),
        Attribute(
            name="keys",
            type=Type.COMPLEX,
            multi_valued=True,
            sub_attributes=(
                Attribute(name="value", required=True),
                Attribute(name="type", canonical_values=("office", "gate")),
                Attribute(name="weight", type=Type.DECIMAL),
                Attribute(name="primary", type=Type.BOOLEAN),
            ),
        ),
        Attribute(
            name="skills", multi_valued=True, canonical_values=("python", "sql"), case_exact=True
        ),
        Attribute(name="scores", type=Type.INTEGER, multi_valued=True),
        Attribute(name="pin", mutability=Mutability.WRITE_ONLY, returned=Returned.NEVER),
        Attribute(name="salary", type=Type.INTEGER, returned=Returned.REQUEST),
        Attribute(name="secret", returned=Returned.NEVER),
        Attribute(name="grade", returned=Returned.ALWAYS),
        Attribute(name="lastSeen", type=Type.DATE_TIME, mutability=Mutability.READ_ONLY),
    ),
)

CREW = Schema(
    id="urn:example:params:scim:schemas:extension:crew:2.0:Group",
    name="Crew",
    attributes=(
        Attribute(name="costCentre", case_exact=True),
        Attribute(name="budget", type=Type.DECIMAL),
        Attribute(name="sealed", type=Type.BOOLEAN),
        # As the standard's own, and not the same.
        Attribute(name="members", type=Type.INTEGER),
    ),
)

# begin: device
WARRANTY = Schema(
    id="urn:example:params:scim:schemas:extension:warranty:2.0:Device",
    name="Warranty",
    attributes=(
        Attribute(name="until", type=Type.DATE_TIME, required=True),
        Attribute(name="vendor"),
    ),
)
DEVICE = ResourceType(
    name="Device",
    endpoint="/Devices",
    description="A machine that belongs to the company.",
    common=COMMON,
    schema=Schema(
        id="urn:example:params:scim:schemas:2.0:Device",
        name="Device",
        attributes=(
            Attribute(name="name", required=True, uniqueness=Uniqueness.SERVER),
            Attribute(name="serial", case_exact=True, mutability=Mutability.IMMUTABLE),
            Attribute(name="ports", type=Type.INTEGER),
            Attribute(name="weight", type=Type.DECIMAL),
            Attribute(name="active", type=Type.BOOLEAN),
            Attribute(name="bought", type=Type.DATE_TIME),
            Attribute(name="owner", type=Type.REFERENCE, reference_types=("User",)),
            Attribute(name="tags", multi_valued=True),
        ),
    ),
    extensions=(Extension(WARRANTY, required=True),),
)
# end: device

#: A type whose unique name tells letters from their capitals, and has no column.
ROOM = ResourceType(
    name="Room",
    endpoint="/Rooms",
    common=COMMON,
    schema=Schema(
        id="urn:example:params:scim:schemas:2.0:Room",
        name="Room",
        attributes=(
            Attribute(name="code", case_exact=True, uniqueness=Uniqueness.SERVER),
            Attribute(name="capacity", type=Type.INTEGER),
            Attribute(name="active", type=Type.BOOLEAN),
        ),
    ),
)

# begin: offered
TYPES = ResourceTypes(
    user=USER.extended(BADGE, SURVEY),
    group=NESTING_GROUP.extended(CREW),
    others=(DEVICE, ROOM),
)
# end: offered
