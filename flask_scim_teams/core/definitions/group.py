"""The Group schema (RFC 7643 section 4.2)."""

from __future__ import annotations

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.definitions.common import COMMON
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema


def _members(*kinds: str) -> Attribute:
    """Return the attribute of groups whose members are of those resource types."""
    return Attribute(
        name="members",
        description="Members of the group; added and removed, never edited.",
        type=Type.COMPLEX,
        multi_valued=True,
        sub_attributes=(
            Attribute(
                name="value",
                description="id of the member.",
                case_exact=True,
                mutability=Mutability.IMMUTABLE,
            ),
            Attribute(
                name="$ref",
                description="URI of the member.",
                type=Type.REFERENCE,
                reference_types=kinds,
                mutability=Mutability.IMMUTABLE,
            ),
            Attribute(
                name="type",
                description="Resource type of the member.",
                canonical_values=kinds,
                mutability=Mutability.IMMUTABLE,
            ),
            Attribute(
                name="display",
                description="Name of the member for people to read; returned when asked for.",
                mutability=Mutability.READ_ONLY,
                returned=Returned.REQUEST,
            ),
        ),
    )


def _group(members: Attribute) -> ResourceType:
    schema = Schema(
        id="urn:ietf:params:scim:schemas:core:2.0:Group",
        name="Group",
        description="Group",
        attributes=(
            Attribute(
                name="displayName",
                description="Name of the group; unique in any letter case unless the host allows "
                "duplicates.",
                required=True,
                uniqueness=Uniqueness.SERVER,
            ),
            members,
        ),
    )
    return ResourceType(
        name="Group", endpoint="/Groups", description="Group", schema=schema, common=COMMON
    )


USER_MEMBERS = _members("User")
ANY_MEMBERS = _members("User", "Group")
#: Groups of users.
GROUP = _group(USER_MEMBERS)
#: Groups of users and of other groups.
NESTING_GROUP = _group(ANY_MEMBERS)
