"""The documentation's application, importable under the name its pages give it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import close


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Flask]:
    """The application, with its tables made."""
    from myapp import create_app
    from myapp.models import db

    host = create_app(
        {
            "SECRET_KEY": "a key of the documentation, long enough to sign with",
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'host.sqlite'}",
            "TESTING": True,
        }
    )
    with host.app_context():
        db.create_all()
    yield host
    with host.app_context():
        close(db.engine)
