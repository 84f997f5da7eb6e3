"""Steps of a directory's sync on users, carried out; whose they are is looked at once more."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from flask_scim_teams.core.directory import Progress
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.errors import NotFound
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.planner import Changes
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.user_plan import UserStep
from flask_scim_teams.core.user_plan import UserVerb
from flask_scim_teams.core.user_plan import changes
from flask_scim_teams.core.user_plan import creation
from flask_scim_teams.services.provisioning import Creation
from flask_scim_teams.services.provisioning import Provisioning
from flask_scim_teams.services.team_groups import is_scims
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Work

# Users that are made in one unit of work.
_PORTION = 100


@dataclass(frozen=True, slots=True)
class UserFailure:
    """A step that could not be done; it is tried again by the next run.

    :param words: why not.
    """

    step: UserStep
    words: str


class UserChanges:
    """Carries out steps: one unit of work each, but for users that are made."""

    def __init__(self, backend: Backend, provisioning: Provisioning) -> None:
        self._user = backend.types.user
        self._provisioning = provisioning

    def carry_out(
        self, caller: Caller, steps: Sequence[UserStep], progress: Progress
    ) -> tuple[list[UserStep], list[UserFailure]]:
        """Do all steps that act; return those that were done, and those that could not be."""
        acting = [step for step in steps if step.acts]
        done: list[UserStep] = []
        failed: list[UserFailure] = []
        ahead = acting
        while ahead:
            progress("users", len(acting) - len(ahead), len(acting))
            unit = _unit(ahead)
            ahead = ahead[len(unit) :]
            if len(unit) > 1 and self._create_together(caller, unit):
                done += unit
                continue
            for step in unit:
                try:
                    self._do(caller, step)
                except ScimError as error:
                    failed.append(UserFailure(step, error.detail))
                else:
                    done.append(step)
        progress("users", len(acting), len(acting))
        return done, failed

    def _create_together(self, caller: Caller, steps: Sequence[UserStep]) -> bool:
        """Make users in one unit of work; return whether nothing was in the way of any."""
        try:
            self._provisioning.create_together(caller, [self._creation(step) for step in steps])
        except ScimError:
            return False
        return True

    def _creation(self, step: UserStep) -> Creation:
        draft = Draft(attributes=creation(self._user, step.person))
        return Creation(self._user, step.id, draft, reference=step.person.id)

    def _do(self, caller: Caller, step: UserStep) -> None:
        match step.verb:
            case UserVerb.CREATE:
                self._provisioning.create_together(caller, [self._creation(step)])
            case UserVerb.DELETE:
                # Somebody may have been faster.
                with suppress(NotFound):
                    self._provisioning.delete(caller, self._user, step.id)
            case _:
                self._adjust(caller, step)

    def _adjust(self, caller: Caller, step: UserStep) -> None:
        person = step.person

        def change(work: Work, stored: Resource) -> Changes:
            origins = work.sources.origins([step.id])[step.id]
            if is_scims(origins):
                return Changes(stored.attributes, stored.external_id)
            said = next((one.active for one in origins if one.source == caller.source), None)
            return changes(self._user, person, stored, said)

        self._provisioning.adjust(
            caller,
            self._user,
            step.id,
            change,
            reference=person.id,
            active=person.active,
        )


def _unit(steps: Sequence[UserStep]) -> Sequence[UserStep]:
    """Return the steps at the beginning that are done together."""
    count = 0
    while count < min(len(steps), _PORTION) and steps[count].verb is UserVerb.CREATE:
        count += 1
    return steps[: max(count, 1)]
