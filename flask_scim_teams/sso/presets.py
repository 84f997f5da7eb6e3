"""The identity providers that are known, and what each of them does differently.

Every function takes what its provider's console shows, and any parameter of
:class:`~flask_scim_teams.sso.provider.Provider` besides.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import partial
from typing import Any

from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.services.linking import Link
from flask_scim_teams.sso.group_claims import paths
from flask_scim_teams.sso.group_claims import separated
from flask_scim_teams.sso.provider import Claims
from flask_scim_teams.sso.provider import Provider

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WITH_GROUPS = ("openid", "profile", "email", "groups")


def oidc(*, name: str = "oidc", **settings: Any) -> Provider:
    """Return a provider of which nothing more is known than that it does OpenID Connect."""
    return Provider(name=name, **settings)


def entra(
    *,
    tenant: str,
    tenants: Collection[str] = (),
    authority: str = "https://login.microsoftonline.com",
    name: str = "entra",
    **settings: Any,
) -> Provider:
    """Return Microsoft Entra ID.

    :param tenant: the directory's id; or ``organizations`` or ``common`` for those of ``tenants``.
    :param tenants: ids of the directories whose people may sign in, where there are several.
    :param authority: another one for national clouds.
    """
    many = tenant in ("organizations", "common")
    if not many and not _GUID.fullmatch(tenant):
        raise SetupError(
            "Entra needs the directory's id, which tokens name it by; or organizations, or common, "
            f"together with tenants. This is neither: {tenant!r}."
        )
    given: dict[str, Any] = {
        "label": "Microsoft",
        "issuer": f"{authority}/{{tenantid}}/v2.0" if many else f"{authority}/{tenant}/v2.0",
        "discovery": f"{authority}/{tenant}/v2.0/.well-known/openid-configuration" if many else "",
        "tenants": frozenset(tenants) if many else None,
        "named_groups": False,
        "overage": groups_left_out,
        "subject": object_id,
        "email_verified": domain_owner_verified,
        "user_name": principal_name,
        "link": Link("oid"),
        # Microsoft Graph's, which tells nothing more and would be another place to ask.
        "userinfo": False,
    }
    return Provider(name=name, **given | settings)


def okta(
    *, domain: str, server: str | None = None, name: str = "okta", **settings: Any
) -> Provider:
    """Return Okta.

    :param domain: of the organization: ``acme.okta.com``.
    :param server: id of a custom authorization server, such as ``default``.
    """
    issuer = f"https://{domain}" if server is None else f"https://{domain}/oauth2/{server}"
    given: dict[str, Any] = {"label": "Okta", "issuer": issuer, "scopes": _WITH_GROUPS}
    return Provider(name=name, **given | settings)


def google(*, hosted_domain: str | None = None, name: str = "google", **settings: Any) -> Provider:
    """Return Google, whose tokens tell no groups: ``groups_from`` asks for them.

    :param hosted_domain: of the Workspace whose people may sign in; without one, anybody who has
        a Google account may, as far as Google is concerned.
    """
    given: dict[str, Any] = {
        "label": "Google",
        "issuer": "https://accounts.google.com",
        "groups_claim": None,
        "userinfo": False,
    }
    if hosted_domain is not None:
        given["authorize"] = {"hd": hosted_domain}
        given["checks"] = (partial(of_hosted_domain, hosted_domain),)
    return Provider(name=name, **given | settings)


def onelogin(*, subdomain: str, name: str = "onelogin", **settings: Any) -> Provider:
    """Return OneLogin.

    :param subdomain: of the account: ``acme`` of ``acme.onelogin.com``.
    """
    given: dict[str, Any] = {
        "label": "OneLogin",
        "issuer": f"https://{subdomain}.onelogin.com/oidc/2",
        "scopes": _WITH_GROUPS,
        "read_groups": separated,
    }
    return Provider(name=name, **given | settings)


def keycloak(*, base: str, realm: str, name: str = "keycloak", **settings: Any) -> Provider:
    """Return Keycloak, with a *Group Membership* mapper to the claim ``groups``.

    :param base: of the server: ``https://sso.example.com``.
    """
    given: dict[str, Any] = {
        "label": "Keycloak",
        "issuer": f"{base.rstrip('/')}/realms/{realm}",
        "read_groups": paths,
    }
    return Provider(name=name, **given | settings)


def auth0(
    *, domain: str, groups_claim: str | None = None, name: str = "auth0", **settings: Any
) -> Provider:
    """Return Auth0.

    :param domain: of the tenant: ``acme.eu.auth0.com``, or its own.
    :param groups_claim: what an Action of yours puts the groups into, an address of your own such
        as ``https://acme.example/groups``; by itself no claim has them.
    """
    given: dict[str, Any] = {
        "label": "Auth0",
        # The slash is a part of it.
        "issuer": f"https://{domain}/",
        # As it sets up applications of the kind "Regular Web".
        "client_authentication": "client_secret_post",
        "groups_claim": groups_claim,
    }
    return Provider(name=name, **given | settings)


def groups_left_out(claims: Claims) -> bool:
    """Whether Entra left the groups out because there are too many.

    It then names an address that would tell them. It is of a service that is retired, and an
    address out of a token is not asked anyway.
    """
    elsewhere = claims.get("_claim_names")
    named = isinstance(elsewhere, dict) and "groups" in elsewhere
    return named or claims.get("hasgroups") not in (None, False, "false")


def object_id(claims: Claims) -> Any:
    """Return what identifies somebody in their Entra directory; ``sub`` is another in each app."""
    return claims.get("oid")


def domain_owner_verified(claims: Claims) -> bool:
    """Whether Entra says that the address is of a domain of the directory.

    ``email`` alone is whatever an administrator of any directory wrote there.
    """
    return claims.get("xms_edov") in (True, 1, "1", "true")


def principal_name(claims: Claims) -> str | None:
    """Return the user principal name, whose domain Entra has verified."""
    name = claims.get("preferred_username")
    return name if isinstance(name, str) else None


def of_hosted_domain(domain: str, claims: Claims) -> str | None:
    """Refuse Google accounts that the Workspace does not manage.

    The domain of the address says nothing: private accounts may have any.
    """
    if claims.get("hd") != domain:
        return f"This account is not one of {domain}."
    return None
