"""PATCH messages: operations, their paths, and what they do to memberships.

RFC 7644 section 3.5.2. The changes to the resource itself are worked out in
:mod:`flask_scim_teams.core.planner`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Final

from flask_scim_teams.core import filters
from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.errors import InvalidPath
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.errors import Mutability
from flask_scim_teams.core.filters import Filter
from flask_scim_teams.core.filters import Name
from flask_scim_teams.core.filters import Operator
from flask_scim_teams.core.filters import Parser
from flask_scim_teams.core.lexer import Kind
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema
from flask_scim_teams.core.values import kind

#: Most operations in one request.
MAX_OPERATIONS = 1_000
#: Most members named in one request.
MAX_MEMBERS = 100_000


class Absent:
    """No ``value`` was given, which is not the same as null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


class Op(enum.StrEnum):
    """What an operation does."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    :param listed: for ``remove``: the elements that go, and no others, where its path names the
        whole attribute.
    :param target: what the path points at, if it was looked at already.
    :param may_miss: whether the filter in the path may select no element.
    """

    op: Op
    path: str | None = None
    value: Any = ABSENT
    listed: Any = ABSENT
    target: Target | None = None
    may_miss: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """What a path points at.

    :param extension: the extension as a whole, when the path is its URN.
    :param path: an attribute or sub-attribute otherwise.
    :param filter: the filter in brackets, which selects elements.
    """

    extension: Schema | None
    path: AttrPath | None
    filter: Filter | None = None


@dataclass(frozen=True, slots=True)
class MembershipOperation:
    """A step on a team's members: never a list to store, always a set verb.

    :param ids: the members to add, to remove, or to be the only ones.
    :param filter: for ``remove``: which members, where that is more than a list of ids;
        neither ids nor filter means all of them.
    """

    op: Op
    ids: tuple[str, ...] | None = None
    filter: Filter | None = None


def parse_path(text: str, resource_type: ResourceType) -> Target:
    """PATH = attrPath / valuePath [subAttr]; also the URN of an extension alone.

    :raises InvalidPath: if it is malformed or names no attribute of the type.
    """
    text = text.strip()
    schema = resource_type.schema_of(text)
    if schema is not None and resource_type.is_extension(schema):
        return Target(schema, None)
    name, inner = read_steps(Parser(text, InvalidPath))
    return target_of(name, inner, resource_type)


def read_steps(parser: Parser) -> tuple[Name, Filter | None]:
    """Return the attribute that a whole path names, and the filter in its brackets."""
    name = parser.name()
    inner: Filter | None = None
    if parser.token.kind is Kind.BRACKET:
        inner = parser.brackets(name)
        if parser.continues():
            word = parser.expect(Kind.WORD, "a sub-attribute").value
            name = Name(name.urn, name.attribute, word[1:])
    parser.expect(Kind.END, "the end of the path")
    return name, inner


def target_of(name: Name, inner: Filter | None, resource_type: ResourceType) -> Target:
    """Return what the steps of a path point at.

    :raises InvalidPath: if that is no attribute of the type, or has no elements to select.
    """
    path = resource_type.resolve(name.urn, name.attribute, name.sub_attribute)
    if path is None:
        raise InvalidPath(
            f"{name} is not an attribute of {resource_type.name}.", attribute=name.attribute
        )
    if inner is not None and not (path.attribute.is_complex and path.attribute.multi_valued):
        raise InvalidPath(f"{path.attribute.name} has no elements to select.", attribute=str(path))
    return Target(None, path, inner)


def member_ids(attribute: Attribute, value: Any) -> tuple[str, ...]:
    """Return the ids in a ``members`` value, in order and without repetition.

    :raises InvalidValue: if it is no array, or a member is not an object with a ``value``.
    """
    if value is None or value is ABSENT:
        return ()
    if not isinstance(value, list):
        raise InvalidValue(f"members takes an array, not {kind(value)}.", attribute="members")
    if len(value) > MAX_MEMBERS:
        raise InvalidValue(f"members takes {MAX_MEMBERS} values at the most.", attribute="members")
    ids: dict[str, None] = {}
    for member in value:
        ids[_member_id(attribute, member)] = None
    return tuple(ids)


def _member_id(attribute: Attribute, member: Any) -> str:
    found: Any = ABSENT
    if isinstance(member, Mapping):
        found = member.get("value", ABSENT)
        if found is ABSENT:
            named = {name.lower(): item for name, item in member.items()}
            found = named.get("value", ABSENT)
    if not isinstance(found, str) or not found:
        whole = not isinstance(member, Mapping)
        given = kind(member) if whole else "no value" if found is ABSENT else kind(found)
        raise InvalidValue(
            f"{attribute.name}: each member is an object whose value is an id; {given} was given.",
            attribute=attribute.name,
        )
    return found


def membership_operation(operation: Operation, target: Target) -> MembershipOperation:
    """Return the step that an operation on ``members`` means.

    :raises Mutability: if the path points inside a member: members are added and removed, their
        sub-attributes are immutable (RFC 7643 section 4.2).
    """
    assert target.path is not None
    attribute = target.path.attribute
    if target.path.sub_attribute is not None:
        raise Mutability("members: each is added or removed, not edited.", attribute="members")
    if operation.op is not Op.REMOVE:
        if target.filter is not None:
            raise Mutability("members: each is added or removed, not edited.", attribute="members")
        if operation.value is ABSENT:
            raise InvalidValue(f"{operation.op} members needs a value.", attribute="members")
        one = operation.op is Op.ADD and isinstance(operation.value, Mapping)
        value = [operation.value] if one else operation.value
        return MembershipOperation(operation.op, member_ids(attribute, value))
    if target.filter is not None:
        ids = _ids_of(target.filter)
        if ids is not None:
            return MembershipOperation(Op.REMOVE, ids)
        return MembershipOperation(Op.REMOVE, None, target.filter)
    if operation.listed is ABSENT:
        return MembershipOperation(Op.REMOVE)
    return MembershipOperation(Op.REMOVE, member_ids(attribute, operation.listed))


def _ids_of(tree: Filter) -> tuple[str, ...] | None:
    """Return the ids that a filter of ``value eq`` terms names, or ``None`` if it says more."""
    match tree:
        case filters.Compare(name, Operator.EQ, str(value)) if name.attribute.lower() == "value":
            return (value,)
        case filters.Or(terms):
            parts = [_ids_of(term) for term in terms]
            if any(part is None for part in parts):
                return None
            return tuple(dict.fromkeys(i for part in parts for i in part or ()))
    return None
