"""A directory: people, teams, and what changes in it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from functools import cached_property


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in the directory.

    :param key: what the directory itself knows the person by, whatever else changes.
    :param title: the job's; empty for none.
    :param manager: key of another person.
    """

    key: str
    given_name: str
    family_name: str
    user_name: str
    email: str
    department: str = ""
    title: str = ""
    manager: str | None = None
    active: bool = True

    @property
    def full_name(self) -> str:
        """How the person is called."""
        return f"{self.given_name} {self.family_name}"

    @property
    def nickname(self) -> str:
        """The user name without its domain."""
        return self.user_name.partition("@")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A group of the directory.

    :param members: keys of people, in the order they came.
    """

    key: str
    name: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hired:
    """Somebody is new in the directory, or is assigned to the application for the first time."""

    person: Person


@dataclass(frozen=True, slots=True)
class Updated:
    """Somebody's attributes changed; with a new family name the user name changes too."""

    before: Person
    after: Person


@dataclass(frozen=True, slots=True)
class Disabled:
    """Somebody may not sign in for the time being. They stay in their teams."""

    person: Person


@dataclass(frozen=True, slots=True)
class Restored:
    """Somebody who was disabled may sign in again."""

    person: Person


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody is deleted for good.

    :param teams: keys of the teams that lose a member by it.
    """

    person: Person
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamMade:
    """There is a new team."""

    team: Team


@dataclass(frozen=True, slots=True)
class TeamRenamed:
    """A team has a new name; its members stay."""

    before: Team
    after: Team


@dataclass(frozen=True, slots=True)
class MembersChanged:
    """People came into a team and went out of it.

    :param after: the team as it is then.
    :param joined: keys of those who came.
    :param left: keys of those who went.
    """

    after: Team
    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamClosed:
    """A team is deleted, with whoever was in it."""

    team: Team


Change = (
    Hired
    | Updated
    | Disabled
    | Restored
    | Left
    | TeamMade
    | TeamRenamed
    | MembersChanged
    | TeamClosed
)


@dataclass(frozen=True, slots=True)
class Directory:
    """People and teams at one moment, by key."""

    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)

    def after(self, change: Change) -> Directory:
        """Return the directory as it is when the change has happened."""
        match change:
            case Hired(person) | Updated(_, person) | Disabled(person) | Restored(person):
                return Directory({**self.people, person.key: person}, self.teams)
            case Left(person):
                people = {key: one for key, one in self.people.items() if key != person.key}
                return Directory(people, _without(self.teams, person.key))
            case TeamMade(team) | TeamRenamed(_, team) | MembersChanged(team):
                return Directory(self.people, {**self.teams, team.key: team})
            case TeamClosed(team):
                teams = {key: one for key, one in self.teams.items() if key != team.key}
                return Directory(self.people, teams)

    def teams_of(self, key: str) -> tuple[str, ...]:
        """Return the keys of the teams that a person is in."""
        return tuple(team.key for team in self.teams.values() if key in team.members)


@dataclass(frozen=True)
class Plan:
    """What a simulation plays: a directory that fills, and then changes.

    :param initial: the directory of the first synchronisation.
    :param cycles: the changes of each synchronisation after it.
    """

    initial: Directory
    cycles: tuple[tuple[Change, ...], ...] = ()

    @property
    def initial_changes(self) -> tuple[Change, ...]:
        """The changes that fill an empty directory, people before teams."""
        people = [Hired(person) for person in self.initial.people.values()]
        return (*people, *(TeamMade(team) for team in self.initial.teams.values()))

    @property
    def changes(self) -> tuple[Change, ...]:
        """The whole plan as changes of an empty directory."""
        return (*self.initial_changes, *(change for cycle in self.cycles for change in cycle))

    def owner(self, user_name: str) -> str | None:
        """Return the key of the person who has or had a user name; ``None`` for a stranger's."""
        name = user_name.casefold()
        local, at, domain = name.partition("@")
        # An earlier run may have left a name that this plan has not: whose it is can be told by
        # what stands before the hyphen.
        return self._people.get(name) or self._people.get(f"{local.partition('-')[0]}{at}{domain}")

    def team(self, name: str) -> str | None:
        """Return the key of the team that has or had a name; ``None`` for a stranger's."""
        name = name.casefold()
        return self._teams.get(name) or self._teams.get(name.partition(",")[0])

    @cached_property
    def _people(self) -> Mapping[str, str]:
        known: dict[str, str] = {}
        for change in self.changes:
            match change:
                case Hired(person) | Updated(_, person):
                    known.setdefault(person.user_name.casefold(), person.key)
        return known

    @cached_property
    def _teams(self) -> Mapping[str, str]:
        known: dict[str, str] = {}
        for change in self.changes:
            match change:
                case TeamMade(team) | TeamRenamed(_, team):
                    known.setdefault(team.name.casefold(), team.key)
        return known


def with_members(team: Team, joined: Iterable[str], left: Iterable[str]) -> MembersChanged:
    """Return the change that people joining and leaving are for a team."""
    gone = tuple(key for key in left if key in team.members)
    come = tuple(key for key in joined if key not in team.members)
    members = tuple(key for key in team.members if key not in gone) + come
    return MembersChanged(replace(team, members=members), come, gone)


def _without(teams: Mapping[str, Team], key: str) -> Mapping[str, Team]:
    return {
        one.key: replace(one, members=tuple(other for other in one.members if other != key))
        if key in one.members
        else one
        for one in teams.values()
    }
