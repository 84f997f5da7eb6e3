"""Runs that fail, or would do harm, or find something in their way: what they leave undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flask_scim_teams.core.directory import DirectoryError
from tests.connectors.conftest import Connecting
from tests.connectors.serving import refuse
from tests.connectors.syncing import SCIM
from tests.connectors.syncing import Host
from tests.connectors.syncing import make
from tests.connectors.syncing import write

Serve = Callable[[str], Any]


def test_a_failed_reading_changes_nothing(api: Any, connect: Connecting, host: Host) -> None:
    """Not even what was read of it before it failed."""
    host.run(connect(api))
    entries = host.entries()
    api.company.hire("fay")
    api.company.dismiss("ada")
    failed = 0
    for place in range(60):
        api.troubles = [("/", lambda: None)] * place + [("/", refuse(403))]
        try:
            host.plan(connect(api), full=True)
        except DirectoryError:
            failed += 1
        else:
            break
    # All requests there are, and then the reading is whole.
    assert failed >= 5
    assert len(api.troubles) == 1
    assert host.entries() == entries


def crowd(api: Any, people: int) -> None:
    for number in range(people):
        api.company.hire(f"p{number:03}")
    api.company.found("g-crowd", "Crowd", *(f"p{number:03}" for number in range(people)))


@pytest.mark.parametrize("kind", ["entra", "keycloak"])
@pytest.mark.parametrize("trouble", ["nobody", "many", "suspended", "groups", "members"])
def test_a_mass_removal_is_refused_unless_it_is_forced(
    serve: Serve, connect: Connecting, host: Host, kind: str, trouble: str
) -> None:
    api = serve(kind)
    crowd(api, 20)
    for number in range(10):
        api.company.found(f"g-{number}", f"Group {number}", "ada")
    host.run(connect(api))
    entries = host.entries()
    match trouble:
        case "nobody":
            api.company.people.clear()
            words = "answers with nobody at all"
        case "many":
            for number in range(8):
                api.company.dismiss(f"p{number:03}")
            words = r"8 of 22 users would lose their access, and max_leavers is 20 percent"
        case "suspended":
            for number in range(8):
                api.company.change(f"p{number:03}", active=False)
            words = "8 of 22 users would lose their access"
        case "groups":
            for number in range(10):
                api.company.dissolve(f"g-{number}")
            words = "10 of 14 groups would be gone"
        case _:
            api.company.fill("g-crowd", [])
            words = "20 of .* memberships would end"
    plan = host.plan(connect(api), full=True)
    assert plan.steps
    with pytest.raises(ValueError, match=words):
        host.sync().apply(host.caller, plan)
    assert host.entries() == entries
    assert host.run(
        connect(api),
        full=True,
        max_leavers=100 if trouble != "nobody" else 0,
        force=trouble == "nobody",
    ).complete
    assert len(host.entries()) > len(entries)


def test_five_may_always_leave(entra: Any, connect: Connecting, host: Host) -> None:
    crowd(entra, 7)
    host.run(connect(entra))
    for number in range(5):
        entra.company.dismiss(f"p{number:03}")
    assert host.plan(connect(entra), max_leavers=0).refusal == ""


def test_what_cannot_be_done_keeps_nothing_else_back(
    entra: Any, connect: Connecting, host: Host
) -> None:
    entra.company.hire("long", login="l" * 400)
    entra.company.hire("none", login="")
    entra.company.fill("g-blue", ["ada", "long", "none"])
    report = host.run(connect(entra))
    assert {one.person.id for one in report.refused} == {"long", "none"}
    assert host.teams()["Blue"] == {"ada@example.com"}
    # What was read is read once more, until all of it is done.
    assert host.sync().checkpoint(host.caller) == ""
    entra.company.change("long", login="short@example.com")
    entra.company.dismiss("none")
    assert host.run(connect(entra)).complete
    assert host.sync().checkpoint(host.caller) != ""


def test_a_name_that_is_taken_meanwhile(entra: Any, connect: Connecting, host: Host) -> None:
    plan = host.plan(connect(entra))
    make(host, SCIM, "bob@example.com")
    report = host.sync().apply(host.caller, plan)
    assert [one.step.words for one in report.failed] == ["create user bob@example.com"]
    assert (report.complete, host.teams()["Blue"]) == (False, {"ada@example.com"})
    assert host.run(connect(entra)).complete
    assert host.teams()["Blue"] == {"ada@example.com", "bob@example.com"}


def test_scim_may_take_over_meanwhile(entra: Any, connect: Connecting, host: Host) -> None:
    host.run(connect(entra))
    entra.company.change("ada", department="Looms")
    plan = host.plan(connect(entra))
    write(host, SCIM, host.user("ada@example.com").id, title="Countess")
    host.sync().apply(host.caller, plan)
    assert host.user("ada@example.com").attributes["title"] == "Countess"
    assert "Looms" not in str(host.user("ada@example.com").attributes)
