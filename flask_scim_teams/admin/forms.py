"""The console's forms. The blueprint checks all of them for forgery before a view sees one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms import SelectMultipleField
from wtforms import StringField
from wtforms import TextAreaField
from wtforms.validators import InputRequired
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput
from wtforms.widgets import ListWidget

from flask_scim_teams.admin.translation import N_
from flask_scim_teams.admin.translation import _
from flask_scim_teams.core.dialects.providers import PROVIDERS
from flask_scim_teams.services.connections import MAX_NAME

_LIFETIMES = {
    "": N_("Never"),
    "30": N_("In 30 days"),
    "90": N_("In 90 days"),
    "180": N_("In 180 days"),
    "365": N_("In a year"),
}
_OVERLAPS = {
    "0": N_("None: it ends at once"),
    "1": N_("An hour"),
    "24": N_("24 hours"),
    "168": N_("A week"),
}


class _Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    class Meta:
        # Checked once for the whole blueprint.
        csrf = False


class ConnectionForm(_Form):
    """A new connection."""

    name = StringField(
        N_("Name"),
        [InputRequired(), Length(max=MAX_NAME)],
        description=N_("What you will know it by, such as Contoso Entra."),
    )
    provider = SelectField(N_("Identity provider"))
    tenant = StringField(
        N_("Tenant"),
        [Length(max=MAX_NAME)],
        description=N_("Leave it empty unless this service keeps several tenants apart."),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.provider.choices = [(one.key, one.title) for one in PROVIDERS.values()]


class TokenForm(_Form):
    """A new token."""

    label = StringField(
        N_("Label"),
        [InputRequired(), Length(max=255)],
        description=N_("Where it will be used."),
    )
    lifetime = SelectField(
        N_("Expires"),
        description=N_("Provisioning stops when a token runs out. You are warned before that."),
    )
    scopes = SelectMultipleField(
        N_("Allowed"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    addresses = TextAreaField(
        N_("Addresses it is accepted from"),
        description=N_("One network a line, such as 192.0.2.0/24. Empty: from anywhere."),
    )

    def __init__(self, scopes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lifetime.choices = [(key, _(text)) for key, text in _LIFETIMES.items()]
        self.scopes.choices = [(scope, scope) for scope in scopes]

    @property
    def expires_in(self) -> timedelta | None:
        """How long it is good for."""
        return timedelta(days=int(self.lifetime.data)) if self.lifetime.data else None

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks, as they were typed."""
        return tuple(one for one in re.split(r"[\s,]+", self.addresses.data or "") if one)


class RotationForm(_Form):
    """How long the old token goes on."""

    overlap = SelectField(
        N_("The old token goes on for"),
        default="24",
        description=N_("Time to paste the new one into the identity provider."),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.overlap.choices = [(key, _(text)) for key, text in _OVERLAPS.items()]

    @property
    def duration(self) -> timedelta:
        """The overlap."""
        return timedelta(hours=int(self.overlap.data))
