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
from tests.processes import environment

pytestmark = pytest.mark.idp

#: How many checks version 0.7.4 makes of a server with Users and Groups, skipped ones excluded.
CHECKS = 28

#: What it wants otherwise than we decided; both are open in RFC 7644.
OTHERWISE = {
    # 204 is the other answer section 3.5.2 gives to a PATCH. The work of adding a member must not
    # grow with the group; who wants the body of one asks for it with "attributes".
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


PROBE = [sys.executable, "-m", "scim_sanity"]


def probe(gateway: Gateway) -> dict[str, Any]:
    """Return the report."""
    token = gateway.create_token("scim-sanity")
    arguments = ["probe", gateway.scim_url, "--token", token]
    probed = subprocess.run(
        [*PROBE, *arguments, "--i-accept-side-effects", "--json-output"],
        env=environment(),
        capture_output=True,
        check=False,
        text=True,
    )
    assert probed.stdout.startswith("{"), probed.stdout + probed.stderr
    report: dict[str, Any] = json.loads(probed.stdout)
    return report


def test_every_check_passes_but_for_those_we_decided_otherwise(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path)
    with gateway.serving():
        report = probe(gateway)
    found: dict[str, dict[str, str]] = {}
    for check in report["results"]:
        found.setdefault(check["status"], {})[check["name"]] = check.get("message", "")
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
