"""Who else is in the groups of somebody who signs in, as far as it is told in time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import cast

from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.directory import Roster
from flask_scim_teams.core.directory import RosterLookup
from flask_scim_teams.services.logger import logger
from flask_scim_teams.sso.groups import cause_of
from flask_scim_teams.sso.provider import Provider
from flask_scim_teams.sso.provider import RosterLimits


def rosters_at(
    provider: Provider, groups: Sequence[DirectoryGroup]
) -> tuple[list[Roster], list[str]]:
    """Return the rosters of groups, and what is to be said of those that are not whole.

    Of a group whose roster cannot be read there is none; of one that was not read to its end there
    is an incomplete one.
    """
    limits = RosterLimits() if provider.rosters is True else cast(RosterLimits, provider.rosters)
    lookup = cast(RosterLookup, provider.groups_from)
    reading = _Reading(lookup, limits)
    rosters: list[Roster] = []
    words: list[str] = []
    for number, group in enumerate(groups):
        if number == limits.groups or reading.is_over:
            words.append(f"The rosters of {len(groups) - number} groups were left for later.")
            break
        try:
            roster = reading.of(group)
        except Exception as error:  # noqa: BLE001 - whatever a function of the host's fails with
            why = cause_of(error)
            logger.warning("The API of %s did not tell a roster: %s", provider.source, why)
            words.append(f"The roster of {group.name} is unknown ({why}).")
            continue
        rosters.append(roster)
        if not roster.complete:
            words.append(
                f"The roster of {group.name} was read no further than {len(roster.members)} people:"
                " nobody is taken out."
            )
    return rosters, words


class _Reading:
    """Reads rosters until the limits are reached."""

    def __init__(self, lookup: RosterLookup, limits: RosterLimits) -> None:
        self._lookup = lookup
        self._left = limits.people
        self._end = time.monotonic() + limits.seconds

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be asked for."""
        return self._left <= 0 or time.monotonic() >= self._end

    def of(self, group: DirectoryGroup) -> Roster:
        """Return the roster of a group, up to the page that reaches a limit."""
        members: dict[str, None] = {}
        for page in self._lookup.roster(group.id):
            new = [id for id in dict.fromkeys(page) if id not in members][: self._left]
            members |= dict.fromkeys(new)
            self._left -= len(new)
            if self.is_over:
                # Whether it was the last page would take one more question.
                return Roster(group, list(members), complete=False)
        return Roster(group, list(members))
