"""The form of a team, and how it is read into the team."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from wtforms import Field
from wtforms import IntegerField
from wtforms import StringField
from wtforms import TextAreaField
from wtforms.validators import InputRequired
from wtforms.validators import Length
from wtforms.validators import NumberRange
from wtforms.validators import ValidationError

from examples.gateway import limits
from examples.gateway.models import DEFAULT_BUDGET
from examples.gateway.models import MAX_DOLLARS
from examples.gateway.models import Team
from examples.gateway.models import User
from examples.gateway.models import db
from examples.gateway.origins import Provenance

MODELS = 2_000  # characters
TOGETHER = 500  # names looked up by one statement
NAMED = 10  # unknown names that are told one by one


class TeamForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Asks for all that an operator decides."""

    name = StringField("Name", [InputRequired(), Length(max=Team.name.type.length)])
    budget = IntegerField(
        "Budget",
        [
            InputRequired("A budget is a whole number of dollars."),
            NumberRange(0, MAX_DOLLARS, f"A budget is 0 to {MAX_DOLLARS} dollars."),
        ],
        default=DEFAULT_BUDGET // limits.from_dollars(1),
        description="Whole dollars that the team may spend in all.",
    )
    models = StringField(
        "Models",
        [Length(max=MODELS)],
        description="Models the team may use, with commas between; any, if none is named.",
    )
    members = TextAreaField("Members", description="User names, one on a line.")

    def __init__(self, team: Team | None = None, **kwargs: Any) -> None:
        given = {} if team is None else _values(team)
        super().__init__(data=given, **kwargs)
        self.team = team
        self.users: Sequence[User] = ()

    def validate_name(self, field: Field) -> None:
        """Hold the name to what can be told apart."""
        field.data = " ".join((field.data or "").split())
        if not field.data or not field.data.isprintable():
            raise ValidationError("A name has letters that can be seen.")
        # SQLite lowers the letters of English alone: so the very name is looked for as well.
        alike = or_(Team.name == field.data, func.lower(Team.name) == field.data.lower())
        same = select(Team.id).where(alike)
        if self.team is not None:
            same = same.where(Team.id != self.team.id)
        if db.session.scalar(same.limit(1)) is not None:
            raise ValidationError(f"There is a team '{field.data}' already.")

    def validate_members(self, field: Field) -> None:
        """Find the users of those names."""
        names = list(dict.fromkeys(filter(None, map(str.strip, (field.data or "").splitlines()))))
        known = _users(names)
        unknown = [name for name in names if name not in known]
        if unknown:
            listed = ", ".join(unknown[:NAMED]) + (" ..." if len(unknown) > NAMED else "")
            raise ValidationError(f"Nobody here is called: {listed}")
        self.users = list({user.id: user for user in known.values()}.values())

    def leave_out(self, owned: Provenance) -> None:
        """Take away what an identity provider decides."""
        for name in owned.owns:
            del self[name]

    def write(self, team: Team) -> None:
        """Put what was asked for into the team."""
        if "name" in self:
            team.name = self.name.data
        if "budget" in self:
            team.budget = limits.from_dollars(self.budget.data)
        if "models" in self:
            team.models = limits.from_text(self.models.data or "")
        if "members" in self:
            team.members = list(self.users)


def changed_by_hand(team: Team, sent: Any) -> Sequence[str]:
    """Return the fields of a sent form that say otherwise than the team does."""
    values = _values(team)
    return [
        name
        for name in ("name", "members", "budget", "models")
        if name in sent and _told(sent[name]) != _told(str(values[name]))
    ]


def _told(text: str) -> list[str]:
    return sorted(filter(None, map(str.strip, text.splitlines())))


def _values(team: Team) -> dict[str, Any]:
    return {
        "name": team.name,
        "budget": limits.to_dollars(team.budget),
        "models": limits.to_text(team.models) or "",
        "members": "\n".join(user.username for user in team.members),
    }


def _users(names: Sequence[str]) -> dict[str, User]:
    """Return the users by the names as they were typed; the case of letters does not matter."""
    exact: dict[str, User] = {}
    folded: dict[str, User] = {}
    for start in range(0, len(names), TOGETHER):
        some = names[start : start + TOGETHER]
        lowered = func.lower(User.username).in_([name.lower() for name in some])
        for user in db.session.scalars(select(User).where(or_(User.username.in_(some), lowered))):
            exact[user.username] = user
            folded[user.username.lower()] = user
    found = {name: exact.get(name) or folded.get(name.lower()) for name in names}
    return {name: user for name, user in found.items() if user is not None}
