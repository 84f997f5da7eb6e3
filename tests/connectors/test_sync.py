"""Users and teams follow a directory: what comes, changes and goes, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.storage.interface import HOST
from tests.conftest import Storage
from tests.connectors.conftest import Connecting
from tests.connectors.syncing import SCIM
from tests.connectors.syncing import Host
from tests.connectors.syncing import make
from tests.connectors.syncing import team
from tests.connectors.syncing import write

Serve = Callable[[str], Any]

INHERITS = {"entra", "google"}


def test_a_directory_becomes_users_and_teams(api: Any, connect: Connecting, host: Host) -> None:
    report = host.run(connect(api))
    assert report.complete
    assert host.users() == {
        "ada@example.com": True,
        "bob@example.com": True,
        "eve@example.com": False,
    }
    names = {
        "keycloak": {"Blue": {"ada@example.com"}, "Blue/Deep": {"bob@example.com"}},
    }.get(api.name, {"Blue": {"ada@example.com"}, "Deep": {"bob@example.com"}})
    if api.name in INHERITS:
        names["Blue"].add("bob@example.com")
    assert host.teams() == {**names, "Empty": set()}


def test_a_second_run_has_nothing_to_do(entra: Any, connect: Connecting, storage: Storage) -> None:
    """Whatever a store keeps of what it is given: a host's own models keep less."""
    host = Host(storage.backend)
    host.run(connect(entra))
    entries = host.entries()
    for full in (False, True):
        assert host.plan(connect(entra), full=full).steps == ()
        assert host.run(connect(entra), full=full).complete
    assert host.entries() == entries


def test_only_what_is_new_is_touched(api: Any, connect: Connecting, host: Host) -> None:
    host.run(connect(api))
    before = len(host.entries())
    api.company.hire("fay")
    api.company.change("bob", family="Moreau")
    api.company.dismiss("ada")
    api.company.fill("g-empty", ["fay"])
    name = "Empty" if api.name == "keycloak" else "Vacant"
    api.company.rename("g-empty", name)
    words = [step.words for step in host.plan(connect(api)).steps]
    assert [step.words for step in host.run(connect(api)).users] == words[:3]
    assert words[:3] == [
        "deactivate user ada@example.com: gone from the directory",
        f"update user bob@example.com: {'displayName, ' if api.name == 'google' else ''}name",
        "create user fay@example.com",
    ]
    assert host.users()["ada@example.com"] is False
    assert host.teams()[name] == {"fay@example.com"}
    assert "ada@example.com" not in host.teams()["Blue"]
    # A renamed team is two units of work: a name that is taken keeps nobody out.
    assert sorted(host.entries()[before:]) == sorted(
        [
            "deactivated user",
            "updated user",
            "created user",
            "removed 1 member from team",
            "added 1 member to team",
            *([] if api.name == "keycloak" else ["renamed team"]),
        ]
    )
    assert host.plan(connect(api)).steps == ()


def test_who_comes_back_is_let_in_again(api: Any, connect: Connecting, host: Host) -> None:
    host.run(connect(api))
    id = host.user("ada@example.com").id
    api.company.dismiss("ada")
    host.run(connect(api))
    assert not host.user("ada@example.com").active
    api.company.hire("ada")
    words = [step.words for step in host.run(connect(api)).users]
    assert words[0] == "reactivate user ada@example.com: the directory says so"
    assert (host.user("ada@example.com").active, host.user("ada@example.com").id) == (True, id)


@pytest.mark.parametrize(
    ("leavers", "left"), [("deactivate", False), ("keep", True), ("delete", None)]
)
def test_what_becomes_of_leavers(
    entra: Any, connect: Connecting, host: Host, leavers: str, left: bool | None
) -> None:
    host.run(connect(entra))
    entra.company.dismiss("ada")
    host.run(connect(entra), leavers=leavers)
    assert host.users().get("ada@example.com") is left


def test_who_is_suspended_is_deactivated_and_stays_in_teams(
    api: Any, connect: Connecting, host: Host
) -> None:
    host.run(connect(api))
    api.company.change("ada", active=False)
    assert [step.words for step in host.run(connect(api)).users] == [
        "deactivate user ada@example.com: the directory says so"
    ]
    assert "ada@example.com" in host.teams()["Blue"]


def test_who_was_deactivated_by_hand_stays_so(entra: Any, connect: Connecting, host: Host) -> None:
    host.run(connect(entra))
    write(host, HOST, host.user("ada@example.com").id, active=False)
    entra.company.change("ada", department="Looms")
    host.run(connect(entra))
    host.run(connect(entra), full=True)
    assert host.users()["ada@example.com"] is False
    # Until the directory itself says that she is back.
    entra.company.change("ada", active=False)
    host.run(connect(entra))
    entra.company.change("ada", active=True)
    host.run(connect(entra))
    assert host.users()["ada@example.com"] is True


def test_who_was_deactivated_by_hand_before_is_linked_and_stays_so(
    entra: Any, connect: Connecting, host: Host
) -> None:
    make(host, HOST, "ada@example.com", active=False)
    for _ in range(2):
        host.run(connect(entra), full=True)
    assert host.users()["ada@example.com"] is False


def test_a_deactivated_person_is_not_let_in_by_hand_for_long(
    entra: Any, connect: Connecting, host: Host
) -> None:
    host.run(connect(entra))
    write(host, HOST, host.user("eve@example.com").id, active=True)
    host.run(connect(entra), full=True)
    assert host.users()["eve@example.com"] is False


def test_users_are_linked_by_name_in_whatever_case(
    entra: Any, connect: Connecting, host: Host
) -> None:
    emails = [{"value": "home@example.org", "type": "home"}]
    id = make(host, HOST, "ADA@example.com", title="Countess", emails=emails, nickName="Ada")
    report = host.run(connect(entra))
    assert report.users[0].words == "link user ADA@example.com"
    ada = host.user("ada@example.com")
    assert (ada.id, ada.attributes["nickName"]) == (id, "Ada")
    # What the directory knows and has no value for is cleared; other addresses are not its.
    assert "title" not in ada.attributes
    assert {one["value"] for one in ada.attributes["emails"]} == {
        "home@example.org",
        "ada@example.com",
    }
    assert "ada@example.com" in host.teams()["Blue"]


def test_users_are_linked_by_external_id(entra: Any, connect: Connecting, host: Host) -> None:
    id = make(host, HOST, "countess", external_id="ada")
    make(host, HOST, "bob@example.com")
    report = host.run(connect(entra), link="external_id")
    assert host.user("ada@example.com").id == id
    # The name alone is not enough.
    assert [one.words for one in report.refused] == [
        "user bob@example.com is another one already, and is not made"
    ]
    assert host.teams()["Deep"] == set()


def test_nobody_is_linked_if_it_is_said(entra: Any, connect: Connecting, host: Host) -> None:
    make(host, HOST, "ada@example.com")
    report = host.run(connect(entra), link="never")
    assert (len(report.refused), len(report.users)) == (1, 2)


def test_a_name_that_is_given_to_somebody_else_opens_nothing(
    entra: Any, connect: Connecting, host: Host
) -> None:
    """A newcomer who gets a leaver's address does not get the leaver's account."""
    host.run(connect(entra))
    entra.company.dismiss("ada")
    entra.company.hire("ada-2", login="ada@example.com")
    entra.company.fill("g-blue", ["ada-2"])
    report = host.run(connect(entra))
    assert ["somebody else of this directory" in one.words for one in report.refused] == [True]
    assert host.users()["ada@example.com"] is False
    assert host.teams()["Blue"] == set()
    # It is settled by hand, and the next run goes on from where the last one could not.
    host.provisioning.delete(HOST, host.backend.types.user, host.user("ada@example.com").id)
    assert host.run(connect(entra)).complete
    assert host.teams()["Blue"] == {"ada@example.com"}


def test_two_people_of_one_name(entra: Any, connect: Connecting, host: Host) -> None:
    entra.company.hire("ada-2", login="ADA@example.com")
    report = host.run(connect(entra))
    assert [one.person.id for one in report.refused] == ["ada-2"]
    assert len(host.users()) == 3


def test_what_scim_speaks_of_is_left_to_scim(entra: Any, connect: Connecting, host: Host) -> None:
    """Users and teams; the people are in the directory's other teams all the same."""
    make(host, SCIM, "ada@example.com", title="Countess")
    team(host, SCIM, "Blue")
    report = host.run(connect(entra))
    assert host.user("ada@example.com").attributes["title"] == "Countess"
    assert host.teams()["Blue"] == set()
    assert "team Blue is left to SCIM" in report.teams.words
    entra.company.fill("g-empty", ["ada"])
    entra.company.change("ada", active=False)
    plan = host.plan(connect(entra))
    assert plan.left_to_scim == 1
    host.run(connect(entra))
    assert host.teams()["Empty"] == {"ada@example.com"}
    entra.company.dismiss("ada")
    host.run(connect(entra))
    assert host.user("ada@example.com").active


def test_memberships_made_by_hand_stay(entra: Any, connect: Connecting, host: Host) -> None:
    host.run(connect(entra))
    with host.backend.begin(HOST, write=False) as work:
        empty = work.sources.find(host.caller.source, ["g-empty"])["g-empty"]
    fay = make(host, HOST, "fay@example.com")
    members = [Operation(Op.ADD, "members", [{"value": fay}])]
    host.provisioning.modify(HOST, host.backend.types.group, empty, members, related=False)
    entra.company.fill("g-empty", ["bob"])
    host.run(connect(entra))
    assert host.teams()["Empty"] == {"fay@example.com", "bob@example.com"}


def test_whom_the_host_removed_is_made_again(entra: Any, connect: Connecting, host: Host) -> None:
    host.run(connect(entra))
    host.provisioning.delete(HOST, host.backend.types.user, host.user("ada@example.com").id)
    host.run(connect(entra), full=True)
    assert "ada@example.com" in host.teams()["Blue"]


def test_only_members_are_meant(entra: Any, connect: Connecting, host: Host) -> None:
    directory = connect(entra, people="members")
    host.run(directory)
    assert set(host.users()) == {"ada@example.com", "bob@example.com"}
    # Whoever joins a group may have been in the directory for long.
    entra.company.fill("g-empty", ["eve"])
    host.run(directory)
    assert "eve@example.com" in host.users()
    # Whoever leaves the last of them loses what came with it; one of several is not the last.
    entra.company.fill("g-blue", ["g-deep"])
    entra.company.fill("g-deep", [])
    entra.company.fill("g-empty", ["eve", "bob"])
    words = [step.words for step in host.run(directory).users]
    assert words == ["deactivate user ada@example.com: gone from the directory"]
    entra.company.fill("g-empty", ["eve", "bob", "ada"])
    host.run(directory)
    assert host.users()["ada@example.com"] is True


def test_a_group_that_is_gone(api: Any, connect: Connecting, host: Host) -> None:
    host.run(connect(api))
    api.company.fill("g-empty", ["ada"])
    host.run(connect(api))
    assert host.teams()["Empty"] == {"ada@example.com"}
    api.company.dissolve("g-empty")
    host.run(connect(api))
    assert host.teams()["Empty"] == set()
    assert host.plan(connect(api)).steps == ()
