"""Nobody is led away from the site by the address that they signed in with."""

from __future__ import annotations

from urllib.parse import quote
from urllib.parse import urljoin
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_scim_teams.sso.return_path import is_own_path
from tests.sso.gateway import Gateway
from tests.sso.gateway import provider_of
from tests.sso.openid_provider import OpenIDProvider

ELSEWHERE = [
    "https://evil.example.com/",
    "http:evil.example.com",
    "//evil.example.com",
    "///evil.example.com",
    "////evil.example.com",
    "/\\evil.example.com",
    "\\/evil.example.com",
    "\\\\evil.example.com",
    "/%5cevil.example.com",
    "/%2fevil.example.com",
    "%2f%2fevil.example.com",
    "/\t/evil.example.com",
    "/\n/evil.example.com",
    "\t//evil.example.com",
    " //evil.example.com",
    "/%09/evil.example.com",
    "/%0d%0aLocation:%20https://evil.example.com",
    "/\x00/evil.example.com",
    "/\u2028/evil.example.com",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example.com",
    "@evil.example.com",
    "?next=//evil.example.com",
    "#x",
    "//[",
    "/" + "x" * 1_000,
    "",
]
SPECIAL = "/\\.:@?#%25fFcC\t\n\r \x00[]evil"


@pytest.mark.parametrize("target", ELSEWHERE, ids=lambda target: ascii(target)[:40])
def test_a_page_of_another_site_becomes_the_default_page(
    server: OpenIDProvider, target: str
) -> None:
    gateway = Gateway(provider_of(server), default_page="/reports")
    gateway.idp().user(externalId="ada-at-the-provider")
    assert gateway.browser().sign_in(to=target).headers["Location"] == "/reports"


@pytest.mark.parametrize(
    "target", ["/", "/reports", "/reports?q=a%20b&x=%C3%A9#top", "/a//b", "/é", "/x?u=https://a.b"]
)
def test_a_page_of_this_site_is_gone_to(target: str) -> None:
    assert is_own_path(target)


@given(st.text(st.sampled_from(SPECIAL), max_size=12))
def test_whatever_is_let_through_stays_here(text: str) -> None:
    for target in (text, f"/{text}", quote(text), f"/{quote(text)}"):
        if is_own_path(target):
            # What a browser makes of it (WHATWG URL, section 4.4), once more than it should too.
            bent = target.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
            assert urlsplit(urljoin("https://here.example", bent)).netloc == "here.example"
            assert target.isprintable()
