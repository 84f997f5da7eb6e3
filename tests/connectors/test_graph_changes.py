"""Microsoft Graph's delta queries: what is new since the last reading, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flask_scim_teams.core.directory import DirectoryError
from flask_scim_teams.core.directory import Snapshot
from tests.connectors.conftest import Connecting
from tests.connectors.entra_api import PRINCIPAL
from tests.connectors.test_providers import quiet


@pytest.fixture
def api(serve: Callable[[str], Any]) -> Any:
    return serve("entra")


def rosters(snapshot: Snapshot) -> dict[str, set[str]]:
    return {one.group.id: set(one.members) for one in snapshot.rosters}


def test_nothing_new(api: Any, connect: Connecting) -> None:
    directory = connect(api)
    first = directory.read("", quiet)
    del api.asked[:]
    second = directory.read(first.checkpoint, quiet)
    assert (first.complete, second.complete) == (True, False)
    assert (second.users, second.rosters, second.gone_users) == ([], [], [])
    assert api.paths() == ["/v1.0/users/delta", "/v1.0/groups/delta"]


def test_an_entry_is_no_whole_description(api: Any, connect: Connecting) -> None:
    """Graph may leave out what did not change, which is not what is empty."""
    directory = connect(api)
    mark = directory.read("", quiet).checkpoint
    api.company.change("ada", department="Looms")
    [ada] = directory.read(mark, quiet).users
    assert ada.attributes["userName"] == "ada@example.com"


def test_who_is_removed(api: Any, connect: Connecting) -> None:
    directory = connect(api)
    mark = directory.read("", quiet).checkpoint
    api.company.dismiss("ada")
    api.company.dissolve("g-empty")
    news = directory.read(mark, quiet)
    assert (news.gone_users, news.gone_groups) == (["ada"], ["g-empty"])
    assert rosters(news) == {"g-blue": {"bob"}}


def test_who_is_removed_and_restored(api: Any, connect: Connecting) -> None:
    directory = connect(api)
    mark = directory.read("", quiet).checkpoint
    api.company.dismiss("ada")
    api.company.hire("ada", department="Looms")
    news = directory.read(mark, quiet)
    assert "ada" in {one.id for one in news.users}
    assert news.gone_users == []


def test_a_group_within_changes_the_members_of_those_around_it(
    api: Any, connect: Connecting
) -> None:
    directory = connect(api)
    mark = directory.read("", quiet).checkpoint
    api.company.fill("g-deep", ["bob", "eve"])
    assert rosters(directory.read(mark, quiet)) == {
        "g-deep": {"bob", "eve"},
        "g-blue": {"ada", "bob", "eve"},
    }


def test_a_group_within_that_is_not_assigned_itself(api: Any, connect: Connecting) -> None:
    api.assigned = ["g-blue"]
    directory = connect(api, service_principal_id=PRINCIPAL)
    mark = directory.read("", quiet).checkpoint
    api.company.fill("g-deep", ["eve"])
    news = directory.read(mark, quiet)
    assert rosters(news) == {"g-blue": {"ada", "eve"}}
    # Whoever comes into a group may be new to the service, though not to the tenant.
    assert {one.id for one in news.users} == {"ada", "eve"}


def test_other_assignments_are_read_as_a_whole(api: Any, connect: Connecting) -> None:
    api.assigned = ["g-blue"]
    directory = connect(api, service_principal_id=PRINCIPAL)
    mark = directory.read("", quiet).checkpoint
    api.assigned = ["g-deep", "eve"]
    news = directory.read(mark, quiet)
    assert (news.complete, news.offered) == (True, frozenset({"eve"}))
    assert rosters(news) == {"g-deep": {"bob"}}


def test_changes_come_in_pages(api: Any, connect: Connecting) -> None:
    directory = connect(api)
    mark = directory.read("", quiet).checkpoint
    for number in range(230):
        api.company.hire(f"p{number:04}")
    api.page = 50
    news = directory.read(mark, quiet)
    assert len(news.users) == 230
    # So many are not asked for one by one.
    assert sum(path == "/v1.0/users" for path in api.paths()) < 20


def test_a_forgotten_place_means_all(api: Any, connect: Connecting) -> None:
    """Graph answers 410 when it no longer knows a delta token."""
    directory = connect(api)
    mark = directory.read("", quiet).checkpoint
    api.forgotten = 1_000
    again = directory.read(mark, quiet)
    assert again.complete
    assert {one.id for one in again.users} == {"ada", "bob", "eve"}


@pytest.mark.parametrize("mark", ["no JSON", "[]", '{"users": "https://elsewhere.example"}'])
def test_a_checkpoint_of_another_making_means_all(api: Any, connect: Connecting, mark: str) -> None:
    assert connect(api).read(mark, quiet).complete


def test_a_checkpoint_that_leads_elsewhere_is_not_followed(api: Any, connect: Connecting) -> None:
    directory = connect(api)
    mark = directory.read("", quiet).checkpoint.replace("127.0.0.1", "127.0.0.2")
    del api.asked[:]
    with pytest.raises(DirectoryError, match="at another address"):
        directory.read(mark, quiet)
    assert api.paths() == []


def test_what_happens_while_all_is_read_is_told_the_next_time(
    api: Any, connect: Connecting
) -> None:
    directory = connect(api)

    def leaves() -> None:
        api.company.dismiss("ada")

    api.troubles.append(("/v1.0/groups/g-blue", leaves))
    first = directory.read("", quiet)
    assert "ada" in {one.id for one in first.users}
    assert directory.read(first.checkpoint, quiet).gone_users == ["ada"]
