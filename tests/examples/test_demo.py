from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from examples.gateway.demo import __main__ as demo
from examples.gateway.demo import people
from flask_scim_teams.simulator.directory import Directory
from flask_scim_teams.simulator.directory import Plan

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "examples.gateway.demo"]
PATIENCE = 120  # seconds until a demo that hangs is killed, on the slowest machine


def table(output: str) -> list[list[str]]:
    lines = output.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("TEAM "))
    return [line.split("  ") for line in lines[start : start + 4]]


def test_once_provisions_shows_the_teams_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    done = subprocess.run(
        [*DEMO, "--once"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "/scim/v2\n" in done.stdout
    for shown in (
        'PATCH  /Users derek.dahl@contoso.example: Replace active "False"',
        "Derek's key: refused, his account is deactivated",
        "Derek's key: works again, he is still in his team",
        "the gateway has what the directory has: 6 users and 3 teams",
    ):
        assert shown in done.stdout
    rows = [[cell.strip() for cell in row if cell] for row in table(done.stdout)]
    assert rows[0] == ["TEAM", "BUDGET", "SPENT", "MEMBERS"]
    assert [(row[0], row[1], row[3].count("@")) for row in rows[1:]] == [
        ("Customer Success", "$50.00", 2),
        ("Data Science", "$250.00", 3),
        ("Platform Engineering", "$50.00", 2),
    ]
    assert "derek.dahl@contoso.example" in rows[2][3]
    assert list(tmp_path.iterdir()) == []


def test_it_goes_on_serving_until_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with subprocess.Popen(
        DEMO,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = threading.Timer(PATIENCE, process.kill)
        deadline.start()
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if "goes on serving" in line:
                    break
            assert any("/settings/scim/ - the operator's password" in line for line in said)
            assert any("/teams, behind the same password" in line for line in said)
            port = int(said[0].rstrip(".\n").rpartition(":")[2])
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate()
        finally:
            deadline.cancel()
            process.kill()
    assert (process.returncode, rest, errors) == (0, "\nStopped.\n", "")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_ends_it_with_the_servers_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nameless = replace(people.ALICE, user_name="")
    monkeypatch.setattr(people, "PLAN", Plan(Directory({nameless.key: nameless})))
    assert demo.main(["--once"]) == 1
    errors = capsys.readouterr().err
    assert "demo: POST /Users: 400" in errors
    assert "userName" in errors


def test_a_port_in_use_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert demo.main(["--port", str(port)]) == 1
    assert f"demo: port {port} cannot be used" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        demo.main(["--port", port])
    assert ended.value.code == 2
    assert "port" in capsys.readouterr().err
