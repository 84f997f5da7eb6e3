"""Which team is which group's, and whose it is."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass

from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.ownership import is_scim
from flask_scim_teams.core.ownership import kindred
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.team_plan import TeamPolicy
from flask_scim_teams.core.values import unique_key
from flask_scim_teams.services.lookups import by_value
from flask_scim_teams.storage.interface import Origin
from flask_scim_teams.storage.interface import Work


@dataclass(frozen=True, slots=True)
class Found:
    """The team of a group, as far as there is one.

    :param team: ``None`` if it is still to be made.
    :param origins: what sources say of it.
    :param refusal: why nothing can be done for the group; empty if something can.
    """

    group: DirectoryGroup
    team: Resource | None = None
    origins: Sequence[Origin] = ()
    refusal: str = ""

    @property
    def is_scim(self) -> bool:
        """Whether a SCIM connection says what the team is: then nobody else does."""
        return is_scims(self.origins)

    def said(self, source: str) -> str | None:
        """Return what a source called it last."""
        return next((one.name for one in self.origins if one.source == source), None)


def is_scims(origins: Iterable[Origin]) -> bool:
    """Whether one of the sources of a resource is a SCIM connection."""
    return any(is_scim(one.source) for one in origins)


def find_teams(
    work: Work,
    types: ResourceTypes,
    source: str,
    policy: TeamPolicy,
    groups: Sequence[DirectoryGroup],
    taken: dict[str, str] | None = None,
) -> Iterator[Found]:
    """Yield what there is of each group.

    :param taken: names that are given to teams to be made, and to which group; kept here.

    A team is a group's by the id that the source, or the same provider's other one, knows it by.
    Teams of SCIM connections are found by ``externalId`` and by name too, to be left alone; one
    that was made by hand is never taken for a group by its name, unless the host says so.
    """
    by_group = _by_reference(work, source, groups)
    rest = [group for group in groups if group.id not in by_group]
    named = by_value(work.teams, types.group, "externalId", [group.id for group in rest])
    called = by_value(work.teams, types.group, "displayName", [group.name for group in rest])
    teams = {one.id: one for one in (*by_group.values(), *named, *called)}
    origins = work.sources.origins(list(teams))
    by_external_id = {one.external_id: one for one in named if is_scims(origins[one.id])}
    # Where names repeat, SCIM's team comes first.
    called = sorted(called, key=lambda one: is_scims(origins[one.id]))
    by_name = {_key(types.group, str(one.attributes["displayName"])): one for one in called}
    taken = {} if taken is None else taken
    for group in groups:
        team = by_group.get(group.id) or by_external_id.get(group.id)
        if team is not None:
            yield Found(group, team, origins[team.id])
            continue
        try:
            key = _key(types.group, group.name)
        except InvalidValue as refused:
            yield Found(group, refusal=f"The group {group.name!r:.80}: {refused.detail}")
            continue
        yield _by_its_name(policy, group, by_name.get(key), origins, taken.get(key))
        taken.setdefault(key, group.id)


def _by_its_name(
    policy: TeamPolicy,
    group: DirectoryGroup,
    team: Resource | None,
    origins: Mapping[str, Sequence[Origin]],
    taken_by: str | None,
) -> Found:
    if team is not None and is_scims(origins[team.id]):
        return Found(group, team, origins[team.id])
    if taken_by is not None:
        return Found(
            group,
            refusal=f"The groups {taken_by} and {group.id} are both called {group.name}: the "
            "second gets no team.",
        )
    if team is None:
        return Found(group)
    if origins[team.id]:
        voices = ", ".join(one.source for one in origins[team.id])
        return Found(group, refusal=f"The team {group.name} is another source's: {voices}.")
    if policy.adopt_by_name:
        return Found(group, team, origins[team.id])
    return Found(
        group,
        refusal=f"The team {group.name} was made by hand, and is not taken for the group of its "
        "name: rename one of them, or let the sync adopt teams by name.",
    )


def _by_reference(
    work: Work, source: str, groups: Sequence[DirectoryGroup]
) -> Mapping[str, Resource]:
    found: dict[str, Resource] = {}
    for voice in (source, *kindred(source)):
        rest = [group.id for group in groups if group.id not in found]
        if rest:
            known = work.sources.find(voice, rest)
            teams = work.teams.get_many(list(known.values()))
            found |= {ref: teams[id] for ref, id in known.items() if id in teams}
    return found


def _key(resource_type: ResourceType, name: str) -> str:
    attribute = resource_type.attribute("displayName")
    assert attribute is not None
    return unique_key(attribute, name)
