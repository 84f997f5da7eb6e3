"""Where a team comes from, and so what of it an operator may change by hand."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask import g
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select

from examples.gateway.limits import TEAM_LIMITS
from examples.gateway.models import Team
from examples.gateway.models import User
from examples.gateway.models import db
from examples.gateway.models import provisioned_limits
from examples.gateway.provisioning import backend
from examples.gateway.provisioning import scim
from examples.gateway.sign_in import providers
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.signals import team_created
from flask_scim_teams.signals import team_updated
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller

BY_HAND = "by hand"
IDENTITY = frozenset({"name", "members"})  # what whoever made a team has the say in
LIMITS = tuple(attribute.name for attribute in TEAM_LIMITS.attributes)


class NotByHand(Exception):
    """An identity provider has the say in what was to be changed; the message names both."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Whose a team is.

    :param sources: in words, the one that decides first; empty for a team made by hand.
    :param owns: what of ``name``, ``members``, ``budget`` and ``models`` they decide.
    """

    sources: tuple[str, ...] = ()
    owns: frozenset[str] = frozenset()

    @property
    def by_hand(self) -> bool:
        """Whether it was made by hand."""
        return not self.sources

    def check(self, name: str, what: str) -> None:
        """Refuse a change by hand of what is not the operator's.

        :param name: of the team.
        :raises NotByHand: if a source decides about it.
        """
        if what in self.owns:
            raise NotByHand(
                f"The {what} of team '{name}' {_is_or_are(what)} decided by its identity provider "
                f"({self.sources[0]}). Change {_it_or_them(what)} there."
            )

    def check_deletion(self, name: str) -> None:
        """Refuse to delete what an identity provider would miss.

        :raises NotByHand: if the team is not made by hand.
        """
        if not self.by_hand:
            raise NotByHand(
                f"Team '{name}' comes from its identity provider ({self.sources[0]}). Delete or "
                "unassign the group there."
            )


def _is_or_are(what: str) -> str:
    return "are" if what.endswith("s") else "is"


def _it_or_them(what: str) -> str:
    return "them" if what.endswith("s") else "it"


# begin: origins
def of_teams(teams: Collection[Team]) -> Mapping[int, Provenance]:
    """Return where teams come from, by their primary keys; the look-ups do not grow with them."""
    ids = [team.scim_id for team in teams if team.scim_id is not None]
    with backend.begin(HOST, write=False) as work:
        said = work.sources.origins(ids)
    limits = _limits(teams)
    found = {}
    for team in teams:
        words = _in_words(_first_scim(one.source for one in said.get(team.scim_id or "", ())))
        owns = IDENTITY | limits.get(team.id, frozenset()) if words else frozenset()
        found[team.id] = Provenance(words, owns)
    return found


# end: origins


def of_team(team: Team) -> Provenance:
    """Return where a team comes from."""
    return of_teams([team])[team.id]


def of_memberships(team: Team, users: Collection[User]) -> Mapping[int, Sequence[str]]:
    """Return in words who says that users are in a team, by the users' primary keys."""
    ids = {user.scim_id: user.id for user in users if user.scim_id is not None}
    with backend.begin(HOST, write=False) as work:
        claims = work.sources.claims_for(list(ids))
    return {
        ids[member]: _in_words(one.source for one in said if one.team == team.scim_id)
        for member, said in claims.items()
    }


def _in_words(sources: Iterable[str]) -> tuple[str, ...]:
    """Return what people call sources; how they are called is read once for a page."""
    if "names_of_sources" not in g:
        connections = {f"scim:{one.id}": one.name for one in scim.connections.list()}
        g.names_of_sources = connections | {one.source: one.title for one in providers()}
    names: Mapping[str, str] = g.names_of_sources
    return tuple(_words(source, names.get(source, "")) for source in sources)


def _words(source: str, name: str) -> str:
    kind, _, called = source.partition(":")
    match kind:
        case "":
            return BY_HAND
        case "scim":
            # Nobody gave a name to the connection, or it is gone.
            return "SCIM" if name in ("", "default") else f"{name} by SCIM"
        case "sso":
            return f"signed in with {name or called}"
        case _:
            return f"in the directory {called}"


def _first_scim(sources: Iterable[str]) -> list[str]:
    """Order sources as the library obeys them: SCIM before what people sign in with."""
    return sorted(sources, key=lambda source: (not source.startswith("scim:"), source))


def _limits(teams: Collection[Team]) -> Mapping[int, frozenset[str]]:
    columns = provisioned_limits.c
    rows = db.session.execute(
        select(columns.team_id, columns.name).where(columns.team_id.in_([one.id for one in teams]))
    )
    found: dict[int, frozenset[str]] = {}
    for team_id, name in rows:
        found[team_id] = found.get(team_id, frozenset()) | {name}
    return found


def init_app(app: Flask) -> None:
    """Remember which limits an identity provider sets."""
    team_created.connect(_note_limits, app)
    team_updated.connect(_note_limits, app)


def _note_limits(
    sender: Any, *, team: Resource, caller: Caller, before: Resource | None = None
) -> None:
    # Both may set a limit, and the last one wins: what the identity provider changed is its own.
    now, then = _said(team), _said(before)
    changed = [name for name in LIMITS if now.get(name) != then.get(name)]
    if not changed:
        return
    row = select(Team.id).where(Team.scim_id == team.id)
    team_id = db.session.scalar(row)
    columns = provisioned_limits.c
    db.session.execute(
        delete(provisioned_limits).where(columns.team_id == team_id, columns.name.in_(changed))
    )
    rows = [
        {"team_id": team_id, "name": name}
        for name in changed
        if caller.token_id is not None and name in now
    ]
    if rows and team_id is not None:
        db.session.execute(insert(provisioned_limits), rows)
    db.session.commit()


def _said(team: Resource | None) -> Mapping[str, Any]:
    said: Mapping[str, Any] = team.attributes.get(TEAM_LIMITS.id, {}) if team is not None else {}
    return said
