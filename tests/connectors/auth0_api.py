"""Auth0's Management API, as far as a connector asks it."""

from __future__ import annotations

import re
from typing import Any

from flask import abort
from flask import jsonify
from flask import request

from tests.connectors.company import Person
from tests.connectors.serving import Api

SECRET = "auth0-client-secret"


class Auth0Api(Api):
    """Users, and the company's groups as roles and as organizations.

    :ivar together: how many users in a row were made at the same instant.
    """

    name = "auth0"

    def routes(self) -> None:
        self.together = 1
        add = self.app.add_url_rule
        add("/oauth/token", view_func=self.sign_in, methods=["POST"])
        add("/api/v2/users", view_func=self.users)
        add("/api/v2/users/<id>/<kind>", view_func=self.around)
        add("/api/v2/roles", view_func=self.roles)
        add("/api/v2/organizations", view_func=self.organizations)
        add("/api/v2/roles/<id>/users", view_func=self.members, defaults={"key": "users"})
        path = "/api/v2/organizations/<id>/members"
        add(path, view_func=self.members, defaults={"key": "members"})

    def denial(self) -> Any:
        return {"statusCode": 403, "errorCode": "insufficient_scope", "message": self.bearer()}

    def options(self, **more: str) -> dict[str, Any]:
        return {
            "url": self.url,
            "client_id": "client-1",
            "client_secret": SECRET,
            "allow_http": True,
            **more,
        }

    def sign_in(self) -> Any:
        form = request.form
        assert form["audience"] == f"{self.url}/api/v2/"
        if (form["client_id"], form["client_secret"]) != ("client-1", SECRET):
            return {"error": "access_denied", "error_description": "Unauthorized"}, 401
        return {"access_token": self.token(), "expires_in": 86400, "token_type": "Bearer"}

    def users(self) -> Any:
        people = [self._person(*one) for one in enumerate(self.company.people.values())]
        assert request.args["sort"] == "created_at:1"
        since = re.fullmatch(r"created_at:\[(.+) TO \*\]", request.args.get("q", ""))
        if since is not None:
            people = [one for one in people if one["created_at"] >= since[1]]
        page, most = int(request.args["page"]), int(request.args["per_page"])
        if most > 100 or (page + 1) * most > 1_000:
            # No search tells of more than a thousand.
            abort(400)
        return jsonify(people[page * most : (page + 1) * most])

    def around(self, id: str, kind: str) -> Any:
        if id not in self.company.people:
            abort(404)
        return self._by_number(self._groups(id))

    def roles(self) -> Any:
        return self._by_number(self._groups(None))

    def organizations(self) -> Any:
        return self._by_checkpoint("organizations", self._groups(None))

    def members(self, id: str, key: str) -> Any:
        people = [one for one in self.company.groups[id].members if one in self.company.people]
        return self._by_checkpoint(key, [{"user_id": one} for one in people])

    def _groups(self, person: str | None) -> list[Any]:
        return [
            {"id": one.id, "name": one.name}
            for one in self.company.groups.values()
            if person is None or person in one.members
        ]

    def _by_number(self, items: list[Any]) -> Any:
        page, most = int(request.args["page"]), int(request.args["per_page"])
        return jsonify(items[page * most : (page + 1) * most])

    def _by_checkpoint(self, key: str, items: list[Any]) -> Any:
        start, most = int(request.args.get("from", "0")), int(request.args["take"])
        if most > 100:
            abort(400)
        found, following = self.part(items, start, most)
        return {key: found} | ({} if following is None else {"next": str(following)})

    def _person(self, number: int, person: Person) -> dict[str, Any]:
        instant = number // self.together
        return {
            "user_id": person.id,
            "email": person.login,
            "name": person.login,
            "given_name": person.given,
            "family_name": person.family,
            "blocked": not person.active,
            "created_at": f"2026-01-01T{instant // 3600:02}:{instant // 60 % 60:02}:"
            f"{instant % 60:02}.000Z",
        }
