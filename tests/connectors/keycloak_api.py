"""Keycloak's admin REST API, as far as a connector asks it."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask import jsonify
from flask import request

from tests.connectors.company import Group
from tests.connectors.company import Person
from tests.connectors.serving import Api

SECRET = "keycloak-client-secret"


class KeycloakApi(Api):
    """Users and groups of the realm ``staff``.

    :ivar gone_from_federation: ids of users that are left out of pages, after these were cut.
    """

    name = "keycloak"

    def routes(self) -> None:
        self.old = False
        self.gone_from_federation: set[str] = set()
        add = self.app.add_url_rule
        realm = "/admin/realms/staff"
        path = "/realms/staff/protocol/openid-connect/token"
        add(path, view_func=self.sign_in, methods=["POST"])
        add(f"{realm}/users", view_func=self.users)
        add(f"{realm}/users/<id>/groups", view_func=self.around)
        add(f"{realm}/groups", view_func=self.groups)
        add(f"{realm}/groups/<id>/children", view_func=self.children)
        add(f"{realm}/groups/<id>/members", view_func=self.members)

    def denial(self) -> Any:
        return {"error": "HTTP 403 Forbidden"}

    def options(self, **more: str) -> dict[str, Any]:
        return {
            "url": self.url,
            "realm": "staff",
            "client_id": "sync",
            "client_secret": SECRET,
            "allow_http": True,
            **more,
        }

    def sign_in(self) -> Any:
        form = request.form
        if (form["client_id"], form["client_secret"]) != ("sync", SECRET):
            return {"error": "unauthorized_client", "error_description": SECRET}, 401
        return {"access_token": self.token(), "expires_in": 60, "token_type": "Bearer"}

    def users(self) -> Any:
        return self._page([self._person(one) for one in self.company.people.values()])

    def groups(self) -> Any:
        inner = {one for group in self.company.groups.values() for one in group.members}
        top = [one for one in self.company.groups.values() if one.id not in inner]
        return self._page([self._group(one, "") for one in top])

    def children(self, id: str) -> Any:
        return self._page(self._inside(self.company.groups[id], self._path(id)))

    def members(self, id: str) -> Any:
        if id not in self.company.groups:
            abort(404)
        # Those of a group within are no members.
        members = [
            self._person(self.company.people[one])
            for one in self.company.groups[id].members
            if one in self.company.people
        ]
        return self._page(members)

    def around(self, id: str) -> Any:
        if id not in self.company.people:
            abort(404)
        groups = [one for one in self.company.groups.values() if id in one.members]
        return self._page([self._group(one, self._path(one.id, above=True)) for one in groups])

    def _page(self, items: list[Any]) -> Any:
        assert request.args["briefRepresentation"] == "true"
        first, most = int(request.args["first"]), int(request.args["max"])
        found, _ = self.part(items, first, most)
        return jsonify([one for one in found if one["id"] not in self.gone_from_federation])

    def _person(self, person: Person) -> dict[str, Any]:
        return {
            "id": person.id,
            "username": person.login,
            "email": person.login,
            "firstName": person.given,
            "lastName": person.family,
            "enabled": person.active,
        }

    def _path(self, id: str, *, above: bool = False) -> str:
        parents = [one for one in self.company.groups.values() if id in one.members]
        parent = self._path(parents[0].id) if parents else ""
        return parent if above else f"{parent}/{self.company.groups[id].name}"

    def _group(self, group: Group, above: str) -> dict[str, Any]:
        path = f"{above}/{group.name}"
        inside = self._inside(group, path)
        return {
            "id": group.id,
            "name": group.name,
            "path": path,
            # Version 23 and later count them, earlier ones list them.
            "subGroups": inside if self.old else [],
            **({} if self.old else {"subGroupCount": len(inside)}),
        }

    def _inside(self, group: Group, path: str) -> list[Any]:
        groups = self.company.groups
        return [self._group(groups[one], path) for one in group.members if one in groups]
