"""``flask scim log``."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import TraceStep
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.testing.samples import id_of

FORMULAS = ("=1+1", "+1", "-1", "@sum", "\tx", "\rx", " =1")
TRACE = (
    TraceStep(check="token", outcome="passed", words="It is good."),
    TraceStep(check="values", outcome="failed", words="It is \x1b[31mtaken.", remedy="Rename it."),
)


@pytest.fixture
def scim() -> ScimTeams:
    return ScimTeams(MemoryBackend())


@pytest.fixture
def host(scim: ScimTeams) -> Flask:
    """A host with an old change of no connection, and refusals of two connections."""
    host = Flask("host")
    host.config["SECRET_KEY"] = "a key of the commands' tests, long enough to sign with"
    scim.init_app(host)
    with host.app_context():
        entra, okta = (scim.connections.create(name) for name in ("Entra", "Okta"))
    today, before = now(), shifted(now(), timedelta(days=-200))
    entries = [LogEntry(id=id_of(1), at=before, action="created user", after={"active": True})]
    entries += [
        LogEntry(
            id=id_of(2 + number),
            at=today,
            connection_id=(okta if number else entra).id,
            method="POST",
            action="tried to create user",
            resource_name=name,
            status=409,
            detail="Taken.",
            trace=TRACE,
        )
        for number, name in enumerate(FORMULAS)
    ]
    with scim._backend.begin(HOST, write=True) as work:
        for entry in entries:
            work.log.add(entry)
        work.commit()
    return host


def run(host: Flask, *arguments: str) -> Result:
    return host.test_cli_runner().invoke(args=["scim", "log", *arguments])


def listed(host: Flask, *arguments: str) -> list[int]:
    """Return the numbers of the entries that are listed."""
    result = run(host, "list", "--json", *arguments)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return [int(one["id"][-12:], 16) for one in found]


def test_list(host: Flask) -> None:
    assert listed(host) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert listed(host, "--connection", "Entra") == [2]
    assert listed(host, "--refused") == [8, 7, 6, 5, 4, 3, 2]
    assert listed(host, "--text", "CREATED") == [1]
    assert listed(host, "--since", "1d") == [8, 7, 6, 5, 4, 3, 2]
    assert listed(host, "--since", now()[:10], "--text", "@") == [5]
    assert listed(host, "--since", "9999-01-01") == []
    assert listed(host, "--count", "2", "--before", id_of(4)) == [3, 2]


def test_list_as_a_table(host: Flask) -> None:
    result = run(host, "list", "--count", "2")
    head, first, second = result.stdout.splitlines()
    assert head.split() == ["ID", "AT", "CONNECTION", "STATUS", "ACTION", "RESOURCE", "DETAIL"]
    assert first.startswith(id_of(8))
    assert "tried to create user" in second
    assert "?x" in second
    assert f"--before {id_of(7)}" in result.stderr


def test_what_cannot_be_listed(host: Flask) -> None:
    for arguments, words in (
        (("--connection", "Okto"), "'Entra', 'Okta'"),
        (("--since", "yesterday"), "no duration"),
    ):
        result = run(host, "list", *arguments)
        assert result.exit_code != 0
        assert words in result.stderr


def test_show(host: Flask) -> None:
    shown = run(host, "show", id_of(2)).stdout
    assert "connection: Entra" in shown
    assert "failed: values: It is ?[31mtaken." in shown
    assert "what to do: Rename it." in shown
    document = json.loads(run(host, "show", id_of(2), "--json").stdout)
    assert document["trace"][1]["remedy"] == "Rename it."
    assert document["outcome"] == "refused"
    unknown = run(host, "show", id_of(99))
    assert unknown.exit_code == 1
    assert id_of(99) in unknown.stderr


def test_purge(host: Flask) -> None:
    assert json.loads(run(host, "purge", "--older-than", "201d", "--json").stdout) == {"removed": 0}
    assert "Removed 1 " in run(host, "purge").stderr
    assert listed(host) == [8, 7, 6, 5, 4, 3, 2]


def test_export_as_a_table_without_formulas(host: Flask) -> None:
    text = run(host, "export").stdout_bytes.decode()
    rows = list(csv.DictReader(StringIO(text, newline="")))
    assert [row["resource_name"] for row in rows] == [*(f"'{f}" for f in FORMULAS[::-1]), ""]
    assert [row["connection"] for row in rows] == ["Okta"] * 6 + ["Entra", ""]
    assert rows[-1]["after"] == '{"active": true}'


def test_export_as_json_lines(host: Flask) -> None:
    lines = run(host, "export", "--format", "json", "--connection", "Okta").stdout.splitlines()
    names = [json.loads(line)["resource_name"] for line in lines]
    assert names == list(FORMULAS[:0:-1])
