"""Conditions: what a filter means for a resource type, in the form that back ends compile.

Three things are settled here and nowhere else: names are resolved against the schemas, literals
are comparison keys, and negation stands at the leaves (SQL's three-valued logic loses rows when
NOT meets NULL). What cannot be answered is refused, never dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from flask_scim_teams.core import filters
from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.comparison import fold
from flask_scim_teams.core.comparison import instant
from flask_scim_teams.core.comparison import ordinal
from flask_scim_teams.core.definitions.common import META
from flask_scim_teams.core.definitions.common import SCHEMAS
from flask_scim_teams.core.definitions.group import ANY_MEMBERS
from flask_scim_teams.core.definitions.group import USER_MEMBERS
from flask_scim_teams.core.definitions.user import GROUPS
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import InvalidFilter
from flask_scim_teams.core.filters import Filter
from flask_scim_teams.core.filters import Literal
from flask_scim_teams.core.filters import Name
from flask_scim_teams.core.filters import Operator
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import ResourceType

_SUBSTRING = (Operator.CO, Operator.SW, Operator.EW)
_EQUALITY = (Operator.EQ, Operator.NE)


@dataclass(frozen=True, slots=True)
class Test:
    """Some value of the path compares with the key; negated: none does.

    So ``emails ne "x"`` asks for a value other than x, ``not (emails eq "x")`` for none that is x.
    """

    path: AttrPath
    operator: Operator
    key: str
    negated: bool = False

    @property
    def is_plain_equality(self) -> bool:
        """Whether it asks for exactly the key: what identity providers look resources up by."""
        return self.operator is Operator.EQ and not self.negated


@dataclass(frozen=True, slots=True)
class Has:
    """Some value of the path is not empty (``pr``); negated: none is.

    :param paths: the leaves to look at; more than one for a complex attribute.
    """

    paths: tuple[AttrPath, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """One and the same element of the attribute meets the condition; negated: none does.

    The condition's paths are sub-attributes of ``path``.
    """

    path: AttrPath
    condition: Condition
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One condition holds at least."""

    conditions: tuple[Condition, ...]


Condition: TypeAlias = Test | Has | Element | AllOf | AnyOf
_Resolve: TypeAlias = Callable[[Name], AttrPath | None]


#: Conditions that hold always, and never.
TRUE = AllOf(())
FALSE = AnyOf(())


def bind(tree: Filter, resource_type: ResourceType, *, among_others: bool = False) -> Condition:
    """Return the condition that a filter states about resources of the type.

    :param among_others: whether resources of other types are asked for too. An attribute that
        this one does not know is then absent (RFC 7644 section 3.4.2.1).
    :raises InvalidFilter: if an attribute is unknown or not readable, a literal does not fit, or
        an operator does not apply to the attribute's type.
    """

    def resolve_name(name: Name) -> AttrPath | None:
        if among_others:
            return resource_type.resolve(name.urn, name.attribute, name.sub_attribute)
        return resolve(name, resource_type, InvalidFilter)

    return _bind(tree, resolve_name, negated=False)


def bind_element(
    tree: Filter, attribute: AttrPath, error: type[BadRequest] = InvalidFilter
) -> Condition:
    """Return the condition that the filter in ``attribute[filter]`` states about an element."""
    return _bind(tree, _within(attribute, error), negated=False, error=error)


def resolve(name: Name, resource_type: ResourceType, error: type[BadRequest]) -> AttrPath:
    """Return the resolved path of a name.

    :raises BadRequest: of the given class, if the type has no such attribute.
    """
    path = resource_type.resolve(name.urn, name.attribute, name.sub_attribute)
    if path is None:
        raise error(
            f"{name} is not an attribute of {resource_type.name}.", attribute=name.attribute
        )
    return path


def _within(attribute: AttrPath, error: type[BadRequest]) -> _Resolve:
    def sub_path(name: Name) -> AttrPath:
        sub = attribute.attribute.sub_attribute(name.attribute)
        if sub is None or name.urn is not None or name.sub_attribute is not None:
            raise error(f"{name} is not a sub-attribute of {attribute}.", attribute=str(attribute))
        return AttrPath(attribute.urn, attribute.attribute, sub)

    return sub_path


def _bind(
    tree: Filter,
    resolve_name: _Resolve,
    *,
    negated: bool,
    error: type[BadRequest] = InvalidFilter,
) -> Condition:
    match tree:
        case filters.Not(inner):
            return _bind(inner, resolve_name, negated=not negated, error=error)
        case filters.And(terms) | filters.Or(terms):
            parts = tuple(_bind(t, resolve_name, negated=negated, error=error) for t in terms)
            # De Morgan: under a negation "and" becomes "or", and the other way round.
            return AllOf(parts) if isinstance(tree, filters.And) != negated else AnyOf(parts)
        case filters.Present(name):
            path = resolve_name(name)
            return _constant(negated) if path is None else _present(_readable(path), negated)
        case filters.Compare(name, operator, value):
            path = resolve_name(name)
            if path is None:
                # Absent is null, and is not anything else.
                holds = operator is (Operator.EQ if value is None else Operator.NE)
                return _constant(holds is not negated)
            return _compare(_readable(path), operator, value, negated)
        case filters.ValuePath(name, inner):
            path = resolve_name(name)
            if path is None:
                return _constant(negated)
            path = _readable(path)
            if path.sub_attribute is not None or not path.attribute.is_complex:
                raise error(f"{name} is not complex: no filter in brackets can follow it.")
            if path.attribute is META:
                # Every resource has one meta: what holds of it holds of the resource.
                return _bind(inner, _within(path, error), negated=negated, error=error)
            return Element(path, bind_element(inner, path, error), negated)


def outline(condition: Condition | None) -> object:
    """Return what a condition asks for as JSON values: the same for the same question.

    However it was written: in whatever letter case, with whatever names for the attributes.
    """
    match condition:
        case None:
            return None
        case Test(path, operator, key, negated):
            return [str(path), operator.value, key, negated]
        case Has(paths, negated):
            return ["pr", [str(path) for path in paths], negated]
        case Element(path, inner, negated):
            return [str(path), outline(inner), negated]
        case AllOf(parts):
            return ["and", *(outline(part) for part in parts)]
        case AnyOf(parts):
            return ["or", *(outline(part) for part in parts)]


def _constant(holds: bool) -> Condition:
    return TRUE if holds else FALSE


def _readable(path: AttrPath) -> AttrPath:
    never = Returned.NEVER in (path.leaf.returned, path.attribute.returned)
    # Dressed by the server on the way out: there is nothing stored to compare with.
    dressed = path.attribute is META and path.leaf.name == "location"
    memberships = path.attribute in (GROUPS, USER_MEMBERS, ANY_MEMBERS)
    computed = memberships and path.leaf.name in ("$ref", "display")
    # Of an attribute that clients write: what the server adds to it, as to a manager.
    computed |= path.attribute.writable and not path.leaf.writable
    if never or dressed or computed:
        raise InvalidFilter(f"{path} cannot be filtered on.", attribute=str(path))
    return path


def _present(path: AttrPath, negated: bool) -> Condition:
    if path.sub_attribute is None and path.attribute.is_complex:
        # A "primary" is read as false where it is absent: it does not make a value.
        subs = [sub for sub in path.attribute.sub_attributes if sub.name != "primary"]
        return Has(tuple(AttrPath(path.urn, path.attribute, sub) for sub in subs), negated)
    return Has((path,), negated)


def _compare(path: AttrPath, operator: Operator, value: Literal, negated: bool) -> Condition:
    if value is None:
        if operator not in _EQUALITY:
            raise InvalidFilter(f"{operator} cannot compare {path} with null.")
        # RFC 7643 section 2.5: null and absent are one state.
        return _present(path, negated=(operator is Operator.EQ) != negated)
    path = value_leaf(path)
    if path.attribute is META and path.leaf.name == "version" and operator not in _EQUALITY:
        raise InvalidFilter("meta.version is equal or it is not; versions have no order.")
    test_key = literal_key(path, operator, value)
    if operator is not Operator.NE:
        return Test(path, operator, test_key, negated)
    if path.attribute.multi_valued:
        # Any value other than the key; a resource without values differs too (absent is not x).
        other = Test(path, Operator.NE, test_key, negated)
        missing = Has((path,), not negated)
        return AllOf((other, missing)) if negated else AnyOf((other, missing))
    return Test(path, Operator.EQ, test_key, not negated)


def value_leaf(path: AttrPath) -> AttrPath:
    """Return the path that a comparison of a bare complex attribute means: its ``value``.

    RFC 7644 section 3.4.2.2 writes ``emails co "example.com"`` for ``emails.value``.

    :raises InvalidFilter: if it is complex and has no such sub-attribute.
    """
    if path.sub_attribute is not None or not path.attribute.is_complex:
        return path
    sub = path.attribute.sub_attribute("value")
    if sub is None:
        raise InvalidFilter(f"{path} is complex: name one of its sub-attributes.")
    return AttrPath(path.urn, path.attribute, sub)


def literal_key(path: AttrPath, operator: Operator, value: Literal) -> str:
    """Return the comparison key of a literal.

    :raises InvalidFilter: if the literal, or the operator, does not suit the attribute's type.
    """
    attribute = path.leaf
    ordered = operator not in _EQUALITY and operator not in _SUBSTRING
    match attribute.type:
        case Type.BOOLEAN:
            if operator in _EQUALITY and isinstance(value, bool):
                return str(value).lower()
        case Type.INTEGER | Type.DECIMAL:
            if (
                operator not in _SUBSTRING
                and isinstance(value, int | float)
                and not isinstance(value, bool)
            ):
                return ordinal(value)
        case Type.DATE_TIME:
            if isinstance(value, str) and operator not in _SUBSTRING:
                moment = instant(value)
                if moment is not None:
                    return moment
        case Type.BINARY if ordered:
            pass
        case _:
            return _text_key(path, attribute, value)
    raise InvalidFilter(
        f"{path} is of type {attribute.type}: {operator} {value!r:.60} does not apply to it.",
        attribute=str(path),
    )


def _text_key(path: AttrPath, attribute: Attribute, value: Literal) -> str:
    if not isinstance(value, str):
        raise InvalidFilter(f"{path} is text; compare it with a string.", attribute=str(path))
    if path.attribute is SCHEMAS:
        # RFC 7643 section 2.1: URNs are the same in any letter case.
        return value.lower()
    return value if attribute.compares_case else fold(value)
