"""API keys: made, found again, checked and charged."""

from __future__ import annotations

import hashlib
import secrets

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.orm import joinedload

from examples.gateway import teams
from examples.gateway import users
from examples.gateway.errors import ApiError
from examples.gateway.models import ApiKey
from examples.gateway.models import Team
from examples.gateway.models import User
from examples.gateway.models import db
from examples.gateway.models import team_members

PRICE = 10  # millionths of a dollar for a token, whatever the model: $10 for a million

commands = AppGroup("key", help="API keys.")


def create(user: User, team: Team | None = None) -> str:
    """Make a key and return its secret, which is not kept."""
    secret = "gw-" + secrets.token_urlsafe(32)
    db.session.add(ApiKey(user=user, team=team, digest=_digest(secret), prefix=secret[:8]))
    db.session.commit()
    return secret


def find(secret: str) -> ApiKey | None:
    """Return the key with this secret, its user and its team."""
    query = select(ApiKey).where(ApiKey.digest == _digest(secret))
    return db.session.scalar(query.options(joinedload(ApiKey.user), joinedload(ApiKey.team)))


def check(key: ApiKey) -> None:
    """Refuse a key whose holder has been deactivated or has left the team it is charged to.

    :raises ApiError: 403, of type ``account_deactivated`` or ``not_a_member``.
    """
    if not key.user.is_active:
        message = f"The account '{key.user.username}' is deactivated."
        raise ApiError(403, message, kind="account_deactivated", code="account_deactivated")
    if key.team is not None and not _is_member(key):
        message = f"'{key.user.username}' is not a member of team '{key.team.name}'."
        raise ApiError(403, message, kind="not_a_member", code="not_a_member")


def charge(key: ApiKey, tokens: int) -> None:
    """Add the cost to the key and its team; the database adds, so that no worker's sum is lost."""
    cost = tokens * PRICE
    if not cost:
        return
    session = db.session
    session.execute(update(ApiKey).where(ApiKey.id == key.id).values(spent=ApiKey.spent + cost))
    if key.team_id is not None:
        session.execute(update(Team).where(Team.id == key.team_id).values(spent=Team.spent + cost))
    session.commit()


def _is_member(key: ApiKey) -> bool:
    columns = team_members.c
    query = select(columns.user_id).where(
        columns.team_id == key.team_id, columns.user_id == key.user_id
    )
    return db.session.scalar(query) is not None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@commands.command("create")
@click.argument("username")
@click.option(
    "--team", "team_name", help="The team the key is charged to; its user must be a member."
)
def create_command(username: str, team_name: str | None) -> None:
    """Make an API key for USERNAME and print it. It cannot be shown again."""
    user = users.named(username)
    team = teams.named(team_name) if team_name is not None else None
    if team is not None and team not in user.teams:
        raise click.ClickException(f"{username!r} is not a member of team {team_name!r}")
    click.echo(create(user, team))
