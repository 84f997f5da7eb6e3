from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE

import pytest
from flask import Flask

from examples.gateway import create_app
from examples.gateway import settings
from examples.gateway.models import db
from tests.databases import close


def build(folder: Path, **config: object) -> Flask:
    gateway = create_app({"INSTANCE_PATH": str(folder)} | config)
    with gateway.app_context():
        close(db.engine)
    return gateway


def test_a_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "on" / "demand"
    first, second = build(folder), build(folder)
    assert first.config["SECRET_KEY"] == second.config["SECRET_KEY"]
    assert len(first.config["SECRET_KEY"]) == 64
    assert S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert {path.name for path in folder.iterdir()} == {"gateway.sqlite3", "secret_key"}


def test_processes_that_start_together_agree_on_the_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: settings.kept_secret(tmp_path / "key"), range(8)))
    assert len(secrets) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_the_environment_configures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = tmp_path / "elsewhere.sqlite3"
    monkeypatch.setenv("GATEWAY_INSTANCE_PATH", str(tmp_path / "instance"))
    monkeypatch.setenv("GATEWAY_DATABASE_URL", f"sqlite:///{database}")
    monkeypatch.setenv("GATEWAY_SECRET_KEY", "s" * 32)
    monkeypatch.setenv("GATEWAY_BASE_URL", "https://gateway.example/")
    gateway = create_app()
    with gateway.app_context():
        close(db.engine)
    assert gateway.config["SECRET_KEY"] == "s" * 32
    assert gateway.config["SCIM_BASE_URL"] == "https://gateway.example/scim/v2"
    assert database.exists()
    assert not (tmp_path / "instance").exists()
    assert "https://gateway.example/scim/v2" in gateway.test_client().get("/").text


@pytest.mark.parametrize(
    ("key", "variable"), [("BASE_URL", "GATEWAY_BASE_URL"), ("UPSTREAM", "GATEWAY_UPSTREAM")]
)
def test_a_url_that_cannot_be_used_is_refused_at_the_start(
    tmp_path: Path, key: str, variable: str
) -> None:
    with pytest.raises(ValueError, match=f"{variable} must start with http:// or https://"):
        build(tmp_path, **{key: "file:///etc/passwd"})
