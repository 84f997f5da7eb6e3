"""Identity providers that are made up, for hosts and tests to be provisioned by."""

from __future__ import annotations

from typing import Final

#: What can be simulated. Here and not with the classes, so that a command line that lists them
#: does not load them.
PROVIDERS: Final = (
    "entra",
    "okta",
    "onelogin",
    "google",
    "keycloak",
    "auth0",
    "authentik",
    "jumpcloud",
    "ping",
)
