"""Attributes that every resource has (RFC 7643 section 3.1), and shapes that recur."""

from __future__ import annotations

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness

SCHEMAS = Attribute(
    name="schemas",
    description="URNs of the schemas the resource carries values of.",
    type=Type.REFERENCE,
    reference_types=("uri",),
    multi_valued=True,
    required=True,
    case_exact=True,
    returned=Returned.ALWAYS,
)
ID = Attribute(
    name="id",
    description="Identifier the service provider gave to the resource.",
    case_exact=True,
    mutability=Mutability.READ_ONLY,
    returned=Returned.ALWAYS,
    uniqueness=Uniqueness.GLOBAL,
)
EXTERNAL_ID = Attribute(
    name="externalId",
    description="Identifier the provisioning client gave to the resource.",
    case_exact=True,
)
META = Attribute(
    name="meta",
    description="Metadata the service provider keeps of the resource.",
    type=Type.COMPLEX,
    mutability=Mutability.READ_ONLY,
    sub_attributes=(
        Attribute(
            name="resourceType",
            description="Name of the resource type.",
            case_exact=True,
            mutability=Mutability.READ_ONLY,
        ),
        Attribute(
            name="created",
            description="When the resource was created.",
            type=Type.DATE_TIME,
            mutability=Mutability.READ_ONLY,
        ),
        Attribute(
            name="lastModified",
            description="When the resource last changed.",
            type=Type.DATE_TIME,
            mutability=Mutability.READ_ONLY,
        ),
        Attribute(
            name="location",
            description="URI of the resource.",
            type=Type.REFERENCE,
            reference_types=("uri",),
            mutability=Mutability.READ_ONLY,
        ),
        Attribute(
            name="version",
            description="Version of the resource, equal to its ETag.",
            case_exact=True,
            mutability=Mutability.READ_ONLY,
        ),
    ),
)
COMMON = (SCHEMAS, ID, EXTERNAL_ID, META)


def plural(
    name: str,
    description: str,
    *,
    types: tuple[str, ...] = (),
    value: Attribute | None = None,
) -> Attribute:
    """Return a multi-valued complex attribute with the default sub-attributes.

    RFC 7643 section 2.4: value, display, type and primary.
    """
    return Attribute(
        name=name,
        description=description,
        type=Type.COMPLEX,
        multi_valued=True,
        sub_attributes=(
            value or Attribute(name="value", description="The value itself."),
            Attribute(name="display", description="Name of the value for people to read."),
            Attribute(
                name="type",
                description="Function of the value.",
                canonical_values=types,
            ),
            Attribute(
                name="primary",
                description="Whether this is the preferred value; true for one at the most.",
                type=Type.BOOLEAN,
            ),
        ),
    )
