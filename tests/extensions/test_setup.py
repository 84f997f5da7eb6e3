"""What is wrong with a declaration is said, in words, before the first request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import JSON
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import Double
from sqlalchemy import ForeignKey
from sqlalchemy import Integer
from sqlalchemy import MetaData
from sqlalchemy import Numeric
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from flask_scim_teams import SetupError
from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.definitions import GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.definitions.common import COMMON
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.core.schemas import Extension
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema
from flask_scim_teams.storage.sqlalchemy import JoinTable
from flask_scim_teams.storage.sqlalchemy import ProvisionedResource
from flask_scim_teams.storage.sqlalchemy import ProvisionedTeam
from flask_scim_teams.storage.sqlalchemy import ProvisionedUser
from flask_scim_teams.storage.sqlalchemy import ResourceMapping
from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from flask_scim_teams.storage.sqlalchemy import TeamMapping
from flask_scim_teams.storage.sqlalchemy import UserMapping
from flask_scim_teams.storage.sqlalchemy import converted
from flask_scim_teams.storage.sqlalchemy import inverse
from flask_scim_teams.storage.sqlalchemy import one
from tests.extensions.declarations import BADGE
from tests.extensions.declarations import DEVICE
from tests.extensions.declarations import ROOM
from tests.extensions.declarations import SURVEY


def refusal(act: Callable[[], Any]) -> str:
    """Return the words that the set-up ends with."""
    with pytest.raises(SetupError) as caught:
        act()
    return str(caught.value)


def schema(*attributes: Attribute, id: str = "urn:example:Thing") -> Schema:
    return Schema(id=id, name="Thing", attributes=attributes)


def thing(*attributes: Attribute, **given: Any) -> ResourceType:
    """Return a resource type with those attributes."""
    parts: dict[str, Any] = {"name": "Thing", "endpoint": "/Things", "common": COMMON}
    return ResourceType(**{**parts, "schema": schema(*attributes), **given})


UNIQUE = Uniqueness.SERVER
A, B = Attribute(name="a"), Attribute(name="b")


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: Attribute(name="a b"), "'a b' is not an attribute name"),
        (lambda: Attribute(name="a", type=Type.COMPLEX), "sub-attributes belong to type complex"),
        (lambda: Attribute(name="a", sub_attributes=(B,)), "sub-attributes belong to type complex"),
        (
            lambda: Attribute(
                name="a",
                type=Type.COMPLEX,
                sub_attributes=(Attribute(name="b", type=Type.COMPLEX, sub_attributes=(A,)),),
            ),
            "a.b: a complex attribute cannot hold another",
        ),
        (
            lambda: Attribute(name="a", type=Type.COMPLEX, sub_attributes=(B, Attribute(name="B"))),
            "two sub-attributes of one name",
        ),
        (lambda: Attribute(name="a", mutability=Mutability.WRITE_ONLY), "writeOnly is returned"),
        (lambda: schema(A, id="thing"), "'thing' is no URN"),
        (lambda: schema(A, id="urn:example:a b"), "is no URN"),
        (lambda: schema(A, Attribute(name="A")), "declares two attributes of one name"),
        (lambda: thing(A, endpoint="Things"), "'Things' is no endpoint such as /Devices"),
        (lambda: thing(A, endpoint="/a/b"), "is no endpoint"),
        (lambda: thing(Attribute(name="ID")), "ID is an attribute of every type"),
        (lambda: thing(A, extensions=(Extension(schema(B)),)), "two schemas of one URN"),
        (lambda: USER.extended(BADGE, BADGE), "User has two schemas of one URN"),
        (
            lambda: thing(
                Attribute(name="a", uniqueness=UNIQUE), Attribute(name="b", uniqueness=UNIQUE)
            ),
            "one string of the base schema can be unique",
        ),
        (
            lambda: thing(Attribute(name="a", type=Type.INTEGER, uniqueness=UNIQUE)),
            "one string of the base schema can be unique",
        ),
        (
            lambda: USER.extended(schema(Attribute(name="a", uniqueness=UNIQUE))),
            "User: one string of the base schema can be unique",
        ),
        (
            lambda: thing(
                Attribute(
                    name="a",
                    type=Type.COMPLEX,
                    sub_attributes=(Attribute(name="b", uniqueness=UNIQUE),),
                )
            ),
            "one string of the base schema can be unique",
        ),
    ],
)
def test_declarations(act: Callable[[], Any], words: str) -> None:
    assert words in refusal(act)


@pytest.mark.parametrize(
    ("types", "words"),
    [
        ({"user": GROUP}, "Users are of the type User"),
        ({"group": DEVICE}, "teams of the type Group"),
        ({"others": (DEVICE, DEVICE)}, "have one name: user, group, device, device"),
        ({"others": (thing(A, name="user"),)}, "have one name"),
        ({"others": (thing(A, endpoint="/users"),)}, "have one endpoint"),
        ({"others": (DEVICE, replace(ROOM, schema=DEVICE.schema))}, "have one schema"),
        *(
            ({"others": (thing(A, endpoint=path),)}, f"Thing: the path {path} is the protocol's")
            for path in ("/Bulk", "/Me", "/Schemas", "/resourceTypes", "/ServiceProviderConfig")
        ),
        (
            {"user": USER.extended(schema(A)), "group": GROUP.extended(schema(B))},
            "Two schemas are called urn:example:Thing, and are not the same",
        ),
        (
            {"user": USER.extended(schema(A, id="urn:example:THING")), "others": (thing(B),)},
            "and are not the same",
        ),
    ],
)
def test_types_that_are_in_one_anothers_way(types: dict[str, Any], words: str) -> None:
    assert words in refusal(lambda: ResourceTypes(**types))


def test_one_schema_may_extend_several_types() -> None:
    types = ResourceTypes(user=USER.extended(BADGE), group=GROUP.extended(BADGE))
    assert [one.id for one in types.schemas()].count(BADGE.id) == 1


class Base(DeclarativeBase):
    pass


class Person(ProvisionedUser, Base):
    __tablename__ = "person"
    pk: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str]
    text: Mapped[str | None]
    number: Mapped[int | None] = mapped_column(Integer)
    real: Mapped[float | None] = mapped_column(Double)
    exact: Mapped[Any] = mapped_column(Numeric(10, 2), nullable=True)
    flag: Mapped[bool | None] = mapped_column(Boolean)
    json: Mapped[Any] = mapped_column(JSON, nullable=True)


class Squad(ProvisionedTeam, Base):
    __tablename__ = "squad"
    pk: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


class Machine(ProvisionedResource, Base):
    __tablename__ = "machine"
    pk: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Bare(Base):
    __tablename__ = "bare"
    pk: Mapped[int] = mapped_column(primary_key=True)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("level", Person.text, "level is of type integer; column person.text holds str"),
        ("level", Person.flag, "level is of type integer; column person.flag holds bool"),
        ("level", Person.real, "level is of type integer; column person.real holds float"),
        ("height", Person.number, "height is of type decimal; column person.number holds int"),
        ("height", Person.flag, "height is of type decimal; column person.flag holds bool"),
        ("height", Person.exact, "height is of type decimal; column person.exact holds Decimal"),
        ("parking", Person.number, "parking is of type boolean; column person.number holds int"),
        ("level", inverse(Person.flag), "level is no boolean and has no inverse"),
        ("seat", Person.json, "seat is complex; map its sub-attributes"),
        ("seat.desk", Person.text, "seat.desk is of type integer"),
        ("seat.nothing", Person.text, "is not in the User schema"),
        ("nothing", Person.text, "is not in the User schema"),
        ("keys", Person.text, "map it to a JSON column, or its main one: one(text)"),
        ("keys.value", Person.json, "keys.value has many values; map it to a JSON column"),
        ("scores", Person.number, "scores has many values; map it to a JSON column."),
        ("scores", one(Person.number), "scores has no sub-attribute value"),
        ("level", one(Person.number), "level has no elements to choose one of"),
        ("keys", one(Person.number), "keys is of type string; column person.number holds int"),
        ("lastSeen", Person.text, "lastSeen is the server's"),
    ],
)
def test_extensions_that_do_not_fit_their_columns(name: str, given: Any, words: str) -> None:
    attributes = {"userName": Person.login, f"{SURVEY.id}:{name}": given}
    said = refusal(lambda: UserMapping(Person, extensions=[SURVEY], attributes=attributes))
    assert said.startswith("UserMapping(Person): ") or SURVEY.id in said
    assert words in said


def test_a_column_is_mapped_in_ones_own_words() -> None:
    """A converted column is of whatever type the host has it in."""
    amount = converted(Person.exact, read=float, write=str)
    attributes = {"userName": Person.login, f"{SURVEY.id}:height": amount}
    UserMapping(Person, extensions=[SURVEY], attributes=attributes)


def test_an_extension_is_declared_before_it_is_mapped() -> None:
    attributes = {"userName": Person.login, f"{BADGE.id}:number": Person.text}
    said = refusal(lambda: UserMapping(Person, attributes=attributes))
    assert f"'{BADGE.id}:number' is not in the User schema" in said


def test_a_path_that_is_too_long_to_be_searched_by() -> None:
    long = schema(A, id=f"urn:example:{'x' * 150}")
    attributes = {"userName": Person.login}
    said = refusal(lambda: UserMapping(Person, extensions=[long], attributes=attributes))
    assert "is longer than the 160 characters" in said


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: ResourceMapping(Bare, type=DEVICE, attributes={}), "Add the mixin Provisioned"),
        (
            lambda: ResourceMapping(Machine, type=DEVICE, attributes={}),
            "column name cannot be NULL and nothing fills it",
        ),
        (
            lambda: ResourceMapping(Machine, type=DEVICE, attributes={"id": Machine.name}),
            "id is the server's",
        ),
        (
            lambda: ResourceMapping(Machine, type=DEVICE, attributes={"name": Person.text}),
            "column person.text belongs to another table",
        ),
        (
            lambda: ResourceMapping(Machine, type=DEVICE, attributes={"title": Machine.name}),
            "'title' is not in the Device schema",
        ),
    ],
)
def test_mappings_of_types_of_ones_own(act: Callable[[], Any], words: str) -> None:
    assert words in refusal(act)


def nesting(*columns: Column[Any], **options: Any) -> JoinTable:
    """Return a table of teams in teams with those columns."""
    table = Table("nested", MetaData(), *columns, **options)
    return JoinTable(table, team=table.c[0], member=table.c[1])


@pytest.mark.parametrize(
    ("nested", "words"),
    [
        (
            nesting(Column("outer", Integer, primary_key=True), Column("inner", Integer)),
            "nested.outer needs a foreign key to squad.pk",
        ),
        (
            nesting(Column("outer", ForeignKey(Squad.pk)), Column("inner", ForeignKey(Person.pk))),
            "nested.inner needs a foreign key to squad.pk",
        ),
        (
            nesting(Column("outer", ForeignKey(Squad.pk)), Column("inner", ForeignKey(Squad.pk))),
            "needs a primary key or unique constraint over outer and inner",
        ),
        (
            nesting(
                Column("outer", ForeignKey(Squad.pk), primary_key=True),
                Column("inner", ForeignKey(Squad.pk), primary_key=True),
                Column("why", String(10), nullable=False),
            ),
            "column why cannot be NULL and nothing fills it",
        ),
    ],
)
def test_tables_that_cannot_hold_teams_in_teams(nested: JoinTable, words: str) -> None:
    attributes = {"displayName": Squad.title}
    said = refusal(lambda: TeamMapping(Squad, attributes=attributes, nested=nested))
    assert words in said


def test_everything_is_in_one_database() -> None:
    class Elsewhere(DeclarativeBase):
        pass

    class Robot(ProvisionedResource, Elsewhere):
        __tablename__ = "robot"
        pk: Mapped[int] = mapped_column(primary_key=True)

    seats = Table(
        "seats",
        Base.metadata,
        Column("squad", ForeignKey(Squad.pk), primary_key=True),
        Column("person", ForeignKey(Person.pk), primary_key=True),
    )

    class Nowhere:
        engine: Any = None

    def backend() -> SQLAlchemyBackend:
        return SQLAlchemyBackend(
            Nowhere(),
            users=UserMapping(Person, attributes={"userName": Person.login}),
            teams=TeamMapping(Squad, attributes={"displayName": Squad.title}),
            memberships=JoinTable(seats, team=seats.c.squad, member=seats.c.person),
            others=[ResourceMapping(Robot, type=ROOM, attributes={})],
        )

    assert "in one database" in refusal(backend)


def test_what_is_write_only_is_returned_never() -> None:
    """The one pair of characteristics that goes together is accepted."""
    Attribute(name="pin", mutability=Mutability.WRITE_ONLY, returned=Returned.NEVER)
