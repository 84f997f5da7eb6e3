"""From a verified token to a user and their teams: what happens when somebody has signed in."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from typing import Protocol

from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import Roster
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.linking import Arrival
from flask_scim_teams.services.linking import Linked
from flask_scim_teams.services.linking import Linking
from flask_scim_teams.services.linking import NotLinked
from flask_scim_teams.services.log import ProvisioningLog
from flask_scim_teams.services.team_sync import TeamSync
from flask_scim_teams.services.team_sync import Verb
from flask_scim_teams.sso.client import OpenIDClient
from flask_scim_teams.sso.groups import Groups
from flask_scim_teams.sso.groups import groups_at
from flask_scim_teams.sso.identity import Identity
from flask_scim_teams.sso.provider import Claims
from flask_scim_teams.sso.provider import Provider
from flask_scim_teams.sso.refusals import SignInRefused
from flask_scim_teams.sso.rosters import rosters_at
from flask_scim_teams.sso.verification import issuer_of
from flask_scim_teams.sso.verification import subject_of
from flask_scim_teams.sso.verification import verified

#: Longest account of what became of somebody's teams, in characters.
_LONGEST = 1_000


class Service(Protocol):
    """What sign-in needs of :class:`~flask_scim_teams.ScimTeams`."""

    @property
    def connections(self) -> ConnectionManager:
        """The connections."""
        ...

    @property
    def linking(self) -> Linking:
        """Which user a person is."""
        ...

    @property
    def team_sync(self) -> TeamSync:
        """What becomes of groups."""
        ...

    @property
    def log(self) -> ProvisioningLog:
        """What happened."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider vouches for."""

    issuer: str
    subject: str
    claims: Claims
    access_token: str | None

    def text(self, name: str) -> str | None:
        """Return a claim that is a text, or ``None``."""
        value = self.claims.get(name)
        return value if isinstance(value, str) and value else None


def person_of(client: OpenIDClient, token: Mapping[str, Any], nonce: str) -> Person:
    """Return the person whom the tokens are about.

    :raises SignInRefused: if the tokens cannot be trusted, or the person may not sign in.
    """
    provider = client.provider
    claims = verified(client, token, nonce)
    access = token.get("access_token")
    return Person(
        issuer=issuer_of(provider, claims),
        subject=subject_of(provider, claims),
        claims=_completed(client, token, claims),
        access_token=access if isinstance(access, str) else None,
    )


def signed_in(scim: Service, provider: Provider, person: Person, *, alone: bool) -> Identity:
    """Return who somebody is here, with their teams as their groups have it.

    :param alone: whether there is no other provider that people sign in with.
    :raises SignInRefused: if they are nobody here, deactivated, or their groups are needed and
        unknown.
    """
    arrival = _arrival(provider, person, alone=alone)
    linked = _linked(scim, arrival)
    groups = groups_at(
        provider,
        person.claims,
        person.subject,
        person.access_token,
        partial(scim.linking.team_names, linked.caller),
    )
    if groups.known is None and provider.require_groups:
        raise SignInRefused(
            "Which groups you are in could not be found out. Please try again later.",
            status=503,
            reason=f"{groups.words} The provider is one without whose groups nobody signs in.",
        )
    words = "; ".join(_synchronised(scim, provider, arrival, linked, groups))[:_LONGEST]
    scim.log.add_event(linked.caller, action="signed in", user=linked.user, detail=words or None)
    email = person.text("email")
    return Identity(
        provider=provider.name,
        issuer=person.issuer,
        subject=person.subject,
        user_id=linked.user.id,
        email=email,
        email_verified=email is not None and provider.email_verified(person.claims),
        name=person.text("name"),
        claims={name: person.claims[name] for name in provider.claims if name in person.claims},
        groups=groups.known or (),
        groups_known=groups.known is not None,
    )


def _arrival(provider: Provider, person: Person, *, alone: bool) -> Arrival:
    value = person.text(provider.link.claim)
    if provider.link.claim == "email" and not provider.email_verified(person.claims):
        value = None
    return Arrival(
        source=provider.source,
        issuer=person.issuer,
        subject=person.subject,
        attribute=provider.link.attribute,
        value=value,
        connection=provider.connection,
        alone=alone,
        attributes=_attributes(provider, person),
    )


def _linked(scim: Service, arrival: Arrival) -> Linked:
    try:
        return scim.linking.arrive(arrival)
    except NotLinked as refusal:
        raise SignInRefused(refusal.words, reason=refusal.reason) from refusal


def _attributes(provider: Provider, person: Person) -> Mapping[str, Any] | None:
    """Return the attributes of the user to be made of the person, if one may be."""
    if callable(provider.create_users):
        return provider.create_users(person.claims)
    name = provider.user_name(person.claims) if provider.create_users else None
    if name is None:
        return None
    attributes: dict[str, Any] = {"userName": name, "active": True}
    email = person.text("email")
    if email is not None and provider.email_verified(person.claims):
        attributes["emails"] = [{"value": email, "type": "work", "primary": True}]
    if person.text("name"):
        attributes["displayName"] = person.text("name")
    parts = {"givenName": person.text("given_name"), "familyName": person.text("family_name")}
    given = {part: text for part, text in parts.items() if text}
    return attributes | ({"name": given} if given else {})


def _synchronised(
    scim: Service, provider: Provider, arrival: Arrival, linked: Linked, groups: Groups
) -> list[str]:
    """Bring the person into their teams and out of others; return what is to be said of it.

    :raises SignInRefused: if that fails, and nobody signs in without.
    """
    if groups.known is None:
        return [f"{groups.words} Memberships stay as they are."]
    steps = scim.team_sync.plan_person(linked.caller, linked.user.id, groups.known)
    report = scim.team_sync.apply(linked.caller, steps)
    words = [*report.words]
    if report.failed and provider.require_groups:
        raise SignInRefused(
            "Your teams could not be brought up to date. Please try again later.",
            status=503,
            reason="; ".join(words)[:_LONGEST],
        )
    if provider.rosters:
        left = {step.group.id for step in steps if step.verb in (Verb.LEAVE, Verb.REFUSE)}
        own = [group for group in groups.known if group.id not in left]
        # What could not be read comes first: it is not to be cut off.
        words = [*_filled(scim, provider, arrival, linked, own), *words]
    return words


def _filled(
    scim: Service,
    provider: Provider,
    arrival: Arrival,
    linked: Linked,
    groups: Sequence[DirectoryGroup],
) -> list[str]:
    """Bring others of somebody's groups into the teams and out of them; return what is to be said.

    Whatever fails here, it is no reason why nobody could sign in.
    """
    told, words = rosters_at(provider, groups)
    people = {id for roster in told for id in roster.members}
    try:
        users = scim.linking.users_of(arrival, people)
        rosters = [
            Roster(
                one.group,
                [users[id] for id in one.members if id in users],
                # One without the person knows people by other ids, or is not of today.
                complete=one.complete
                and users.get(arrival.subject) == linked.user.id
                and arrival.subject in one.members,
            )
            for one in told
        ]
        steps = scim.team_sync.plan_rosters(linked.caller, rosters)
    except (NotLinked, ScimError) as error:
        return [*words, f"The rosters could not be kept: {error}"]
    return [*words, *scim.team_sync.apply(linked.caller, steps).words]


def _completed(client: OpenIDClient, token: Mapping[str, Any], claims: Claims) -> Claims:
    """Return the claims with those of the userinfo endpoint, where the ID token is thin.

    What the ID token says comes first; and an address and whether it is verified belong together.
    """
    provider = client.provider
    where = provider.groups_claim
    first = where[0] if isinstance(where, tuple) else where
    thin = "email" not in claims or (first is not None and first not in claims)
    if not provider.userinfo or not thin:
        return claims
    more = client.user_info(token)
    # OpenID Connect Core 5.3.2: of somebody else it must not be used.
    if more is None or more.get("sub") != claims.get("sub"):
        return claims
    if "email" in claims:
        more = {name: value for name, value in more.items() if name != "email_verified"}
    return {**more, **claims}
