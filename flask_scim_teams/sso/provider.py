"""An identity provider that people sign in with: one value, and what it does differently in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Literal
from typing import TypeAlias
from urllib.parse import urlsplit

from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import GroupLookup
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.ownership import SSO
from flask_scim_teams.services.linking import Link
from flask_scim_teams.sso.group_claims import listed

Claims: TypeAlias = Mapping[str, Any]
#: What makes the attributes of a user who is not known yet; ``None`` refuses them.
MakeUser: TypeAlias = Callable[[Claims], Mapping[str, Any] | None]

#: What ID tokens may be signed with, and the kind of key that each takes. None of them is
#: symmetric: a public key is no secret, and "none" is no signature.
ALGORITHMS = {
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "ES256": "EC",
    "ES384": "EC",
    "ES512": "EC",
}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def verified_by_claim(claims: Claims) -> bool:
    """Whether the provider says that the address is the person's (OpenID Connect Core 5.1)."""
    value = claims.get("email_verified")
    return value is True or value == "true"


def named_by_claims(claims: Claims) -> str | None:
    """Return the userName of a user to be made: what nobody else can have claimed."""
    email = claims.get("email")
    if isinstance(email, str) and verified_by_claim(claims):
        return email
    preferred = claims.get("preferred_username")
    # What looks like an address and is not known to be theirs would be taken for it.
    return preferred if isinstance(preferred, str) and "@" not in preferred else None


def _subject(claims: Claims) -> Any:
    return claims.get("sub")


def _complete(_: Claims) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLimits:
    """How much of the rosters of somebody's groups a sign-in waits for.

    What is beyond is left to the next one: people are added as far as was read, and nobody is
    taken out of a team whose roster was not read to its end.

    :param groups: so many at most.
    :param people: so many at most, in all groups together.
    :param seconds: after which no further page is asked for.
    """

    groups: int = 20
    people: int = 5_000
    seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An identity provider; :mod:`flask_scim_teams.sso.presets` makes those that are known.

    :param name: in addresses, and in the name of the source of teams, ``sso:NAME``: small
        letters, digits, hyphens.
    :param issuer: exactly as the discovery document and the tokens have it, slash at the end or
        not. With ``{tenantid}`` in it, that is the token's ``tid``, and ``tenants`` are let in.
    :param client_secret: of the client that is registered there; empty for a public client.
    :param client_authentication: how the secret is sent: in the header, or in the body.
    :param label: for a button; the name if there is none.
    :param discovery: address of the discovery document, where it is not below the issuer.
    :param groups_claim: holds the groups; a tuple leads into objects; ``None`` if no claim does.
    :param read_groups: returns the groups of the claim's value; ``None`` if it cannot be read.
    :param named_groups: whether the claim tells names, and not ids alone.
    :param overage: whether the claims say that there are more groups than they hold.
    :param groups_from: asks the provider's API for the groups of a subject, as connectors do; what
        it raises means that they are unknown.
    :param rosters: whether a sign-in brings in who else is in the person's groups, of those who are
        users here; or within which limits. It takes a ``groups_from`` that has rosters, and no
        claim is looked at then.
    :param as_person: whether it asks with the person's own access token.
    :param require_groups: whether nobody signs in whose groups are unknown.
    :param link: which claim names a user that is here already.
    :param connection: name of the SCIM connection that the same provider feeds; needed where the
        host has several connections or providers, because an externalId is one provider's word.
    :param create_users: whether people who are not known here are let in as new users; a function
        of the claims returns the attributes they get, or ``None`` for those who are not.
    :param claims: names of the claims that the host wants to see.
    :param userinfo: whether the userinfo endpoint is asked for what the ID token does not say.
    :param tenants: ids of the directories whose people may sign in, where the issuer is of many.
    :param authorize: more parameters of the authorization request.
    :param subject: returns what identifies the person for good.
    :param checks: each returns why somebody is not let in, or ``None``.
    :param email_verified: whether the claims prove that the address is the person's.
    :param user_name: returns the userName of a user to be made.
    :param allow_localhost: whether the provider may be this machine, without https: for tests.
    :raises SetupError: if this cannot work, or is not safe.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    client_authentication: Literal["client_secret_basic", "client_secret_post"] = (
        "client_secret_basic"
    )
    label: str = ""
    discovery: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    groups_claim: str | tuple[str, ...] | None = "groups"
    read_groups: Callable[[Any], Sequence[DirectoryGroup] | None] = listed
    named_groups: bool = True
    overage: Callable[[Claims], bool] = _complete
    groups_from: GroupLookup | None = None
    rosters: bool | RosterLimits = False
    as_person: bool = False
    require_groups: bool = False
    link: Link = field(default_factory=Link)
    connection: str | None = None
    create_users: bool | MakeUser = False
    tenants: frozenset[str] | None = None
    claims: tuple[str, ...] = ()
    userinfo: bool = True
    authorize: Mapping[str, str] = field(default_factory=dict)
    subject: Callable[[Claims], Any] = _subject
    checks: tuple[Callable[[Claims], str | None], ...] = ()
    email_verified: Callable[[Claims], bool] = verified_by_claim
    user_name: Callable[[Claims], str | None] = named_by_claims
    allow_localhost: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise SetupError(
                f"A provider's name is of small letters, digits and hyphens, not {self.name!r}."
            )
        if not self.client_id:
            raise SetupError(f"The provider {self.name} needs the client_id registered there.")
        if "openid" not in self.scopes:
            raise SetupError(f"The scopes of the provider {self.name} need openid among them.")
        for url in (self.issuer, self.discovery_url):
            if not self.may_ask(url):
                raise SetupError(f"The provider {self.name} needs an https address, not {url!r}.")
        if self.rosters and not callable(getattr(self.groups_from, "roster", None)):
            raise SetupError(
                f"The provider {self.name} can bring rosters only with groups_from that tells "
                "them: a directory connector, or an object with a method roster(group_id)."
            )
        if self.of_many_tenants and self.tenants is not None and not self.tenants:
            raise SetupError(f"Say which tenants may sign in with the provider {self.name}.")
        if self.of_many_tenants and self.link.attribute == "userName":
            raise SetupError(
                f"Administrators of any tenant name their people as they like: the provider "
                f"{self.name} can link by userName with one tenant only."
            )

    @property
    def source(self) -> str:
        """Name of the source that this provider is of users and teams."""
        return f"{SSO}:{self.name}"

    @property
    def title(self) -> str:
        """What a button calls it."""
        return self.label or self.name

    @property
    def of_many_tenants(self) -> bool:
        """Whether tokens of several directories are accepted."""
        return "{tenantid}" in self.issuer

    @property
    def discovery_url(self) -> str:
        """Where the provider describes itself (OpenID Connect Discovery 4)."""
        return self.discovery or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"

    def may_ask(self, url: Any) -> bool:
        """Whether an address of the provider may be asked: https, or this machine for tests."""
        if not isinstance(url, str) or not url.isascii() or not url.isprintable():
            return False
        try:
            parts = urlsplit(url)
            host = parts.hostname
        except ValueError:
            return False
        if not host or parts.username is not None or parts.fragment:
            return False
        local = parts.scheme == "http" and host in _LOCAL
        return parts.scheme == "https" or (local and self.allow_localhost)
