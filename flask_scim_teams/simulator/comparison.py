"""Reads the state of a server over SCIM, and says how it differs from a directory."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask_scim_teams.simulator.attributes import attributes_of
from flask_scim_teams.simulator.channel import Channel
from flask_scim_teams.simulator.directory import Plan
from flask_scim_teams.simulator.exchange import Request
from flask_scim_teams.simulator.providers.provider import Memory
from flask_scim_teams.simulator.providers.provider import Remembered

_PAGE = 100


@dataclass(frozen=True, slots=True)
class State:
    """Users and teams that a server has, as it tells them."""

    users: Sequence[Mapping[str, Any]]
    teams: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a server has to have, by the directory's keys.

    :param users: attributes by the names of :func:`attributes_of`.
    :param teams: names and the keys of members; ``None`` where teams are not sent.
    """

    users: Mapping[str, Mapping[str, Any]]
    teams: Mapping[str, tuple[str, frozenset[str]]] | None


def read_state(channel: Channel, *, with_teams: bool) -> State:
    """Read all users and all teams, page by page.

    :param with_teams: whether there are teams to be read; some servers have users only.
    :raises Refused: when the server does not answer with lists.
    """
    users = tuple(_all(channel, "/Users"))
    teams = []
    for team in _all(channel, "/Groups") if with_teams else ():
        if "members" in team:
            teams.append(team)
        else:
            # Some lists leave members out, which may mean that there are none.
            target = f"/Groups/{quote(team['id'], safe='')}"
            answer = channel.ask(_get(target), (200,))
            found = answer.json
            teams.append(found if isinstance(found, dict) else team)
    return State(users, tuple(teams))


def _get(target: str) -> Request:
    return Request("GET", target, {"Accept": "application/scim+json"})


def _all(channel: Channel, endpoint: str) -> Iterator[dict[str, Any]]:
    start, seen = 1, set()
    while True:
        target = f"{endpoint}?startIndex={start}&count={_PAGE}"
        answer = channel.ask(_get(target), (200,))
        page = answer.json
        total = page.get("totalResults") if isinstance(page, dict) else None
        found = (page.get("Resources") or []) if isinstance(page, dict) else None
        if not isinstance(total, int) or not isinstance(found, list):
            raise channel.unhelpful("GET", target, answer.status, "It is no ListResponse.")
        new = [
            one
            for one in found
            if isinstance(one, dict) and isinstance(one.get("id"), str) and one["id"] not in seen
        ]
        seen |= {one["id"] for one in new}
        yield from new
        start += len(found)
        # A server that knows no pages tells the same ones again.
        if not new or start > total:
            return


def remembered(state: State, plan: Plan) -> Memory:
    """Return what a provider that made this state would remember of it."""
    users: dict[str, Remembered] = {}
    teams: dict[str, Remembered] = {}
    for user in state.users:
        name = _text(user.get("userName"))
        if (key := plan.owner(name)) is not None:
            users[key] = Remembered(id=user["id"], name=name)
    for team in state.teams:
        name = _text(team.get("displayName"))
        if (key := plan.team(name)) is not None:
            teams[key] = Remembered(id=team["id"], name=name, members=frozenset(_members(team)))
    return Memory(users, teams)


def differences(state: State, wanted: Wanted, plan: Plan) -> tuple[str, ...]:
    """Return, a sentence each, how a state differs from what there has to be.

    What is there and was never part of the plan is somebody else's, and no difference.
    """
    users, more = _by_key(state.users, "userName", wanted.users, plan)
    keys = {user["id"]: key for key, user in users.items()}
    logins = {user["id"]: _text(user.get("userName")) for user in state.users}
    found = [f"user {name} is there and should not be" for name in more]
    for key, attributes in wanted.users.items():
        name = attributes["userName"]
        if key not in users:
            found.append(f"user {name} is missing")
            continue
        there = attributes_of(users[key])
        for attribute, value in attributes.items():
            actual = there[attribute]
            if attribute == "manager":
                actual = logins.get(actual or "", actual)
                value = wanted.users.get(value, {}).get("userName")
            if actual != value and not (value == "" and actual is None):
                found.append(f"user {name}: {attribute} is {actual!r} and should be {value!r}")
    if wanted.teams is not None:
        found += _of_teams(state, wanted, keys, logins, plan)
    return tuple(found)


def _of_teams(
    state: State,
    wanted: Wanted,
    keys: Mapping[str, str],
    logins: Mapping[str, str],
    plan: Plan,
) -> Iterator[str]:
    expected = wanted.teams or {}
    people = wanted.users
    names = {key: {"displayName": name} for key, (name, _) in expected.items()}
    teams, more = _by_key(state.teams, "displayName", names, plan)
    for name in more:
        yield f"team {name!r} is there and should not be"
    for key, (name, members) in expected.items():
        if key not in teams:
            yield f"team {name!r} is missing"
            continue
        actual = teams[key].get("displayName")
        if actual != name:
            yield f"team {actual!r}: the name should be {name!r}"
        ids = _members(teams[key])
        there = {keys.get(id, id) for id in ids}
        for one in sorted(people[key]["userName"] for key in members if key not in there):
            yield f"team {name!r}: member {one} is missing"
        for one in sorted(logins.get(id, id) for id in ids if keys.get(id, id) not in members):
            yield f"team {name!r}: member {one} is one too many"
        for one in sorted({logins.get(id, id) for id in ids if ids.count(id) > 1}):
            yield f"team {name!r}: member {one} is listed more than once"


def _by_key(
    resources: Sequence[Mapping[str, Any]],
    attribute: str,
    wanted: Mapping[str, Mapping[str, Any]],
    plan: Plan,
) -> tuple[dict[str, Mapping[str, Any]], list[str]]:
    """Return the wanted resources by key, and the names of those of ours that are not wanted."""
    owner = plan.owner if attribute == "userName" else plan.team
    mine: dict[str, Mapping[str, Any]] = {}
    more: list[str] = []
    for resource in resources:
        name = _text(resource.get(attribute))
        key = owner(name)
        if key is None:
            continue
        if key not in wanted:
            more.append(name)
        elif key not in mine:
            mine[key] = resource
        elif name.casefold() == str(wanted[key][attribute]).casefold():
            more.append(_text(mine[key].get(attribute)))
            mine[key] = resource
        else:
            more.append(name)
    return mine, more


def _members(team: Mapping[str, Any]) -> list[str]:
    members = team.get("members") or []
    return [_text(one.get("value")) for one in members if isinstance(one, Mapping)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
