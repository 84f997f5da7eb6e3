"""What a sync has to do in a team: pure, so that what is shown beforehand is what is done.

A sync adds whom its source claims, and takes back whom it claimed and claims no more; what was made
by hand, or what another source claims as well, stays. What is SCIM's is left to SCIM.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Literal

from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.core.ownership import BY_HAND
from flask_scim_teams.core.ownership import spoken_for

#: Most people that a step names.
_MAX_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPolicy:
    """What the host lets a sync do.

    :param create: whether teams are made for groups that have none; or which of them.
    :param defaults: returns attributes of a team that is made, under their SCIM names, an
        extension's under its URN.
    :param rename: whether a team follows its group to another name.
    :param keep_manual: whether those stay in a team whom somebody put there by hand.
    :param adopt_by_name: whether a team that was made by hand is taken for a group of its name.
    :param gone: what becomes of the team of a group that is gone: it is the host's again, is
        emptied of whom the source put there, or is deleted, unless others are in it still.
    """

    create: bool | Callable[[DirectoryGroup], bool] = True
    defaults: Callable[[DirectoryGroup], Mapping[str, Any]] | None = None
    rename: bool = True
    keep_manual: bool = True
    adopt_by_name: bool = False
    gone: Literal["keep", "empty", "delete"] = "empty"

    def creates(self, group: DirectoryGroup) -> bool:
        """Whether a team is to be made for a group."""
        return self.create if isinstance(self.create, bool) else self.create(group)


class Verb(enum.StrEnum):
    """What a step does; the last two do nothing, and say why."""

    CREATE = "create"
    ADOPT = "adopt"
    RENAME = "rename"
    ADD = "add"
    CLAIM = "claim"
    REMOVE = "remove"
    RELEASE = "release"
    FORGET = "forget"
    DELETE = "delete"
    LEAVE = "leave"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that a sync does.

    :param group: that the team is of, as far as it is known.
    :param team: its id; ``None`` for one that is not made yet.
    :param members: ids of the people it is about.
    :param words: for whoever is to read it.
    """

    verb: Verb
    group: DirectoryGroup
    team: str | None = None
    members: tuple[str, ...] = ()
    words: str = ""

    @property
    def part(self) -> str:
        """Which unit of work it is a part of: a name that is taken keeps nobody out of a team."""
        return "name" if self.verb is Verb.RENAME else "members"

    @property
    def acts(self) -> bool:
        """Whether it does anything."""
        return self.verb is not Verb.REFUSE and (self.verb is not Verb.LEAVE or bool(self.members))


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamState:
    """A team as far as it matters to a sync, or to one person's.

    :param name: what it is called now.
    :param said: what the source called it last; ``None`` if it never spoke of it.
    :param present: of the people in it, the names by id.
    :param claims: which sources say of whom that they are in it, by member id.
    """

    id: str
    name: str
    said: str | None = None
    present: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, Collection[str]] = field(default_factory=dict)


def stays(sources: Collection[str], source: str, *, keep_manual: bool) -> bool:
    """Whether a membership stays when a source no longer says so.

    :param sources: those that claimed it until now; none, or the host among them: made by hand.
    """
    own = {*spoken_for(source)}
    if {*sources} - own - {BY_HAND}:
        return True
    by_hand = BY_HAND in sources or not own.intersection(sources)
    return by_hand and keep_manual


def steps_in_team(
    source: str,
    policy: TeamPolicy,
    group: DirectoryGroup,
    team: TeamState,
    wanted: Mapping[str, str],
    *,
    complete: bool = True,
) -> Iterator[Step]:
    """Yield what is to be done in a team that is the source's to fill.

    :param wanted: those the source says are in it, the names by id.
    :param complete: whether whoever is not wanted is known to be no member.
    """

    def step(verb: Verb, ids: Sequence[str], words: str) -> Iterator[Step]:
        if ids:
            who = shown([wanted.get(id) or team.present.get(id) or id for id in ids])
            yield Step(
                verb=verb,
                group=group,
                team=team.id,
                members=tuple(ids),
                words=words.format(who=who, team=team.name),
            )

    if team.said is None:
        words = f"take team {team.name} for the group {group.name}"
        yield Step(verb=Verb.ADOPT, group=group, team=team.id, words=words)
    added = [id for id in wanted if id not in team.present]
    claimed = [id for id in wanted if id in team.present and source not in team.claims.get(id, ())]
    yield from step(Verb.ADD, added, "add {who} to {team}")
    yield from step(Verb.CLAIM, claimed, "note that {who} is in {team} already")
    if complete:
        yield from _taken_back(source, policy, team, wanted, step)
    if policy.rename and team.said is not None and group.name != team.said:
        words = (
            f"note that {team.name} is the team's new name"
            if group.name == team.name
            else f"rename team {team.name} to {group.name}"
        )
        yield Step(verb=Verb.RENAME, group=group, team=team.id, words=words)


def _taken_back(
    source: str,
    policy: TeamPolicy,
    team: TeamState,
    wanted: Collection[str],
    step: Callable[[Verb, Sequence[str], str], Iterator[Step]],
) -> Iterator[Step]:
    own = spoken_for(source)
    removed: list[str] = []
    released: list[str] = []
    forgotten: list[str] = []
    for id in sorted({*team.present, *team.claims} - {*wanted}):
        sources = team.claims.get(id, ())
        claimed = any(one in sources for one in own)
        if id not in team.present:
            forgotten += [id] if claimed else []
        elif not stays(sources, source, keep_manual=policy.keep_manual):
            removed.append(id)
        elif claimed:
            released.append(id)
    yield from step(Verb.REMOVE, removed, "remove {who} from {team}")
    yield from step(Verb.RELEASE, released, "leave {who} in {team}, where others have put them")
    yield from step(Verb.RELEASE, forgotten, "note that {who} is no longer in {team}")


def shown(names: Sequence[str]) -> str:
    """Return names of people as one reads them, not all of very many."""
    if len(names) == 1:
        return names[0]
    if len(names) > _MAX_NAMED + 1:
        return f"{', '.join(names[:_MAX_NAMED])} and {len(names) - _MAX_NAMED} others"
    return f"{', '.join(names[:-1])} and {names[-1]}"
