"""Two runs for one directory at once: no order of theirs leaves what the directory does not say."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from flask_scim_teams.storage.memory import MemoryBackend
from tests.connectors.conftest import Connecting
from tests.connectors.entra_api import EntraApi
from tests.connectors.serving import serving
from tests.connectors.syncing import Host
from tests.connectors.test_large_sync import finished
from tests.connectors.test_large_sync import gateway_of
from tests.connectors.test_large_sync import large_company


def test_two_processes_over_sqlite(tmp_path: Path) -> None:
    """Both have read all when the first of them writes; one of them makes each user and team."""
    people, groups, size = 60, 12, 5
    with (
        serving(EntraApi(large_company(people, groups, size))) as api,
        gateway_of(api, tmp_path) as gateway,
    ):
        finished(gateway, "--dry-run")
        both = threading.Barrier(2, timeout=60)

        def meet() -> None:
            both.wait()

        last = f"/v1.0/groups/g{groups - 1:04}/transitiveMembers"
        api.troubles += [(last, meet), (last, meet)]
        with ExitStack() as stack:
            runs = [stack.enter_context(gateway.command("scim", "sync", "entra")) for _ in "ab"]
            said = [run.communicate(timeout=120) for run in runs]
        assert both.n_waiting == 0
        assert not both.broken
        for run, (output, errors) in zip(runs, said, strict=True):
            # What the other one was faster with is said in words, if anything is.
            assert run.returncode in (0, 1), errors
            assert "Traceback" not in output + errors
        assert finished(gateway, "--full")[0] == 0
        contents = gateway.contents()
        assert len({one.username for one in contents.accounts}) == len(contents.accounts) == people
        assert [len(team.members) for team in contents.teams] == [size] * groups


@pytest.mark.parametrize("older_is_done", [True, False], ids=["done", "in part"])
def test_an_older_reading_that_is_applied_last_is_made_good(
    serve: Callable[[str], Any], connect: Connecting, older_is_done: bool
) -> None:
    """Graph tells a change once: after an overlap the next run reads all."""
    entra = serve("entra")
    host = Host(MemoryBackend())
    host.run(connect(entra))
    entra.company.fill("g-empty", ["ada"])
    if not older_is_done:
        entra.company.hire("long", login="l" * 400)
    older = host.plan(connect(entra))
    entra.company.fill("g-empty", ["bob"])
    if not older_is_done:
        entra.company.dismiss("long")
    host.run(connect(entra))
    assert host.teams()["Empty"] == {"bob@example.com"}
    report = host.sync().apply(host.caller, older)
    assert report.complete == older_is_done
    assert "ada@example.com" in host.teams()["Empty"]
    assert host.sync().checkpoint(host.caller) == ""
    host.run(connect(entra))
    assert host.teams()["Empty"] == {"bob@example.com"}
