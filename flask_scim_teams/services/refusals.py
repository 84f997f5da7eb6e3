"""Storage's refusals, said in SCIM's words."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec
from typing import TypeVar

from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.errors import ResourceInUse
from flask_scim_teams.core.errors import Uniqueness
from flask_scim_teams.services.attempts import attempt
from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.storage.interface import InUse
from flask_scim_teams.storage.interface import UnknownMember
from flask_scim_teams.storage.interface import Unstorable

P = ParamSpec("P")
T = TypeVar("T")


def in_words(method: Callable[P, T]) -> Callable[P, T]:
    """Run the unit of work, again if it lost a race; say storage's refusals in SCIM's words."""

    @functools.wraps(method)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return attempt(lambda: method(*args, **kwargs))
        except Conflict as conflict:
            raise Uniqueness(
                f"The value of {conflict.attribute} is already in use.",
                attribute=conflict.attribute,
            ) from conflict
        except UnknownMember as unknown:
            shown = ", ".join(repr(id)[:80] for id in unknown.ids[:5])
            raise InvalidValue(
                f"members: nobody who can be a member has the id {shown}.", attribute="members"
            ) from unknown
        except Unstorable as refused:
            raise InvalidValue(
                f"{refused.attribute} {refused.reason}", attribute=refused.attribute
            ) from refused
        except InUse as in_use:
            raise ResourceInUse("The service's own data still refer to this resource.") from in_use

    return run
