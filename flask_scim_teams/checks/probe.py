"""The probe: a user and a team that are nobody's, made, changed and removed again."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from flask_scim_teams.checks.asking import ELSEWHERE
from flask_scim_teams.checks.asking import Asking
from flask_scim_teams.checks.asking import Unexpected
from flask_scim_teams.checks.asking import filtered
from flask_scim_teams.checks.asking import list_of
from flask_scim_teams.checks.asking import scim_body
from flask_scim_teams.checks.check import Check
from flask_scim_teams.checks.check import failure
from flask_scim_teams.checks.check import ok
from flask_scim_teams.checks.check import skipped

_URN = "urn:ietf:params:scim:schemas:core:2.0"
#: What the names of the probe's user and team begin with.
PREFIX = "scim-connection-test"
_SAYS = "Made by the SCIM connection test; nobody's, to be deleted"
_CLEAN = "Probe: clean up"
_NOT_SO = "See the server's log; an identity provider would report the same."


class Probe:
    """Provisions a user and a team as an identity provider does, and removes both.

    Their names begin with ``scim-connection-test`` and the user's ends with a domain that nobody
    can have (RFC 2606).
    """

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        mark = secrets.token_hex(8)
        self._user_name = f"{PREFIX}-{mark}@probe.invalid"
        self._team_name = f"{PREFIX}-{mark} (nobody's)"
        # What was tried, and the id of what came of it: a refused request may have made a row.
        self._tried: list[str] = []
        self._user: str | None = None
        self._team: str | None = None
        self._plan: tuple[tuple[str, Callable[[], str]], ...] = (
            ("Probe: create a user", self._create_user),
            ("Probe: find the user", self._find_user),
            ("Probe: deactivate the user", self._deactivate),
            ("Probe: create a team", self._create_team),
            ("Probe: add to the team", self._add_member),
            ("Probe: remove from the team", self._remove_member),
            ("Probe: delete both", self._delete),
        )

    def names(self) -> Iterator[str]:
        """Yield the names of the steps."""
        yield from (name for name, _ in self._plan)
        yield _CLEAN

    def run(self) -> Iterator[Check]:
        """Take the steps, and clean up whatever came of them.

        After one that fails, the others are skipped.
        """
        try:
            yield from self._steps()
        finally:
            # Not yielded from here: whoever stops listening has the rows removed all the same.
            left = list(self._clean())
        yield _cleaned(left)

    def _steps(self) -> Iterator[Check]:
        failed = False
        for name, step in self._plan:
            if failed:
                yield skipped(name, "Not tried after the step that failed.")
                continue
            try:
                yield ok(name, step())
            except Unexpected as unexpected:
                failed = True
                yield unexpected.as_check(name)

    def _create_user(self) -> str:
        body = {
            "schemas": [f"{_URN}:User"],
            "userName": self._user_name,
            "externalId": self._user_name,
            "displayName": _SAYS,
            "name": {"givenName": "Connection", "familyName": "Test"},
            "emails": [{"type": "work", "value": self._user_name, "primary": True}],
            "active": True,
        }
        self._user = self._made("/Users", body)
        return f"The user {self._user_name} was made."

    def _find_user(self) -> str:
        # In capital letters: names have none, and Entra ID counts on it.
        total, resources = list_of(self._asking.get(self._user_by_name(self._user_name.upper())))
        if total != 1 or [one.get("id") for one in resources] != [self._user]:
            raise Unexpected(f"The look-up of the new user by name finds {total}.", _NOT_SO)
        return "The user is found by name, whatever the letter case."

    def _deactivate(self) -> str:
        change = {"op": "replace", "path": "active", "value": False}
        self._asking.patch(f"/Users/{self._user}", change)
        body = scim_body(self._asking.get(f"/Users/{self._user}"))
        if body.get("active") is not False:
            raise Unexpected("The user is active still, after a PATCH of active.", _NOT_SO)
        return "The user was deactivated."

    def _create_team(self) -> str:
        body = {
            "schemas": [f"{_URN}:Group"],
            "displayName": self._team_name,
            "externalId": self._team_name,
        }
        self._team = self._made("/Groups", body)
        return f"The team {self._team_name!r} was made."

    def _add_member(self) -> str:
        value = [{"value": self._user}]
        self._asking.patch(
            f"/Groups/{self._team}", {"op": "add", "path": "members", "value": value}
        )
        if self._members() != [self._user]:
            raise Unexpected("The user is not in the team, after having been added.", _NOT_SO)
        return "The user was added to the team."

    def _remove_member(self) -> str:
        path = f'members[value eq "{self._user}"]'
        self._asking.patch(f"/Groups/{self._team}", {"op": "remove", "path": path})
        if self._members():
            raise Unexpected("The user is in the team still, after the removal.", _NOT_SO)
        return "The user was removed from the team."

    def _delete(self) -> str:
        for target in (f"/Groups/{self._team}", f"/Users/{self._user}"):
            self._asking.delete(target)
            self._asking.get(target, 404)
        return "The team and the user were deleted, and are not found any more."

    def _members(self) -> list[Any]:
        body = scim_body(self._asking.get(f"/Groups/{self._team}"))
        return [one.get("value") for one in body.get("members") or ()]

    def _made(self, endpoint: str, body: Mapping[str, Any]) -> str:
        self._tried.append(endpoint)
        id = scim_body(self._asking.post(endpoint, body)).get("id")
        if not isinstance(id, str) or not id:
            raise Unexpected("What was made has no id in the answer.", ELSEWHERE)
        return id

    def _user_by_name(self, name: str) -> str:
        return filtered("/Users", f'userName eq "{name}"')

    def _clean(self) -> Iterator[str]:
        """Delete what there still is; yield what there may still be, in words."""
        if "/Groups" in self._tried:
            look_up = filtered("/Groups", f'displayName eq "{self._team_name}"')
            yield from self._remove("/Groups", self._team, self._team_name, look_up)
        if "/Users" in self._tried:
            look_up = self._user_by_name(self._user_name)
            yield from self._remove("/Users", self._user, self._user_name, look_up)

    def _remove(self, endpoint: str, id: str | None, name: str, look_up: str) -> Iterator[str]:
        try:
            ids = {one["id"] for one in list_of(self._asking.get(look_up))[1]}
        except (Unexpected, KeyError, TypeError):
            if id is None:
                yield f"{name}, perhaps: it cannot be looked up"
            ids = set()
        for one in sorted(ids | ({id} if id is not None else set())):
            try:
                self._asking.delete(f"{endpoint}/{one}", 204, 404)
                self._asking.get(f"{endpoint}/{one}", 404)
            except Unexpected as unexpected:
                yield f"{name}: {unexpected.words}"


def _cleaned(left: list[str]) -> Check:
    if not left:
        return ok(_CLEAN, "Nothing of the probe is left.")
    return failure(_CLEAN, f"Left behind: {'; '.join(left)}", "Delete what is named by hand.")
