"""The console's forms. The blueprint checks all of them for forgery before a view sees one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField
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
from flask_scim_teams.services.once import credential_id
from flask_scim_teams.storage.interface import ConnectionRecord

_LIFETIMES = {
    "": N_("Never"),
    "30": N_("In 30 days"),
    "90": N_("In 90 days"),
    "180": N_("In 180 days"),
    "365": N_("In a year"),
}
#: Of a secret, which is never without an end; its days by what they are called.
_SECRET_LIFETIMES = {
    "180": N_("In 180 days"),
    "365": N_("In a year"),
    "730": N_("In two years"),
    "1095": N_("In three years"),
}
_PROOFS = {
    "secret": N_("A secret, which is shown once"),
    "keys": N_("Its signature: you paste its public keys below"),
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


class _MakingForm(_Form):
    """Makes a credential once, however often it is sent: by a reload, or by a second click."""

    #: The id that the credential will have.
    once = HiddenField(default=credential_id)


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


class TokenForm(_MakingForm):
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


class RotationForm(_MakingForm):
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


class SecretForm(_MakingForm):
    """One more secret of a client."""

    lifetime = SelectField(
        N_("Expires"),
        default="365",
        description=N_("Put another one in place before that. Several can be good at once."),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lifetime.choices = [(key, _(text)) for key, text in _SECRET_LIFETIMES.items()]

    @property
    def expires_in(self) -> timedelta:
        """How long the secret is good for."""
        return timedelta(days=int(self.lifetime.data))


class ClientForm(SecretForm):
    """A new OAuth client."""

    label = StringField(
        N_("Label"),
        [InputRequired(), Length(max=255)],
        description=N_("What you will know it by."),
    )
    connection = SelectField(N_("Connection"))
    scopes = SelectMultipleField(
        N_("Allowed"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    proof = SelectField(N_("It proves who it is with"))
    lifetime = SelectField(
        N_("The secret expires"),
        default="365",
        description=N_("Put another one in place before that. Several can be good at once."),
    )
    jwks = TextAreaField(
        N_("Public keys"),
        description=N_("A JWK set: JSON with a list of keys. Of a client that signs."),
    )
    jwks_uri = StringField(
        N_("URL of the public keys"),
        description=N_("Where they are published, instead of pasting them: they can change then."),
    )
    issuer = StringField(
        N_("Issuer"),
        description=N_("Only where another service signs for the client; so are the next two."),
    )
    subject = StringField(N_("Subject"), description=N_("What the issuer calls the client."))
    audience = StringField(N_("Audience"), description=N_("What its assertions are meant for."))

    def __init__(
        self, scopes: Sequence[str], connections: Sequence[ConnectionRecord], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.scopes.choices = [(scope, scope) for scope in scopes]
        self.connection.choices = [(one.id, one.name) for one in connections]
        self.proof.choices = [(key, _(text)) for key, text in _PROOFS.items()]
