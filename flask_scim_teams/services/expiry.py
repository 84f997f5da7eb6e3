"""Tokens that end soon: an identity provider whose token has ended stops provisioning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_scim_teams.core.comparison import elapsed
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import TokenRecord

#: How many days before its end a token is warned of, and again, and again.
THRESHOLDS = (30, 14, 3)


@dataclass(frozen=True, slots=True)
class ExpiringToken:
    """A live token that ends soon.

    :param days: whole days that are left.
    :param threshold: the last warning's days that were reached: 30, 14 or 3.
    """

    token: TokenRecord
    connection: ConnectionRecord
    days: int
    threshold: int

    @property
    def words(self) -> str:
        """What to tell of it, without its label: that is a stranger's text."""
        left = {0: "less than a day", 1: "1 day"}.get(self.days, f"{self.days} days")
        return (
            f"Token {self.token.id} of connection {self.connection.name} expires in {left}, at "
            f"{self.token.expires}. Rotate it, and give the identity provider the new one."
        )


def expiring(
    token: TokenRecord, connection: ConnectionRecord | None, now: str
) -> ExpiringToken | None:
    """Return a token as one that ends soon, or ``None`` if that is nothing to warn of.

    Nobody is warned of what is replaced already, nor at a time that was more than the whole
    lifetime: a token for a week is warned of three days before its end.
    """
    if connection is None or connection.disabled is not None or token.revoked is not None:
        return None
    if token.expires is None or token.expires <= now or token.replaced_by is not None:
        return None
    reached = threshold(token.created, token.expires, now)
    if reached is None:
        return None
    return ExpiringToken(token, connection, elapsed(now, token.expires).days, reached)


def threshold(created: str, expires: str, now: str) -> int | None:
    """Return the last warning's days that something that ends has reached, if any."""
    left, lifetime = elapsed(now, expires), elapsed(created, expires)
    reached = [
        days for days in THRESHOLDS if left <= timedelta(days=days) and lifetime > timedelta(days)
    ]
    return reached[-1] if reached else None
