"""A run: what the provider sends from the first test to the last change, and what came of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace

from flask_scim_teams.simulator.channel import Channel
from flask_scim_teams.simulator.channel import Refusal
from flask_scim_teams.simulator.channel import Refused
from flask_scim_teams.simulator.channel import Retry
from flask_scim_teams.simulator.channel import ServerGone
from flask_scim_teams.simulator.comparison import State
from flask_scim_teams.simulator.comparison import Wanted
from flask_scim_teams.simulator.comparison import differences
from flask_scim_teams.simulator.comparison import read_state
from flask_scim_teams.simulator.comparison import remembered
from flask_scim_teams.simulator.directory import Change
from flask_scim_teams.simulator.directory import Directory
from flask_scim_teams.simulator.directory import Left
from flask_scim_teams.simulator.directory import Plan
from flask_scim_teams.simulator.directory import TeamClosed
from flask_scim_teams.simulator.exchange import Send
from flask_scim_teams.simulator.planning import make_plan
from flask_scim_teams.simulator.providers import SIMULATED
from flask_scim_teams.simulator.providers.provider import Memory
from flask_scim_teams.simulator.providers.provider import Provider


class CannotStart(Exception):
    """The simulation did not get as far as sending changes; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a simulation.

    :param users: how many the server has to have.
    :param teams: how many; ``None`` for a provider that sends none.
    :param requests: how many the provider sent, by method and status; the status of one that was
        not answered is ``None``.
    :param refusals: requests that were not answered the way the provider needs it.
    :param differences: how the server's state differs from the directory, a sentence each.
    """

    provider: str
    users: int
    teams: int | None
    requests: Mapping[tuple[str, int | None], int]
    refusals: tuple[Refusal, ...]
    differences: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether the server's state is the directory's."""
        return not self.differences

    @property
    def passed(self) -> bool:
        """Whether the state is equal and nothing was refused."""
        return self.equal and not self.refusals


class Simulation:
    """A provider that plays a plan against a server.

    :param provider: key of a provider that is known.
    :param seed: what is left to chance besides the plan, such as passwords.
    :param reading: sends the requests that read the state, where it is not to be the same.
    :param sleep: waits for so many seconds, when the server asks for it.
    """

    def __init__(
        self,
        provider: str,
        send: Send,
        plan: Plan,
        *,
        seed: int = 0,
        reading: Send | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        kind = SIMULATED[provider]
        self.plan = plan
        self.directory = Directory()
        self._channel = Channel(send, retry=kind.retry, sleep=sleep)
        # The simulation's own reading is not the provider's, and is not counted as that.
        self._reading = Channel(reading or send, retry=Retry(), sleep=sleep)
        rng = random.Random(f"{provider}/{seed}")  # noqa: S311 - passwords that nobody gets in with
        self.provider: Provider = kind(self._channel, Memory(), rng)
        self._departed: dict[str, Left] = {}
        self._closed: dict[str, TeamClosed] = {}
        self._gone = False

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """What was refused so far."""
        return tuple(self._channel.refusals)

    def start(self) -> None:
        """Look at what is there, and test the connection.

        :raises CannotStart: when the server is none, or does not know the token.
        """
        try:
            self.provider.memory = remembered(self._state(), self.plan)
            self.provider.test()
            self.provider.begin()
        except (Refused, ServerGone) as error:
            raise CannotStart(_reason(error)) from None

    def play(self, change: Change) -> None:
        """Let a change happen in the directory, and the provider send it."""
        self.directory = self.directory.after(change)
        match change:
            case Left(person):
                self._departed[person.key] = change
            case TeamClosed(team):
                self._closed[team.key] = change
        if self._gone:
            return
        try:
            self.provider.apply(change, self.directory)
        except Refused:
            pass  # the channel has kept it; the provider goes on with what comes next
        except ServerGone:
            self._gone = True

    def report(self) -> Report:
        """Read the state of the server and compare it."""
        wanted = self._wanted()
        found: tuple[str, ...]
        try:
            found = differences(self._state(), wanted, self.plan)
        except (Refused, ServerGone) as error:
            found = (f"the state cannot be read: {error}",)
        return Report(
            provider=self.provider.title,
            users=len(wanted.users),
            teams=None if wanted.teams is None else len(wanted.teams),
            requests=dict(self._channel.counts),
            refusals=self.refusals,
            differences=found,
        )

    def _state(self) -> State:
        if self._gone:
            raise ServerGone("the server does not answer any more")
        return read_state(self._reading, with_teams=self.provider.pushes_teams)

    def _wanted(self) -> Wanted:
        provider = self.provider
        people = dict(self.directory.people)
        if not provider.deletes_users:
            people |= {
                key: replace(left.person, active=False) for key, left in self._departed.items()
            }
        users = {key: provider.expected_user(person) for key, person in people.items()}
        if not provider.pushes_teams:
            return Wanted(users, None)
        teams = {
            key: (team.name, frozenset(team.members)) for key, team in self.directory.teams.items()
        }
        if not provider.deletes_teams:
            teams |= {key: (one.team.name, frozenset()) for key, one in self._closed.items()}
        return Wanted(users, teams)


def simulate(
    provider: str,
    send: Send,
    *,
    users: int = 50,
    teams: int = 5,
    cycles: int = 1,
    seed: int = 0,
    progress: Callable[[int, int], object] = lambda _done, _of: None,
    sleep: Callable[[float], object] = time.sleep,
) -> Report:
    """Run a simulation from beginning to end.

    :param provider: one of :data:`SIMULATED`.
    :param users: how many people there are in the beginning.
    :param cycles: how often the directory changes afterwards.
    :param progress: is told how many of how many changes are done.
    :raises CannotStart: when the server is none, or does not know the token.
    """
    mark = f"{provider}-{seed}"
    plan = make_plan(
        users=users, teams=teams, cycles=cycles, seed=seed, domain=f"{mark}.example", mark=mark
    )
    simulation = Simulation(provider, send, plan, seed=seed, sleep=sleep)
    simulation.start()
    for done, change in enumerate(plan.changes, start=1):
        simulation.play(change)
        progress(done, len(plan.changes))
    return simulation.report()


def _reason(error: Refused | ServerGone) -> str:
    if not isinstance(error, Refused):
        return f"The server cannot be reached: {error}"
    refusal = error.refusal
    match refusal.status:
        case None:
            return f"The server cannot be reached: {refusal.detail}"
        case 401 | 403:
            return f"The server does not accept the token ({refusal.status}): {refusal.detail}"
    if refusal.target.startswith("/Users?startIndex=1"):
        return f"There is no SCIM endpoint here: {refusal}"
    return f"The connection test fails: {refusal}"
