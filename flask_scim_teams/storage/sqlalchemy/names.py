"""Names that have to be unique: one column to search them by, another to keep others from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.values import unique_key
from flask_scim_teams.storage.sqlalchemy.tenants import within


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one resource type.

    :param attribute: the SCIM attribute that holds the name.
    :param key: the column of its comparison key: searched, and not unique.
    :param unique: the column of what has to be unique: constrained, and not searched. It is NULL
        where others may have the name, because NULLs do not clash.
    :param reserved: whether a name is its resource's alone, where no caller wants it otherwise.
    :param repeatable: whether a caller may want it otherwise.
    """

    attribute: Attribute
    key: Column[Any]
    unique: Column[Any]
    reserved: bool
    repeatable: bool

    def values(
        self, attributes: Mapping[str, Any], *, tenant: str, reserving: bool
    ) -> dict[str, str | None]:
        """Return what is written into the row of the attributes, by column name.

        :param tenant: within which the name is to be unique.
        :param reserving: whether the caller wants the name to be the resource's alone.
        """
        name = attributes.get(self.attribute.name)
        key = None if name is None else unique_key(self.attribute, name)
        return self.values_of_key(key, tenant=tenant, reserving=reserving)

    def values_of_key(
        self, key: str | None, *, tenant: str, reserving: bool
    ) -> dict[str, str | None]:
        """Return the same for a comparison key."""
        alone = self.reserved and (reserving or not self.repeatable)
        unique = within(tenant, key) if key is not None and alone else None
        return {self.key.name: key, self.unique.name: unique}

    def is_reserved(self, key: str | None, unique: str | None) -> bool:
        """Whether a row with these in its columns has its name to itself.

        One without a name is as good: the name that it gets one day is its own.
        """
        return key is None or unique is not None

    def differ(self, attributes: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
        """Whether two states of a resource have two names."""
        return attributes.get(self.attribute.name) != others.get(self.attribute.name)
