"""People and groups as they are, whichever identity provider tells of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field


@dataclass
class Person:
    id: str
    login: str
    given: str = "Ada"
    family: str = "Byron"
    active: bool = True
    department: str = ""


@dataclass
class Group:
    """A group; in members are people, and groups, and what is neither."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)


class Company:
    """Who there is, and a journal of what happened, for providers that tell changes."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        self.journal: list[tuple[str, str, str]] = []

    def hire(self, id: str, **facts: str | bool) -> Person:
        person = Person(id, str(facts.pop("login", f"{id}@example.com")), **facts)  # type: ignore[arg-type]
        self.people[id] = person
        self.journal.append(("user", id, "changed"))
        return person

    def change(self, id: str, **facts: str | bool) -> None:
        for name, value in facts.items():
            setattr(self.people[id], name, value)
        self.journal.append(("user", id, "changed"))

    def dismiss(self, id: str) -> None:
        del self.people[id]
        self.journal.append(("user", id, "removed"))
        for group in self.groups.values():
            if id in group.members:
                self.fill(group.id, [one for one in group.members if one != id])

    def found(self, id: str, name: str, *members: str) -> Group:
        group = Group(id, name, list(members))
        self.groups[id] = group
        self.journal.append(("group", id, "refilled"))
        return group

    def rename(self, id: str, name: str) -> None:
        self.groups[id].name = name
        self.journal.append(("group", id, "changed"))

    def fill(self, id: str, members: Iterable[str]) -> None:
        self.groups[id].members = list(members)
        self.journal.append(("group", id, "refilled"))

    def dissolve(self, id: str) -> None:
        del self.groups[id]
        self.journal.append(("group", id, "removed"))

    def inside(self, id: str) -> list[str]:
        """Return what is in a group, at whatever depth, each once."""
        found: dict[str, None] = {}
        ahead = list(self.groups[id].members)
        while ahead:
            one = ahead.pop(0)
            if one not in found:
                found[one] = None
                ahead += self.groups[one].members if one in self.groups else []
        return list(found)

    def around(self, id: str) -> list[Group]:
        """Return the groups that somebody, or a group, is in, at whatever depth."""
        return [group for group in self.groups.values() if id in self.inside(group.id)]


def small_company() -> Company:
    """Three people; Blue has Ada and the group Deep, in which are Bob and a thing."""
    company = Company()
    company.hire("ada", given="Ada", family="Byron", department="Engines")
    company.hire("bob", given="Bob", family="Moran")
    company.hire("eve", given="Eve", family="Stone", active=False)
    company.found("g-deep", "Deep", "bob", "thing-1")
    company.found("g-blue", "Blue", "ada", "g-deep")
    company.found("g-empty", "Empty")
    return company
