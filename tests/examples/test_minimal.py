from __future__ import annotations

import pytest

from examples.minimal import create_app
from flask_scim_teams import SetupError


def test_it_prints_the_token_it_accepts(capsys: pytest.CaptureFixture[str]) -> None:
    client = create_app({"SECRET_KEY": "x" * 32}).test_client()
    token = capsys.readouterr().out.rpartition(" ")[2].strip()
    assert client.get("/scim/v2/Users").status_code == 401
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/scim/v2/Users", headers=headers).status_code == 200


def test_the_secret_key_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_SECRET_KEY", "y" * 32)
    assert create_app().config["SECRET_KEY"] == "y" * 32


def test_a_secret_key_is_needed() -> None:
    with pytest.raises(SetupError, match="SECRET_KEY"):
        create_app()
