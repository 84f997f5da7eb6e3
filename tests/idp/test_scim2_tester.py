"""scim2-tester's checks, every one of them: in process on each kind of storage, and over HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import check_server

from examples.minimal import create_app
from tests.conftest import ScimClient
from tests.gateway import Gateway
from tests.idp import agents
from tests.processes import environment

pytestmark = pytest.mark.idp

#: How many checks version 0.5.2 makes of a server with Users and Groups, skipped ones excluded.
CHECKS = 135


def failures(client: WSGISCIMClient) -> list[str]:
    results = check_server(client)
    assert len(results) >= CHECKS
    return [
        f"{result.status.name} {result.title}: {result.reason}"
        for result in results
        if result.status.name not in ("SUCCESS", "COMPLIANT")
    ]


def test_every_check_passes_on_each_kind_of_storage(app: object, idp: ScimClient) -> None:
    headers = {"Authorization": f"Bearer {idp.token}"}
    client = WSGISCIMClient(app, base_url="http://localhost/scim/v2", headers=headers)
    assert failures(client) == []


def test_every_check_passes_on_the_minimal_host(capsys: pytest.CaptureFixture[str]) -> None:
    app = create_app({"SECRET_KEY": "a key for the minimal host, long enough"})
    token = capsys.readouterr().out.split()[-1]
    headers = {"Authorization": f"Bearer {token}"}
    client = WSGISCIMClient(app, base_url="http://localhost/scim/v2", headers=headers)
    assert failures(client) == []


def test_every_check_passes_where_all_there_is_is_announced() -> None:
    app = agents.create_app()
    with app.app_context():
        token = app.extensions["scim_teams"].tokens.create(label="scim2-tester").secret
    headers = {"Authorization": f"Bearer {token}"}
    client = WSGISCIMClient(app, base_url="http://localhost/scim/v2", headers=headers)
    assert failures(client) == []


def test_every_check_passes_over_http_against_the_gateway(tmp_path: Path) -> None:
    # The checks are not an identity provider's day: they ask as fast as they are answered.
    gateway = Gateway(tmp_path, SCIM_RATE_LIMIT="10000/second")
    with gateway.serving():
        token = gateway.create_token("scim2-tester")
        checked = subprocess.run(
            [sys.executable, "-c", "from scim2_cli import cli; cli()", "test"],
            env=environment(
                SCIM_CLI_URL=gateway.scim_url, SCIM_CLI_HEADERS=f"Authorization: Bearer {token}"
            ),
            capture_output=True,
            check=False,
            text=True,
        )
    # A check's first line begins with its outcome; the reasons below it are indented.
    checks = re.split(r"^(?=[A-Z]+ )", checked.stdout + checked.stderr, flags=re.MULTILINE)
    passed = [check for check in checks if check.startswith(("SUCCESS", "COMPLIANT"))]
    others = [check for check in checks if check not in passed]
    # The command fails for a skipped check as well as for a failed one.
    assert checked.returncode == 0, others
    assert len(passed) >= CHECKS
