"""How one attribute and one column of the host's table become each other."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from operator import not_
from typing import Any
from typing import TypeAlias

from sqlalchemy import JSON
from sqlalchemy import BigInteger
from sqlalchemy import Column
from sqlalchemy import Integer
from sqlalchemy import SmallInteger
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.schema import CallableColumnDefault
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.definitions.user import ACTIVE
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.storage.interface import Unstorable

#: What a host may name a column by.
AnyColumn: TypeAlias = Column[Any] | InstrumentedAttribute[Any]
Attributes: TypeAlias = MutableMapping[str, Any]

_PYTHON_TYPES: dict[Type, tuple[type, ...]] = {
    Type.STRING: (str,),
    Type.REFERENCE: (str,),
    Type.BINARY: (str,),
    Type.DATE_TIME: (str,),
    Type.BOOLEAN: (bool,),
    Type.INTEGER: (int,),
    Type.DECIMAL: (float,),
}


@dataclass(frozen=True, slots=True)
class One:
    """A column that holds the main value of a multi-valued attribute (see :func:`one`)."""

    column: AnyColumn
    type: str | None


@dataclass(frozen=True, slots=True)
class Inverse:
    """A boolean column that says the opposite of the attribute (see :func:`inverse`)."""

    column: AnyColumn


@dataclass(frozen=True, slots=True)
class Converted:
    """A column that says the same in the host's own terms (see :func:`converted`)."""

    column: AnyColumn
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


#: What a host may map an attribute to.
Mapped: TypeAlias = AnyColumn | One | Inverse | Converted


def one(column: AnyColumn, *, type: str | None = None) -> One:
    """Map a column to the main value of a multi-valued attribute.

    The column gets the primary value, else the first of the type, else the first. All values are
    kept in the document, so that none is lost; what the host writes into the column shows as the
    main value.

    :param type: the ``type`` to say of a value that only the host gave.
    """
    return One(column, type)


def inverse(column: AnyColumn) -> Inverse:
    """Map a boolean column that says the opposite: ``"active": inverse(User.is_blocked)``."""
    return Inverse(column)


def converted(
    column: AnyColumn, *, read: Callable[[Any], Any], write: Callable[[Any], Any]
) -> Converted:
    """Map a column that holds the attribute in other units or words: cents for dollars.

    :param read: returns the SCIM value of a column's value that is not NULL; ``None`` for one that
        says nothing.
    :param write: returns what the column holds for a SCIM value.
    """
    return Converted(column, read, write)


def column_of(given: AnyColumn) -> Column[Any]:
    """Return the table's column behind a model's attribute."""
    if isinstance(given, InstrumentedAttribute):
        columns = given.property.columns
        found: Column[Any] = columns[0]
        return found
    return given


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """One mapped attribute.

    :param load: puts the column's value among the attributes.
    :param dump: takes the column's value from the attributes.
    :param keep: takes out of the document what the column holds, given the document and the
        attributes it was made of.
    :param comparable: whether SQL may compare the column itself: a plain boolean.
    """

    path: AttrPath
    column: Column[Any]
    load: Callable[[Attributes, Any], None]
    dump: Callable[[Attributes], Any]
    keep: Callable[[Attributes, Attributes], None]
    comparable: bool


def map_column(path: AttrPath, given: Mapped) -> ColumnMapping:
    """Return the mapping of an attribute to what the host gave for it.

    :raises SetupError: if the two cannot hold the same values.
    """
    attribute = path.attribute
    value = attribute.sub_attribute("value") if attribute.is_complex else None
    column = column_of(given.column if isinstance(given, One | Inverse | Converted) else given)
    if isinstance(given, Converted):
        return _map_plain(path, column, given.read, given.write)
    if attribute.multi_valued and not isinstance(given, One):
        if isinstance(column.type, JSON) and path.sub_attribute is None:
            return _map_plain(path, column)
        raise SetupError(
            f"{path} has many values; map it to a JSON column"
            + (f", or its main one: one({column.name})." if value else ".")
        )
    if isinstance(given, One):
        if not attribute.multi_valued or path.sub_attribute is not None:
            raise SetupError(f"{path} has no elements to choose one of.")
        if value is None:
            raise SetupError(f"{path} has no sub-attribute value; map it to a JSON column.")
        _check_type(path, value, column)
        return _map_one(path, column, given.type)
    if attribute.is_complex and path.sub_attribute is None:
        raise SetupError(f"{path} is complex; map its sub-attributes, such as {path}.formatted.")
    if isinstance(given, Inverse) and path.leaf.type is not Type.BOOLEAN:
        raise SetupError(f"{path} is no boolean and has no inverse.")
    _check_type(path, path.leaf, column)
    if isinstance(given, Inverse):
        return _map_plain(path, column, not_, not_)
    return _map_plain(path, column)


def _check_type(path: AttrPath, attribute: Attribute, column: Column[Any]) -> None:
    actual = _python_type(column)
    if actual is None:
        return
    # A bool is an int to Python, and to nobody else.
    flag = actual is bool and attribute.type is not Type.BOOLEAN
    if flag or not issubclass(actual, _PYTHON_TYPES[attribute.type]):
        raise SetupError(
            f"{path} is of type {attribute.type}; column {column} holds {actual.__name__}."
        )


def _python_type(column: Column[Any]) -> type[Any] | None:
    try:
        return column.type.python_type
    except NotImplementedError:
        return None


def _fitting(path: AttrPath, column: Column[Any], value: Any) -> Any:
    """Return what is written into the column, or refuse it in the attribute's words."""
    length = getattr(column.type, "length", None)
    if isinstance(value, str) and length is not None and len(value) > length:
        raise Unstorable(str(path), f"is longer than {length} characters.")
    if isinstance(value, int) and not -_bound(column) <= value < _bound(column):
        raise Unstorable(str(path), "is out of this service's range.")
    return value


def _bound(column: Column[Any]) -> int:
    """Return what an integer for the column has to be smaller than, on whichever database."""
    match column.type:
        case SmallInteger():
            return 2**15
        case BigInteger():
            return 2**63
        case Integer():
            return 2**31
    # All that a float holds exactly.
    return 2**53


def _as_it_is(value: Any) -> Any:
    return value


def _map_plain(
    path: AttrPath,
    column: Column[Any],
    read: Callable[[Any], Any] = _as_it_is,
    write: Callable[[Any], Any] = _as_it_is,
) -> ColumnMapping:
    steps = [] if path.urn is None else [path.urn]
    if path.sub_attribute is not None:
        steps.append(path.attribute.name)
    name = path.leaf.name
    filler = _filler(path, column, write)
    as_it_is = read is _as_it_is

    def load_simple(attributes: Attributes, value: Any) -> None:
        # The same for the plainest case, which a list goes through very often.
        if value is not None:
            attributes[name] = value

    def load(attributes: Attributes, value: Any) -> None:
        if value is None:
            return
        if not column.nullable and _found(attributes, steps).get(name, value) is None:
            # The document says that the attribute was absent; so it is, unless the host gave
            # the column another value since.
            discard(attributes, path)
            if value == filler:
                return
        shown = read(value)
        if shown is None or (path.leaf.multi_valued and not shown):
            return
        for step in steps:
            attributes = attributes.setdefault(step, {})
        attributes[name] = shown

    def dump(attributes: Attributes) -> Any:
        value = _found(attributes, steps).get(name)
        if value is not None:
            return _fitting(path, column, write(value))
        if column.nullable:
            return None
        if filler is None:
            raise Unstorable(str(path), "is required by this service.")
        return filler

    def keep(document: Attributes, attributes: Attributes) -> None:
        discard(document, path)
        if not column.nullable and _found(attributes, steps).get(name) is None:
            for step in steps:
                document = document.setdefault(step, {})
            document[name] = None

    return ColumnMapping(
        path=path,
        column=column,
        load=load_simple if column.nullable and not steps and as_it_is else load,
        dump=dump,
        keep=keep,
        comparable=_is_plain_flag(path, column) and as_it_is,
    )


def _is_plain_flag(path: AttrPath, column: Column[Any]) -> bool:
    """Whether the column says of every row what the attribute says.

    One that cannot be NULL also says something where the attribute is absent, and what it says is
    right of ``active`` alone.
    """
    flag = path.leaf.type is Type.BOOLEAN
    return flag and (column.nullable or path.attribute is ACTIVE)


def _found(attributes: Mapping[str, Any], steps: Iterable[str]) -> Mapping[str, Any]:
    for step in steps:
        attributes = attributes.get(step) or {}
    return attributes


def _filler(path: AttrPath, column: Column[Any], write: Callable[[Any], Any]) -> Any:
    """Return what a column that cannot be NULL holds for an absent value, if anything can.

    A user of whom nothing is said is active: the flag says so then, whichever way round it is.
    Elsewhere it is the host's own default, where the column has one.
    """
    if path.attribute is ACTIVE:
        return write(True)
    if isinstance(column.default, ScalarElementColumnDefault):
        return column.default.arg
    if isinstance(column.default, CallableColumnDefault) and not column.nullable:
        # SQLAlchemy has every function take the context of an INSERT; there is none here, and one
        # that looks at it says nothing of an absent value.
        no_context: Any = None
        with suppress(AttributeError):
            return column.default.arg(no_context)
    if path.leaf.type is Type.BOOLEAN:
        return write(False)
    if path.leaf.multi_valued:
        return write([])
    return "" if _python_type(column) in (str, None) else None


def discard(attributes: Attributes, path: AttrPath) -> None:
    """Take a value out of the attributes, and what would be left empty around it."""
    steps = [] if path.urn is None else [path.urn]
    steps += [path.attribute.name] if path.sub_attribute is not None else []
    places = [attributes]
    for step in steps:
        if step not in places[-1]:
            return
        places.append(places[-1][step])
    places[-1].pop(path.leaf.name, None)
    for outer, step in zip(reversed(places[:-1]), reversed(steps), strict=True):
        if not outer[step]:
            del outer[step]


def _map_one(path: AttrPath, column: Column[Any], type: str | None) -> ColumnMapping:
    name, urn = path.attribute.name, path.urn
    filler = "" if _python_type(column) in (str, None) else None
    absent = (None, "")

    def main_of(elements: list[Any]) -> Any:
        for element in elements:
            if element.get("primary") is True:
                return element
        for element in elements:
            if type is not None and str(element.get("type", "")).lower() == type.lower():
                return element
        return elements[0] if elements else None

    def load(attributes: Attributes, value: Any) -> None:
        place = attributes if urn is None else attributes.get(urn, {})
        elements = place.get(name, [])
        main = main_of(elements)
        stored = None if main is None else main.get("value")
        if value == stored or (value in absent and stored in absent):
            return
        if value in absent:
            elements.remove(main)
        elif main is not None:
            main["value"] = value
        else:
            element = {"value": value, "primary": True}
            if type is not None:
                element["type"] = type
            elements = [element]
        if urn is not None:
            place = attributes.setdefault(urn, {})
        if elements:
            place[name] = elements
        else:
            place.pop(name, None)

    def dump(attributes: Attributes) -> Any:
        place = attributes if urn is None else attributes.get(urn) or {}
        main = main_of(place.get(name) or [])
        value = None if main is None else main.get("value")
        if value is not None:
            return _fitting(path, column, value)
        if not column.nullable and filler is None:
            raise Unstorable(str(path), "is required by this service.")
        return None if column.nullable else filler

    return ColumnMapping(
        path=path,
        column=column,
        load=load,
        dump=dump,
        # All elements stay in the document: the column holds but one.
        keep=lambda document, attributes: None,
        comparable=False,
    )
