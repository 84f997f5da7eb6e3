"""What the gateway lets an identity provider say of a team: its budget and its models."""

from __future__ import annotations

from examples.gateway.models import DOLLAR
from examples.gateway.models import MAX_DOLLARS
from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.schemas import Schema


def _check_budget(dollars: int) -> str | None:
    return None if 0 <= dollars <= MAX_DOLLARS else f"is 0 to {MAX_DOLLARS} dollars."


TEAM_LIMITS = Schema(
    # Entra maps attributes of extensions that are named so, and of no others.
    id="urn:ietf:params:scim:schemas:extension:gateway:2.0:Group",
    name="TeamLimits",
    description="What a team may use of the gateway",
    attributes=(
        Attribute(
            name="budget",
            description="Whole dollars the team may spend in all.",
            type=Type.INTEGER,
            # An operator sets it too: an identity provider that says nothing leaves it as it is.
            kept=True,
            check=_check_budget,
        ),
        Attribute(
            name="models",
            # One text rather than several values: Entra can map nothing else to an extension.
            description="Models the team may use, with commas between; any, if none is named.",
            case_exact=True,
            kept=True,
        ),
    ),
)


def to_dollars(budget: int) -> int:
    """Return a budget as the protocol tells it."""
    return budget // DOLLAR


def from_dollars(dollars: int) -> int:
    """Return a budget as the gateway keeps it."""
    return dollars * DOLLAR


def to_text(models: list[str]) -> str | None:
    """Return a choice of models as the protocol tells it."""
    return ", ".join(models) or None


def from_text(text: str) -> list[str]:
    """Return a choice of models as the gateway keeps it."""
    return [name.strip() for name in text.split(",") if name.strip()]
