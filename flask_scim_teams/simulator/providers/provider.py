"""What all providers have in common: links to what they made, and one method for each event."""

from __future__ import annotations

import json
import random
from abc import ABC
from abc import abstractmethod
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import ClassVar
from typing import NoReturn

from flask_scim_teams.simulator.channel import Channel
from flask_scim_teams.simulator.channel import Retry
from flask_scim_teams.simulator.directory import Change
from flask_scim_teams.simulator.directory import Directory
from flask_scim_teams.simulator.directory import Disabled
from flask_scim_teams.simulator.directory import Hired
from flask_scim_teams.simulator.directory import Left
from flask_scim_teams.simulator.directory import MembersChanged
from flask_scim_teams.simulator.directory import Person
from flask_scim_teams.simulator.directory import Restored
from flask_scim_teams.simulator.directory import Team
from flask_scim_teams.simulator.directory import TeamClosed
from flask_scim_teams.simulator.directory import TeamMade
from flask_scim_teams.simulator.directory import TeamRenamed
from flask_scim_teams.simulator.directory import Updated
from flask_scim_teams.simulator.exchange import Answer
from flask_scim_teams.simulator.exchange import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What a provider knows of an earlier run: a resource that it made.

    :param name: the user name, or the name of the team.
    :param members: ids of a team's members.
    """

    id: str
    name: str
    members: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Memory:
    """What a provider remembers, by the directory's keys."""

    users: Mapping[str, Remembered] = field(default_factory=dict)
    teams: Mapping[str, Remembered] = field(default_factory=dict)


class Provider(ABC):
    """An identity provider's provisioning job for one application.

    Each subclass says in its docstring what the provider sends on which event, and where that is
    published. What is not published anywhere is marked ``assumed``.
    """

    #: How it is called on the command line.
    key: ClassVar[str]
    #: How it is called by people.
    title: ClassVar[str]
    #: Headers of every request.
    headers: ClassVar[Mapping[str, str]]
    #: Media type of bodies.
    content_type: ClassVar[str] = "application/scim+json"
    retry: ClassVar[Retry] = Retry()
    #: Seconds that it waits for an answer.
    time_limit: ClassVar[float] = 60.0
    pushes_teams: ClassVar[bool] = True
    #: Whether users who are gone are deleted; they are deactivated where not.
    deletes_users: ClassVar[bool] = True
    #: Whether teams that are gone are deleted; they are emptied where not.
    deletes_teams: ClassVar[bool] = True
    #: What it sends of a user, by the names of :func:`attributes_of`.
    sends: ClassVar[frozenset[str]]
    #: Whether an attribute that becomes empty is sent.
    clears: ClassVar[bool] = True

    def __init__(self, channel: Channel, memory: Memory, rng: random.Random) -> None:
        self.channel = channel
        self.memory = memory
        self.rng = rng
        self.directory = Directory()
        #: Ids by the directory's keys.
        self.users: dict[str, str] = {}
        self.teams: dict[str, str] = {}

    # What each provider does.

    @abstractmethod
    def test(self) -> None:
        """Test the connection, as when an administrator saves it."""

    def begin(self) -> None:  # noqa: B027 - most have nothing to do here
        """Do what comes before the first synchronisation; nothing, for most."""

    @abstractmethod
    def create_user(self, person: Person) -> None:
        """See to it that there is a user, and link it."""

    @abstractmethod
    def update_user(self, before: Person, after: Person) -> None:
        """Send changed attributes of a linked user."""

    @abstractmethod
    def set_active(self, person: Person) -> None:
        """Disable or restore a linked user."""

    def delete_user(self, person: Person) -> None:
        """Delete a linked user."""
        self.delete(f"/Users/{self.users[person.key]}")

    def create_team(self, team: Team) -> None:
        """See to it that there is a team with these members, and link it."""
        raise NotImplementedError

    def rename_team(self, before: Team, after: Team) -> None:
        """Send the new name of a linked team."""
        raise NotImplementedError

    def change_members(self, team: Team, joined: Sequence[str], left: Sequence[str]) -> None:
        """Send who came into a linked team and who went out of it.

        :param joined: ids, as ``left``.
        """
        raise NotImplementedError

    def delete_team(self, team: Team) -> None:
        """Delete a linked team."""
        self.delete(f"/Groups/{self.teams[team.key]}")

    # What a change of the directory means.

    def apply(self, change: Change, directory: Directory) -> None:
        """Send what a change makes the provider send.

        :param directory: as it is after the change.
        :raises Refused: when the server does not play along.
        """
        self.directory = directory
        match change:
            case Hired(person):
                self.create_user(person)
            case Updated(before, after):
                if self._is_linked(after):
                    self.update_user(before, after)
            case Disabled(person) | Restored(person):
                if self._is_linked(person):
                    self.set_active(person)
            case Left(person, teams):
                self._left(person, teams)
            case TeamMade() | TeamRenamed() | MembersChanged() | TeamClosed():
                if self.pushes_teams:
                    self._apply_to_team(change)

    def _apply_to_team(self, change: TeamMade | TeamRenamed | MembersChanged | TeamClosed) -> None:
        match change:
            case TeamMade(team):
                self.create_team(team)
            case TeamRenamed(before, after):
                if self._has_team(after):
                    self.rename_team(before, after)
            case MembersChanged(team, joined, left):
                if self._has_team(team):
                    self.change_members(team, self.ids(joined), self.ids(left))
            case TeamClosed(team):
                if team.key in self.teams:
                    if self.deletes_teams:
                        self.delete_team(team)
                    else:
                        empty = replace(team, members=())
                        self.change_members(empty, (), self.ids(team.members))

    def _left(self, person: Person, teams: tuple[str, ...]) -> None:
        if person.key not in self.users:
            return
        if self.deletes_users:
            self.delete_user(person)
            # The server takes them out of their teams with it.
            del self.users[person.key]
            return
        self.set_active(person)
        for key in teams:
            if self.pushes_teams and key in self.teams:
                self.change_members(self.directory.teams[key], (), self.ids([person.key]))

    def _is_linked(self, person: Person) -> bool:
        # Whoever could not be created is tried again with the next change.
        if person.key not in self.users:
            self.create_user(person)
            return False
        return True

    def _has_team(self, team: Team) -> bool:
        if team.key not in self.teams:
            self.create_team(team)
            return False
        return True

    # What there has to be afterwards.

    def expected_user(self, person: Person) -> dict[str, Any]:
        """Return the attributes that a user has to have; the manager by the directory's key."""
        known = {
            "userName": person.user_name,
            "externalId": self.external_id(person),
            "active": person.active,
            "displayName": person.full_name,
            "name.givenName": person.given_name,
            "name.familyName": person.family_name,
            "email": person.email,
            "title": person.title,
            "department": person.department,
            "manager": person.manager,
        }
        return {
            name: value
            for name, value in known.items()
            if name in self.sends and (value not in {"", None} or (self.clears and value == ""))
        }

    def external_id(self, person: Person) -> str:
        """Return what the provider sends as ``externalId``."""
        return person.key

    # What they all send with.

    def ids(self, keys: Iterable[str]) -> list[str]:
        """Return the ids of those people who are linked."""
        return [self.users[key] for key in keys if key in self.users]

    def settle_members(self, team: Team) -> None:
        """Send what makes a team's members those it has to have, as far as is remembered."""
        known = self.memory.teams.get(team.key)
        there = known.members if known is not None else frozenset()
        wanted = self.ids(team.members)
        joined = [id for id in wanted if id not in there]
        self.change_members(team, joined, sorted(there.difference(wanted)))

    def send(
        self,
        method: str,
        target: str,
        body: Mapping[str, Any] | None = None,
        *,
        accept: Collection[int],
    ) -> Answer:
        """Send a request with the provider's headers.

        :raises Refused: when the answer's status is not one of those.
        """
        request = self._request(method, target, body)
        return self.channel.ask(request, accept)

    def resource(
        self,
        method: str,
        target: str,
        body: Mapping[str, Any] | None = None,
        *,
        accept: Collection[int] = (200,),
    ) -> Mapping[str, Any]:
        """Send a request that is answered with a resource, and return that.

        :raises Refused: when it is answered otherwise.
        """
        answer = self.send(method, target, body, accept=accept)
        found = answer.json
        if isinstance(found, dict) and isinstance(found.get("id"), str) and found["id"]:
            return found
        raise self.channel.unhelpful(
            method, target, answer.status, "The answer is no resource with an id."
        )

    def found(self, target: str, accept: Collection[int] = (200,)) -> Sequence[Mapping[str, Any]]:
        """Return the resources of a list response.

        :param accept: with 404 for providers that take it for an empty list.
        :raises Refused: when the answer is none.
        """
        return self._page(target, accept)[1]

    def pages(self, endpoint: str, count: int | None = None) -> Iterator[Mapping[str, Any]]:
        """Yield the resources of all pages of a list.

        :param count: page size that is asked for; ``None`` for not asking.
        """
        start = 1
        size = "" if count is None else f"&count={count}"
        while True:
            total, page = self._page(f"{endpoint}?startIndex={start}{size}", (200,))
            yield from page
            start += len(page)
            if not page or start > total:
                return

    def _page(
        self, target: str, accept: Collection[int]
    ) -> tuple[int, Sequence[Mapping[str, Any]]]:
        answer = self.send("GET", target, accept=accept)
        if answer.status == 404:
            return 0, ()
        page = answer.json
        if isinstance(page, dict) and isinstance(total := page.get("totalResults"), int):
            resources = page.get("Resources") or []
            if isinstance(resources, list):
                return total, [one for one in resources if isinstance(one, dict) and "id" in one]
        raise self.channel.unhelpful("GET", target, answer.status, "It is no ListResponse.")

    def delete(self, target: str, accept: Collection[int] = (200, 204)) -> None:
        """Delete a resource.

        :param accept: with 404 for providers to whom gone is gone.
        """
        self.send("DELETE", target, accept=accept)

    def not_found(self, target: str, status: int, detail: str, method: str = "POST") -> NoReturn:
        """Keep a refusal that shows only in what follows, and end the change.

        :raises Refused: always.
        """
        raise self.channel.unhelpful(method, target, status, detail)

    def _request(self, method: str, target: str, body: Mapping[str, Any] | None) -> Request:
        headers = dict(self.headers)
        if body is None:
            return Request(method, target, headers)
        headers["Content-Type"] = self.content_type
        return Request(method, target, headers, json.dumps(body, ensure_ascii=False).encode())


def chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield ids a few at a time."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
