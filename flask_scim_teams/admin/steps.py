"""Where the URL and the token go at each identity provider, in a few steps.

The guides say more: what to map, what success looks like, and what goes wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Final

from flask_scim_teams.admin.translation import N_

STEPS: Final[Mapping[str, Sequence[str]]] = {
    "entra": (
        N_(
            "In the Microsoft Entra admin center: Enterprise apps, New application, Create your "
            "own application, of the kind that is not in the gallery."
        ),
        N_("In the application: Provisioning, New configuration."),
        N_("Paste the tenant URL into Tenant URL and the token into Secret Token."),
        N_("Press Test Connection, then Create."),
        N_("Assign people and groups, try one with Provision on demand, then Start provisioning."),
    ),
    "okta": (
        N_(
            "Create an app integration (SAML 2.0 or SWA); General, App Settings: Provisioning SCIM."
        ),
        N_(
            "Provisioning, Integration: paste the tenant URL into SCIM connector base URL; the "
            "unique identifier is userName."
        ),
        N_("Authentication Mode is HTTP Header; paste the token into Authorization."),
        N_("Press Test Connector Configuration, then Save."),
        N_("Under To App enable creating, updating and deactivating; assign people, push groups."),
    ),
    "onelogin": (
        N_("Add the application SCIM Provisioner with SAML (SCIM v2 Core)."),
        N_(
            "Configuration: paste the tenant URL into SCIM Base URL, the token into SCIM Bearer "
            "Token, and the JSON template of the guide; enable the API connection."
        ),
        N_("Provisioning: Enable provisioning. Parameters: include Groups in provisioning."),
        N_("Rules decide who is in which team; Access gives the application to roles."),
    ),
    "google": (
        N_("Google sends SCIM to applications of its catalogue only: the guide names two detours."),
        N_("Catalogue entry: paste the token into Access token, the tenant URL into Endpoint URL."),
        N_("Bridge: the tenant URL is its endpoint, the token its access token."),
    ),
    "keycloak": (
        N_("Keycloak needs a plug-in, such as keycloak-scim: add it, and scim to the listeners."),
        N_(
            "User federation, Add provider, scim: paste the tenant URL into SCIM 2.0 endpoint; "
            "Auth mode BEARER; paste the token into Bearer token."
        ),
        N_(
            "Leave Enable import during sync off: it can delete users here. Save, then synchronise."
        ),
    ),
    "auth0": (
        N_("Event Streams: create one to Auth0 Actions for user.created, updated and deleted."),
        N_("Secrets: SCIM_BASE_URL is the tenant URL, SCIM_BEARER_TOKEN the token."),
        N_("Use Auth0's template outbound-scim-EVENT_STREAM as the code, and Deploy."),
    ),
    "authentik": (
        N_("Applications, New Application; the provider type is SCIM."),
        N_("Paste the tenant URL into URL and the token into Token."),
        N_("Keep the default mappings, or choose a group to filter by; start the synchronisation."),
    ),
    "jumpcloud": (
        N_("SSO Applications: open the application, Identity Management, SCIM 2.0."),
        N_(
            "Paste the tenant URL into Base URL and the token into Token Key; enter an e-mail "
            "address that nobody uses as Test User Email."
        ),
        N_("Press Test Connection, select management of groups, Activate, and bind the groups."),
    ),
    "ping": (
        N_("PingOne: Integrations, Provisioning, New connection, SCIM Outbound, version 2.0."),
        N_(
            "Paste the tenant URL into SCIM base URL; OAuth 2 Bearer Token; paste the token into "
            "OAuth Access Token."
        ),
        N_('Press Test connection. The user filter expression is userName Eq "%s".'),
        N_("Make a rule with this connection; switch the connection and the rule on."),
    ),
    "canaille": (
        N_("Canaille sends SCIM to the clients that it signs people in to."),
        N_("Its client's SCIM address is the tenant URL, and the token its bearer token."),
    ),
    "generic": (
        N_("Look for SCIM or provisioning in the settings of the application."),
        N_("Paste the tenant URL where it asks for the base URL, endpoint or SCIM URL."),
        N_("Paste the token as bearer token; as a header it is Authorization: Bearer TOKEN."),
        N_("Choose SCIM 2.0, PATCH rather than PUT for groups, and userName as the identifier."),
    ),
}
