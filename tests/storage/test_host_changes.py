"""What the host does with its own models is followed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flask_scim_teams.testing.samples import ENTERPRISE
from tests.conftest import ScimClient
from tests.storage.office import Office
from tests.storage.test_mapping import HOME
from tests.storage.test_mapping import WORK
from tests.storage.test_mapping import listed


def change(office: Office, id: str, **values: Any) -> None:
    """Change a user as the host's own pages do: through a session."""
    with office.session() as session:
        person = session.scalars(select(office.Person).filter_by(scim_id=id)).one()
        for name, value in values.items():
            setattr(person, name, value)
        session.commit()


def test_a_renamed_user_is_found_by_its_new_name(office: Office, at_office: ScimClient) -> None:
    ada = at_office.user("Ada", title="Countess", emails=[WORK, HOME])
    change(office, ada["id"], login="Ada.King")
    assert listed(at_office, 'userName eq "ada.king"') == [ada["id"]]
    assert listed(at_office, 'userName eq "ada"') == []
    found = at_office.get(f"/Users/{ada['id']}")
    assert found.headers["ETag"] != ada["meta"]["version"]
    after = found.get_json()
    assert after["userName"] == "Ada.King"
    assert after["meta"]["lastModified"] > ada["meta"]["lastModified"]
    assert after["meta"]["created"] == ada["meta"]["created"]
    # The rest is as it was.
    assert (after["title"], after["emails"]) == ("Countess", [WORK, HOME])
    assert listed(at_office, 'title eq "countess"') == [ada["id"]]
    # The name is taken now, and the old one is free.
    urn = "urn:ietf:params:scim:schemas:core:2.0:User"
    taken = at_office.post("/Users", {"schemas": [urn], "userName": "ADA.KING"})
    assert taken.status_code == 409
    at_office.user("ada")


def test_a_version_from_before_the_hosts_change_is_refused(
    office: Office, at_office: ScimClient
) -> None:
    ada = at_office.user("ada")
    change(office, ada["id"], last="King")
    operation = {"op": "replace", "path": "title", "value": "Countess"}
    headers = {"If-Match": ada["meta"]["version"]}
    refused = at_office.patch(f"/Users/{ada['id']}", operation, headers=headers)
    assert refused.status_code == 412


def test_every_mapped_column_is_followed(office: Office, at_office: ScimClient) -> None:
    ada = at_office.user("ada", name={"givenName": "Ada", "middleName": "B."}, emails=[HOME])
    change(
        office,
        ada["id"],
        first="Augusta",
        last="King",
        mail="ada@new.example",
        blocked=True,
        department="Études",
    )
    for filter in (
        'name.givenName eq "augusta"',
        'name.familyName eq "king"',
        'name.middleName eq "b."',
        'emails.value eq "ada@new.example"',
        'emails[type eq "home" and value eq "ada@new.example"]',
        "active eq false",
        f'{ENTERPRISE}:department eq "ÉTUDES"',
        f'schemas eq "{ENTERPRISE}"',
    ):
        assert listed(at_office, filter) == [ada["id"]], filter
    for filter in ('name.givenName eq "ada"', 'emails.value ew "home.example"', "active eq true"):
        assert listed(at_office, filter) == [], filter
    after = at_office.get(f"/Users/{ada['id']}").get_json()
    assert after["emails"] == [{"value": "ada@new.example", "type": "home"}]
    assert after["active"] is False
    assert ENTERPRISE in after["schemas"]
    change(office, ada["id"], last=None, mail=None, department=None)
    after = at_office.get(f"/Users/{ada['id']}").get_json()
    assert after["name"] == {"givenName": "Augusta", "middleName": "B."}
    assert "emails" not in after
    assert after["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:User"]
    assert listed(at_office, f"emails pr or {ENTERPRISE}:department pr") == []


def test_an_address_that_only_the_host_gave_is_a_value(
    office: Office, at_office: ScimClient
) -> None:
    ada = at_office.user("ada")
    change(office, ada["id"], mail="ada@host.example")
    after = at_office.get(f"/Users/{ada['id']}").get_json()
    assert after["emails"] == [{"value": "ada@host.example", "primary": True, "type": "work"}]
    found = listed(at_office, 'emails[type eq "work"].value eq "ada@host.example"')
    assert found == [ada["id"]]


def test_columns_that_are_not_mapped_change_nothing(office: Office, at_office: ScimClient) -> None:
    ada = at_office.user("ada", title="Countess")
    change(office, ada["id"], role="owner")
    assert at_office.get(f"/Users/{ada['id']}").get_json() == ada
    keys = office.keys(ada["id"])
    change(office, ada["id"], last=None)
    assert at_office.get(f"/Users/{ada['id']}").get_json() == ada
    assert office.keys(ada["id"]) == keys
    # And SCIM leaves them alone in turn.
    at_office.patch(f"/Users/{ada['id']}", {"op": "replace", "path": "title", "value": "x"})
    assert office.row(office.Person, login="ada")["role"] == "owner"


def test_two_changes_in_one_session(office: Office, at_office: ScimClient) -> None:
    ada, bob = at_office.user("ada"), at_office.user("bob")
    with office.session() as session:
        people = {p.scim_id: p for p in session.scalars(select(office.Person))}
        people[ada["id"]].login = "ada.king"
        people[bob["id"]].last = "Kahn"
        session.flush()
        people[ada["id"]].login = "ada.byron"
        session.commit()
        # Expired by the commit: what the listener needs has to be loaded again.
        people[bob["id"]].login = "rob"
        session.commit()
    assert listed(at_office, 'userName eq "ada.byron"') == [ada["id"]]
    assert listed(at_office, 'userName eq "rob" and name.familyName eq "kahn"') == [bob["id"]]
    assert listed(at_office, 'userName eq "ada.king" or userName eq "bob"') == []


def test_a_change_that_the_host_takes_back(office: Office, at_office: ScimClient) -> None:
    ada = at_office.user("ada", title="Countess")
    with office.session() as session:
        person = session.scalars(select(office.Person)).one()
        person.login = "other"
        session.flush()
        session.rollback()
    assert at_office.get(f"/Users/{ada['id']}").get_json() == ada
    assert listed(at_office, 'userName eq "ada" and title eq "countess"') == [ada["id"]]


def test_the_host_cannot_take_a_name_that_is_taken(office: Office, at_office: ScimClient) -> None:
    at_office.user("ada")
    bob = at_office.user("bob")
    with pytest.raises(IntegrityError):
        change(office, bob["id"], login="ADA")
    assert at_office.get(f"/Users/{bob['id']}").get_json() == bob


def test_the_hosts_own_people_are_its_own_to_change(office: Office, at_office: ScimClient) -> None:
    at_office.user("ada")
    local = office.hire("local")
    with office.session() as session:
        session.get(office.Person, local).login = "ada"
        session.commit()
    row = office.row(office.Person, pk=local)
    assert (row["login"], row["scim_user_name_key"], row["scim_version"]) == ("ada", None, None)


def test_a_renamed_team_is_followed(office: Office, at_office: ScimClient) -> None:
    ada = at_office.user("ada")
    blue = at_office.team("Blue", ada["id"])
    with office.session() as session:
        session.scalars(select(office.Squad)).one().title = "Azure"
        session.commit()
    assert listed(at_office, 'displayName eq "azure"', "/Groups") == [blue["id"]]
    assert listed(at_office, 'displayName eq "blue"', "/Groups") == []
    assert at_office.get(f"/Groups/{blue['id']}").headers["ETag"] != blue["meta"]["version"]
    groups = at_office.get(f"/Users/{ada['id']}").get_json()["groups"]
    assert [group["display"] for group in groups] == ["Azure"]


def test_what_the_host_deletes_leaves_no_keys(office: Office, at_office: ScimClient) -> None:
    ada = at_office.user("ada", title="Countess", emails=[WORK, HOME])
    bob = at_office.user("bob", title="Count")
    with office.session() as session:
        session.delete(session.scalars(select(office.Person).filter_by(login="ada")).one())
        session.commit()
    assert office.keys(ada["id"]) == 0
    assert office.keys(bob["id"]) > 0
    assert at_office.get(f"/Users/{ada['id']}").status_code == 404
    assert listed(at_office) == [bob["id"]]
    at_office.user("ada")


def test_reindexing_follows_sql_of_the_hosts_own(office: Office, at_office: ScimClient) -> None:
    ada, bob = at_office.user("ada", emails=[WORK]), at_office.user("bob", title="Count")
    blue = at_office.team("Blue")
    person, squad = office.Person.__table__, office.Squad.__table__
    keys = office.metadata.tables["scim_attribute_index"]
    with office.engine.begin() as connection:
        connection.execute(
            update(person)
            .where(person.c.login == "ada")
            .values(login="ada.king", last="King", mail="ada@new.example")
        )
        connection.execute(update(squad).values(title="Azure"))
        connection.execute(delete(keys))
    assert office.backend.reindex() == 3
    for filter, id in (
        ('name.familyName eq "king"', ada["id"]),
        ('emails.value eq "ada@new.example"', ada["id"]),
        ('title eq "count"', bob["id"]),
        ('userName eq "bob"', bob["id"]),
        ('userName eq "ada.king"', ada["id"]),
    ):
        assert listed(at_office, filter) == [id], filter
    assert listed(at_office, 'userName eq "ada"') == []
    assert listed(at_office, 'displayName eq "azure"', "/Groups") == [blue["id"]]


def test_a_change_through_an_object_that_is_out_of_date(
    office: Office, at_office: ScimClient
) -> None:
    ada = at_office.user("ada", title="Countess")
    with Session(office.engine, expire_on_commit=False) as session:
        person = session.scalars(select(office.Person)).one()
        session.commit()
        operation = {"op": "replace", "path": "title", "value": "Duchess"}
        changed = at_office.patch(f"/Users/{ada['id']}", operation).get_json()
        person.login = "ada.king"
        session.commit()
    after = at_office.get(f"/Users/{ada['id']}").get_json()
    assert (after["userName"], after["title"]) == ("ada.king", "Duchess")
    # Two states are two versions, and the keys are those of what is stored.
    assert after["meta"]["version"] != changed["meta"]["version"]
    assert listed(at_office, 'title eq "duchess"') == [ada["id"]]
    assert listed(at_office, 'title eq "countess"') == []
