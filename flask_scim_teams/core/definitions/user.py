"""The User schema and its enterprise extension (RFC 7643 sections 4.1 and 4.3)."""

from __future__ import annotations

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.definitions.common import COMMON
from flask_scim_teams.core.definitions.common import plural
from flask_scim_teams.core.schemas import Extension
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema

NAME = Attribute(
    name="name",
    description="Parts of the person's name.",
    type=Type.COMPLEX,
    sub_attributes=(
        Attribute(name="formatted", description="The whole name, as it is shown."),
        Attribute(name="familyName", description="Family name."),
        Attribute(name="givenName", description="Given name."),
        Attribute(name="middleName", description="Middle name or names."),
        Attribute(name="honorificPrefix", description="Title before the name."),
        Attribute(name="honorificSuffix", description="Suffix after the name."),
    ),
)
ADDRESSES = Attribute(
    name="addresses",
    description="Postal addresses.",
    type=Type.COMPLEX,
    multi_valued=True,
    sub_attributes=(
        Attribute(name="formatted", description="The whole address, as it is printed."),
        Attribute(name="streetAddress", description="Street, house number, post box."),
        Attribute(name="locality", description="City or locality."),
        Attribute(name="region", description="State or region."),
        Attribute(name="postalCode", description="Postal code."),
        Attribute(name="country", description="Country."),
        Attribute(
            name="type",
            description="Function of the address.",
            canonical_values=("work", "home", "other"),
        ),
        Attribute(
            name="primary",
            description="Whether this is the preferred address.",
            type=Type.BOOLEAN,
        ),
    ),
)
ACTIVE = Attribute(
    name="active",
    description="Whether the account may be used.",
    type=Type.BOOLEAN,
    # OneLogin's PUT leaves it out and means no change.
    kept=True,
)
GROUPS = Attribute(
    name="groups",
    description="Groups the user is a member of; computed from the groups' members.",
    type=Type.COMPLEX,
    multi_valued=True,
    mutability=Mutability.READ_ONLY,
    sub_attributes=(
        Attribute(
            name="value",
            description="id of the group.",
            case_exact=True,
            mutability=Mutability.READ_ONLY,
        ),
        Attribute(
            name="$ref",
            description="URI of the group.",
            type=Type.REFERENCE,
            reference_types=("Group",),
            mutability=Mutability.READ_ONLY,
        ),
        Attribute(
            name="display",
            description="displayName of the group.",
            mutability=Mutability.READ_ONLY,
        ),
        Attribute(
            name="type",
            description="How the membership came about.",
            canonical_values=("direct", "indirect"),
            mutability=Mutability.READ_ONLY,
        ),
    ),
)

USER_SCHEMA = Schema(
    id="urn:ietf:params:scim:schemas:core:2.0:User",
    name="User",
    description="User Account",
    attributes=(
        Attribute(
            name="userName",
            description="Name the user is known by; unique in any letter case.",
            required=True,
            uniqueness=Uniqueness.SERVER,
        ),
        NAME,
        Attribute(name="displayName", description="Name shown to people."),
        Attribute(name="nickName", description="Casual name."),
        Attribute(
            name="profileUrl",
            description="URI of the user's profile page.",
            type=Type.REFERENCE,
            reference_types=("external",),
        ),
        Attribute(name="title", description="Title in the organisation."),
        Attribute(name="userType", description="Relation to the organisation."),
        Attribute(name="preferredLanguage", description="Preferred language or languages."),
        Attribute(name="locale", description="Locale for dates, numbers and currency."),
        Attribute(name="timezone", description="Time zone."),
        ACTIVE,
        Attribute(
            name="password",
            description="Accepted and discarded: the service provider keeps no password.",
            case_exact=True,
            mutability=Mutability.WRITE_ONLY,
            returned=Returned.NEVER,
        ),
        plural("emails", "E-mail addresses.", types=("work", "home", "other")),
        plural(
            "phoneNumbers",
            "Telephone numbers.",
            types=("work", "home", "mobile", "fax", "pager", "other"),
        ),
        plural("ims", "Instant-messaging addresses."),
        plural(
            "photos",
            "URIs of pictures of the person.",
            types=("photo", "thumbnail"),
            value=Attribute(
                name="value",
                description="URI of the picture.",
                type=Type.REFERENCE,
                reference_types=("external",),
            ),
        ),
        ADDRESSES,
        GROUPS,
        plural("entitlements", "Entitlements of the user."),
        plural("roles", "Roles of the user."),
        plural(
            "x509Certificates",
            "Certificates of the user.",
            value=Attribute(
                name="value",
                description="One DER certificate in base64.",
                type=Type.BINARY,
                case_exact=True,
            ),
        ),
    ),
)

ENTERPRISE_USER_SCHEMA = Schema(
    id="urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    name="EnterpriseUser",
    description="Enterprise User",
    attributes=(
        Attribute(name="employeeNumber", description="Identifier given by the organisation."),
        Attribute(name="costCenter", description="Cost center."),
        Attribute(name="organization", description="Organization."),
        Attribute(name="division", description="Division."),
        Attribute(name="department", description="Department."),
        Attribute(
            name="manager",
            description="The user's manager.",
            type=Type.COMPLEX,
            sub_attributes=(
                Attribute(name="value", description="id of the manager.", case_exact=True),
                Attribute(
                    name="$ref",
                    description="URI of the manager; there where the id is that of a user.",
                    type=Type.REFERENCE,
                    reference_types=("User",),
                    mutability=Mutability.READ_ONLY,
                ),
                Attribute(
                    name="displayName",
                    description="displayName of the manager.",
                    mutability=Mutability.READ_ONLY,
                ),
            ),
        ),
    ),
)

USER = ResourceType(
    name="User",
    endpoint="/Users",
    description="User Account",
    schema=USER_SCHEMA,
    common=COMMON,
    extensions=(Extension(ENTERPRISE_USER_SCHEMA),),
)
