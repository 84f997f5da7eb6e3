"""Schemas that a host declares with marshmallow: what SCIM makes of them, and what it refuses."""

# ruff: noqa: E501 - one case, one line: so a table is read down its columns

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from marshmallow import Schema
from marshmallow import ValidationError
from marshmallow import fields
from marshmallow import post_load
from marshmallow import pre_load
from marshmallow import validate
from marshmallow import validates
from marshmallow import validates_schema

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.patch import ABSENT
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.planner import plan
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.services.discovery import schema_document
from flask_scim_teams.wire.declarations import schema_from
from flask_scim_teams.wire.factory import ResourceReader

URN = "urn:example:params:scim:schemas:Badge"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


# begin: declaration
class WorkplaceSchema(Schema):
    building = fields.String(required=True, validate=validate.OneOf(["north", "south"]))
    desk = fields.Integer(validate=validate.Range(min=1))
    access_from = fields.AwareDateTime(data_key="accessFrom")
    keys = fields.List(fields.String(), metadata={"scim": {"caseExact": True}})


workplace = schema_from(WorkplaceSchema, id="urn:example:params:scim:schemas:Workplace")
# end: declaration


def even(number: int) -> None:
    if number % 2:
        raise ValidationError("Must be even.")


class Door(Schema):
    number = fields.Integer(required=True, validate=validate.Range(min=1))
    wing = fields.String(data_key="wingName")


CONVERTED: list[tuple[fields.Field[Any], Attribute]] = [
    (fields.String(), Attribute(name="a")),
    (fields.Email(), Attribute(name="a")),
    (fields.UUID(), Attribute(name="a")),
    (fields.Integer(), Attribute(name="a", type=Type.INTEGER)),
    (fields.Float(), Attribute(name="a", type=Type.DECIMAL)),
    (fields.Decimal(), Attribute(name="a", type=Type.DECIMAL)),
    (fields.Boolean(), Attribute(name="a", type=Type.BOOLEAN)),
    (fields.DateTime(), Attribute(name="a", type=Type.DATE_TIME)),
    (fields.AwareDateTime(), Attribute(name="a", type=Type.DATE_TIME)),
    (fields.NaiveDateTime(format="iso"), Attribute(name="a", type=Type.DATE_TIME)),
    (fields.Url(), Attribute(name="a", type=Type.REFERENCE, reference_types=("external",))),
    (fields.List(fields.Integer()), Attribute(name="a", type=Type.INTEGER, multi_valued=True)),
    (fields.String(required=True), Attribute(name="a", required=True)),
    (fields.String(data_key="badgeNumber"), Attribute(name="badgeNumber")),
    (fields.String(load_default=None, allow_none=True), Attribute(name="a")),
    (fields.String(dump_only=True), Attribute(name="a", mutability=Mutability.READ_ONLY)),
    (
        fields.String(load_only=True),
        Attribute(name="a", mutability=Mutability.WRITE_ONLY, returned=Returned.NEVER),
    ),
    (
        fields.String(metadata={"description": "Its use."}),
        Attribute(name="a", description="Its use."),
    ),
    (
        fields.String(validate=[validate.Length(max=9), validate.OneOf(["red", "blue"])]),
        Attribute(name="a", canonical_values=("red", "blue")),
    ),
    (
        fields.List(fields.String(validate=validate.OneOf(["red"]))),
        Attribute(name="a", canonical_values=("red",), multi_valued=True),
    ),
    (
        fields.String(
            metadata={
                "scim": {
                    "mutability": "immutable",
                    "returned": "request",
                    "uniqueness": "server",
                    "caseExact": True,
                    "canonicalValues": ["x", "y"],
                    "kept": True,
                }
            }
        ),
        Attribute(
            name="a",
            mutability=Mutability.IMMUTABLE,
            returned=Returned.REQUEST,
            uniqueness=Uniqueness.SERVER,
            case_exact=True,
            canonical_values=("x", "y"),
            kept=True,
        ),
    ),
    (
        fields.Url(metadata={"scim": {"referenceTypes": ["User"]}}),
        Attribute(name="a", type=Type.REFERENCE, reference_types=("User",)),
    ),
]

DOOR = (
    Attribute(name="number", type=Type.INTEGER, required=True),
    Attribute(name="wingName"),
)
NESTED: list[tuple[fields.Field[Any], bool, tuple[Attribute, ...]]] = [
    (fields.Nested(Door), False, DOOR),
    (fields.Nested(Door(), only=("number",)), False, DOOR[:1]),
    (fields.Nested(lambda: Door(exclude=("number",))), False, DOOR[1:]),
    (fields.Nested({"wing": fields.String(data_key="wingName")}), False, DOOR[1:]),
    (fields.Nested(Door, many=True), True, DOOR),
    (fields.Nested(Door(many=True)), True, DOOR),
    (fields.List(fields.Nested(Door)), True, DOOR),
]


def declaring(field: fields.Field[Any], name: str = "a") -> type[Schema]:
    """Return a schema with one field."""
    return type("BadgeSchema", (Schema,), {name: field})


def only_attribute(field: fields.Field[Any]) -> Attribute:
    (attribute,) = schema_from(declaring(field), id=URN).attributes
    return attribute


@pytest.mark.parametrize(("field", "attribute"), CONVERTED)
def test_a_field_is_an_attribute(field: fields.Field[Any], attribute: Attribute) -> None:
    assert only_attribute(field) == attribute


@pytest.mark.parametrize(("field", "several", "subs"), NESTED)
def test_a_nested_schema_is_a_complex_attribute(
    field: fields.Field[Any], several: bool, subs: tuple[Attribute, ...]
) -> None:
    assert only_attribute(field) == Attribute(
        name="a", type=Type.COMPLEX, multi_valued=several, sub_attributes=subs
    )


def test_a_name_stays_as_it_is_written() -> None:
    (attribute,) = schema_from(declaring(fields.String(), "cost_center"), id=URN).attributes
    assert attribute.name == "cost_center"


def test_a_schema_that_renames_its_fields_is_followed() -> None:
    class CamelCase(Schema):
        cost_center = fields.String()

        def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
            head, *tail = field_name.split("_")
            field_obj.data_key = head + "".join(part.title() for part in tail)

    (attribute,) = schema_from(CamelCase, id=URN).attributes
    assert attribute.name == "costCenter"


def test_the_schema_is_called_after_the_class_unless_it_is_given_a_name() -> None:
    declared = declaring(fields.String())
    assert schema_from(declared, id=URN).name == "Badge"
    named = schema_from(declared, id=URN, name="Pass", description="What opens doors.")
    assert (named.id, named.name, named.description) == (URN, "Pass", "What opens doors.")


def test_an_instance_declares_what_it_selects() -> None:
    assert [a.name for a in schema_from(Door(only=("wing",)), id=URN).attributes] == ["wingName"]


def test_what_is_declared_is_published() -> None:
    field = fields.List(
        fields.String(validate=validate.OneOf(["red", "blue"])),
        required=True,
        metadata={"description": "Colours."},
    )
    published = schema_document(schema_from(declaring(field, "colours"), id=URN), "")
    assert published["attributes"] == [
        {
            "name": "colours",
            "type": "string",
            "multiValued": True,
            "description": "Colours.",
            "required": True,
            "caseExact": False,
            "mutability": "readWrite",
            "returned": "default",
            "uniqueness": "none",
            "canonicalValues": ["red", "blue"],
        }
    ]


def test_the_guide_says_what_is_refused() -> None:
    body = {"schemas": [CORE], "userName": "ada", workplace.id: {"building": "north", "desk": 0}}
    with pytest.raises(BadRequest, match=r"^desk must be greater than or equal to 1\.$"):
        ResourceReader(USER.extended(workplace)).read(body)


def processed(when: str) -> fields.Field[Any]:
    """Return a field that strips values, as its parameter says from marshmallow 4.3 on."""
    field = fields.String()
    setattr(field, when, [str.strip])
    return field


class Deep(Schema):
    door = fields.Nested(Door)


REFUSED: list[tuple[fields.Field[Any], str]] = [
    (fields.Raw(), "a Raw field, for which SCIM has no type"),
    (fields.Dict(), "a Dict field"),
    (fields.Method(), "a Method field"),
    (fields.Function(lambda _: 1), "a Function field"),
    (fields.Tuple((fields.String(),)), "a Tuple field"),
    (fields.Date(), "a Date field"),
    (fields.Constant("x"), "a default"),
    (fields.Pluck(Door, "number"), "a Pluck field"),
    (fields.List(fields.Raw()), "a Raw field"),
    (fields.List(fields.List(fields.String())), "a List field"),
    (fields.List(fields.Nested(Door, many=True)), "a list of lists"),
    (fields.Nested(Deep), "BadgeSchema.a.door nests a second time"),
    (fields.Nested({"x": fields.List(fields.String())}), "BadgeSchema.a.x is a list inside"),
    (fields.Nested({}), "BadgeSchema.a declares no attribute"),
    (fields.Nested("NoSuchSchema"), "nests what is not to be found"),
    (fields.Nested(Door(partial=True)), "BadgeSchema.a is partial"),
    (fields.List(fields.String(), validate=validate.Length(max=2)), "its list as a whole"),
    (fields.Nested(Door, many=True, validate=validate.Length(max=2)), "its list as a whole"),
    (fields.List(fields.String(metadata={"description": "x"})), "metadata inside of its List"),
    (fields.DateTime(format="rfc"), "has the format 'rfc'"),
    (fields.String(load_default="x"), "has a default"),
    (fields.String(dump_default="x"), "has a default"),
    (processed("pre_load"), "pre_load or post_load"),
    (fields.List(processed("post_load")), "pre_load or post_load"),
    (fields.String(load_only=True, dump_only=True), "both load_only and dump_only"),
    (
        fields.String(dump_only=True, metadata={"scim": {"mutability": "readWrite"}}),
        "is readOnly here and readWrite in its metadata",
    ),
    (fields.String(data_key="no name"), "'no name' is not an attribute name"),
    (fields.String(metadata={"scim": {"case_exact": True}}), "'case_exact' in its metadata scim; known"),
    (fields.String(metadata={"scim": {"caseExact": "yes"}}), "'yes' for its caseExact"),
    (fields.String(metadata={"scim": {"mutability": "sometimes"}}), "'sometimes' for its mutability"),
    (fields.String(metadata={"scim": {"canonicalValues": "red"}}), "'red' for its canonicalValues"),
    (fields.String(metadata={"scim": {"canonicalValues": [1]}}), "[1] for its canonicalValues"),
    (fields.String(metadata={"scim": ["kept"]}), "else than a dict"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "words"), REFUSED)
def test_what_scim_cannot_keep_is_refused_with_schema_and_field(
    field: fields.Field[Any], words: str
) -> None:
    with pytest.raises(SetupError) as refusal:
        schema_from(declaring(field), id=URN)
    assert words in str(refusal.value)
    assert str(refusal.value).startswith("BadgeSchema.a")


@pytest.mark.parametrize("decorator", [pre_load, post_load, validates_schema, validates("a")])
def test_a_method_that_nothing_would_call_is_refused(decorator: Callable[..., Any]) -> None:
    def rule(self: Schema, data: Any, **kwargs: Any) -> Any:
        return data

    members = {"a": fields.String(), "rule": decorator(rule)}
    with pytest.raises(SetupError, match=r"^BadgeSchema\.rule is decorated with "):
        schema_from(type("BadgeSchema", (Schema,), members), id=URN)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (Schema, "Schema declares no attribute"),
        (Door(many=True), "Door is made with many"),
        (Door(partial=("number",)), "Door is partial"),
        (fields.String(), "no marshmallow schema"),
        (Attribute, "no marshmallow schema"),
    ],
)
def test_what_is_no_declaration_is_refused(declared: Any, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        schema_from(declared, id=URN)


def test_two_attributes_of_one_name_are_refused() -> None:
    class Twice(Schema):
        colour = fields.String()
        shade = fields.String(data_key="COLOUR")

    with pytest.raises(SetupError, match="two attributes of one name"):
        schema_from(Twice, id=URN)


class BadgeSchema(Schema):
    number = fields.Integer(validate=[validate.Range(min=0), even])
    colour = fields.String(validate=validate.OneOf(["red", "blue"]))
    code = fields.String(validate=[validate.Length(equal=3), validate.Regexp("[A-Z]*$")])
    mail = fields.Email()
    serial = fields.UUID()
    site = fields.Url()
    since = fields.AwareDateTime(
        validate=validate.Range(min=datetime(2020, 1, 1, tzinfo=UTC)),
        default_timezone=UTC,
    )
    price = fields.Decimal(validate=validate.Range(max=Decimal("9.99")))
    floors = fields.List(fields.Integer(validate=validate.Range(max=20)))
    door = fields.Nested(Door)
    doors = fields.Nested(Door, many=True)


# A value that is taken, one that is not, and what is said of that one.
VALUES: list[tuple[str, Any, Any, str]] = [
    ("number", 4, -2, "number must be greater than or equal to 0."),
    ("number", 4, 3, "number must be even."),
    ("colour", "red", "green", "colour must be one of: red, blue."),
    ("code", "ABC", "ABCD", "code is refused: Length must be 3."),
    ("code", "ABC", "abc", "code is refused: String does not match expected pattern."),
    ("mail", "a@example.com", "a", "mail is not a valid email address."),
    ("serial", "8a1f0c62-3b5e-4b53-9d1a-0f3f6a1f8f10", "8a1f", "serial is not a valid UUID."),
    ("site", "https://example.com/", "example", "site is not a valid URL."),
    ("since", "2020-01-01T00:00:00Z", "2019-12-31T23:59:59Z", "since must be greater than or equal to 2020-01-01 00:00:00+00:00."),
    ("since", "2020-01-01T00:00:00", "2020-01-01T01:00:00+02:00", "since must be greater than or equal to 2020-01-01 00:00:00+00:00."),
    ("price", 9.99, 10, "price must be less than or equal to 9.99."),
    ("floors", [1, 20], [1, 21], "floors must be less than or equal to 20."),
    ("door", {"number": 1}, {"number": 0}, "door.number must be greater than or equal to 1."),
    ("doors", [{"number": 1}], [{"number": 1}, {"number": 0}], "doors.number must be greater than or equal to 1."),
    # The type of a field is enforced as SCIM's.
    ("number", 4, "4", "number takes a integer, not a string."),
]  # fmt: skip


def user_type(*declared: type[Schema]) -> Any:
    return USER.extended(*(schema_from(one, id=URN) for one in declared))


def read(badge: Any, declared: type[Schema] = BadgeSchema) -> Any:
    """Return what a POST or PUT with that badge would store of it."""
    body = {"schemas": [CORE, URN], "userName": "ada", URN: badge}
    return ResourceReader(user_type(declared)).read(body).attributes.get(URN)


def patched(
    stored: Any, *operations: tuple[Op, str, Any], declared: type[Schema] = BadgeSchema
) -> Any:
    """Return what a PATCH would store of a badge."""
    resource = Resource(id="1", attributes={"userName": "ada", **({URN: stored} if stored else {})})
    steps = [Operation(op, path, value) for op, path, value in operations]
    return plan(user_type(declared), resource, steps).attributes.get(URN)


@pytest.mark.parametrize(("name", "good", "bad", "words"), VALUES)
def test_a_body_is_held_to_the_declaration(name: str, good: Any, bad: Any, words: str) -> None:
    assert read({name: good}) == {name: good}
    with pytest.raises(BadRequest) as refusal:
        read({name: bad})
    assert refusal.value.scim_type == "invalidValue"
    assert refusal.value.detail == words


@pytest.mark.parametrize("op", [Op.ADD, Op.REPLACE])
@pytest.mark.parametrize(("name", "good", "bad", "words"), VALUES)
def test_a_patch_is_held_to_the_declaration(
    op: Op, name: str, good: Any, bad: Any, words: str
) -> None:
    assert patched(None, (op, f"{URN}:{name}", good)) == {name: good}
    with pytest.raises(BadRequest) as refusal:
        patched(None, (op, f"{URN}:{name}", bad))
    assert refusal.value.scim_type == "invalidValue"
    assert refusal.value.detail == f"{URN}:{words}"


def test_a_part_of_a_complex_attribute_is_held_to_the_declaration() -> None:
    stored = {"door": {"number": 1}, "doors": [{"number": 1}]}
    for path in (f"{URN}:door.number", f"{URN}:doors[number eq 1].number"):
        with pytest.raises(BadRequest, match=r"number must be greater than or equal to 1\.$"):
            patched(stored, (Op.REPLACE, path, 0))


class Span(Schema):
    first = fields.Integer(required=True, attribute="first_floor")
    last = fields.Integer()


def ordered(span: dict[str, Any]) -> None:
    if span.get("last", span["first_floor"]) < span["first_floor"]:
        raise ValidationError({"last": ["Must not come before the first."]})


class Lift(Schema):
    span = fields.Nested(Span, validate=ordered)
    spans = fields.List(fields.Nested(Span, validate=ordered))


GOOD, BAD = {"first": 1, "last": 3}, {"first": 3, "last": 1}
WORDS = r"must not come before the first\.$"


def test_a_complex_value_is_validated_as_a_whole() -> None:
    assert read({"span": GOOD, "spans": [GOOD]}, Lift) == {"span": GOOD, "spans": [GOOD]}
    for badge in ({"span": BAD}, {"spans": [GOOD, BAD]}):
        with pytest.raises(BadRequest, match=WORDS):
            read(badge, Lift)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("span", BAD),
        ("span", {"last": 0}),
        ("span.last", 0),
        ("spans", [BAD]),
        ("spans[first eq 1]", BAD),
        ("spans[first eq 1].last", 0),
        ("spans.last", 0),
    ],
)
def test_a_patch_leaves_a_complex_value_valid_as_a_whole(path: str, value: Any) -> None:
    stored = {"span": GOOD, "spans": [GOOD]}
    with pytest.raises(BadRequest, match=WORDS):
        patched(stored, (Op.REPLACE, f"{URN}:{path}", value), declared=Lift)


@pytest.mark.parametrize("path", ["span.first", "spans[first eq 1].first", "spans.first"])
def test_a_patch_leaves_a_complex_value_what_it_requires(path: str) -> None:
    stored = {"span": GOOD, "spans": [GOOD]}
    with pytest.raises(BadRequest, match=r"first is required"):
        patched(stored, (Op.REMOVE, f"{URN}:{path}", ABSENT), declared=Lift)


def test_a_value_is_kept_as_it_was_sent() -> None:
    price = {"price": 9.5, "since": "2020-01-01T02:00:00+02:00", "serial": UUID(int=5).hex}
    assert read(price) == price


def test_what_is_read_only_is_ignored_and_what_is_write_only_is_dropped() -> None:
    class Secret(Schema):
        seen = fields.String(dump_only=True)
        pin = fields.String(load_only=True, validate=validate.Length(equal=4))
        note = fields.String()

    assert read({"seen": "x", "pin": "1234", "note": "n"}, Secret) == {"note": "n"}
    assert patched(None, (Op.ADD, f"{URN}:pin", "1234"), declared=Secret) is None
    with pytest.raises(BadRequest, match=r"pin is refused: Length must be 4\."):
        read({"pin": "1"}, Secret)
    with pytest.raises(BadRequest, match="readOnly"):
        patched(None, (Op.ADD, f"{URN}:seen", "x"), declared=Secret)
