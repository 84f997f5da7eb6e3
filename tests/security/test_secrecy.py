"""The watch over the tokens of the whole run is awake: it would see one that is told."""

from __future__ import annotations

import logging
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy import text

from flask_scim_teams.services.tokens import NewToken
from flask_scim_teams.storage.interface import TokenRecord
from tests.secrecy import SECRECY
from tests.secrecy import Secrecy
from tests.secrecy import secret_of


@pytest.fixture
def digits() -> str:
    """What looks like a secret, and is none."""
    return secrets.token_hex(32)


def test_every_token_is_remembered(digits: str) -> None:
    record = TokenRecord(
        id="0" * 16, label="x", digest=b"", scopes=(), created="2024-02-29T12:00:00.000000Z"
    )
    NewToken(record, f"scim_{record.id}_{digits}.{'A' * 43}")
    assert digits in SECRECY.secrets


def test_log_lines_are_looked_through(digits: str) -> None:
    logging.getLogger("flask_scim_teams").warning("Told: %s.", digits)
    assert SECRECY.seen[digits] == "the log flask_scim_teams"


def test_statements_are_looked_through(digits: str) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.execute(text("SELECT :told"), {"told": f"scim_{'0' * 16}_{digits}.x"})
    engine.dispose()
    assert "parameters" in SECRECY.seen[digits]


def test_command_lines_are_looked_through(digits: str) -> None:
    token = f"scim_{'0' * 16}_{digits}.x"
    subprocess.run([sys.executable, "-c", "", "--token", token], check=True)
    assert SECRECY.seen.pop(digits) == "the list of processes"


def test_processes_that_another_started_are_looked_through(digits: str) -> None:
    # What the process does with its input becomes the command line of its child.
    started = "import subprocess, sys; print('up', flush=True); sys.stdin.read()"
    starts = (
        "import subprocess, sys; "
        f"subprocess.run([sys.executable, '-c', {started!r}, sys.stdin.readline()])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starts], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{digits}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "up\n"
        SECRECY.look_at_processes()
        process.stdin.close()
    assert SECRECY.seen.pop(digits) == "the list of processes"


@pytest.mark.parametrize("name", ["gateway.log", "gateway.sqlite3", "scim.sqlite-wal"])
def test_files_are_looked_through(tmp_path: Path, digits: str, name: str) -> None:
    watch = Secrecy()
    (tmp_path / "canaille").mkdir()
    (tmp_path / "canaille" / name).write_bytes(b"\x00" + digits.encode() + b"\xff")
    watch.look_into(tmp_path)
    # Told is what was seen and is a secret, whichever of the two was first.
    assert watch.told() == {}
    watch.remember(f"scim_{'0' * 16}_{digits}.{'A' * 43}")
    assert list(watch.told()) == [digits[:8]]
    assert secret_of(f"scim_{'0' * 16}_{digits}.{'A' * 43}") == digits


def test_what_a_provider_signs_in_with_is_its_own_to_keep(tmp_path: Path, digits: str) -> None:
    watch = Secrecy()
    watch.remember(f"scim_{'0' * 16}_{digits}.{'A' * 43}")
    (tmp_path / "canaille").mkdir()
    for name, told in (("canaille.sqlite3", []), ("canaille.log", [digits[:8]])):
        (tmp_path / "canaille" / name).write_text(digits)
        watch.look_into(tmp_path)
        assert list(watch.told()) == told
