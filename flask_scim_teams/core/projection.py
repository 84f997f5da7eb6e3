"""Which attributes an answer shows: ``attributes`` and ``excludedAttributes``.

RFC 7644 section 3.9; the ``returned`` characteristic is RFC 7643 section 7.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import TypeAlias

from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.filters import parse_name
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import ResourceType

#: Names to what lies below them; an empty tree means the whole of it.
Tree: TypeAlias = dict[str, "Tree"]
#: The names on the way down to an attribute: URN of an extension, attribute, sub-attribute.
Keys: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Projection:
    """A choice of attributes, applied to a resource as it goes out.

    :param included: the tree of what was asked for, or ``None`` for the default set.
    :param excluded: the tree of what is left out.
    :param named: what was asked for by its own name, be it a part of what was asked for too.
    """

    included: Tree | None = None
    excluded: Tree = field(default_factory=dict)
    named: frozenset[Keys] = frozenset()

    @property
    def is_default(self) -> bool:
        """Whether everything that is returned by default goes out."""
        return self.included is None and not self.excluded

    def wants(self, name: str | None) -> bool:
        """Whether the attribute may be in the answer; what costs a query is not made if not."""
        if name is None:
            return False
        if self.included is not None:
            return name in self.included
        return name not in self.excluded or bool(self.excluded[name])

    def asks(self, name: str, sub: str) -> bool:
        """Whether the sub-attribute is asked for by its own name."""
        return (name, sub) in self.named

    def apply(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the part of a resource document that the projection shows."""
        shown = dict(document) if self.included is None else _pick(document, self.included)
        return _drop(shown, self.excluded) if self.excluded else shown


class Projector:
    """Reads the projections of requests for one resource type.

    Memberships are made for each answer: who makes them leaves out by itself what is returned on
    request.
    """

    def __init__(self, resource_type: ResourceType) -> None:
        self._type = resource_type
        paths = [*resource_type.paths()]
        paths += [
            AttrPath(path.urn, path.attribute, sub)
            for path in paths
            for sub in path.attribute.sub_attributes
            if path.urn is not None or path.attribute.name != resource_type.membership_attribute
        ]
        self._keys = [_keys(p) for p in paths]
        self._always = [_keys(p) for p in paths if p.leaf.returned is Returned.ALWAYS]
        self._never = [_keys(p) for p in paths if p.leaf.returned is Returned.NEVER]
        self._hidden = [
            _keys(p) for p in paths if p.leaf.returned in (Returned.REQUEST, Returned.NEVER)
        ]
        # A password is never stored either: there is none to hide.
        dropped = [_keys(p) for p in paths if p.attribute.mutability is Mutability.WRITE_ONLY]
        self.default = Projection(None, _tree(k for k in self._hidden if k not in dropped))

    def read(
        self, attributes: Iterable[str] | None = None, excluded: Iterable[str] | None = None
    ) -> Projection:
        """Return the projection of a request; names that mean nothing are ignored.

        :raises InvalidValue: if both lists are given: they exclude each other.
        """
        wanted = [name.strip() for name in attributes or () if name.strip()]
        unwanted = [name.strip() for name in excluded or () if name.strip()]
        if wanted and unwanted:
            raise InvalidValue(
                "attributes and excludedAttributes exclude each other.", attribute="attributes"
            )
        if wanted:
            named = _named(self._type, wanted)
            hidden = [
                keys
                for keys in self._hidden
                if keys in self._never or not any(_within(one, keys) for one in named)
            ]
            return Projection(_tree([*self._always, *named]), _tree(hidden), frozenset(named))
        if unwanted:
            named = [
                spared for keys in _named(self._type, unwanted) for spared in self._spare(keys)
            ]
            return Projection(None, _tree([*self._hidden, *named]))
        return self.default

    def _spare(self, excluded: Keys) -> list[Keys]:
        """Return what an exclusion leaves out: all of it, but for what is always returned."""
        kept = [keys for keys in self._always if _within(keys, excluded) or _within(excluded, keys)]
        if not kept:
            return [excluded]
        return [
            keys
            for keys in self._keys
            if _within(keys, excluded)
            and not any(_within(one, keys) or _within(keys, one) for one in kept)
        ]


def _named(resource_type: ResourceType, names: Iterable[str]) -> list[Keys]:
    paths: list[Keys] = []
    for name in names:
        schema = resource_type.schema_of(name)
        if schema is not None and resource_type.is_extension(schema):
            paths.append((schema.id,))
            continue
        try:
            parsed = parse_name(name)
        except BadRequest:
            continue
        path = resource_type.resolve(parsed.urn, parsed.attribute, parsed.sub_attribute)
        if path is not None:
            paths.append(_keys(path))
    return paths


def _keys(path: AttrPath) -> Keys:
    urn = () if path.urn is None else (path.urn,)
    sub = () if path.sub_attribute is None else (path.sub_attribute.name,)
    return (*urn, path.attribute.name, *sub)


def _within(keys: Keys, outer: Keys) -> bool:
    return keys[: len(outer)] == outer


def _tree(paths: Iterable[Keys]) -> Tree:
    root: Tree = {}
    # Longest first: a whole attribute, named beside a part of it, wins.
    for path in sorted(paths, key=len, reverse=True):
        node = root
        for name in path[:-1]:
            node = node.setdefault(name, {})
        node[path[-1]] = {}
    return root


def _pick(value: Mapping[str, Any], tree: Tree) -> dict[str, Any]:
    picked: dict[str, Any] = {}
    for name, item in value.items():
        below = tree.get(name)
        if below is None:
            continue
        kept = _below(item, below, _pick) if below else item
        if kept or not below:
            picked[name] = kept
    return picked


def _drop(value: Mapping[str, Any], tree: Tree) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, item in value.items():
        below = tree.get(name)
        if below is None:
            kept[name] = item
        elif below:
            rest = _below(item, below, _drop)
            if rest:
                kept[name] = rest
    return kept


def _below(item: Any, tree: Tree, choose: Any) -> Any:
    if isinstance(item, list):
        return [rest for rest in (choose(element, tree) for element in item) if rest]
    return choose(item, tree) if isinstance(item, Mapping) else item
