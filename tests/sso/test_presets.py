"""Each identity provider that is known, from the button to the teams, with claims of its kind."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import pytest

from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.sso import Link
from flask_scim_teams.sso import Provider
from flask_scim_teams.sso import auth0
from flask_scim_teams.sso import entra
from flask_scim_teams.sso import google
from flask_scim_teams.sso import keycloak
from flask_scim_teams.sso import oidc
from flask_scim_teams.sso import okta
from flask_scim_teams.sso import onelogin
from flask_scim_teams.sso.group_claims import named_keys
from tests.sso.gateway import Gateway
from tests.sso.gateway import settings_for
from tests.sso.openid_provider import CLIENT_ID
from tests.sso.openid_provider import CLIENT_SECRET
from tests.sso.openid_provider import OpenIDProvider

TENANT = "11111111-2222-3333-4444-555555555555"
OTHER_TENANT = "99999999-2222-3333-4444-555555555555"
PLATFORM = "aaaaaaaa-0000-0000-0000-000000000001"
DATA = "aaaaaaaa-0000-0000-0000-000000000002"
ENTRA = {
    "sub": "pairwise-and-of-this-app-alone",
    "oid": "0d000000-0000-0000-0000-00000000000a",
    "tid": TENANT,
    "ver": "2.0",
    "preferred_username": "ada@acme.example",
    "email": "ada@acme.example",
    "email_verified": None,
}
LOCAL = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "allow_localhost": True}


class Api:
    """The API of a provider, which knows groups or fails."""

    def __init__(self, *groups: DirectoryGroup, fails: Exception | None = None) -> None:
        self.groups = groups
        self.fails = fails
        self.asked: list[tuple[str, str | None]] = []

    def groups_of(self, person: str, *, token: str | None = None) -> Sequence[DirectoryGroup]:
        self.asked.append((person, token))
        if self.fails is not None:
            raise self.fails
        return self.groups


@dataclass(frozen=True)
class Case:
    """A provider and what it says of Ada.

    :param external_id: what it sends over SCIM as externalId.
    """

    make: Callable[[OpenIDProvider], Provider]
    person: dict[str, Any]
    external_id: str
    teams: set[str]
    path: str = ""
    more: dict[str, Any] = field(default_factory=dict)


CASES = {
    "entra": Case(
        lambda server: entra(tenant=TENANT, authority=server.base, **LOCAL),
        ENTRA | {"groups": [PLATFORM, DATA]},
        ENTRA["oid"] or "",
        {PLATFORM, DATA},
        f"/{TENANT}/v2.0",
    ),
    "okta": Case(
        lambda server: okta(domain="acme.okta.com", **settings_for(server)),
        {"sub": "00u1ada", "groups": ["Everyone", "Platform"]},
        "00u1ada",
        {"Everyone", "Platform"},
    ),
    "okta, thin ID token": Case(
        lambda server: okta(domain="acme.okta.com", server="default", **settings_for(server)),
        {"sub": "00u1ada"},
        "00u1ada",
        {"Platform"},
        "/oauth2/default",
        {"groups": ["Platform"]},
    ),
    "google": Case(
        lambda server: google(
            hosted_domain="acme.example",
            groups_from=Api(DirectoryGroup("01abc", "Platform")),
            **settings_for(server),
        ),
        {"sub": "108000000000000000000", "hd": "acme.example"},
        "108000000000000000000",
        {"Platform"},
    ),
    "onelogin, one text": Case(
        lambda server: onelogin(subdomain="acme", **settings_for(server)),
        {"sub": "40000001", "groups": "Platform; Data;"},
        "40000001",
        {"Platform", "Data"},
        "/oidc/2",
    ),
    "onelogin, a list": Case(
        lambda server: onelogin(subdomain="acme", **settings_for(server)),
        {"sub": "40000001", "groups": ["Platform; and more", "Data"]},
        "40000001",
        {"Platform; and more", "Data"},
        "/oidc/2",
    ),
    "keycloak": Case(
        lambda server: keycloak(base=server.base, realm="acme", **LOCAL),
        {"sub": "f0000000-0000-0000-0000-00000000000a", "groups": ["/Platform", "/Data/Platform"]},
        "f0000000-0000-0000-0000-00000000000a",
        {"Platform", "Data/Platform"},
        "/realms/acme",
    ),
    "keycloak, roles": Case(
        lambda server: keycloak(
            base=server.base, realm="acme", groups_claim=("realm_access", "roles"), **LOCAL
        ),
        {"sub": "f000000a", "realm_access": {"roles": ["admin", "auditor"]}},
        "f000000a",
        {"admin", "auditor"},
        "/realms/acme",
    ),
    "auth0": Case(
        lambda server: auth0(
            domain="acme.eu.auth0.com",
            groups_claim="https://acme.example/groups",
            **settings_for(server),
        ),
        {"sub": "auth0|6500ada", "https://acme.example/groups": ["Platform"]},
        "auth0|6500ada",
        {"Platform"},
        "/",
    ),
    "jumpcloud, one group": Case(
        lambda server: oidc(**settings_for(server)),
        {"sub": "65ada", "groups": "Platform"},
        "65ada",
        {"Platform"},
        "/",
    ),
    "authentik": Case(
        lambda server: oidc(**settings_for(server)),
        {"sub": "65ada", "groups": ["Platform", "Platform"]},
        "65ada",
        {"Platform"},
        "/application/o/gateway/",
    ),
    "zitadel": Case(
        lambda server: oidc(
            groups_claim="urn:zitadel:iam:org:project:roles",
            read_groups=named_keys,
            **settings_for(server),
        ),
        {"sub": "7", "urn:zitadel:iam:org:project:roles": {"admin": {"1": "acme.example"}}},
        "7",
        {"admin"},
    ),
}


def open_gateway(server: OpenIDProvider, provider: Provider, **settings: Any) -> Gateway:
    server.redirect_uris.add(f"http://localhost/sso/{provider.name}/callback")
    return Gateway(provider, **settings)


def teams_of(gateway: Gateway, user_id: str) -> set[str]:
    """Return the names of a user's teams, as SCIM tells them."""
    groups = gateway.idp().get(f"/Users/{user_id}").get_json().get("groups", [])
    return {one["display"] for one in groups}


@pytest.mark.idp
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_somebody_signs_in_and_is_in_their_teams(
    serve: Callable[..., OpenIDProvider], case: Case
) -> None:
    server = serve(case.path)
    server.person |= case.person
    server.more = case.more
    provider = case.make(server)
    gateway = open_gateway(server, provider)
    ada = gateway.idp().user("ada@acme.example", externalId=case.external_id)
    browser = gateway.browser()
    assert browser.sign_in(provider.name).status_code == 302
    assert browser.whoami() == ada["id"]
    [identity] = gateway.identities
    assert identity.groups_known
    assert teams_of(gateway, ada["id"]) == case.teams
    # Once more, with no group left: the teams let them go.
    lookup = provider.groups_from
    if isinstance(lookup, Api):
        lookup.groups = ()
    for said in (server.person, server.more):
        for name, value in said.items():
            if name in ("groups", "realm_access") or "://" in name or name.startswith("urn:"):
                said[name] = {"roles": []} if name == "realm_access" else type(value)()
    assert browser.sign_in(provider.name).status_code == 302
    assert teams_of(gateway, ada["id"]) == set()


def test_the_addresses_of_the_presets() -> None:
    client = {"client_id": "x"}
    for provider, issuer, discovery in (
        (
            entra(tenant=TENANT, **client),
            f"https://login.microsoftonline.com/{TENANT}/v2.0",
            f"https://login.microsoftonline.com/{TENANT}/v2.0",
        ),
        (
            entra(tenant="common", tenants=[TENANT], **client),
            "https://login.microsoftonline.com/{tenantid}/v2.0",
            "https://login.microsoftonline.com/common/v2.0",
        ),
        (okta(domain="a.okta.com", **client), "https://a.okta.com", None),
        (
            okta(domain="a.okta.com", server="default", **client),
            "https://a.okta.com/oauth2/default",
            None,
        ),
        (google(**client), "https://accounts.google.com", None),
        (onelogin(subdomain="a", **client), "https://a.onelogin.com/oidc/2", None),
        (
            keycloak(base="https://sso.a.example/", realm="b", **client),
            "https://sso.a.example/realms/b",
            None,
        ),
        (auth0(domain="a.auth0.com", **client), "https://a.auth0.com/", "https://a.auth0.com"),
    ):
        assert provider.issuer == issuer
        assert provider.discovery_url == f"{discovery or issuer}/.well-known/openid-configuration"
        assert "client_secret=" not in repr(provider)


def many_tenants(server: OpenIDProvider) -> Provider:
    return entra(tenant="organizations", tenants=[TENANT], authority=server.base, **LOCAL)


@pytest.mark.idp
def test_entra_with_several_tenants_lets_in_those_that_were_named(
    serve: Callable[..., OpenIDProvider],
) -> None:
    """The discovery document has ``{tenantid}`` in place of an issuer."""
    server = serve(f"/{TENANT}/v2.0", issuer_path="/{tenantid}/v2.0")
    server.person |= ENTRA
    gateway = open_gateway(
        server,
        many_tenants(server),
    )
    gateway.idp().user(externalId=ENTRA["oid"])
    assert gateway.browser().sign_in("entra").status_code == 302
    [identity] = gateway.identities
    assert identity.issuer == f"{server.base}/{TENANT}/v2.0"
    assert identity.subject == ENTRA["oid"]
    assert not identity.email_verified, "an address that anybody's administrator wrote"


@pytest.mark.idp
@pytest.mark.parametrize(
    ("path", "tid"),
    [
        (f"/{OTHER_TENANT}/v2.0", OTHER_TENANT),
        (f"/{OTHER_TENANT}/v2.0", TENANT),
        (f"/{TENANT}/v2.0", OTHER_TENANT),
        (f"/{TENANT}/v2.0", None),
        ("/{tenantid}/v2.0", TENANT),
        ("/{tenantid}/v2.0", "{tenantid}"),
    ],
    ids=["another's", "another's issuer", "another's tid", "no tid", "template", "both template"],
)
def test_entra_lets_nobody_in_of_a_tenant_that_was_not_named(
    serve: Callable[..., OpenIDProvider], path: str, tid: str | None
) -> None:
    server = serve(path, issuer_path="/{tenantid}/v2.0")
    server.person |= ENTRA | {"tid": tid}
    gateway = open_gateway(server, many_tenants(server))
    gateway.idp().user(externalId=ENTRA["oid"])
    assert gateway.browser().sign_in("entra").status_code == 403
    assert gateway.identities == []


@pytest.mark.idp
@pytest.mark.parametrize(
    "domain", [None, "elsewhere.example", "ACME.example.evil", ["acme.example"]]
)
def test_google_lets_nobody_in_whom_the_workspace_does_not_manage(
    server: OpenIDProvider, domain: Any
) -> None:
    """A private account may have an address of the domain: ``hd`` says whose it is."""
    server.person |= {"email": "eve@acme.example", "hd": domain}
    provider = google(hosted_domain="acme.example", **settings_for(server))
    gateway = open_gateway(server, provider)
    gateway.idp().user(externalId=server.person["sub"])
    browser = gateway.browser()
    answer = browser.sign_in("google")
    assert server.parameters["hd"] == "acme.example"
    assert answer.status_code == 403
    assert "not one of acme.example" in answer.text
    assert gateway.identities == []


@pytest.mark.idp
def test_entras_groups_keep_the_names_that_its_api_told_them_by(
    serve: Callable[..., OpenIDProvider],
) -> None:
    """The claim has ids alone; Graph is asked when one is new, and not each time."""
    server = serve(f"/{TENANT}/v2.0")
    server.person |= ENTRA | {"groups": [PLATFORM]}
    api = Api(DirectoryGroup(PLATFORM, "Platform"))
    provider = entra(tenant=TENANT, authority=server.base, groups_from=api, **LOCAL)
    gateway = open_gateway(server, provider)
    ada = gateway.idp().user(externalId=ENTRA["oid"])
    for _ in range(2):
        gateway.browser().sign_in("entra")
        assert teams_of(gateway, ada["id"]) == {"Platform"}
    assert api.asked == [(ENTRA["oid"], None)]


@pytest.mark.idp
@pytest.mark.parametrize(
    "overage",
    [
        {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "http://x"}}},
        {"hasgroups": True},
        {"hasgroups": "true"},
        {"_claim_names": {"groups": "src1"}, "groups": []},
    ],
    ids=["_claim_names", "hasgroups", "hasgroups as text", "both"],
)
def test_entras_overage_is_asked_of_the_api_by_object_id(
    serve: Callable[..., OpenIDProvider], overage: dict[str, Any]
) -> None:
    server = serve(f"/{TENANT}/v2.0")
    server.person |= ENTRA | overage
    api = Api(DirectoryGroup(PLATFORM, "Platform"), DirectoryGroup(DATA, "Data"))
    provider = entra(tenant=TENANT, authority=server.base, groups_from=api, **LOCAL)
    gateway = open_gateway(server, provider)
    ada = gateway.idp().user(externalId=ENTRA["oid"])
    gateway.browser().sign_in("entra")
    assert teams_of(gateway, ada["id"]) == {"Platform", "Data"}
    assert api.asked == [(ENTRA["oid"], None)]


def test_entra_proves_an_address_by_the_owner_of_its_domain(
    serve: Callable[..., OpenIDProvider],
) -> None:
    server = serve(f"/{TENANT}/v2.0")
    server.person |= ENTRA | {"xms_edov": True, "groups": []}
    provider = entra(tenant=TENANT, authority=server.base, link=Link("email", "userName"), **LOCAL)
    gateway = open_gateway(server, provider)
    ada = gateway.idp().user("ADA@acme.example")
    browser = gateway.browser()
    browser.sign_in("entra")
    assert browser.whoami() == ada["id"]
