"""scim-sanity's probe, strict, over HTTP against the gateway."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import Contents
from tests.gateway import Gateway
from tests.processes import Log
from tests.processes import Server
from tests.processes import environment
from tests.processes import free_port

pytestmark = pytest.mark.idp

#: How many checks version 0.7.4 makes of a server with Users and Groups, skipped ones excluded.
CHECKS = 28

#: What it wants otherwise than we decided; both are open in RFC 7644.
OTHERWISE = {
    # 204 is the other answer section 3.5.2 gives to a PATCH. The work of adding a member must not
    # grow with the group; who wants the body asks for it, or turns on SCIM_GROUP_PATCH_BODY.
    "PATCH /Groups/{id}": "got 204",
    "PATCH /Groups/{id} remove members": "got 204",
    # It adds the id "fake-member-id". A team has members that exist, and no others.
    "PATCH /Groups/{id} add member": "got 400",
}

#: Resource types of an Internet-Draft. The gateway has none of them.
SKIPPED = {
    "Agent CRUD Lifecycle",
    "AgenticApplication CRUD Lifecycle",
    "Agent Rapid Lifecycle",
}


# Its own option for the token would show it in the list of processes.
PROBE = (
    "import sys; sys.argv += ['--token', sys.stdin.read()]; "
    "import runpy; runpy.run_module('scim_sanity', run_name='__main__')"
)


def probe(url: str, token: str) -> dict[str, Any]:
    """Return the report."""
    arguments = ["probe", url, "--i-accept-side-effects", "--json-output"]
    probed = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        env=environment(),
        input=token,
        capture_output=True,
        check=False,
        text=True,
    )
    assert probed.stdout.startswith("{"), probed.stdout + probed.stderr
    report: dict[str, Any] = json.loads(probed.stdout)
    return report


def by_status(report: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return the checks and what was said of them, by what came of them."""
    found: dict[str, dict[str, str]] = {}
    for check in report["results"]:
        found.setdefault(check["status"], {})[check["name"]] = check.get("message", "")
    return found


def test_every_check_of_the_gateway_passes_but_for_those_we_decided_otherwise(
    tmp_path: Path,
) -> None:
    gateway = Gateway(tmp_path)
    with gateway.serving():
        report = probe(gateway.scim_url, gateway.create_token("scim-sanity"))
    found = by_status(report)
    failed = found.pop("fail", {})
    assert set(failed) == set(OTHERWISE)
    for name, answer in OTHERWISE.items():
        assert answer in failed[name]
    assert set(found.pop("skip", {})) == SKIPPED
    # Neither a warning nor an error.
    assert set(found) == {"pass"}
    assert report["summary"]["passed"] + len(OTHERWISE) >= CHECKS
    # It deletes what it made, and the gateway's own tables show it.
    assert gateway.contents() == Contents([], [])


def test_every_check_passes_where_all_there_is_is_announced_but_for_one(tmp_path: Path) -> None:
    """Agents as resources, and the PATCH of a Group answered with the Group."""
    port, token = free_port(), tmp_path / "token"
    url = f"http://127.0.0.1:{port}"
    server = Server(
        [sys.executable, "-m", "flask", "--app", "tests.idp.agents", "run", "--port", str(port)],
        environment(AGENTS_TOKEN=str(token)),
        Log(tmp_path / "agents.log"),
    )
    try:
        server.await_start(url)
        report = probe(f"{url}/scim/v2", token.read_text(encoding="ascii"))
    finally:
        server.stop()
    found = by_status(report)
    assert set(found.pop("fail")) == {"PATCH /Groups/{id} add member"}
    assert set(found) == {"pass"}
    assert report["summary"]["passed"] > CHECKS
