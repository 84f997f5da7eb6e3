"""Elements of multi-valued attributes: merging, adding, editing (RFC 7644 section 3.5.2)."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from flask_scim_teams.core import filters
from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.errors import NoTarget
from flask_scim_teams.core.filters import Filter
from flask_scim_teams.core.filters import Operator
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.values import MAX_ELEMENTS
from flask_scim_teams.core.values import UNASSIGNED
from flask_scim_teams.core.values import accept
from flask_scim_teams.core.values import accept_parts
from flask_scim_teams.core.values import kind
from flask_scim_teams.core.values import place_of

Document = dict[str, Any]


def merge(attribute: Attribute, stored: Mapping[str, Any], value: Any, path: str) -> Any:
    """Return a singular complex value with the given sub-attributes set, the others kept.

    Null unsets a sub-attribute; null in place of the value unsets it all.
    """
    if value is None:
        return UNASSIGNED
    if not isinstance(value, Mapping):
        raise InvalidValue(f"{path} takes an object, not {kind(value)}.", attribute=path)
    merged = dict(stored)
    seen: set[str] = set()
    for name, item in value.items():
        sub = attribute.sub_attribute(name)
        if sub is None or not sub.writable:
            continue
        if sub.name in seen:
            raise InvalidValue(f"{path}.{sub.name} is given twice.", attribute=path)
        seen.add(sub.name)
        accepted = accept(sub, item, f"{path}.{sub.name}")
        if accepted is UNASSIGNED:
            merged.pop(sub.name, None)
        else:
            merged[sub.name] = accepted
    return merged or UNASSIGNED


def add_elements(
    attribute: Attribute, stored: list[Any], added: Iterable[Any], path: str
) -> list[Any]:
    """Return the elements with others added; one that is there already is not added again.

    An element of the same type and value is updated instead (RFC 7643 section 2.4 wants the pair
    unique). A new primary element takes the place of the former one.
    """
    elements = [dict(e) if isinstance(e, Mapping) else e for e in stored]
    primary: list[int] = []
    for element in added:
        place = place_of(attribute, elements, element)
        if place is None:
            elements.append(element)
            place = len(elements) - 1
        elif attribute.is_complex:
            elements[place].update(element)
        # One that is primary already, and is sent again without a word of that, gives way.
        if attribute.is_complex and element.get("primary") is True:
            primary.append(place)
    if len(elements) > MAX_ELEMENTS:
        raise InvalidValue(f"{path} takes {MAX_ELEMENTS} values at the most.", attribute=path)
    return _with_one_primary(attribute, elements, primary, path)


def without_listed(stored: list[Any], listed: list[Any]) -> list[Any]:
    """Return the elements but for those listed; what a listed one leaves out does not matter."""
    return [element for element in stored if not any(_is_listed(element, one) for one in listed)]


def _is_listed(element: Any, listed: Any) -> bool:
    if isinstance(element, Mapping) and isinstance(listed, Mapping):
        return all(element.get(name) == value for name, value in listed.items())
    return bool(element == listed)


def edit_elements(
    path: AttrPath,
    stored: list[Document],
    selected: list[int],
    tree: Filter | None,
    op: Op,
    value: Any,
    *,
    may_miss: bool = False,
) -> list[Document]:
    """Return the elements after an operation on the selected ones, or a sub-attribute of them.

    :param tree: the filter that selected them.
    :param may_miss: whether it may select none: add and replace then make the element from its
        ``eq`` terms, and a removal has nothing to do. The RFC says noTarget to all of them.
    :raises NoTarget: if nothing was selected and may not be, or the filter does not tell what to
        make.
    """
    attribute, sub = path.attribute, path.sub_attribute
    if not may_miss and tree is not None and not selected:
        raise NoTarget(f"{path.top}[{tree}] selects no element.", attribute=path.top)
    elements = [dict(element) for element in stored]
    if op is Op.REMOVE or value is None:
        return _once(attribute, _without(elements, selected, sub))
    if not selected:
        selected = [len(elements)]
        elements.append(_element_of(path, tree))
    for place in selected:
        if sub is not None:
            accepted = accept(sub, value, str(path))
            if accepted is UNASSIGNED:
                elements[place].pop(sub.name, None)
            else:
                elements[place][sub.name] = accepted
            continue
        element = accept_parts(attribute, value, path.top)
        keep = op is Op.ADD or place >= len(stored)
        elements[place] = {**elements[place], **element} if keep else element
    elements = _with_one_primary(attribute, elements, selected, path.top)
    return _once(attribute, [element for element in elements if element])


def _once(attribute: Attribute, elements: list[Document]) -> list[Document]:
    """Return the elements without those that an edit made the same as one before them."""
    kept: list[Document] = []
    for element in elements:
        place = place_of(attribute, kept, element)
        if place is None:
            kept.append(element)
        else:
            kept[place].update(element)
    return kept


def _without(
    elements: list[Document], selected: list[int], sub: Attribute | None
) -> list[Document]:
    if sub is None:
        return [element for place, element in enumerate(elements) if place not in selected]
    for place in selected:
        elements[place].pop(sub.name, None)
    return [element for element in elements if element]


def _element_of(path: AttrPath, tree: Filter | None) -> Document:
    terms: tuple[Filter, ...] = ()
    if tree is not None:
        terms = tree.filters if isinstance(tree, filters.And) else (tree,)
    element: Document = {}
    for term in terms:
        if not isinstance(term, filters.Compare) or term.operator is not Operator.EQ:
            raise NoTarget(f"{path.top}[{tree}] selects no element.", attribute=path.top)
        sub = path.attribute.sub_attribute(term.name.attribute)
        if sub is not None:
            accepted = accept(sub, term.value, f"{path.top}.{sub.name}")
            if accepted is not UNASSIGNED:
                element[sub.name] = accepted
    return element


def _with_one_primary(
    attribute: Attribute, elements: list[Any], touched: list[int], path: str
) -> list[Any]:
    """Unset the former primary when an operation sets another (RFC 7644 section 3.5.2)."""
    if not attribute.is_complex:
        return elements
    chosen = {place for place in touched if elements[place].get("primary") is True}
    if len(chosen) > 1:
        raise InvalidValue(f"{path} takes one primary value.", attribute=path)
    if chosen:
        for place, element in enumerate(elements):
            if place not in chosen and element.get("primary") is True:
                element["primary"] = False
    return elements
