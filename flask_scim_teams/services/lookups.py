"""Resources looked up by values that they may have."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Sequence

from flask_scim_teams.core.filters import Compare
from flask_scim_teams.core.filters import Name
from flask_scim_teams.core.filters import Operator
from flask_scim_teams.core.filters import Or
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.storage.interface import ResourceAdapter

# Most values in one question; a filter holds no more than a hundred comparisons.
_PORTION = 50
# Most resources that are read at once, members apart.
_PAGE = 500


def by_value(
    adapter: ResourceAdapter, resource_type: ResourceType, attribute: str, values: Collection[str]
) -> Sequence[Resource]:
    """Return the resources of which an attribute has one of the values."""
    wanted = [value for value in dict.fromkeys(values) if value]
    found: dict[str, Resource] = {}
    for begin in range(0, len(wanted), _PORTION):
        terms = tuple(
            Compare(Name(None, attribute), Operator.EQ, value)
            for value in wanted[begin : begin + _PORTION]
        )
        tree = terms[0] if len(terms) == 1 else Or(terms)
        query = parse_query(resource_type, filter=tree, count=_PAGE)
        found |= {one.id: one for one in adapter.search(query).resources}
    return list(found.values())
