"""Plans: a directory made up, and what happens in it, cycle by cycle."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from flask_scim_teams.simulator import population
from flask_scim_teams.simulator.directory import Change
from flask_scim_teams.simulator.directory import Directory
from flask_scim_teams.simulator.directory import Disabled
from flask_scim_teams.simulator.directory import Hired
from flask_scim_teams.simulator.directory import Left
from flask_scim_teams.simulator.directory import Person
from flask_scim_teams.simulator.directory import Plan
from flask_scim_teams.simulator.directory import Restored
from flask_scim_teams.simulator.directory import Team
from flask_scim_teams.simulator.directory import TeamClosed
from flask_scim_teams.simulator.directory import TeamMade
from flask_scim_teams.simulator.directory import TeamRenamed
from flask_scim_teams.simulator.directory import Updated
from flask_scim_teams.simulator.directory import with_members


def make_plan(
    *, users: int, teams: int, cycles: int = 1, seed: int = 0, domain: str, mark: str = ""
) -> Plan:
    """Return a plan: the same one for the same arguments.

    :param users: how many people there are in the beginning.
    :param cycles: how often the directory changes afterwards.
    :param domain: of user names and e-mail addresses.
    :param mark: what the names of teams begin with; may be empty.
    """
    rng = random.Random(f"plan/{seed}/{users}/{teams}")  # noqa: S311 - a play, not a secret
    newcomers = population.people(seed, domain)
    names = population.team_names(seed, mark)
    people = {person.key: person for person in islice(newcomers, users)}
    members: list[list[str]] = [[] for _ in range(teams)]
    for number, key in enumerate(people):
        # The first teams are the largest ones, and nobody is in more than three.
        for place in {number % teams, *_small(rng, teams)} if teams else ():
            members[place].append(key)
    made = [
        Team(key=population.new_key(rng), name=next(names), members=tuple(keys)) for keys in members
    ]
    initial = Directory(people, {team.key: team for team in made})
    future = _Future(initial, rng, newcomers, names)
    return Plan(initial, tuple(future.cycle() for _ in range(cycles)))


def _small(rng: random.Random, below: int) -> Iterator[int]:
    for _ in range(rng.randint(0, 2)):
        yield min(rng.randrange(below), rng.randrange(below))


class _Future:
    """Thinks up what happens next."""

    def __init__(
        self,
        directory: Directory,
        rng: random.Random,
        newcomers: Iterator[Person],
        names: Iterator[str],
    ) -> None:
        self._directory = directory
        self._rng = rng
        self._newcomers = newcomers
        self._names = names
        self._changes: list[Change] = []

    def cycle(self) -> tuple[Change, ...]:
        """Return the changes of the next cycle: people first, then teams, as providers do it."""
        self._changes = []
        size = len(self._directory.people)
        absent = [one for one in self._directory.people.values() if not one.active]
        waiting = self._those_who_lead_nobody()
        hired = [next(self._newcomers) for _ in range(max(1, size // 20))]
        for person in hired:
            self._happens(Hired(person))
        back, leaving, away = (_take(waiting, max(1, size // 50)) for _ in range(3))
        for person in (*back, *leaving, *away):
            self._happens(Disabled(replace(person, active=False)))
        for person in _take(waiting, max(1, size // 50)):
            self._rename(person)
        for person in _take(waiting, max(1, size // 10)):
            self._promote(person)
        for person in _take(waiting, max(1, size // 50)):
            self._happens(Updated(person, replace(person, title="")))
        # Those who were away in the last cycle come back, or never do.
        for person in (*back, *absent[::2]):
            self._happens(Restored(replace(person, active=True)))
        for person in (*leaving, *absent[1::2]):
            gone = self._directory.people[person.key]
            self._happens(Left(gone, self._directory.teams_of(person.key)))
        self._regroup(hired)
        return tuple(self._changes)

    def _happens(self, change: Change) -> None:
        self._changes.append(change)
        self._directory = self._directory.after(change)

    def _those_who_lead_nobody(self) -> list[Person]:
        # Whether a server forgets a manager who is gone is nothing that providers can rely on.
        leaders = {person.manager for person in self._directory.people.values()}
        found = [
            person
            for person in self._directory.people.values()
            if person.active and person.key not in leaders
        ]
        self._rng.shuffle(found)
        return found

    def _rename(self, person: Person) -> None:
        family = population.another(self._rng, "family name", person.family_name)
        local, at, domain = person.user_name.partition("@")
        # Behind a hyphen, so that nobody else can have the name, and whose it is can be told.
        name = f"{local}-{population.letters(family)}{at}{domain}"
        after = replace(person, family_name=family, user_name=name, email=name)
        self._happens(Updated(person, after))

    def _promote(self, person: Person) -> None:
        after = replace(
            person,
            title=population.another(self._rng, "title", person.title),
            department=population.another(self._rng, "department", person.department),
        )
        others = {one.manager for one in self._directory.people.values()} - {None, person.manager}
        if person.manager is not None and others:
            after = replace(after, manager=self._rng.choice(sorted(filter(None, others))))
        self._happens(Updated(person, after))

    def _regroup(self, hired: list[Person]) -> None:
        teams = list(self._directory.teams)
        if not teams:
            return
        self._rng.shuffle(teams)
        closed = teams.pop() if len(teams) > 1 else None
        active = [one.key for one in self._directory.people.values() if one.active]
        joined: dict[str, list[str]] = {key: [] for key in teams}
        left: dict[str, list[str]] = {key: [] for key in teams}
        for person in hired:
            joined[self._rng.choice(teams)].append(person.key)
        for place, key in enumerate(teams):
            members = list(self._directory.teams[key].members)
            number = max(1, len(members) // 10)
            left[key] += self._rng.sample(members, min(number, len(members)))
            joined[key] += self._rng.sample(active, min(number, len(active)))
            # One of those who leave moves on to the next team.
            joined[teams[(place + 1) % len(teams)]] += left[key][:1]
        founders = tuple(self._rng.sample(active, min(4, len(active))))
        key = population.new_key(self._rng)
        self._happens(TeamMade(Team(key=key, name=next(self._names), members=founders)))
        renamed = self._directory.teams[teams[0]]
        base, _, region = renamed.name.partition(", ")
        # Behind a comma, for the same reasons.
        name = f"{base}, {population.another(self._rng, 'region', region)}"
        self._happens(TeamRenamed(renamed, replace(renamed, name=name)))
        for key in teams:
            team = self._directory.teams[key]
            came = [one for one in dict.fromkeys(joined[key]) if one not in left[key]]
            change = with_members(team, came, left[key])
            if change.joined or change.left:
                self._happens(change)
        if closed is not None:
            self._happens(TeamClosed(self._directory.teams[closed]))


def _take(waiting: list[Person], number: int) -> list[Person]:
    return [waiting.pop() for _ in range(min(number, len(waiting)))]
