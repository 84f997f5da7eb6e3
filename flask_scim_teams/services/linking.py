"""Which user a person is who signs in: by what SCIM said of them, or by what they were before.

Never by an e-mail address alone: whoever can write an address at some identity provider is not
whoever it belongs to.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.errors import Uniqueness
from flask_scim_teams.core.filters import Compare
from flask_scim_teams.core.filters import Name
from flask_scim_teams.core.filters import Operator
from flask_scim_teams.core.ownership import DIRECTORY
from flask_scim_teams.core.ownership import SSO
from flask_scim_teams.core.ownership import kindred
from flask_scim_teams.core.ownership import scim_source
from flask_scim_teams.core.planner import Changes
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.lookups import by_value
from flask_scim_teams.services.provisioning import Provisioning
from flask_scim_teams.services.refusals import in_words
from flask_scim_teams.services.team_sync import TeamSync
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import Work

_ATTRIBUTES = ("externalId", "userName")


@dataclass(frozen=True, slots=True)
class Link:
    """Which claim names a user that is here already.

    :param claim: what the identity provider is asked for.
    :param attribute: what it has to be equal to: ``externalId``, to the letter; or ``userName``,
        in whatever letter case, where nobody but the provider's administrators can change the
        claim.
    :raises SetupError: if the attribute is another one.
    """

    claim: str = "sub"
    attribute: str = "externalId"

    def __post_init__(self) -> None:
        if self.attribute not in _ATTRIBUTES:
            raise SetupError(
                f"People are linked by {' or '.join(_ATTRIBUTES)}, not by {self.attribute!r}: "
                "an e-mail address is no proof of who somebody is."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A person whom an identity provider vouches for.

    :param source: ``sso:NAME``.
    :param issuer: of the provider; with ``subject``, who they are for good, and nobody elsewhere.
    :param subject: what the provider knows them by, and a directory of its name as well.
    :param attribute: and ``value``: what they are looked for by; ``value`` is ``None`` if the
        provider does not say.
    :param connection: name of the SCIM connection that the provider feeds, where it is named.
    :param alone: whether the provider is the only one that people sign in with.
    :param attributes: of the user that is to be made if there is none; ``None`` if none is to be.
    """

    source: str
    issuer: str
    subject: str
    attribute: str
    value: str | None
    connection: str | None = None
    alone: bool = True
    attributes: Mapping[str, Any] | None = None

    @property
    def reference(self) -> str:
        """What is remembered of who they are."""
        return self.reference_of(self.subject)

    def reference_of(self, subject: str) -> str:
        """Return what is remembered of whoever else the issuer knows by a subject."""
        return f"{self.issuer}|{subject}"


@dataclass(frozen=True, slots=True)
class Linked:
    """The user that somebody is, and on whose behalf their teams are kept."""

    user: Resource
    caller: Caller


class NotLinked(Exception):
    """The person is no user here, or one that is not let in.

    :param words: for the person.
    :param reason: for the log.
    """

    def __init__(self, words: str, reason: str) -> None:
        super().__init__(words)
        self.words = words
        self.reason = reason


class Linking:
    """Finds, remembers and makes the users that people are."""

    def __init__(
        self,
        backend: Backend,
        provisioning: Provisioning,
        connections: ConnectionManager,
        team_sync: TeamSync,
    ) -> None:
        self._backend = backend
        self._provisioning = provisioning
        self._connections = connections
        self._team_sync = team_sync

    def arrive(self, arrival: Arrival) -> Linked:
        """Return the user that somebody is; made, if they are to be.

        :raises NotLinked: if there is none, or a deactivated one.
        """
        connection, trusted = self._connection(arrival)
        caller = _caller(arrival, connection)
        user = self._known(caller, arrival, connection, trusted=trusted)
        if user is None and arrival.attributes is not None:
            try:
                user = self._made(caller, arrival)
            except Uniqueness:
                # Made at the same moment by another request, or somebody else.
                user = self._known(caller, arrival, connection, trusted=trusted)
                if user is None:
                    raise NotLinked(
                        "There is an account of your name here that is not linked to you. Please "
                        "ask an administrator.",
                        "The userName or externalId is another user's.",
                    ) from None
        if user is None:
            raise NotLinked(
                "You have no account here. Please ask an administrator to provision one.",
                f"No user has the {arrival.attribute} that the identity provider tells.",
            )
        if not user.active:
            raise NotLinked("This account is deactivated.", "The user is deactivated.")
        return Linked(user, caller)

    @in_words
    def users_of(self, arrival: Arrival, subjects: Collection[str]) -> Mapping[str, str]:
        """Return which users other people of somebody's provider are.

        They are found as whoever arrives is, but nobody is made, and nothing remembered: people
        come by themselves.

        :param subjects: what the provider knows them by.
        :return: ids of users by subject, of those who are users here.
        :raises NotLinked: if the arrival's connection is none.
        """
        connection, trusted = self._connection(arrival)
        caller = _caller(arrival, connection)
        with self._backend.begin(caller, write=False) as work:
            references = {arrival.reference_of(one): one for one in subjects}
            known = work.sources.find(arrival.source, references)
            listed = work.sources.find(_directory_of(arrival), subjects)
            there = work.users.get_many({*known.values(), *listed.values()})
            signed_in = {references[one]: id for one, id in known.items() if id in there}
            listed = {one: id for one, id in listed.items() if id in there}
            if arrival.attribute != "externalId":
                return {**listed, **signed_in}
            named: Mapping[str, str] = {}
            if arrival.value == arrival.subject:
                named = self._named(work, arrival, subjects, connection, trusted=trusted)
            return {**signed_in, **named, **listed}

    def _named(
        self,
        work: Work,
        arrival: Arrival,
        external_ids: Collection[str],
        connection: ConnectionRecord | None,
        *,
        trusted: bool,
    ) -> Mapping[str, str]:
        """Return the users that SCIM or the host calls so, where there is one of a name."""
        users = by_value(work.users, self._backend.types.user, "externalId", external_ids)
        found: dict[str, list[str]] = {}
        for user in self._linkable(work, arrival, users, connection, trusted=trusted):
            found.setdefault(str(user.external_id), []).append(user.id)
        return {name: ids[0] for name, ids in found.items() if len(ids) == 1}

    def team_names(self, caller: Caller, references: Collection[str]) -> Mapping[str, str]:
        """Return what groups are called that the caller's provider knows, by reference."""
        if not references:
            return {}
        names: dict[str, str] = {}
        with self._backend.begin(caller, write=False) as work:
            for source in (caller.source, *kindred(caller.source)):
                found = work.sources.find(source, references)
                said = work.sources.origins(list(found.values()))
                for reference, id in found.items():
                    for origin in said.get(id, ()):
                        # Where nobody knew better, a group is called by its id.
                        if origin.source == source and origin.name not in ("", reference):
                            names[reference] = origin.name
        return names

    def _connection(self, arrival: Arrival) -> tuple[ConnectionRecord | None, bool]:
        """Return the connection of the same provider, and whether all users are of it."""
        if arrival.connection is not None:
            try:
                return self._connections.named(arrival.connection), False
            except ValueError as unknown:
                raise NotLinked(
                    "Sign-in is not set up here. Please tell an administrator.", str(unknown)
                ) from None
        known = self._connections.real()
        alone = arrival.alone and len(known) <= 1
        return (known[0] if alone and known else None), alone

    def _known(
        self,
        caller: Caller,
        arrival: Arrival,
        connection: ConnectionRecord | None,
        *,
        trusted: bool,
    ) -> Resource | None:
        """Return the user that somebody is, and remember it."""
        with self._backend.begin(caller, write=False) as work:
            known = work.sources.find(arrival.source, [arrival.reference]).get(arrival.reference)
            user = None if known is None else work.users.get(known)
            new = False
            if user is None or arrival.attribute == "externalId":
                # SCIM may have given the externalId to another user since: it has the last word.
                # A userName is but a name, which the next person may get.
                matched = self._matched(work, arrival, connection, trusted=trusted)
                if matched is not None and (user is None or user.id != matched.id):
                    user, new = matched, True
        if user is None or not new or not user.active:
            return user
        return self._remember(caller, arrival, user)

    def _matched(
        self,
        work: Work,
        arrival: Arrival,
        connection: ConnectionRecord | None,
        *,
        trusted: bool,
    ) -> Resource | None:
        """Return the one user that a directory, SCIM or the host says somebody is."""
        known = work.sources.find(_directory_of(arrival), [arrival.subject])
        listed = known.get(arrival.subject)
        if listed is not None and (user := work.users.get(listed)) is not None:
            return user
        if not arrival.value:
            return None
        same = Compare(Name(None, arrival.attribute), Operator.EQ, arrival.value)
        page = work.users.search(parse_query(self._backend.types.user, filter=same))
        if page.total > len(page.resources):
            return None
        mine = self._linkable(work, arrival, page.resources, connection, trusted=trusted)
        # Two users of one externalId are nobody in particular.
        return mine[0] if len(mine) == 1 else None

    def _linkable(
        self,
        work: Work,
        arrival: Arrival,
        users: Sequence[Resource],
        connection: ConnectionRecord | None,
        *,
        trusted: bool,
    ) -> list[Resource]:
        """Return the users of whom this provider has the say.

        Of several providers each could give its people what another one calls somebody.
        """
        origins = work.sources.origins([one.id for one in users])

        def may_link(user: Resource) -> bool:
            sources = {one.source: one.reference for one in origins.get(user.id, ())}
            if arrival.attribute == "userName" and arrival.source in sources:
                # Somebody else of the same provider was that user before.
                return sources[arrival.source] in ("", arrival.reference)
            if trusted or arrival.source in sources:
                return True
            return connection is not None and scim_source(connection.id) in sources

        return [one for one in users if may_link(one)]

    def _remember(self, caller: Caller, arrival: Arrival, user: Resource) -> Resource:
        with self._backend.begin(caller, write=False) as work:
            before = work.sources.find(arrival.source, [arrival.reference]).get(arrival.reference)
        if before is not None and before != user.id:
            self._forget(caller, before)

        def unchanged(_: Work, stored: Resource) -> Changes:
            return Changes(stored.attributes, stored.external_id, ())

        kept = self._provisioning.adjust(
            caller, self._backend.types.user, user.id, unchanged, reference=arrival.reference
        )
        return kept.resource

    def _forget(self, caller: Caller, user_id: str) -> None:
        """Let go of a user that is not this person any more, and of the teams that made them."""
        self._team_sync.apply(caller, self._team_sync.plan_person(caller, user_id, ()))
        with self._backend.begin(caller, write=True) as work:
            work.sources.forget(user_id, caller.source)
            work.commit()

    def _made(self, caller: Caller, arrival: Arrival) -> Resource:
        assert arrival.attributes is not None
        external_id = arrival.value if arrival.attribute == "externalId" else None
        draft = Draft(attributes=arrival.attributes, external_id=external_id)
        try:
            made = self._provisioning.create(
                caller,
                self._backend.types.user,
                draft,
                reference=arrival.reference,
                related=False,
            )
        except Uniqueness:
            raise
        except ScimError as error:
            raise NotLinked(
                "No account can be made of what the identity provider tells of you. Please ask an "
                "administrator.",
                f"The user cannot be made: {error.detail}",
            ) from error
        return made.resource


def _caller(arrival: Arrival, connection: ConnectionRecord | None) -> Caller:
    return Caller(source=arrival.source, tenant=connection.tenant if connection else "")


def _directory_of(arrival: Arrival) -> str:
    """Return the source that a directory of the provider's name is."""
    return DIRECTORY + arrival.source.removeprefix(SSO)
