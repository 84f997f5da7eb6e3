"""What a PATCH may leave behind of attributes that require parts, or are checked as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.patch import ABSENT
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.planner import plan
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import Extension
from flask_scim_teams.core.schemas import Schema

URN = "urn:example:params:scim:schemas:Lift"


def ordered(span: dict[str, Any]) -> str | None:
    return "ends before it begins." if span.get("last", span["first"]) < span["first"] else None


def span(name: str, *, multi_valued: bool) -> Attribute:
    return Attribute(
        name=name,
        type=Type.COMPLEX,
        multi_valued=multi_valued,
        check=ordered,
        sub_attributes=(
            Attribute(name="first", type=Type.INTEGER, required=True),
            Attribute(name="last", type=Type.INTEGER),
        ),
    )


LIFT = Schema(
    id=URN,
    name="Lift",
    attributes=(
        Attribute(name="code", required=True),
        Attribute(name="note"),
        span("span", multi_valued=False),
        span("spans", multi_valued=True),
    ),
)
LIFTED = USER.extended(LIFT)
ONE, TWO = {"first": 1, "last": 3}, {"first": 5, "last": 6}
STORED = {"code": "A", "span": ONE, "spans": [ONE, TWO]}


def patched(stored: Any, *operations: tuple[Op, str, Any], resource_type: Any = LIFTED) -> Any:
    """Return the extension afterwards, or the scimType and detail of the refusal."""
    attributes = {"userName": "ada", **({URN: stored} if stored else {})}
    steps = [Operation(op, f"{URN}{path}", value, may_miss=True) for op, path, value in operations]
    try:
        return plan(resource_type, Resource(id="1", attributes=attributes), steps).attributes.get(
            URN
        )
    except BadRequest as error:
        return error.scim_type, error.detail.removeprefix(f"{URN}:")


@pytest.mark.parametrize(
    ("op", "path", "value", "detail"),
    [
        (Op.REMOVE, ":span.first", ABSENT, "span.first is required."),
        (Op.REPLACE, ":span.first", None, "span.first is required."),
        (Op.REMOVE, ":spans.first", ABSENT, "spans.first is required."),
        (Op.REMOVE, ":spans[last eq 3].first", ABSENT, "spans.first is required."),
        (Op.ADD, ":spans[last eq 9].last", 9, "spans.first is required."),
        (Op.REPLACE, ":span", {"last": 0}, "span ends before it begins."),
        (Op.REPLACE, ":span.last", 0, "span ends before it begins."),
        (Op.ADD, ":spans", [{"first": 2, "last": 1}], "spans ends before it begins."),
        (Op.REPLACE, ":spans[first eq 1].last", 0, "spans ends before it begins."),
        (Op.ADD, ":spans[first eq 1]", {"last": 0}, "spans ends before it begins."),
        (Op.REPLACE, ":spans[first eq 1]", {"last": 9}, "spans.first is required."),
    ],
)
def test_a_patch_leaves_no_complex_value_incomplete(
    op: Op, path: str, value: Any, detail: str
) -> None:
    assert patched(STORED, (op, path, value)) == ("invalidValue", detail)


def test_the_parts_of_a_value_may_come_one_by_one() -> None:
    assert patched(
        {"code": "A"},
        (Op.ADD, ":span.last", 3),
        (Op.ADD, ":span.first", 1),
        (Op.ADD, ":spans[last eq 3].first", 1),
    ) == {"code": "A", "span": ONE, "spans": [ONE]}


def test_what_is_added_to_an_element_need_not_be_the_whole() -> None:
    after = patched(STORED, (Op.ADD, ":spans[first eq 1]", {"last": 2}))
    assert after["spans"] == [{"first": 1, "last": 2}, TWO]


def test_what_was_wrong_before_keeps_nothing_else_from_changing() -> None:
    stored = {"span": {"last": 0}, "spans": [{"last": 0}]}
    added = patched(stored, (Op.ADD, ":note", "n"), (Op.ADD, ":spans", [ONE]))
    assert added == {"note": "n", "span": {"last": 0}, "spans": [{"last": 0}, ONE]}


def test_an_extension_comes_with_what_it_requires() -> None:
    assert patched(None, (Op.ADD, ":note", "n")) == ("invalidValue", "code is required.")
    assert patched(None, (Op.ADD, "", {"note": "n"})) == ("invalidValue", "code is required.")
    assert patched(None, (Op.ADD, ":note", "n"), (Op.ADD, ":code", "A")) == {
        "note": "n",
        "code": "A",
    }


def test_a_required_extension_stays() -> None:
    required = USER.extended(Extension(LIFT, required=True))
    refused = patched(STORED, (Op.REMOVE, "", ABSENT), resource_type=required)
    assert refused == ("mutability", f"{URN} is required and cannot be removed.")
    assert patched(STORED, (Op.REMOVE, "", ABSENT)) is None
    # It was not there before: the extension may have become required since.
    added = (Op.ADD, ":code", "A")
    assert patched(None, added, (Op.REMOVE, "", ABSENT), resource_type=required) is None
