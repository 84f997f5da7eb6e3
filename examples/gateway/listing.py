"""What the Teams pages show, read with as many statements for a thousand teams as for one."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from sqlalchemy import Select
from sqlalchemy import desc
from sqlalchemy import exists
from sqlalchemy import false
from sqlalchemy import func
from sqlalchemy import select

from examples.gateway.models import Team
from examples.gateway.models import User
from examples.gateway.models import db
from examples.gateway.models import team_members

TEAMS = 25  # on a page
MEMBERS = 50  # on a page of a team
FIRST = 4  # members named in the list of teams


@dataclass(frozen=True, slots=True)
class Pages:
    """Which of several pages is shown, counted from 1."""

    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, ceil(self.total / self.size))

    @property
    def start(self) -> int:
        """How many rows are on the pages before."""
        return (self.number - 1) * self.size

    @property
    def words(self) -> str:
        """Which rows are shown, of how many."""
        end = min(self.start + self.size, self.total)
        return f"{self.start + 1} to {end} of {self.total}" if self.total else "none"


@dataclass(frozen=True, slots=True)
class Row:
    """A team in the list.

    :param mine: whether the person who looks is in it.
    :param size: how many members it has.
    :param first: what a few of them are called.
    """

    team: Team
    mine: bool
    size: int
    first: Sequence[str]


def teams(text: str, number: int, person: User | None) -> tuple[Pages, Sequence[Row]]:
    """Return a page of the teams whose name contains a text: the person's own first, by name."""
    found = select(Team)
    if text:
        found = found.where(Team.name.icontains(text, autoescape=True))
    pages = _pages(found, number, TEAMS)
    columns = team_members.c
    is_mine = (
        exists().where(columns.team_id == Team.id, columns.user_id == person.id)
        if person is not None
        else false()
    )
    size = select(func.count()).where(columns.team_id == Team.id).correlate(Team).scalar_subquery()
    shown = db.session.execute(
        found.add_columns(is_mine.label("mine"), size.label("size"))
        .order_by(desc("mine"), func.lower(Team.name), Team.id)
        .offset(pages.start)
        .limit(pages.size)
    ).all()
    first = _first_members([row.Team.id for row in shown])
    return pages, [
        Row(row.Team, bool(row.mine), row.size, first.get(row.Team.id, ())) for row in shown
    ]


def members(team: Team, number: int) -> tuple[Pages, Sequence[User]]:
    """Return a page of a team's members, by user name."""
    columns = team_members.c
    found = select(User).join(team_members, columns.user_id == User.id)
    found = found.where(columns.team_id == team.id)
    pages = _pages(found, number, MEMBERS)
    ordered = found.order_by(User.username).offset(pages.start).limit(pages.size)
    return pages, db.session.scalars(ordered).all()


def _pages(found: Select[Any], number: int, size: int) -> Pages:
    total = db.session.scalar(select(func.count()).select_from(found.subquery())) or 0
    last = Pages(1, size, total).last
    # A page that is no more is the last one: teams may have gone since its number was shown.
    return Pages(min(max(number, 1), last), size, total)


def _first_members(ids: Sequence[int]) -> Mapping[int, Sequence[str]]:
    columns = team_members.c
    place = func.row_number().over(partition_by=columns.team_id, order_by=User.username)
    counted = (
        select(columns.team_id, User.username, User.full_name, place.label("place"))
        .join(User, User.id == columns.user_id)
        .where(columns.team_id.in_(ids))
        .subquery()
    )
    query = select(counted).where(counted.c.place <= FIRST).order_by(counted.c.place)
    first: dict[int, list[str]] = {}
    for row in db.session.execute(query):
        first.setdefault(row.team_id, []).append(row.full_name or row.username)
    return first
