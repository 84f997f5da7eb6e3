"""SCIM's data types, those too that no attribute of a User has."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.values import UNASSIGNED
from flask_scim_teams.core.values import accept

ACCEPTED: list[tuple[Type, Any, Any]] = [
    (Type.STRING, "x", "x"),
    (Type.STRING, "", ""),
    (Type.BOOLEAN, True, True),
    (Type.INTEGER, 5, 5),
    (Type.INTEGER, -(10**30), -(10**30)),
    (Type.DECIMAL, 5, 5),
    (Type.DECIMAL, 10**400, 10**400),
    (Type.DECIMAL, 1.5, 1.5),
    (Type.DATE_TIME, "2024-01-01T12:00:00.123456789+02:00", "2024-01-01T12:00:00.123456789+02:00"),
    (Type.DATE_TIME, "2024-01-01T12:00:00", "2024-01-01T12:00:00"),
    (Type.BINARY, "QUJD", "QUJD"),
    (Type.BINARY, "QUI", "QUI"),
    (Type.BINARY, "", ""),
    (Type.REFERENCE, "https://example.com/ü?a=b#c", "https://example.com/ü?a=b#c"),
    (Type.REFERENCE, "../Users/1", "../Users/1"),
    *((type, None, UNASSIGNED) for type in Type if type is not Type.COMPLEX),
]


@pytest.mark.requirement("R006", "R007", "R008", "R009", "R010", "R011", "R021")
@pytest.mark.parametrize(("type", "value", "expected"), ACCEPTED)
def test_accepted(type: Type, value: Any, expected: Any) -> None:
    accepted = accept(Attribute(name="a", type=type), value)
    assert accepted == expected
    assert accepted.__class__ is expected.__class__


REFUSED: list[tuple[Type, Any]] = [
    *(
        (Type.STRING, value)
        for value in (
            5,
            True,
            1.5,
            {"a": "b"},
            ["a", "b"],
            ["a"],
            [],
            {"value": "x"},
            "a\x00b",
            "x" * 4097,
        )
    ),
    *((Type.BOOLEAN, value) for value in (0, 1, "true", "", 1.0, {"a": True})),
    *((Type.INTEGER, value) for value in (1.0, 1.5, 1e3, "5", True, "x", float("inf"))),
    *((Type.DECIMAL, value) for value in ("1.5", True, float("nan"), float("inf"))),
    *((Type.DATE_TIME, value) for value in ("2024-01-01", "", "yesterday", 5, True)),
    *((Type.BINARY, value) for value in ("&", "A", "QUJ-", "QU JD", "QUJD\n", "QUJD====", 5, "é")),
    *((Type.REFERENCE, value) for value in ("a b", "<x>", 'a"b', "a\nb", "a\\b", "{x}", 5, " ")),
]


@pytest.mark.requirement("R008", "R009", "R010", "R011", "R094")
@pytest.mark.parametrize(("type", "value"), REFUSED)
def test_refused(type: Type, value: Any) -> None:
    with pytest.raises(InvalidValue, match=r"^path\.a ") as caught:
        accept(Attribute(name="a", type=type), value, "path.a")
    assert caught.value.attribute == "path.a"
    assert len(caught.value.detail) < 200


@pytest.mark.requirement("R004", "R010", "R011")
def test_defaults_of_an_attribute() -> None:
    attribute = Attribute(name="a")
    assert attribute.type is Type.STRING
    assert (attribute.multi_valued, attribute.required, attribute.case_exact) == (False,) * 3
    assert attribute.mutability is Mutability.READ_WRITE
    assert attribute.returned is Returned.DEFAULT
    assert attribute.uniqueness is Uniqueness.NONE
    assert attribute.canonical_values == ()
    assert Attribute(name="a", type=Type.BINARY).compares_case
    assert Attribute(name="a", type=Type.REFERENCE).compares_case


@pytest.mark.requirement("R003")
@pytest.mark.parametrize(
    "name", ["", "1a", "a b", "a.b", "a:b", "é", "_a", "$a", "a\n", "-a", "$refs"]
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(SetupError, match="attribute name"):
        Attribute(name=name)


@pytest.mark.parametrize("name", ["a", "A9-_$", "$ref", "x509Certificates"])
def test_names_that_will_do(name: str) -> None:
    assert Attribute(name=name).name == name


@pytest.mark.requirement("R015")
def test_complex_attributes_do_not_nest() -> None:
    inner = Attribute(name="b", type=Type.COMPLEX, sub_attributes=(Attribute(name="c"),))
    with pytest.raises(SetupError, match="cannot hold"):
        Attribute(name="a", type=Type.COMPLEX, sub_attributes=(inner,))
    with pytest.raises(SetupError, match="complex"):
        Attribute(name="a", sub_attributes=(Attribute(name="c"),))
    with pytest.raises(SetupError, match="two sub-attributes"):
        Attribute(
            name="a", type=Type.COMPLEX, sub_attributes=(Attribute(name="c"), Attribute(name="C"))
        )
