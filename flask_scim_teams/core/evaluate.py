"""The reference evaluator: conditions and sorting over resources in memory.

It is the oracle that every compiled back end is held to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field

from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.comparison import instant
from flask_scim_teams.core.comparison import key as comparison_key
from flask_scim_teams.core.conditions import AllOf
from flask_scim_teams.core.conditions import AnyOf
from flask_scim_teams.core.conditions import Condition
from flask_scim_teams.core.conditions import Element
from flask_scim_teams.core.conditions import Has
from flask_scim_teams.core.conditions import Test
from flask_scim_teams.core.filters import Operator
from flask_scim_teams.core.resources import Leaf
from flask_scim_teams.core.resources import Related
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.resources import etag
from flask_scim_teams.core.resources import extension_urns
from flask_scim_teams.core.resources import leaves
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import ResourceType


@dataclass(slots=True)
class Facts:
    """The comparison keys of one resource, by path and position."""

    keys: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    def at(self, path: AttrPath, position: int | None) -> Iterable[str]:
        """Return the keys of a path: of all elements, or of the one at the position."""
        found = self.keys.get(str(path), {})
        if position is None:
            return found.values()
        return (found[position],) if position in found else ()

    def positions(self, path: AttrPath) -> set[int]:
        """Return the positions at which the attribute has an element."""
        prefix = f"{path}."
        return {p for name, keys in self.keys.items() if name.startswith(prefix) for p in keys}

    def first(self, path: AttrPath) -> str | None:
        """Return the key that sorting goes by: of the primary element, else the first."""
        return self.keys.get(str(path), {}).get(0)


def facts(
    resource_type: ResourceType,
    resource: Resource,
    related: tuple[str, Iterable[Related]] | None = None,
) -> Facts:
    """Return the facts of a resource.

    :param related: ``("members", ...)`` or ``("groups", ...)``, where the condition looks at it.
    """
    keys: dict[str, dict[int, str]] = defaultdict(dict)
    for leaf in (*leaves(resource_type, resource.attributes), *_common(resource_type, resource)):
        keys[leaf.path][leaf.position] = leaf.key
    if related is not None:
        name, others = related
        for position, other in enumerate(others):
            keys[f"{name}.value"][position] = other.id
            keys[f"{name}.type"][position] = other.type.lower()
    return Facts(keys)


def _common(resource_type: ResourceType, resource: Resource) -> Iterable[Leaf]:
    yield Leaf("id", 0, resource.id)
    if resource.external_id is not None:
        yield Leaf("externalId", 0, resource.external_id)
    yield Leaf("meta.resourceType", 0, resource_type.name)
    yield Leaf("meta.created", 0, instant(resource.created) or "")
    yield Leaf("meta.lastModified", 0, instant(resource.last_modified) or "")
    yield Leaf("meta.version", 0, etag(resource.version))
    urns = [resource_type.schema.id, *extension_urns(resource_type, resource.attributes)]
    for position, urn in enumerate(urns):
        yield Leaf("schemas", position, urn.lower())


def matches(condition: Condition, known: Facts, position: int | None = None) -> bool:
    """Whether the condition holds of a resource, or of its element at the position."""
    match condition:
        case AllOf(parts):
            return all(matches(part, known, position) for part in parts)
        case AnyOf(parts):
            return any(matches(part, known, position) for part in parts)
        case Test(path, operator, key, negated):
            found = any(compare(operator, value, key) for value in known.at(path, position))
        case Has(paths, negated):
            found = any(value != "" for path in paths for value in known.at(path, position))
        case Element(path, inner, negated):
            found = any(matches(inner, known, place) for place in known.positions(path))
    return found is not negated


def compare(operator: Operator, value: str, key: str) -> bool:
    """Whether two comparison keys stand in the operator's relation."""
    match operator:
        case Operator.EQ:
            return value == key
        case Operator.NE:
            return value != key
        case Operator.CO:
            return key in value
        case Operator.SW:
            return value.startswith(key)
        case Operator.EW:
            return value.endswith(key)
        case Operator.GT:
            return value > key
        case Operator.GE:
            return value >= key
        case Operator.LT:
            return value < key
        case Operator.LE:
            return value <= key


def element_facts(path: AttrPath, elements: Iterable[Mapping[str, object]]) -> Facts:
    """Return facts of the elements of one multi-valued attribute, in their own order."""
    keys: dict[str, dict[int, str]] = defaultdict(dict)
    for position, element in enumerate(elements):
        for sub in path.attribute.sub_attributes:
            if sub.name in element:
                place = str(AttrPath(path.urn, path.attribute, sub))
                keys[place][position] = comparison_key(sub, element[sub.name])
            elif sub.name == "primary" and sub.type is Type.BOOLEAN:
                keys[str(AttrPath(path.urn, path.attribute, sub))][position] = "false"
    return Facts(keys)
