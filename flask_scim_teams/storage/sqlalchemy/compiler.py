"""Conditions compiled to SQL over indexed columns.

A path is looked for in one of four places: a column of the resource's table, a constant, the
memberships, or the table of comparison keys. All are compared byte by byte with keys that
:mod:`flask_scim_teams.core.comparison` made, so that every database answers alike. Negation stands
at the leaves only, and each leaf is true or false, never unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from typing import TypeAlias

from sqlalchemy import ColumnElement
from sqlalchemy import Table
from sqlalchemy import and_
from sqlalchemy import exists
from sqlalchemy import false
from sqlalchemy import func
from sqlalchemy import not_
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import False_
from sqlalchemy.sql.elements import True_
from sqlalchemy.sql.functions import FunctionElement

from flask_scim_teams.core.conditions import TRUE
from flask_scim_teams.core.conditions import AllOf
from flask_scim_teams.core.conditions import AnyOf
from flask_scim_teams.core.conditions import Condition
from flask_scim_teams.core.conditions import Element
from flask_scim_teams.core.conditions import Has
from flask_scim_teams.core.conditions import Test
from flask_scim_teams.core.evaluate import compare
from flask_scim_teams.core.filters import Operator
from flask_scim_teams.core.resources import etag
from flask_scim_teams.core.resources import version_of
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.storage.sqlalchemy.mapping import ResourceMapping
from flask_scim_teams.storage.sqlalchemy.ordering import Ordering
from flask_scim_teams.storage.sqlalchemy.others import Others
from flask_scim_teams.storage.sqlalchemy.tables import HEAD

Sql: TypeAlias = ColumnElement[bool]


class PositionIn(FunctionElement[int]):
    """Position of the second text in the first, 0 if it is not there; no wildcards."""

    inherit_cache = True
    name = "position_in"


@compiles(PositionIn)
def _instr(element: PositionIn, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"


@compiles(PositionIn, "postgresql")
def _strpos(element: PositionIn, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


class Compiler:
    """Compiles for one resource type.

    :param others: where the other ends of its memberships are found.
    """

    def __init__(
        self, mapping: ResourceMapping, keys: Table, others: Sequence[Others] = ()
    ) -> None:
        self.mapping = mapping
        self.keys = keys
        self.others = others
        #: Columns that hold a comparison key as a whole, by path.
        self.key_columns: dict[str, Any] = {
            "id": mapping.id,
            "externalId": mapping.external_id,
            "meta.created": mapping.created,
            "meta.lastModified": mapping.last_modified,
        }
        if mapping.names is not None:
            self.key_columns[mapping.names.attribute.name] = mapping.names.key
        self.ordering = Ordering(mapping, keys, self.key_columns)
        self._memberships = mapping.resource_type.membership_attribute

    def where(self, condition: Condition) -> Sql:
        """Return the SQL of a condition on resources."""
        match condition:
            case AllOf(parts):
                return and_(true(), *(self.where(part) for part in parts))
            case AnyOf(parts):
                return or_(false(), *(self.where(part) for part in parts))
            case Test():
                return self._test(condition)
            case Has(paths, negated):
                if self._is_membership(paths[0]):
                    # One is there or none, whichever of its parts is asked for.
                    return _signed(self._with_other(TRUE), negated)
                return _signed(or_(*(self._has(path) for path in paths)), negated)
            case Element(path, inner, negated):
                return _signed(self._element(path, inner), negated)

    def _test(self, test: Test) -> Sql:
        name = str(test.path)
        if name in self.key_columns:
            own = self.key_columns[name]
            return _signed(_known(own, _text(own, test)), test.negated)
        constant = self._constant(test)
        if constant is not None:
            return _signed(constant, test.negated)
        flag = self.mapping.flag_of_path(test.path)
        if flag is not None:
            wanted = flag.is_(true() if test.key == "true" else false())
            known = flag.is_not(None)
            return _signed(
                and_(known, not_(wanted) if test.operator is Operator.NE else wanted),
                test.negated,
            )
        if self._is_membership(test.path):
            return _signed(self._with_other(replace(test, negated=False)), test.negated)
        key = self.keys.alias()
        return _signed(self._with_key(key, self._key_test(key, test)), test.negated)

    def _constant(self, test: Test) -> Sql | None:
        """The answer where it does not depend on comparison keys, or only in part."""
        resource_type = self.mapping.resource_type
        match str(test.path):
            case "meta.resourceType":
                return _truth(compare(test.operator, resource_type.name, test.key))
            case "meta.version":
                version = version_of(test.key)
                if version is None or etag(version) != test.key:
                    return _truth(test.operator is Operator.NE)
                same = self.mapping.version == version
                return not_(same) if test.operator is Operator.NE else same
            case "schemas":
                if compare(test.operator, resource_type.schema.id.lower(), test.key):
                    return true()
        return None

    def _has(self, path: AttrPath) -> Sql:
        name = str(path)
        if name in self.key_columns:
            column = self.key_columns[name]
            return _known(column, column != "")
        if name in ("meta.resourceType", "meta.version", "schemas"):
            return true()
        flag = self.mapping.flag_of_path(path)
        if flag is not None:
            return flag.is_not(None)
        key = self.keys.alias()
        return self._with_key(key, and_(key.c.path == name, key.c.head != ""))

    def _with_key(self, key: Any, condition: Sql) -> Sql:
        return self.mapping.id.in_(select(key.c.resource_id).where(condition))

    def _key_test(self, key: Any, test: Test) -> Sql:
        return and_(key.c.path == str(test.path), _parts(key.c.head, key.c.rest, test))

    def _with_other(self, condition: Condition) -> Sql:
        """A membership, of whichever kind, meets the condition."""
        found: list[Sql] = [false()]
        for others in self.others:
            meets = self._of_other(others, condition)
            if not isinstance(meets, False_):
                found.append(self.mapping.primary_key.in_(others.owners(meets)))
            if others.type == "direct" and isinstance(meets, True_):
                # Whoever is in any team is in one directly.
                break
        return or_(*found)

    def _is_membership(self, path: AttrPath) -> bool:
        return path.attribute.name == self._memberships and path.urn is None

    def _element(self, path: AttrPath, inner: Condition) -> Sql:
        if self._is_membership(path):
            return self._with_other(inner)
        key = self.keys.alias()
        parts: list[Condition] = [*inner.conditions] if isinstance(inner, AllOf) else [inner]
        anchor = _anchor(parts)
        if anchor is None:
            subs = path.attribute.sub_attributes
            names = [str(AttrPath(path.urn, path.attribute, sub)) for sub in subs]
            start: Sql = key.c.path.in_(names)
        else:
            parts.remove(anchor)
            start = self._key_test(key, anchor)
        return self._with_key(key, and_(start, *(self._beside(key, part) for part in parts)))

    def _beside(self, key: Any, condition: Condition) -> Sql:
        """A condition on the element that the key belongs to."""
        match condition:
            case AllOf(parts):
                return and_(*(self._beside(key, part) for part in parts))
            case AnyOf(parts):
                return or_(*(self._beside(key, part) for part in parts))
            case Test(negated=negated):
                other = self.keys.alias()
                return _signed(_same(key, other, self._key_test(other, condition)), negated)
            case Has(paths, negated):
                other = self.keys.alias()
                wanted = and_(other.c.path.in_([str(p) for p in paths]), other.c.head != "")
                return _signed(_same(key, other, wanted), negated)
        raise AssertionError("Elements do not nest.")

    def _of_other(self, others: Others, condition: Condition) -> Sql:
        """A condition on one membership."""
        match condition:
            case AllOf(parts):
                return and_(true(), *(self._of_other(others, part) for part in parts))
            case AnyOf(parts):
                return or_(false(), *(self._of_other(others, part) for part in parts))
            case Test(path, operator, key, negated):
                if path.leaf.name == "type":
                    return _truth(compare(operator, others.type, key) is not negated)
                return _signed(_text(others.id, condition), negated)
            case Has(_, negated):
                return _truth(not negated)
        raise AssertionError("Elements do not nest.")


def _anchor(parts: list[Condition]) -> Test | None:
    """Return the test to look elements up by: an equality on the value, if there is one."""
    tests = [part for part in parts if isinstance(part, Test) and not part.negated]
    tests.sort(key=lambda t: (t.path.leaf.name != "value", t.operator is not Operator.EQ))
    return tests[0] if tests else None


def _same(key: Any, other: Any, condition: Sql) -> Sql:
    same = and_(other.c.resource_id == key.c.resource_id, other.c.position == key.c.position)
    return exists().where(same, condition)


def _signed(condition: Sql, negated: bool) -> Sql:
    return not_(condition) if negated else condition


def _truth(value: bool) -> Sql:
    return true() if value else false()


def _known(column: Any, condition: Sql) -> Sql:
    """A condition that is false, not unknown, where the column is NULL."""
    return and_(column.is_not(None), condition) if column.nullable else condition


def _text(column: ColumnElement[Any], test: Test) -> Sql:
    """Compare a column that holds a key as a whole."""
    key = test.key
    match test.operator:
        case Operator.EQ:
            return column == key
        case Operator.NE:
            return column != key
        case Operator.GT:
            return column > key
        case Operator.GE:
            return column >= key
        case Operator.LT:
            return column < key
        case Operator.LE:
            return column <= key
        case Operator.SW:
            return _starts(column, key)
        case _:
            return _substring(column, test.operator, key)


def _parts(head: Any, rest: Any, test: Test) -> Sql:
    """Compare a key that is stored in two parts."""
    key = test.key
    first, second = key[:HEAD], key[HEAD:]
    match test.operator:
        case Operator.EQ:
            return and_(head == first, rest == second)
        case Operator.NE:
            return or_(head != first, rest != second)
        case Operator.GT:
            return or_(head > first, and_(head == first, rest > second))
        case Operator.GE:
            return or_(head > first, and_(head == first, rest >= second))
        case Operator.LT:
            return or_(head < first, and_(head == first, rest < second))
        case Operator.LE:
            return or_(head < first, and_(head == first, rest <= second))
        case Operator.SW if not second:
            return _starts(head, first)
        case _:
            return _substring(head.concat(rest), test.operator, key)


def _starts(column: Any, key: str) -> Sql:
    """A range, which an index serves; LIKE would have wildcards and ideas of letter case."""
    if not key:
        return true()
    after = _successor(key)
    return column >= key if after is None else and_(column >= key, column < after)


def _successor(key: str) -> str | None:
    """Return the smallest text after all that start with the key."""
    while key and ord(key[-1]) == 0x10FFFF:
        key = key[:-1]
    if not key:
        return None
    point = ord(key[-1]) + 1
    return key[:-1] + chr(0xE000 if 0xD800 <= point <= 0xDFFF else point)


def _substring(text: Any, operator: Operator, key: str) -> Sql:
    if not key:
        return true()
    if operator is Operator.CO:
        return PositionIn(text, key) > 0
    length = len(key)
    if operator is Operator.SW:
        return func.substr(text, 1, length) == key
    begin = func.char_length(text) - (length - 1)
    return and_(begin > 0, func.substr(text, begin) == key)
