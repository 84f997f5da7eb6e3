"""The case files themselves: every case says what it holds, and nothing twice."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from tests.cases.loading import population
from tests.cases.loading import raw_cases

COMMON = {"name", "section", "type"}
#: Per folder: parts that a case has, parts of which it has one, parts that it may have.
PARTS: dict[str, tuple[set[str], list[set[str]], set[str]]] = {
    "filters": ({*COMMON, "filter"}, [{"matches", "misses", "error"}], set()),
    "patch": ({*COMMON, "given"}, [{"operations", "body"}, {"expected", "error"}], {"beside"}),
}
TYPES = {"filters": {"User", "Group", "any"}, "patch": {"User", "Group"}}
LEAST = {"filters": 250, "patch": 220}
ERRORS = {"invalidFilter", "invalidPath", "invalidValue", "invalidSyntax", "mutability", "noTarget"}
#: Statements of the requirements that cases hold; what is left out is no case's to hold.
HELD = {
    "filters": set(range(122, 148)),
    # R168 and R200 are held of every case by the runner; R201 needs two at once.
    "patch": set(range(165, 200)) - {168},
}

by_folder = pytest.mark.parametrize("folder", PARTS)


def cases(folder: str) -> list[dict[str, Any]]:
    return [case for _, case in raw_cases(folder)]


@by_folder
def test_a_case_has_the_parts_that_are_known(folder: str) -> None:
    always, one_of, maybe = PARTS[folder]
    for case in cases(folder):
        keys = set(case)
        assert always <= keys <= always.union(maybe, *one_of), case
        assert all(len(keys & parts) == 1 for parts in one_of), case
        assert case["type"] in TYPES[folder], case
        assert case.get("error", "noTarget") in ERRORS | {"uniqueness"}, case


@by_folder
def test_a_case_names_the_requirements_it_holds_and_the_section(folder: str) -> None:
    for case in cases(folder):
        assert re.fullmatch(r"(R\d{3} )+\S.*", case["name"]), case
        assert re.fullmatch(r"RFC \d{4} section \d+(\.\d+)*", case["section"]), case


@by_folder
def test_names_are_unique_and_cases_differ(folder: str) -> None:
    found = cases(folder)
    assert len(found) >= LEAST[folder]
    for part in (
        lambda case: case["name"],
        lambda case: repr({k: v for k, v in case.items() if k not in ("name", "section")}),
    ):
        twice = [value for value, count in Counter(map(part, found)).items() if count > 1]
        assert twice == []


@by_folder
def test_every_requirement_has_a_case(folder: str) -> None:
    held = {
        int(number) for case in cases(folder) for number in re.findall(r"R(\d{3})", case["name"])
    }
    assert HELD[folder] - held == set()


def test_filters_find_members_of_the_population() -> None:
    written = population()
    users = {user["userName"] for user in written["users"]}
    groups = {group["displayName"] for group in written["groups"]}
    assert len(users | groups) == len(written["users"]) + len(written["groups"])
    names = {"User": users, "Group": groups, "any": users | groups}
    for case in cases("filters"):
        listed = case.get("matches", case.get("misses", []))
        assert len(set(listed)) == len(listed), case
        assert set(listed) <= names[case["type"]], case
