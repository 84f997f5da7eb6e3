"""A real identity provider provisions the example gateway over HTTP.

Nothing is replayed: Canaille's own code notices each change in its directory and decides what to
send. After each step the gateway's tables must hold what Canaille says its directory holds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway import Account
from tests.gateway import Contents
from tests.gateway import Gateway
from tests.gateway import Team
from tests.idp.canaille import ADMINISTRATOR
from tests.idp.canaille import Canaille
from tests.idp.canaille import installed_python
from tests.idp.canaille import provisioned
from tests.processes import eventually

pytestmark = pytest.mark.idp

SHOWN = 20_000  # characters of each log that are shown when a test fails


class Pair:
    """The identity provider and the gateway it provisions."""

    def __init__(self, canaille: Canaille, gateway: Gateway) -> None:
        self.canaille = canaille
        self.gateway = gateway
        self.logs = (canaille.log, gateway.log)

    def begin(self) -> None:
        """Take what was logged so far as no part of this test."""
        for log in self.logs:
            log.mark()

    def in_step(self) -> Contents:
        """Assert that the gateway has followed without a complaint; return what both now hold."""
        directory = self.canaille.contents()
        held = eventually(self.gateway.contents, directory)
        # What went wrong says more than what is missing because of it, so it comes first.
        assert [request for request in self.gateway.requests() if request.status >= 400] == []
        assert self.canaille.complaints() == []
        assert held.accounts == directory.accounts
        assert held.teams == directory.teams
        return directory

    def pushed(self) -> list[str]:
        """Return the writes of this test as ``PUT /Users``, without ids."""
        return [
            f"{request.method} /{request.path.split('/')[1]}"
            for request in self.gateway.requests()
            if request.method != "GET"
        ]


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter that has Canaille installed."""
    return installed_python()


@pytest.fixture(scope="module")
def _servers(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with provisioned(python, tmp_path_factory.mktemp("canaille")) as (canaille, gateway):
        pair = Pair(canaille, gateway)
        pair.begin()
        # The administrator is older than the connection. An account from before arrives when it is
        # saved for the first time after.
        canaille.edit_user(ADMINISTRATOR, display_name="Ada Admin", email="ada@example.com")
        pair.in_step()
        yield pair


@pytest.fixture
def pair(_servers: Pair) -> Iterator[Pair]:
    """The two servers; what they log meanwhile is shown when the test fails."""
    _servers.begin()
    yield _servers
    for log in _servers.logs:
        sys.stdout.write(f"--- {log.path}\n{log.new()[-SHOWN:]}\n")


@pytest.fixture
def canaille(pair: Pair) -> Canaille:
    return pair.canaille


@pytest.fixture
def gateway(pair: Pair) -> Gateway:
    return pair.gateway


def add_user(canaille: Canaille, username: str) -> Account:
    account = Account(username, f"{username}@example.com", username.title(), is_active=True)
    canaille.add_user(username, display_name=username.title(), email=f"{username}@example.com")
    return account


def add_team(canaille: Canaille, name: str, *usernames: str) -> None:
    """Add a group with new users in it, and the administrator, who adds it."""
    canaille.add_group(name)
    for username in usernames:
        add_user(canaille, username)
        canaille.join(username, name)


def test_adds_a_user(pair: Pair, canaille: Canaille) -> None:
    barbara = add_user(canaille, "barbara")

    assert barbara in pair.in_step().accounts
    assert pair.pushed()[0] == "POST /Users"


def test_changes_a_user(pair: Pair, canaille: Canaille) -> None:
    add_user(canaille, "carlos")
    pair.in_step()

    canaille.edit_user("carlos", display_name="Carlos Ruíz Østergård", email="ruiz@example.com")

    changed = Account("carlos", "ruiz@example.com", "Carlos Ruíz Østergård", is_active=True)
    assert changed in pair.in_step().accounts
    assert pair.pushed()[-1] == "PUT /Users"


def test_clears_what_a_user_no_longer_has(pair: Pair, canaille: Canaille) -> None:
    dora = add_user(canaille, "dora")

    canaille.edit_user("dora", display_name="", email="dora@example.com")

    # Its page leaves an empty name behind, and that is what it sends.
    assert dora._replace(full_name="") in pair.in_step().accounts


def test_renames_a_user_from_another_process(pair: Pair, canaille: Canaille) -> None:
    emil = add_user(canaille, "emil")
    before = len(pair.in_step().accounts)

    canaille.command("set", "user", "emil", "--user-name", "emilia")

    after = pair.in_step().accounts
    assert emil._replace(username="emilia") in after
    assert len(after) == before


def test_deactivates_a_user_and_lets_them_back_in(pair: Pair, canaille: Canaille) -> None:
    frank = add_user(canaille, "frank")

    canaille.lock("frank")

    assert frank._replace(is_active=False) in pair.in_step().accounts
    assert pair.pushed()[-1] == "PUT /Users"

    canaille.unlock("frank")

    assert frank in pair.in_step().accounts


def test_keeps_no_password(pair: Pair, canaille: Canaille, gateway: Gateway) -> None:
    canaille.add_user(
        "greta", display_name="Greta", email="greta@example.com", password="a password to hash"
    )
    pair.in_step()

    # Canaille keeps a hash, and sends it with every change.
    assert b"$pbkdf2" in kept_in(canaille.folder)
    assert b"$pbkdf2" not in kept_in(gateway.folder)


def kept_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_deletes_a_user(pair: Pair, canaille: Canaille) -> None:
    heidi = add_user(canaille, "heidi")
    assert heidi in pair.in_step().accounts

    canaille.delete_user("heidi")

    assert heidi not in pair.in_step().accounts
    assert pair.pushed()[-1] == "DELETE /Users"


def test_fills_a_team(pair: Pair, canaille: Canaille) -> None:
    add_team(canaille, "platform", "ivan", "judy")

    assert Team("platform", (ADMINISTRATOR, "ivan", "judy")) in pair.in_step().teams
    assert "POST /Groups" in pair.pushed()
    assert pair.pushed()[-1] == "PUT /Groups"


def test_removes_a_member(pair: Pair, canaille: Canaille) -> None:
    add_team(canaille, "research", "karl")
    pair.in_step()

    canaille.remove_member("research", "karl")

    assert Team("research", (ADMINISTRATOR,)) in pair.in_step().teams


def test_moves_a_user_to_another_team(pair: Pair, canaille: Canaille) -> None:
    add_team(canaille, "sales", "lena")
    add_team(canaille, "support")
    pair.in_step()

    canaille.join("lena", "support")

    teams = pair.in_step().teams
    assert Team("sales", (ADMINISTRATOR,)) in teams
    assert Team("support", (ADMINISTRATOR, "lena")) in teams


def test_renames_a_team(pair: Pair, canaille: Canaille) -> None:
    add_team(canaille, "tooling", "mona")
    before = len(pair.in_step().teams)

    canaille.rename_group("tooling", "developer tools")

    after = pair.in_step().teams
    assert Team("developer tools", (ADMINISTRATOR, "mona")) in after
    assert len(after) == before


def test_deletes_a_member(pair: Pair, canaille: Canaille) -> None:
    add_team(canaille, "design", "nina")
    pair.in_step()

    canaille.delete_user("nina")

    assert Team("design", (ADMINISTRATOR,)) in pair.in_step().teams


def test_deletes_a_team_and_leaves_its_members(pair: Pair, canaille: Canaille) -> None:
    add_team(canaille, "interim", "oscar")
    assert "interim" in {team.name for team in pair.in_step().teams}

    canaille.delete_group("interim")

    left = pair.in_step()
    assert "interim" not in {team.name for team in left.teams}
    assert "oscar" in {account.username for account in left.accounts}
    assert pair.pushed()[-1] == "DELETE /Groups"
