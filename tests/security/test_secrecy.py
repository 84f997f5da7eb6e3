"""The watch over the tokens of the whole run is awake: it would see one that is told."""

from __future__ import annotations

import logging
import secrets
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


@pytest.mark.parametrize("name", ["gateway.log", "gateway.sqlite3", "scim.sqlite-wal"])
def test_files_are_looked_through(tmp_path: Path, digits: str, name: str) -> None:
    watch = Secrecy()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / name).write_bytes(b"\x00" + digits.encode() + b"\xff")
    watch.look_into(tmp_path)
    # Told is what was seen and is a secret, whichever of the two was first.
    assert watch.told() == {}
    watch.remember(f"scim_{'0' * 16}_{digits}.{'A' * 43}")
    assert list(watch.told()) == [digits[:8]]
    assert secret_of(f"scim_{'0' * 16}_{digits}.{'A' * 43}") == digits
