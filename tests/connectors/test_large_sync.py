"""A directory of a large company, and runs that are cut in the middle."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Storage
from tests.connectors.company import Company
from tests.connectors.conftest import Connecting
from tests.connectors.entra_api import EntraApi
from tests.connectors.serving import serving
from tests.connectors.syncing import Host
from tests.gateway import Gateway
from tests.processes import eventually


def large_company(people: int, groups: int, size: int) -> Company:
    company = Company()
    for number in range(people):
        company.hire(f"p{number:05}", department=f"Department {number % 40}")
    for number in range(groups):
        members = [f"p{(number * 17 + step * 7) % people:05}" for step in range(size)]
        company.found(f"g{number:04}", f"Group {number}", *members)
    return company


@pytest.fixture
def sqlite(storages: Callable[[str], Storage]) -> Storage:
    storage = storages("sqlite")
    storage.clear()
    return storage


def test_five_thousand_people_and_then_fifty_changes(sqlite: Storage, connect: Connecting) -> None:
    with ExitStack() as stack:
        api = stack.enter_context(serving(EntraApi(large_company(5_000, 300, 40))))
        host = Host(sqlite.backend)
        directory = connect(api)
        assert host.run(directory).complete
        assert len(host.users()) == 5_000
        assert sum(len(members) for members in host.teams().values()) == 300 * 40
        before = len(host.entries())
        assert before == 5_000 + 300
        for number in range(20):
            api.company.change(f"p{number:05}", family="Newly")
        for number in range(10):
            api.company.hire(f"n{number:05}")
        for number in range(10):
            api.company.change(f"p{number + 1000:05}", active=False)
        for number in range(10):
            members = api.company.groups[f"g{number:04}"].members
            api.company.fill(f"g{number:04}", [*members[1:], f"n{number:05}"])
        del api.asked[:]
        plan = host.plan(directory)
        assert len(plan.users) == 40
        assert len({step.group.id for step in plan.teams}) == 10
        assert host.sync().apply(host.caller, plan).complete
        assert len(host.entries()) - before == 50
        # Not the three hundred lists of members.
        assert sum(path.endswith("/transitiveMembers") for path in api.paths()) == 10
        assert host.plan(directory).steps == ()


@contextmanager
def gateway_of(api: EntraApi, folder: Path) -> Iterator[Gateway]:
    yield Gateway(folder, SCIM_DIRECTORIES={"entra": api.options()})  # type: ignore[arg-type]


def finished(gateway: Gateway, *arguments: str) -> tuple[int, str]:
    with gateway.command("scim", "sync", "entra", *arguments) as process:
        output, errors = process.communicate(timeout=120)
    gateway.log.append(errors)
    return process.returncode, output


def test_the_example_gateway_follows_a_directory(tmp_path: Path) -> None:
    with serving(EntraApi(large_company(12, 3, 4))) as api, gateway_of(api, tmp_path) as gateway:
        status, planned = finished(gateway, "--dry-run", "--json")
        assert (status, gateway.contents().accounts) == (0, [])
        status, done = finished(gateway, "--json")
        words = [[one["words"] for one in json.loads(text)["steps"]] for text in (planned, done)]
        assert status == 0
        assert words[0] == words[1]
        contents = gateway.contents()
        assert len(contents.accounts) == 12
        assert {team.name: len(team.members) for team in contents.teams} == {
            "Group 0": 4,
            "Group 1": 4,
            "Group 2": 4,
        }
        teams = len(api.company.around("p00000"))
        api.company.dismiss("p00000")
        assert finished(gateway) == (0, f"{1 + teams} steps done, 0 not.\n")
        [left] = [one for one in gateway.contents().accounts if not one.is_active]
        assert left.username == "p00000@example.com"


def test_a_run_that_is_killed_is_made_good_by_the_next(tmp_path: Path) -> None:
    """SIGKILL, while people are made; and once more, while teams are."""
    people, groups, size = 400, 40, 10
    with (
        serving(EntraApi(large_company(people, groups, size))) as api,
        gateway_of(api, tmp_path) as gateway,
    ):
        # Its tables are made by the first command.
        finished(gateway, "--dry-run")
        for far in (
            lambda: len(gateway.contents().accounts) >= 100,
            lambda: len(gateway.contents().teams) >= 5,
        ):
            with gateway.command("scim", "sync", "entra") as process:
                assert eventually(far, True, 60)
                process.kill()
                process.communicate()
            assert process.returncode == -9
            assert len(gateway.contents().teams) < groups
        status, output = finished(gateway)
        assert status == 0, output
        contents = gateway.contents()
        assert len(contents.accounts) == people
        assert [len(team.members) for team in contents.teams] == [size] * groups
        assert finished(gateway, "--full") == (0, "0 steps done, 0 not.\n")
