"""Signals, sent after the commit with the app as sender.

Receivers get the fields of the event of the same name in
:mod:`flask_scim_teams.services.events` as keyword arguments. One that raises is logged; the
identity provider's request has succeeded all the same.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from blinker import NamedSignal
from blinker import Namespace

from flask_scim_teams.services import events
from flask_scim_teams.services.logger import logger

_signals = Namespace()

#: ``user``, ``caller``
user_provisioned = _signals.signal("scim-user-provisioned")
#: ``user``, ``before``, ``caller``
user_updated = _signals.signal("scim-user-updated")
#: ``user``, ``caller``
user_deactivated = _signals.signal("scim-user-deactivated")
#: ``user``, ``caller``
user_reactivated = _signals.signal("scim-user-reactivated")
#: ``user``, ``caller``
user_deleted = _signals.signal("scim-user-deleted")
#: ``team``, ``caller``
team_created = _signals.signal("scim-team-created")
#: ``team``, ``before``, ``caller``
team_updated = _signals.signal("scim-team-updated")
#: ``team``, ``caller``
team_deleted = _signals.signal("scim-team-deleted")
#: ``team_id``, ``delta``, ``caller``
team_members_changed = _signals.signal("scim-team-members-changed")
#: ``resource_type``, ``resource``, ``caller``
resource_created = _signals.signal("scim-resource-created")
#: ``resource_type``, ``resource``, ``before``, ``caller``
resource_updated = _signals.signal("scim-resource-updated")
#: ``resource_type``, ``resource``, ``caller``
resource_deleted = _signals.signal("scim-resource-deleted")
#: ``token``, ``connection``
token_created = _signals.signal("scim-token-created")
#: ``token``, ``before``, ``connection``
token_rotated = _signals.signal("scim-token-rotated")
#: ``token``
token_revoked = _signals.signal("scim-token-revoked")
#: ``token``, ``connection``, ``days``, ``threshold``
token_expiring = _signals.signal("scim-token-expiring")
#: ``user_id``, ``roles``, ``caller``
roles_changed = _signals.signal("scim-roles-changed")

_SIGNALS: dict[type[Any], NamedSignal] = {
    events.UserProvisioned: user_provisioned,
    events.UserUpdated: user_updated,
    events.UserDeactivated: user_deactivated,
    events.UserReactivated: user_reactivated,
    events.UserDeleted: user_deleted,
    events.TeamCreated: team_created,
    events.TeamUpdated: team_updated,
    events.TeamDeleted: team_deleted,
    events.TeamMembersChanged: team_members_changed,
    events.ResourceCreated: resource_created,
    events.ResourceUpdated: resource_updated,
    events.ResourceDeleted: resource_deleted,
    events.TokenCreated: token_created,
    events.TokenRotated: token_rotated,
    events.TokenRevoked: token_revoked,
    events.TokenExpiring: token_expiring,
    events.RolesChanged: roles_changed,
}


def send(sender: Any, event: events.Event) -> None:
    """Send the signal of an event to each receiver."""
    signal = _SIGNALS[type(event)]
    if not signal.receivers:
        return
    arguments = {field.name: getattr(event, field.name) for field in fields(event)}
    for receiver in signal.receivers_for(sender):
        try:
            receiver(sender, **arguments)
        except Exception:  # noqa: BLE001 - a receiver is the host's code
            logger.exception("A receiver of %s failed.", signal.name)
