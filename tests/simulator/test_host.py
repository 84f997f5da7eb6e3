"""A host's own test suite, provisioned by a simulated identity provider."""

from __future__ import annotations

import pytest
from flask import Flask


@pytest.fixture
def app(gateway: Flask) -> Flask:
    return gateway


# [simulate]
def test_entra_can_provision_us(app: Flask) -> None:
    from flask_scim_teams.testing import simulate

    report = simulate(app, "entra", users=20, teams=3)
    assert report.refusals == ()
    assert report.differences == ()


# [end]


def test_what_it_is_called_with(host: Flask) -> None:
    from flask_scim_teams.testing import simulate

    report = simulate(host, "google", users=5, cycles=0)
    assert (report.provider, report.users, report.teams) == ("Google Workspace", 5, None)
    assert report.passed
    assert simulate(host, "okta", users=5, teams=2, cycles=0, seed=3).teams == 2
