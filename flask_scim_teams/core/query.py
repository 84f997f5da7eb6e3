"""A list request as one frozen value, and its answer (RFC 7644 section 3.4.2)."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass

from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.conditions import AllOf
from flask_scim_teams.core.conditions import AnyOf
from flask_scim_teams.core.conditions import Condition
from flask_scim_teams.core.conditions import Element
from flask_scim_teams.core.conditions import Has
from flask_scim_teams.core.conditions import Test
from flask_scim_teams.core.conditions import bind
from flask_scim_teams.core.conditions import resolve
from flask_scim_teams.core.conditions import value_leaf
from flask_scim_teams.core.cursors import Position
from flask_scim_teams.core.cursors import Seek
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.evaluate import Facts
from flask_scim_teams.core.evaluate import facts
from flask_scim_teams.core.evaluate import matches
from flask_scim_teams.core.filters import Filter
from flask_scim_teams.core.filters import parse_filter
from flask_scim_teams.core.filters import parse_name
from flask_scim_teams.core.resources import Related
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import ResourceType


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: by the keys of a path, missing ones last when ascending (section 3.4.2.3)."""

    path: AttrPath
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer.

    :param total: how many resources match, on whatever page.
    :param more: where a part of the list was sought: whether there is more of it than this.
    """

    total: int
    resources: tuple[Resource, ...]
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of an adapter.

    :param start_index: 1-based position of the first resource wanted.
    :param count: most resources wanted; 0 asks for the total alone.
    :param seek: the part of the list that the page is taken from, in place of ``start_index``.
    :param among_others: whether the same is asked of resources of other types.

    Without ``sort``, and between equals, resources come in the order of their ids: a total,
    stable order, so that paging neither repeats nor skips.
    """

    resource_type: ResourceType
    condition: Condition | None = None
    sort: Sort | None = None
    start_index: int = 1
    count: int = 100
    seek: Seek | None = None
    among_others: bool = False

    @property
    def descending(self) -> bool:
        """Whether the list is sorted so."""
        return self.sort is not None and self.sort.descending

    @property
    def membership_attribute(self) -> str | None:
        """``members`` or ``groups`` where the condition looks at memberships, else ``None``."""
        name = self.resource_type.membership_attribute
        if name is None or self.condition is None:
            return None
        return name if any(p.attribute.name == name for p in paths_of(self.condition)) else None

    def apply(
        self,
        resources: Iterable[Resource],
        related: Callable[[Resource], Iterable[Related]] | None = None,
    ) -> Page:
        """Answer the query over resources in memory.

        A small adapter may do with this: correct first, fast when it matters.

        :param related: the members or teams of a resource; needed when
            :attr:`membership_attribute` says so.
        """
        name = self.membership_attribute
        found: list[tuple[Resource, Facts]] = []
        for resource in resources:
            others = (name, related(resource)) if name and related else None
            known = facts(self.resource_type, resource, others)
            if self.condition is None or matches(self.condition, known):
                found.append((resource, known))
        found.sort(key=lambda pair: pair[0].id)
        if self.sort is not None:
            found.sort(key=self._sort_key, reverse=self.sort.descending)
        if self.seek is not None:
            return self._sought(found, self.seek)
        begin = self.start_index - 1
        page = found[begin : begin + self.count]
        return Page(len(found), tuple(resource for resource, _ in page))

    def _sought(self, found: list[tuple[Resource, Facts]], seek: Seek) -> Page:
        part = [
            resource
            for resource, known in found
            if seek.wants(self._position(resource, known), descending=self.descending)
        ]
        page = part[max(len(part) - self.count, 0) :] if seek.backward else part[: self.count]
        return Page(len(found), tuple(page), more=len(part) > self.count)

    def _sort_key(self, pair: tuple[Resource, Facts]) -> tuple[bool, str]:
        key = self._position(*pair).key
        return (key is None, key or "")

    def _position(self, resource: Resource, known: Facts) -> Position:
        return Position(None if self.sort is None else known.first(self.sort.path), resource.id)

    def position(self, resource: Resource) -> Position:
        """Return where the resource stands in the list."""
        known = Facts() if self.sort is None else facts(self.resource_type, resource)
        return self._position(resource, known)


def paths_of(condition: Condition) -> Iterable[AttrPath]:
    """Yield the paths that a condition looks at."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from paths_of(part)
        case Has(paths, _):
            yield from paths
        case Test(path, _, _, _) | Element(path, _, _):
            yield path


def parse_query(
    resource_type: ResourceType,
    *,
    filter: str | Filter | None = None,
    sort_by: str | None = None,
    sort_order: str | None = None,
    start_index: int = 1,
    count: int = 100,
    among_others: bool = False,
) -> Query:
    """Return the query that the parameters of a list request state.

    :param filter: as text that keeps to the grammar, or as the tree that was read of it.
    :param among_others: whether resources of other types are asked for too: what this one does
        not know is then absent, for filter and sort alike.
    :raises InvalidFilter: if the filter cannot be parsed or answered.
    :raises InvalidValue: if ``sortBy`` names nothing to sort by, or ``sortOrder`` is no order.
    """
    condition = None
    if filter is not None:
        tree = parse_filter(filter) if isinstance(filter, str) else filter
        condition = bind(tree, resource_type, among_others=among_others)
    sort = None
    if sort_by:
        descending = _order(sort_order)
        if not among_others or _knows(resource_type, sort_by):
            sort = Sort(_sort_path(resource_type, sort_by), descending)
    return Query(
        resource_type=resource_type,
        condition=condition,
        sort=sort,
        start_index=max(start_index, 1),
        count=max(count, 0),
        among_others=among_others,
    )


def _sort_path(resource_type: ResourceType, sort_by: str) -> AttrPath:
    try:
        path = value_leaf(resolve(parse_name(sort_by, InvalidValue), resource_type, InvalidValue))
    except BadRequest as error:
        raise InvalidValue(f"sortBy: {error.detail}", attribute="sortBy") from None
    memberships = path.urn is None and path.attribute.name == resource_type.membership_attribute
    dressed = str(path) in ("meta.location", "meta.version", "schemas")
    if memberships or dressed or path.leaf.returned is Returned.NEVER:
        raise InvalidValue(f"sortBy: {path} is nothing to sort by.", attribute="sortBy")
    return path


def _knows(resource_type: ResourceType, sort_by: str) -> bool:
    name = parse_name(sort_by, InvalidValue)
    return resource_type.resolve(name.urn, name.attribute, name.sub_attribute) is not None


def _order(sort_order: str | None) -> bool:
    match (sort_order or "ascending").lower():
        case "ascending":
            return False
        case "descending":
            return True
    raise InvalidValue(
        f"sortOrder is ascending or descending, not {sort_order!r:.40}.", attribute="sortOrder"
    )
