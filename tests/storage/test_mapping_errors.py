"""A mapping that cannot work is refused when it is made, in words."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import Integer
from sqlalchemy import MetaData
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import UniqueConstraint
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.storage.sqlalchemy import JoinTable
from flask_scim_teams.storage.sqlalchemy import ProvisionedTeam
from flask_scim_teams.storage.sqlalchemy import ProvisionedUser
from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from flask_scim_teams.storage.sqlalchemy import TeamMapping
from flask_scim_teams.storage.sqlalchemy import UserMapping
from flask_scim_teams.storage.sqlalchemy import inverse
from flask_scim_teams.storage.sqlalchemy import one
from flask_scim_teams.testing.samples import ENTERPRISE


class Base(DeclarativeBase):
    pass


class Person(ProvisionedUser, Base):
    __tablename__ = "person"
    pk: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(200))
    title: Mapped[str | None] = mapped_column(String(100))
    age: Mapped[int | None]
    blocked: Mapped[bool | None]


class Squad(ProvisionedTeam, Base):
    __tablename__ = "squad"
    pk: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))


class Plain(Base):
    __tablename__ = "plain"
    pk: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(200))


class Pair(ProvisionedUser, Base):
    __tablename__ = "pair"
    one: Mapped[int] = mapped_column(primary_key=True)
    two: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(200))


class Natural(ProvisionedUser, Base):
    __tablename__ = "natural"
    pk: Mapped[str] = mapped_column(String(36), primary_key=True)
    login: Mapped[str] = mapped_column(String(200))


class Strict(ProvisionedUser, Base):
    __tablename__ = "strict"
    pk: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(10), default="en")
    theme: Mapped[str] = mapped_column(String(10), server_default=text("'dark'"))


def refusal(attributes: dict[str, Any], model: Any = Person, **named: Any) -> str:
    """Return the words in which a mapping is refused."""
    with pytest.raises(SetupError) as refused:
        UserMapping(model, attributes=attributes, **named)
    return str(refused.value)


@pytest.mark.parametrize(
    ("path", "given", "words"),
    [
        ("shoeSize", Person.title, "'shoeSize' is not in the User schema"),
        ("name.nose", Person.title, "'name.nose' is not in the User schema"),
        ("department", Person.title, "'department' is not in the User schema"),
        (ENTERPRISE, Person.title, "is not in the User schema"),
        (f"{ENTERPRISE}:shoeSize", Person.title, "is not in the User schema"),
        ('emails[type eq "work"]', Person.title, "is not an attribute path"),
        ("id", Person.title, "id is the server's"),
        ("externalId", Person.title, "externalId is the server's"),
        ("meta.created", Person.title, "meta.created is the server's"),
        ("groups", one(Person.title), "groups is the server's"),
        ("title", Squad.title, "squad.title belongs to another table"),
        ("active", inverse(Squad.title), "squad.title"),
        ("title", Person.login, "column login is mapped twice"),
        (
            "emails",
            Person.title,
            "emails has many values; map it to a JSON column, or its main one: one(title)",
        ),
        ("emails.value", Person.title, "emails.value has many values"),
        ("emails.value", one(Person.title), "no elements to choose one of"),
        ("displayName", one(Person.title), "displayName has no elements to choose one of"),
        ("name", Person.title, "name is complex; map its sub-attributes"),
        ("title", inverse(Person.blocked), "title is no boolean and has no inverse"),
        ("title", Person.age, "title is of type string; column person.age holds int"),
        ("active", Person.title, "active is of type boolean; column person.title holds str"),
        ("active", inverse(Person.age), "active is of type boolean; column person.age holds int"),
        ("emails", one(Person.blocked), "emails is of type string; column person.blocked"),
    ],
)
def test_an_attribute_that_does_not_fit(path: str, given: Any, words: str) -> None:
    assert words in refusal({"userName": Person.login, path: given})


def test_the_name_has_to_be_mapped() -> None:
    assert "userName has to be mapped to a column" in refusal({"title": Person.title})


def test_a_model_without_the_columns_of_the_protocol() -> None:
    words = refusal({"userName": Plain.login}, Plain)
    assert "the model has no column scim_id" in words
    assert "Add the mixin ProvisionedUser" in words
    with pytest.raises(SetupError, match="Add the mixin ProvisionedTeam"):
        TeamMapping(Plain, attributes={"displayName": Plain.login})


def test_a_column_of_the_protocol_has_to_compare_exactly() -> None:
    words = refusal({"userName": Person.login}, id=Person.title)
    assert "column title has to be ExactString" in words


def test_a_column_of_the_protocol_in_another_table() -> None:
    words = refusal({"userName": Person.login}, id=Squad.scim_id)
    assert "squad.scim_id belongs to another table" in words


@pytest.mark.parametrize("model", [object, str, Base, 7], ids=str)
def test_what_is_no_model(model: Any) -> None:
    with pytest.raises(SetupError, match=r"is not a? ?mapped"):
        UserMapping(model, attributes={"userName": Person.login})


def test_a_primary_key_of_two_columns() -> None:
    assert "a primary key of one column" in refusal({"userName": Pair.login}, Pair)


def test_a_primary_key_that_nothing_fills() -> None:
    assert "column pk" in refusal({"userName": Natural.login}, Natural)
    filled = {Natural.pk: lambda user: user.id}
    UserMapping(Natural, attributes={"userName": Natural.login}, defaults=filled)


def test_a_column_that_cannot_be_null_and_that_nothing_fills() -> None:
    words = refusal({"userName": Strict.login}, Strict)
    assert "column password_hash cannot be NULL and nothing fills it" in words
    unusable = {Strict.password_hash: "!"}
    UserMapping(Strict, attributes={"userName": Strict.login}, defaults=unusable)


# Association tables stand beside models of their own, so that no test sees another's table.
def host() -> tuple[Any, Any, MetaData]:
    class Own(DeclarativeBase):
        pass

    class OwnPerson(ProvisionedUser, Own):
        __tablename__ = "person"
        pk: Mapped[int] = mapped_column(primary_key=True)
        login: Mapped[str] = mapped_column(String(200))

    class OwnSquad(ProvisionedTeam, Own):
        __tablename__ = "squad"
        pk: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str] = mapped_column(String(200))

    return OwnPerson, OwnSquad, Own.metadata


def backend_over(person: Any, squad: Any, memberships: JoinTable) -> SQLAlchemyBackend:
    return SQLAlchemyBackend(
        None,  # type: ignore[arg-type]  # no database is needed to be refused
        users=UserMapping(person, attributes={"userName": person.login}),
        teams=TeamMapping(squad, attributes={"displayName": squad.title}),
        memberships=memberships,
    )


def seats(
    *constraints: Any, key: bool = False, swapped: bool = False, foreign: bool = True
) -> SQLAlchemyBackend:
    """Return a backend over an association table with or without what it needs."""
    person, squad, metadata = host()
    ends = [ForeignKey(squad.pk), ForeignKey(person.pk)] if foreign else [Integer(), Integer()]
    table = Table(
        "seat",
        metadata,
        Column("squad_pk", ends[0], primary_key=key, nullable=False),
        Column("person_pk", ends[1], primary_key=key, nullable=False),
        *constraints,
    )
    team, member = table.c.squad_pk, table.c.person_pk
    if swapped:
        team, member = member, team
    return backend_over(person, squad, JoinTable(table, team=team, member=member))


def test_association_tables_that_will_do() -> None:
    seats(key=True)
    seats(UniqueConstraint("squad_pk", "person_pk"))
    seats(Index("uq_seat", "person_pk", "squad_pk", unique=True))
    seats(Column("since", String(30)), Column("role", String(9), default="member"), key=True)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"constraints": ()}, "seat needs a primary key or unique constraint over"),
        ({"constraints": (Index("ix", "squad_pk", "person_pk"),)}, "seat needs a primary key or"),
        ({"constraints": (UniqueConstraint("squad_pk"),)}, "seat needs a primary key or unique"),
        ({"key": True, "foreign": False}, "seat.squad_pk needs a foreign key to squad.pk"),
        ({"key": True, "swapped": True}, "seat.person_pk needs a foreign key to squad.pk"),
    ],
)
def test_association_tables_that_will_not_do(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SetupError) as refused:
        seats(*given.pop("constraints", ()), **given)
    assert words in str(refused.value)


def test_an_association_table_with_a_column_that_nothing_fills() -> None:
    with pytest.raises(SetupError, match="column role cannot be NULL"):
        seats(Column("role", String(9), nullable=False), key=True)


def test_an_association_table_with_a_column_of_another_table() -> None:
    person, squad, metadata = host()
    table = Table(
        "seat",
        metadata,
        Column("squad_pk", ForeignKey(squad.pk), primary_key=True),
        Column("person_pk", ForeignKey(person.pk), primary_key=True),
    )
    elsewhere = JoinTable(table, team=squad.__table__.c.pk, member=table.c.person_pk)
    with pytest.raises(SetupError, match=r"column squad\.pk belongs to another table"):
        backend_over(person, squad, elsewhere)


def test_users_and_teams_in_two_databases() -> None:
    person, _, metadata = host()
    _, squad, _ = host()
    table = Table(
        "seat",
        metadata,
        Column("squad_pk", ForeignKey(squad.pk), primary_key=True),
        Column("person_pk", ForeignKey(person.pk), primary_key=True),
    )
    with pytest.raises(SetupError, match="one MetaData"):
        backend_over(person, squad, JoinTable(table, team=table.c[0], member=table.c[1]))
