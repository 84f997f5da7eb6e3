"""The directory that the demonstration plays, and what happens in it."""

from __future__ import annotations

import uuid
from dataclasses import replace

from flask_scim_teams.simulator.directory import Directory
from flask_scim_teams.simulator.directory import Disabled
from flask_scim_teams.simulator.directory import Person
from flask_scim_teams.simulator.directory import Plan
from flask_scim_teams.simulator.directory import Restored
from flask_scim_teams.simulator.directory import Team
from flask_scim_teams.simulator.directory import TeamRenamed
from flask_scim_teams.simulator.directory import with_members


def _person(given_name: str, family_name: str, department: str, title: str) -> Person:
    address = f"{given_name}.{family_name}@contoso.example".lower()
    return Person(
        key=str(uuid.uuid4()),
        given_name=given_name,
        family_name=family_name,
        user_name=address,
        email=address,
        department=department,
        title=title,
    )


def _team(name: str, *members: Person) -> Team:
    return Team(key=str(uuid.uuid4()), name=name, members=tuple(one.key for one in members))


ALICE = _person("Alice", "Ahmed", "Engineering", "Lead")
BRUNO = _person("Bruno", "Costa", "Engineering", "Engineer")
CHIARA = _person("Chiara", "Conti", "Research", "Analyst")
DEREK = _person("Derek", "Dahl", "Research", "Analyst")
ELENA = _person("Elena", "Eriksen", "Support", "Specialist")
FARID = _person("Farid", "Farah", "Support", "Coordinator")
PEOPLE = (ALICE, BRUNO, CHIARA, DEREK, ELENA, FARID)

PLATFORM = _team("Platform Engineering", ALICE, BRUNO)
DATA = _team("Data Science", ALICE, CHIARA, DEREK)
SUPPORT = _team("Customer Support", CHIARA, ELENA, FARID)
SUCCESS = replace(SUPPORT, name="Customer Success")

DIRECTORY = Directory(
    {one.key: one for one in PEOPLE}, {one.key: one for one in (PLATFORM, DATA, SUPPORT)}
)

RENAMED = TeamRenamed(SUPPORT, SUCCESS)
CHIARA_LEAVES = with_members(SUCCESS, (), (CHIARA.key,))
DEREK_DISABLED = Disabled(replace(DEREK, active=False))
DEREK_RESTORED = Restored(DEREK)

PLAN = Plan(DIRECTORY, ((RENAMED, CHIARA_LEAVES, DEREK_DISABLED, DEREK_RESTORED),))
