"""Proof that a host's own storage does what the library asks of it. Needs pytest."""

from __future__ import annotations

import pytest

# A failed assertion of the contract is to show what was compared, as it does in a test module.
for _name in (
    "clients",
    "connections",
    "contract",
    "log",
    "memberships",
    "names",
    "nesting",
    "resources",
    "searches",
    "sources",
    "tenants",
    "tokens",
):
    pytest.register_assert_rewrite(f"{__name__}.{_name}")

from flask_scim_teams.testing.contract import BackendContract  # noqa: E402  # after the above
from flask_scim_teams.testing.simulation import Report  # noqa: E402
from flask_scim_teams.testing.simulation import simulate  # noqa: E402
from flask_scim_teams.testing.transcripts import Transcript  # noqa: E402
from flask_scim_teams.testing.transcripts import app_sender  # noqa: E402
from flask_scim_teams.testing.transcripts import play  # noqa: E402
from flask_scim_teams.testing.transcripts import transcripts  # noqa: E402

__all__ = [
    "BackendContract",
    "Report",
    "Transcript",
    "app_sender",
    "play",
    "simulate",
    "transcripts",
]
