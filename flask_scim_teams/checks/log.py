"""The provisioning log: whether it is kept no longer than it should be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from flask_scim_teams.checks.check import Check
from flask_scim_teams.checks.check import ok
from flask_scim_teams.checks.check import skipped
from flask_scim_teams.checks.check import warning
from flask_scim_teams.checks.service import Service
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.storage.interface import HOST

_LOG = "Provisioning log"
#: A process removes entries on the day after they are too old, when it has something to log.
_GRACE = timedelta(days=2)


def check_log(service: Service) -> Iterator[Check]:
    """Look for entries that are older than is configured."""
    if not service.settings.log:
        yield skipped(_LOG, "Nothing is logged: SCIM_LOG is off.")
        return
    with service.backend.begin(HOST, write=False) as work:
        days = work.log.days("0001-01-01")
    kept = service.settings.log_retention
    oldest = shifted(service.now(), -(kept + _GRACE))[:10]
    if days and days[0].day < oldest:
        yield warning(
            _LOG,
            f"There are entries of {days[0].day}, and SCIM_LOG_RETENTION is {kept.days} days.",
            "Run daily: flask scim log purge",
        )
    else:
        yield ok(_LOG, f"No entry is older than SCIM_LOG_RETENTION, {kept.days} days.")
