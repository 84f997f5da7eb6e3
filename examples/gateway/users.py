"""Local accounts: those the operator makes by hand."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from examples.gateway.models import User
from examples.gateway.models import db

commands = AppGroup("user", help="Local accounts.")


def named(username: str) -> User:
    """Return the user of that name.

    :raises click.ClickException: when there is none.
    """
    user: User | None = db.session.scalar(select(User).where(User.username == username))
    if user is None:
        raise click.ClickException(f"there is no user {username!r}")
    return user


@commands.command("create")
@click.argument("username")
@click.option("--email", help="Where to reach the user.")
@click.option("--name", "full_name", help="The user's full name.")
def create_command(username: str, email: str | None, full_name: str | None) -> None:
    """Make the account USERNAME."""
    longest = User.username.type.length
    if not username.strip() or len(username) > longest:
        raise click.ClickException(f"a user name has 1 to {longest} characters")
    db.session.add(User(username=username, email=email, full_name=full_name))
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise click.ClickException(f"there is a user {username!r} already") from None
    click.echo(f"created user {username}")
