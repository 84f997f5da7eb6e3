"""API keys end with their owner's account."""

from __future__ import annotations

# begin: receiver
from typing import Any

from flask import Flask
from sqlalchemy import delete
from sqlalchemy import select

from flask_scim_teams.core.resources import Resource
from flask_scim_teams.signals import user_deactivated
from myapp.models import ApiKey
from myapp.models import User
from myapp.models import db


@user_deactivated.connect
def revoke_keys(sender: Flask, *, user: Resource, **extra: Any) -> None:
    owner = select(User.id).where(User.scim_id == user.id).scalar_subquery()
    db.session.execute(delete(ApiKey).where(ApiKey.user_id == owner))
    db.session.commit()


# end: receiver
