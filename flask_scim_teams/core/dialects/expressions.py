"""Filters and paths, read with what the grammar of RFC 7644 does not have.

The result is the tree that the grammar has for the same thing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final
from typing import TypeAlias

from flask_scim_teams.core import filters
from flask_scim_teams.core.conditions import value_leaf
from flask_scim_teams.core.dialects import entra
from flask_scim_teams.core.dialects import ping
from flask_scim_teams.core.dialects.bending import Bending
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import InvalidFilter
from flask_scim_teams.core.errors import InvalidPath
from flask_scim_teams.core.filters import Filter
from flask_scim_teams.core.filters import Literal
from flask_scim_teams.core.filters import Name
from flask_scim_teams.core.filters import Operator
from flask_scim_teams.core.filters import Parser
from flask_scim_teams.core.filters import ValuePath
from flask_scim_teams.core.filters import parse_name
from flask_scim_teams.core.lexer import Kind
from flask_scim_teams.core.patch import Target
from flask_scim_teams.core.patch import read_steps
from flask_scim_teams.core.patch import target_of
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import ResourceType

Renamings: TypeAlias = tuple[Callable[[ResourceType, Name], Name], ...]

#: Names that the type does not know.
NAMES: Final[Renamings] = (entra.without_urn, ping.email)
#: Values that are compared with.
LITERALS: Final = (entra.literal_in_quotes, entra.digits_without_quotes)


def read_filter(text: str, resource_type: ResourceType) -> Filter:
    """Return the tree of a filter.

    :raises InvalidFilter: if its meaning is not plain.
    """
    return read_tree(text, Bending(resource_type))


def read_tree(text: str, bending: Bending) -> Filter:
    """Return the tree of a filter, noting what was bent in it; see :func:`read_filter`."""
    parser = _LenientParser(text, InvalidFilter, bending)
    tree = parser.disjunction()
    parser.expect(Kind.END, "'and', 'or' or the end")
    return _bent(tree, bending)


def read_path(text: str, bending: Bending) -> Target:
    """Return what the path of a PATCH operation points at.

    :raises InvalidPath: if it is malformed or names no attribute of the type.
    """
    return _target(text, bending, NAMES)


def read_key(text: str, bending: Bending) -> Target:
    """Return what a key of a path-less operation points at.

    It is a path, but for names that could be somebody else's: as in a body, an extension's
    attribute is only meant by its URN (RFC 7643 section 3.3).

    :raises InvalidPath: as :func:`read_path`.
    """
    return _target(text, bending, ())


def _target(text: str, bending: Bending, renamed: Renamings) -> Target:
    text = bending.spelled(text.strip())
    extension = bending.extension(text)
    if extension is not None:
        return Target(extension, None)
    attribute = bending.resource_type.attribute(text)
    if attribute is not None:
        return Target(None, AttrPath(None, attribute))
    name, inner = read_steps(_LenientParser(text, InvalidPath, bending))
    target = target_of(_named(name, bending, renamed), inner, bending.resource_type)
    if inner is None or target.path is None:
        return target
    return replace(target, filter=_bent(inner, bending, within=target.path))


class _LenientParser(Parser):
    """The parser, with what Microsoft's documentation shows of Entra's filters."""

    def __init__(self, text: str, error: type[BadRequest], bending: Bending) -> None:
        super().__init__(text, error)
        self._bending = bending

    def name(self) -> Name:
        """Return a name, whose URN may be one from before the RFCs."""
        word = self.expect(Kind.WORD, "an attribute name").value
        return parse_name(self._bending.spelled(word), self.error)

    def bare_word(self, word: str, operator: Operator) -> Literal:
        """Read a value without quotes: ``externalId eq jyoung``, and constants as ``True``."""
        self._bending.note(entra.literal_in_quotes)
        constants: dict[str, Literal] = {"true": True, "false": False, "null": None}
        return constants.get(word.lower(), word)

    def behind_brackets(self, meant: ValuePath) -> Filter:
        """Read ``emails[type eq "work"].value eq "ada@example.com"``."""
        return meant


def _bent(tree: Filter, bending: Bending, *, within: AttrPath | None = None) -> Filter:
    """Return the tree with names and values as the schemas have them.

    :param within: the attribute whose elements the filter is about, inside brackets.
    """
    match tree:
        case filters.And(terms):
            return filters.And(tuple(_bent(t, bending, within=within) for t in terms))
        case filters.Or(terms):
            return filters.Or(tuple(_bent(t, bending, within=within) for t in terms))
        case filters.Not(inner):
            return filters.Not(_bent(inner, bending, within=within))
        case filters.Present(name):
            return tree if within else filters.Present(_named(name, bending))
        case filters.ValuePath(name, inner):
            name = _named(name, bending)
            path = bending.resource_type.resolve(name.urn, name.attribute, name.sub_attribute)
            return tree if path is None else ValuePath(name, _bent(inner, bending, within=path))
        case filters.Compare(name, operator, value):
            name = name if within else _named(name, bending)
            path = _leaf(name, bending.resource_type, within)
            if path is not None:
                for departure in LITERALS:
                    value = bending.bent(departure, path, former=value)
            return filters.Compare(name, operator, value)


def _named(name: Name, bending: Bending, renamed: Renamings = NAMES) -> Name:
    kind = bending.resource_type
    if kind.resolve(name.urn, name.attribute, name.sub_attribute) is None:
        for departure in renamed:
            name = bending.bent(departure, kind, former=name)
    return name


def _leaf(name: Name, resource_type: ResourceType, within: AttrPath | None) -> AttrPath | None:
    """Return what a comparison is about, ``None`` where binding the filter will refuse it."""
    if within is not None:
        sub = within.attribute.sub_attribute(name.attribute)
        return None if sub is None else AttrPath(within.urn, within.attribute, sub)
    path = resource_type.resolve(name.urn, name.attribute, name.sub_attribute)
    try:
        return None if path is None else value_leaf(path)
    except InvalidFilter:
        return None
