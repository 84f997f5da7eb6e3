from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from examples.gateway.models import ApiKey
from examples.gateway.models import db


def test_key_create_prints_the_key_and_nothing_else(
    gateway: Flask, run: Callable[..., str]
) -> None:
    run("user", "create", "alice")
    result = gateway.test_cli_runner().invoke(args=["key", "create", "alice"])
    assert result.exit_code == 0
    assert re.fullmatch(r"gw-[\w-]{43}\n", result.stdout)
    assert result.stderr == ""


def test_the_database_holds_no_key(gateway: Flask, key: str) -> None:
    with gateway.app_context():
        kept = db.session.scalars(select(ApiKey)).one()
        assert kept.digest != key
        assert kept.prefix == key[:8]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["key", "create", "nobody"], "there is no user 'nobody'"),
        (["key", "create", "alice", "--team", "Nowhere"], "there is no team 'Nowhere'"),
        (["key", "create", "alice", "--team", "Twins"], "there are 2 teams 'Twins'"),
        (
            ["key", "create", "alice", "--team", "Others"],
            "'alice' is not a member of team 'Others'",
        ),
        (["user", "create", "alice"], "there is a user 'alice' already"),
        (["user", "create", " "], "a user name has 1 to 255 characters"),
        (["user", "create", "a" * 256], "a user name has 1 to 255 characters"),
        (["team", "create", ""], "a team's name has 1 to 255 characters"),
        (["team", "add", "Others", "nobody"], "there is no user 'nobody'"),
        (["team", "budget", "Nowhere", "5"], "there is no team 'Nowhere'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    gateway: Flask, run: Callable[..., str], arguments: list[str], complaint: str
) -> None:
    run("user", "create", "alice")
    for name in ("Others", "Twins", "Twins"):
        run("team", "create", name)
    result = gateway.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == f"Error: {complaint}\n"


def test_teams_are_listed_with_members_and_budgets(run: Callable[..., str]) -> None:
    run("user", "create", "bob")
    run("user", "create", "alice")
    run("team", "create", "Research", "--budget", "1200")
    run("team", "create", "Empty")
    for _ in range(2):
        run("team", "add", "Research", "bob")
    run("team", "add", "Research", "alice")
    assert run("team", "list").splitlines() == [
        "TEAM         BUDGET    SPENT  MEMBERS",
        "Empty        $50.00  $0.0000  -",
        "Research  $1,200.00  $0.0000  alice, bob",
    ]
