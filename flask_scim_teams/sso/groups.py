"""The groups of somebody who signs in: from claims, else from the provider's API, else unknown."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass

from flask_scim_teams.core.directory import DirectoryError
from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.services.logger import logger
from flask_scim_teams.sso.group_claims import claim_at
from flask_scim_teams.sso.provider import Claims
from flask_scim_teams.sso.provider import Provider


@dataclass(frozen=True, slots=True)
class Groups:
    """What is known of somebody's groups.

    :param known: all of them; ``None`` if they are unknown, which is not the same as none.
    :param words: why they are unknown.
    """

    known: tuple[DirectoryGroup, ...] | None
    words: str = ""


def groups_at(
    provider: Provider,
    claims: Claims,
    subject: str,
    access_token: str | None,
    names: Callable[[Collection[str]], Mapping[str, str]],
) -> Groups:
    """Return the groups of a subject.

    :param names: returns what groups are called that came before, by id, for claims that tell ids
        alone.
    """
    if provider.rosters:
        # A claim may know groups by other ids than the API, and have others than it offers.
        return _asked(provider, subject, access_token)
    told = _claimed(provider, claims)
    if told.known is None:
        return told if provider.groups_from is None else _asked(provider, subject, access_token)
    if provider.named_groups:
        return told
    known = names([one.id for one in told.known])
    if provider.groups_from is not None and any(one.id not in known for one in told.known):
        # Where it fails, an id alone is not enough: the API may know that it is not offered here.
        return _asked(provider, subject, access_token)
    return Groups(tuple(DirectoryGroup(one.id, known.get(one.id, one.id)) for one in told.known))


def _claimed(provider: Provider, claims: Claims) -> Groups:
    where = provider.groups_claim
    if where is None:
        return Groups(None, "The identity provider's tokens tell no groups.")
    if provider.overage(claims):
        return Groups(None, "There are more groups than the identity provider puts into a token.")
    value = claim_at(claims, where)
    if value is None:
        name = where if isinstance(where, str) else ".".join(where)
        return Groups(None, f"The identity provider sent no claim {name!r}.")
    groups = provider.read_groups(value)
    if groups is None:
        return Groups(None, "The claim of the groups has a form that is not understood.")
    return Groups(tuple(groups))


def _asked(provider: Provider, subject: str, access_token: str | None) -> Groups:
    assert provider.groups_from is not None
    token = access_token if provider.as_person else None
    try:
        return Groups(tuple(provider.groups_from.groups_of(subject, token=token)))
    except Exception as error:  # noqa: BLE001 - whatever a function of the host's fails with
        why = cause_of(error)
    logger.warning("The API of %s did not tell groups: %s", provider.source, why)
    return Groups(None, f"The identity provider's API did not tell the groups ({why}).")


def cause_of(error: Exception) -> str:
    """Return why a provider's API did not tell something."""
    # Of what is not ours neither the text nor a trace: a client's error may quote the request.
    return str(error) if isinstance(error, DirectoryError) else type(error).__name__
