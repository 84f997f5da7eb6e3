"""Bodies, operations and filters that keep to the RFCs, generated from the schema definitions."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.definitions import NESTING_GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.definitions.common import COMMON
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import Extension
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema

#: What the attributes of users and groups leave out: every type, single and several.
SIMPLE = [type for type in Type if type is not Type.COMPLEX]
SENSOR = Schema(
    id="urn:example:params:scim:Sensor",
    name="Sensor",
    attributes=tuple(Attribute(name=f"one-{type}", type=type) for type in SIMPLE),
)
DEVICE = ResourceType(
    name="Device",
    endpoint="/Devices",
    schema=Schema(
        id="urn:example:params:scim:Device",
        name="Device",
        attributes=(
            Attribute(name="serial", required=True),
            *(Attribute(name=f"one-{type}", type=type) for type in SIMPLE),
            *(Attribute(name=f"many-{type}", type=type, multi_valued=True) for type in SIMPLE),
            Attribute(
                name="parts",
                type=Type.COMPLEX,
                multi_valued=True,
                sub_attributes=(
                    Attribute(name="value", required=True),
                    *(Attribute(name=f"one-{type}", type=type) for type in SIMPLE),
                ),
            ),
        ),
    ),
    common=COMMON,
    extensions=(Extension(SENSOR),),
)
TYPES = (USER, NESTING_GROUP, DEVICE)

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
name_text = st.sampled_from(["ada", "Ada King", "émile@example.com"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(text, inner, max_size=2),
    max_leaves=4,
)
SIMPLE_VALUES: dict[Type, st.SearchStrategy[Any]] = {
    Type.STRING: text,
    Type.BOOLEAN: st.booleans(),
    Type.DECIMAL: st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    Type.INTEGER: st.integers(),
    Type.DATE_TIME: st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    Type.BINARY: st.binary(max_size=9).map(lambda data: b64encode(data).decode()),
    Type.REFERENCE: st.sampled_from(["https://example.com/a?b=c#d", "../Users/1", "urn:x:y"]),
}


@st.composite
def cased(draw: st.DrawFn, name: str) -> str:
    """Return the name in some letter case (RFC 7643 section 2.1)."""
    return draw(st.sampled_from([name, name.upper(), name.lower()]))


@st.composite
def simple(draw: st.DrawFn, attribute: Attribute) -> Any:
    """Return a value of a simple attribute; one that is required says something."""
    if (attribute.required or attribute.name == "value") and attribute.type is Type.STRING:
        return draw(name_text)
    return draw(SIMPLE_VALUES[attribute.type])


@st.composite
def complex_value(draw: st.DrawFn, attribute: Attribute, primary: bool = False) -> dict[str, Any]:
    """Return an object of the attribute, with ``value`` where there is one."""
    found = {}
    for sub in attribute.sub_attributes:
        wanted = sub.required or sub.name == "value" or draw(st.booleans())
        if not wanted or (sub.name == "primary" and not primary):
            continue
        key = draw(cased(sub.name))
        found[key] = draw(value_of(sub)) if sub.writable else draw(json_values)
    return found


@st.composite
def value_of(draw: st.DrawFn, attribute: Attribute) -> Any:
    """Return a value of the attribute: null, an array or what is its type."""
    if not (attribute.required or attribute.name == "value") and draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from([None, []] if attribute.multi_valued else [None]))
    if not attribute.multi_valued:
        one = complex_value(attribute, primary=True) if attribute.is_complex else simple(attribute)
        return draw(one)
    if not attribute.is_complex:
        return draw(st.lists(simple(attribute), max_size=3))
    elements = draw(st.lists(complex_value(attribute), max_size=3))
    if elements and attribute.sub_attribute("primary"):
        elements[0]["primary"] = draw(st.booleans())
    return elements


@st.composite
def some_of(draw: st.DrawFn, attributes: tuple[Attribute, ...]) -> dict[str, Any]:
    """Return some of the attributes, required ones among them, readOnly ones as anything."""
    found = {}
    for attribute in attributes:
        if attribute.name != "schemas" and (attribute.required or draw(st.integers(0, 2)) == 0):
            value = draw(value_of(attribute) if attribute.writable else json_values)
            found[draw(cased(attribute.name))] = value
    return found


@st.composite
def bodies(draw: st.DrawFn, resource_type: ResourceType) -> dict[str, Any]:
    """Return the body of a POST or PUT."""
    body = draw(some_of((*resource_type.common, *resource_type.schema.attributes)))
    urns = [resource_type.schema.id]
    for extension in resource_type.extensions:
        schema = extension.schema
        if draw(st.booleans()):
            urns.append(schema.id)
            body[draw(cased(schema.id))] = draw(st.none() | some_of(schema.attributes))
    urns = [draw(cased(urn)) for urn in draw(st.permutations(urns))]
    body[draw(cased("schemas"))] = urns
    return body


@st.composite
def terms(draw: st.DrawFn, attribute: Attribute, *, only_eq: bool = False) -> str:
    """Return the filter in brackets behind the attribute; ``eq`` alone tells an element."""
    subs = [sub for sub in attribute.sub_attributes if sub.writable and sub.type is Type.STRING]
    found = []
    for sub in draw(st.lists(st.sampled_from(subs), min_size=1, max_size=3, unique=True)):
        name = draw(cased(sub.name))
        operator = "eq" if only_eq else draw(st.sampled_from(["eq", "NE", "co", "sw", "ew", "gt"]))
        term = f"{name} {operator} {json.dumps(draw(name_text))}"
        if not only_eq:
            term = draw(st.sampled_from([term, f"{name} pr", f"not ({term})", f"({term})"]))
        found.append(term)
    return draw(st.just(" and ") if only_eq else st.sampled_from([" and ", " or "])).join(found)


@st.composite
def written_as(draw: st.DrawFn, resource_type: ResourceType, path: AttrPath) -> str:
    """Return the path in some letter case, and with the base schema's URN or without."""
    top = draw(cased(path.top))
    urn = resource_type.schema.id
    return draw(st.sampled_from([top, f"{urn}:{top}"])) if path.urn is None else top


def removable(path: AttrPath) -> bool:
    return not path.attribute.required


def has_elements(path: AttrPath) -> bool:
    return path.attribute.is_complex and path.attribute.multi_valued


def editable(path: AttrPath) -> bool:
    return path.attribute.is_complex and path.attribute.name != "members"


@st.composite
def removals(draw: st.DrawFn, resource_type: ResourceType, path: AttrPath) -> dict[str, Any]:
    target = draw(written_as(resource_type, path))
    if has_elements(path) and draw(st.booleans()):
        target += f"[{draw(terms(path.attribute))}]"
    return {"op": "remove", "path": target, **draw(st.sampled_from([{}, {"value": None}]))}


@st.composite
def assignments(draw: st.DrawFn, resource_type: ResourceType, path: AttrPath) -> dict[str, Any]:
    """Return an ``add`` or ``replace`` of the whole attribute."""
    op, value = draw(st.sampled_from(["add", "replace"])), draw(value_of(path.attribute))
    if op == "add" and isinstance(value, list) and len(value) == 1:
        value = draw(st.sampled_from([value, value[0]]))
    return {"op": op, "path": draw(written_as(resource_type, path)), "value": value}


@st.composite
def edits(draw: st.DrawFn, resource_type: ResourceType, path: AttrPath) -> dict[str, Any]:
    """Return an ``add`` or ``replace`` of elements, or of a sub-attribute."""
    target = draw(written_as(resource_type, path))
    op = draw(st.sampled_from(["add", "replace"]))
    if has_elements(path) and draw(st.booleans()):
        target += f"[{draw(terms(path.attribute, only_eq=True))}]"
        if draw(st.booleans()):
            return {"op": op, "path": target, "value": draw(complex_value(path.attribute))}
    # Two elements cannot be primary, and a filter may select two.
    subs = [sub for sub in path.attribute.sub_attributes if sub.writable and sub.name != "primary"]
    # An element that is made of one of its parts has to have those that are required.
    sub = draw(st.sampled_from([sub for sub in subs if sub.required] or subs))
    return {"op": op, "path": f"{target}.{draw(cased(sub.name))}", "value": draw(value_of(sub))}


@st.composite
def without_path(draw: st.DrawFn, resource_type: ResourceType) -> dict[str, Any]:
    common = tuple(one for one in resource_type.common if one.writable)
    own = tuple(one for one in resource_type.schema.attributes if one.writable)
    value = draw(some_of((*common, *own)))
    for extension in resource_type.extensions:
        if draw(st.booleans()):
            value[draw(cased(extension.schema.id))] = draw(some_of(extension.schema.attributes))
    return {"op": draw(st.sampled_from(["add", "replace"] if value else ["add"])), "value": value}


@st.composite
def on_extension(draw: st.DrawFn, schema: Schema) -> dict[str, Any]:
    path, op = draw(cased(schema.id)), draw(st.sampled_from(["add", "replace", "remove"]))
    if op == "remove":
        return {"op": op, "path": path}
    return {"op": op, "path": path, "value": draw(some_of(schema.attributes))}


def operations(resource_type: ResourceType) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return operations that no state of the resource forbids: nothing readOnly, nothing required
    taken away, never two primary elements."""
    paths = [p for p in resource_type.paths() if p.attribute.writable and p.top != "schemas"]

    def at(
        kind: Callable[[ResourceType, AttrPath], st.SearchStrategy[dict[str, Any]]],
        suits: Callable[[AttrPath], bool] = lambda path: True,
    ) -> list[st.SearchStrategy[dict[str, Any]]]:
        found = [path for path in paths if suits(path)]
        chosen = st.sampled_from(found).flatmap(lambda path: kind(resource_type, path))
        return [chosen] if found else []

    kinds = [*at(removals, removable), *at(assignments), *at(edits, editable)]
    kinds += [without_path(resource_type)]
    kinds += [on_extension(extension.schema) for extension in resource_type.extensions]
    return st.lists(st.one_of(kinds), min_size=1, max_size=4)
