"""Attributes and their characteristics (RFC 7643 section 2.2 and section 7)."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from flask_scim_teams.core.errors import SetupError

# RFC 7643 section 2.1: ATTRNAME = ALPHA *(nameChar); "$ref" is the one name outside of it.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_$-]*")


class Type(enum.StrEnum):
    """Attribute data types (RFC 7643 section 2.3)."""

    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(enum.StrEnum):
    """When a client may write an attribute."""

    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"


class Returned(enum.StrEnum):
    """When the server shows an attribute."""

    ALWAYS = "always"
    NEVER = "never"
    DEFAULT = "default"
    REQUEST = "request"


class Uniqueness(enum.StrEnum):
    """Within what a value must be unique."""

    NONE = "none"
    SERVER = "server"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute, or sub-attribute, of a schema.

    The defaults are those of RFC 7643 section 2.2.

    :param kept: whether a PUT that leaves the attribute out keeps its value rather than clearing
        it: for what the host looks after when the identity provider says nothing of it.
    :param check: returns what is wrong with a value of the right type, such as
        ``"is at most 100."``, or ``None``; of a multi-valued attribute it is asked for each value.
    :raises SetupError: if the name is not an ATTRNAME, a complex attribute is nested in another
        (RFC 7643 section 2.3.8), a sub-attribute is multi-valued, or what is writeOnly would be
        returned.
    """

    name: str
    description: str = ""
    type: Type = Type.STRING
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: Returned = Returned.DEFAULT
    uniqueness: Uniqueness = Uniqueness.NONE
    canonical_values: tuple[str, ...] = ()
    reference_types: tuple[str, ...] = ()
    sub_attributes: tuple[Attribute, ...] = ()
    kept: bool = False
    check: Callable[[Any], str | None] | None = field(default=None, compare=False)
    _by_name: dict[str, Attribute] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        if not (_NAME.fullmatch(self.name) or self.name == "$ref"):
            raise SetupError(f"{self.name!r} is not an attribute name (RFC 7643 section 2.1).")
        if (self.type is Type.COMPLEX) != bool(self.sub_attributes):
            raise SetupError(
                f"Attribute {self.name}: sub-attributes belong to type complex, and to it alone."
            )
        for sub in self.sub_attributes:
            if sub.type is Type.COMPLEX:
                raise SetupError(
                    f"Attribute {self.name}.{sub.name}: a complex attribute cannot hold another."
                )
            if sub.multi_valued:
                raise SetupError(
                    f"Attribute {self.name}.{sub.name}: a sub-attribute has one value here."
                )
        if self.mutability is Mutability.WRITE_ONLY and self.returned is not Returned.NEVER:
            raise SetupError(f"Attribute {self.name}: what is writeOnly is returned never.")
        by_name = {sub.name.lower(): sub for sub in self.sub_attributes}
        if len(by_name) != len(self.sub_attributes):
            raise SetupError(f"Attribute {self.name} has two sub-attributes of one name.")
        object.__setattr__(self, "_by_name", by_name)

    @property
    def is_complex(self) -> bool:
        """Whether the attribute has sub-attributes."""
        return self.type is Type.COMPLEX

    @property
    def writable(self) -> bool:
        """Whether a client's value for it is looked at."""
        return self.mutability is not Mutability.READ_ONLY

    @property
    def compares_case(self) -> bool:
        """Whether letter case matters: binary and reference are always caseExact (section 2.3)."""
        return self.case_exact or self.type in (Type.BINARY, Type.REFERENCE)

    def sub_attribute(self, name: str) -> Attribute | None:
        """Return the sub-attribute of that name in any letter case (RFC 7643 section 2.1)."""
        return self._by_name.get(name.lower())
