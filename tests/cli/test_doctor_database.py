"""``flask scim doctor`` on databases that lack something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column
from sqlalchemy import ForeignKey
from sqlalchemy import MetaData
from sqlalchemy import Table
from sqlalchemy import create_engine
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from flask_scim_teams.storage.sqlalchemy import JoinTable
from flask_scim_teams.storage.sqlalchemy import ProvisionedTeam
from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend
from flask_scim_teams.storage.sqlalchemy import TeamMapping
from flask_scim_teams.storage.sqlalchemy import transaction
from tests.cli.doctored import findings
from tests.cli.doctored import opened
from tests.cli.doctored import over
from tests.cli.doctored import ready
from tests.cli.doctored import run
from tests.databases import KINDS
from tests.databases import close
from tests.databases import fresh_database
from tests.dumps import dump
from tests.hosts import Database
from tests.hosts import own_models


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with fresh_database(request.param, tmp_path) as url:
        yield url


def test_a_database_that_is_well_and_stays_as_it_is(url: str) -> None:
    with opened(url) as engine:
        app, metadata, storage = ready(engine)
        metadata.create_all(engine)
        runner = app.test_cli_runner()
        runner.invoke(args=["scim", "token", "create", "--label", "Entra"])
        before = dump(storage)
        result = runner.invoke(args=["scim", "doctor", "--write", "--fail-on", "warning"])
        assert (result.exit_code, result.stdout) == (0, ""), result.output
        after = dump(storage)
        tokens = after.pop("scim_token")
        assert {**after, "scim_token": before["scim_token"]} == before
        # The test's token stays as what it is: revoked.
        assert len(tokens) == len(before["scim_token"]) + 1


def test_everything_is_missing(url: str) -> None:
    with opened(url) as engine:
        app, metadata, _ = ready(engine)
        found = findings(app, "--no-connection-test")
        missing = {words for _, _, words in found if words.endswith("is missing.")}
        assert missing == {f"The table {name} is missing." for name in metadata.tables}


def test_much_is_missing_and_all_of_it_is_named(url: str) -> None:
    with opened(url) as engine:
        app, metadata, _ = ready(engine)
        otherwise = MetaData()
        for table in metadata.sorted_tables:
            table.to_metadata(otherwise)
        user, team, keys, connection = (
            otherwise.tables[f"scim_{name}"]
            for name in ("user", "team", "attribute_index", "connection")
        )
        take_unique(user, "scim_unique")
        take_unique(team, "scim_id")
        take_unique(connection, "name")
        take_index(user, "scim_user_name_key")
        take_index(user, "scim_tenant", "scim_id")
        take_index(keys, "path", "head", "resource_id")
        user.c.scim_external_id.nullable = False
        otherwise.create_all(engine)
        run(
            engine,
            "DROP TABLE scim_team_nesting",
            "ALTER TABLE scim_team DROP COLUMN scim_document",
            "ALTER TABLE scim_token DROP COLUMN label",
        )
        found = {
            (name, outcome, words.partition(":")[0])
            for name, outcome, words in findings(app, "--no-connection-test")
            if name.startswith("scim_")
        }
        assert found == {
            ("scim_user", "failure", "Nothing keeps scim_user.scim_unique unique"),
            ("scim_team", "failure", "Nothing keeps scim_team.scim_id unique"),
            ("scim_connection", "failure", "Nothing keeps scim_connection.name unique"),
            ("scim_user", "warning", without_index("scim_user", "scim_user_name_key")),
            ("scim_user", "warning", without_index("scim_user", "scim_tenant, scim_id")),
            (
                *("scim_attribute_index", "warning"),
                without_index("scim_attribute_index", "path, head, resource_id"),
            ),
            (
                *("scim_user", "failure"),
                "The column scim_user.scim_external_id cannot be NULL, and has to be able to.",
            ),
            ("scim_team_nesting", "failure", "The table scim_team_nesting is missing."),
            ("scim_team", "failure", "The column scim_team.scim_document is missing."),
            ("scim_token", "failure", "The column scim_token.label is missing."),
        }


def take_unique(table: Table, column: str) -> None:
    constraints = table.constraints
    constraints -= {one for one in constraints if [*one.columns.keys()] == [column]}


def take_index(table: Table, *columns: str) -> None:
    indexes = table.indexes
    indexes -= {one for one in indexes if tuple(one.columns.keys()) == columns}


def without_index(table: str, columns: str) -> str:
    return f"{table} has no index that begins with {columns}"


def test_an_association_table_that_is_looked_up_from_one_end_alone(tmp_path: Path) -> None:
    with fresh_database("sqlite", tmp_path) as url, opened(url) as engine:
        base, _, _, backend = own_models(engine)
        base.metadata.create_all(engine)
        [(name, outcome, words)] = findings(over(backend))
        assert (name, outcome) == ("seat", "warning")
        assert "begins with person_pk" in words


def test_a_sqlite_file_whose_foreign_keys_nobody_looks_after(tmp_path: Path) -> None:
    with fresh_database("sqlite", tmp_path) as url:
        engine = create_engine(url)
        app, metadata, _ = ready(engine)
        metadata.create_all(engine)
        [(name, outcome, words)] = findings(app)
        assert (name, outcome) == ("foreign keys", "warning")
        assert "does not enforce" in words
        run(engine, "INSERT INTO scim_membership VALUES (1, 2)")
        close(engine)
        with opened(url) as looked_after:
            app, _, _ = ready(looked_after)
            [(name, outcome, words)] = findings(app)
        assert (name, outcome) == ("scim_membership", "failure")
        assert words.startswith("2 references of scim_membership are to rows that are gone")


def test_a_sqlite_file_that_somebody_keeps_from_its_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "SQLITE_BUSY_TIMEOUT", 0)
    impatient = {"connect_args": {"timeout": 0}}
    with (
        fresh_database("sqlite", tmp_path) as url,
        opened(url, **impatient) as engine,
        opened(url) as other,
    ):
        app, metadata, _ = ready(engine)
        metadata.create_all(engine)
        with other.connect() as reader:
            reader.exec_driver_sql("BEGIN")
            reader.exec_driver_sql("SELECT count(*) FROM scim_user").scalar()
            [(name, outcome, words)] = findings(app, "--no-connection-test")
        assert (name, outcome) == ("journal", "warning")
        assert "journal mode of the SQLite file is delete" in words


def test_a_clock_that_is_behind(tmp_path: Path) -> None:
    with fresh_database("sqlite", tmp_path) as url, opened(url) as engine:
        app, metadata, _ = ready(engine)
        metadata.create_all(engine)

        @event.listens_for(engine, "connect")
        def _stop(connection: Any, _record: object) -> None:
            connection.create_function("strftime", 2, lambda *_: "2026-01-01T00:00:00.000")

        close(engine)
        [(name, outcome, words)] = findings(app)
        assert (name, outcome) == ("Clock", "failure")
        assert "s behind this machine" in words


def test_names_that_may_repeat_and_a_constraint_that_does_not_let_them(tmp_path: Path) -> None:
    with fresh_database("sqlite", tmp_path) as url, opened(url) as engine:
        _, _, _, backend = own_models(engine)
        metadata = backend.users.mapping.table.metadata

        class Base(DeclarativeBase):
            pass

        Base.metadata = metadata

        class Crew(ProvisionedTeam, Base):
            __tablename__ = "crew"
            pk: Mapped[int] = mapped_column(primary_key=True)
            title: Mapped[str] = mapped_column(unique=True)

        person = backend.users.mapping
        berths = Table(
            "berth",
            metadata,
            Column("crew", ForeignKey(Crew.pk), primary_key=True),
            Column("person", ForeignKey(person.primary_key), primary_key=True, index=True),
        )
        crews = SQLAlchemyBackend(
            Database(engine, Base, metadata),
            users=person,  # type: ignore[arg-type]
            teams=TeamMapping(Crew, attributes={"displayName": Crew.title}),
            memberships=JoinTable(berths, team=berths.c.crew, member=berths.c.person),
        )
        metadata.create_all(engine)
        app = over(crews)
        runner = app.test_cli_runner()
        runner.invoke(args=["scim", "connection", "create", "Keycloak", "--repeated-team-names"])
        found = [one for one in findings(app) if one[0] == "Abilities"]
        assert [outcome for _, outcome, _ in found] == ["failure"]
        assert "'Keycloak' may have one name" in found[0][2]
