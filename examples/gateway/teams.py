"""Teams as the operator sees them: who is in them and what they may spend."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from examples.gateway import origins
from examples.gateway import users
from examples.gateway.models import DEFAULT_BUDGET
from examples.gateway.models import DOLLAR
from examples.gateway.models import MAX_DOLLARS
from examples.gateway.models import Team
from examples.gateway.models import db

commands = AppGroup("team", help="Teams and their budgets.")
dollars_type = click.IntRange(0, MAX_DOLLARS)

HEADINGS = ("TEAM", "BUDGET", "SPENT", "MEMBERS")


def named(name: str) -> Team:
    """Return the team of that name.

    :raises click.ClickException: when there is none, or more than one.
    """
    match db.session.scalars(select(Team).where(Team.name == name)).all():
        case [team]:
            return team
        case []:
            raise click.ClickException(f"there is no team {name!r}")
        case several:
            raise click.ClickException(f"there are {len(several)} teams {name!r}")


def in_dollars(amount: int, digits: int = 2) -> str:
    """Return an amount of money as people read it."""
    return f"${amount / DOLLAR:,.{digits}f}"


@commands.command("create")
@click.argument("name")
@click.option(
    "--budget", "dollars", type=dollars_type, default=DEFAULT_BUDGET // DOLLAR, show_default=True
)
@click.option(
    "--model", "models", multiple=True, help="A model the team may use. Without any: all of them."
)
def create_command(name: str, dollars: int, models: tuple[str, ...]) -> None:
    """Make the team NAME."""
    longest = Team.name.type.length
    if not name.strip() or len(name) > longest:
        raise click.ClickException(f"a team's name has 1 to {longest} characters")
    db.session.add(Team(name=name, budget=dollars * DOLLAR, models=list(models)))
    db.session.commit()
    click.echo(f"created team {name}")


@commands.command("add")
@click.argument("name")
@click.argument("username")
def add_command(name: str, username: str) -> None:
    """Put USERNAME in the team NAME."""
    team, user = named(name), users.named(username)
    if user not in team.members:
        team.members.append(user)
    db.session.commit()


@commands.command("budget")
@click.argument("name")
@click.argument("dollars", type=dollars_type)
def budget_command(name: str, dollars: int) -> None:
    """Let the team NAME spend DOLLARS in all."""
    team = named(name)
    try:
        origins.of_team(team).check(name, "budget")
    except origins.NotByHand as error:
        raise click.ClickException(str(error)) from None
    team.budget = dollars * DOLLAR
    db.session.commit()


@commands.command("list")
def list_command() -> None:
    """Print the teams with their budgets and members."""
    query = select(Team).order_by(Team.name).options(selectinload(Team.members))
    rows = [HEADINGS, *(_row(team) for team in db.session.scalars(query))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS) - 1)]
    for name, budget, spent, members in rows:
        click.echo(f"{name:<{widths[0]}}  {budget:>{widths[1]}}  {spent:>{widths[2]}}  {members}")


def _row(team: Team) -> tuple[str, str, str, str]:
    members = (
        user.username + ("" if user.is_active else " (deactivated)") for user in team.members
    )
    spent = in_dollars(team.spent, 4)
    return team.name, in_dollars(team.budget), spent, ", ".join(members) or "-"
