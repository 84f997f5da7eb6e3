"""Microsoft Graph, as far as a connector asks it."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask import request

from tests.connectors.company import Group
from tests.connectors.company import Person
from tests.connectors.serving import Api

SECRET = "entra-client-secret"
#: Object id of the enterprise application.
PRINCIPAL = "sp-1"
_KEYS = {
    "userPrincipalName": "login",
    "accountEnabled": "active",
    "givenName": "given",
    "surname": "family",
    "department": "department",
    "mail": "login",
}


class EntraApi(Api):
    """Graph and its sign-in; ``assigned`` holds what is assigned to the application."""

    name = "entra"

    def routes(self) -> None:
        self.assigned: list[str] = []
        self.forgotten = 0
        add = self.app.add_url_rule
        add("/tenant-1/oauth2/v2.0/token", view_func=self.sign_in, methods=["POST"])
        add("/v1.0/users", view_func=self.users)
        add("/v1.0/groups", view_func=self.groups)
        add("/v1.0/groups/<id>/transitiveMembers", view_func=self.members)
        add("/v1.0/groups/<id>/transitiveMemberOf", view_func=self.around_group)
        add("/v1.0/users/<id>/transitiveMemberOf", view_func=self.around_person)
        add("/v1.0/me/transitiveMemberOf", view_func=self.around_me)
        add("/v1.0/servicePrincipals/<id>/appRoleAssignedTo", view_func=self.assignments)
        add("/v1.0/<kind>/delta", view_func=self.delta)

    def denial(self) -> Any:
        message = f"Insufficient privileges for {self.bearer()}"
        return {"error": {"code": "Authorization_RequestDenied", "message": message}}

    def options(self, **more: str) -> dict[str, Any]:
        return {
            "tenant_id": "tenant-1",
            "client_id": "client-1",
            "client_secret": SECRET,
            "graph_url": self.url,
            "login_url": self.url,
            "allow_http": True,
            **more,
        }

    def sign_in(self) -> Any:
        form = request.form
        assert form["scope"] == f"{self.url}/.default"
        assert form["grant_type"] == "client_credentials"
        if (form["client_id"], form["client_secret"]) != ("client-1", SECRET):
            return {"error": "invalid_client", "error_description": form["client_secret"]}, 401
        return {"token_type": "Bearer", "expires_in": 3599, "access_token": self.token()}

    def users(self) -> Any:
        chosen = request.args.get("$filter")
        people = self.company.people.values()
        if chosen is not None:
            id = chosen.removeprefix("id eq '").removesuffix("'")
            people = [one for one in people if one.id == id]  # type: ignore[assignment]
        return self._page([self._person(one) for one in people])

    def groups(self) -> Any:
        return self._page([self._group(one) for one in self.company.groups.values()])

    def members(self, id: str) -> Any:
        if id not in self.company.groups:
            abort(404)
        return self._page([self._object(one) for one in self.company.inside(id)])

    def around_group(self, id: str) -> Any:
        return self._around(id)

    def around_person(self, id: str) -> Any:
        if id not in self.company.people:
            abort(404)
        return self._around(id)

    def around_me(self) -> Any:
        return self._around(self.bearer().removeprefix("delegated-"))

    def _around(self, id: str) -> Any:
        # A directory role and an administrative unit are no groups.
        others = [
            {"@odata.type": "#microsoft.graph.directoryRole", "id": "role", "displayName": "Blue"},
            {"@odata.type": "#microsoft.graph.administrativeUnit", "id": "unit"},
        ]
        return self._page(others + [self._group(one) for one in self.company.around(id)])

    def assignments(self, id: str) -> Any:
        if id != PRINCIPAL:
            abort(404)
        found = []
        for one in self.assigned:
            kind = "Group" if one in self.company.groups else "User"
            found += [{"principalId": one, "principalType": kind, "principalDisplayName": "stale"}]
        found.append({"principalId": "app-9", "principalType": "ServicePrincipal"})
        # Somebody with two roles is assigned twice.
        return self._page(found + found[:1])

    def delta(self, kind: str) -> Any:
        mark = request.args["$deltatoken"]
        now = len(self.company.journal)
        if mark != "latest" and self.forgotten > int(mark):
            return {"error": {"code": "syncStateNotFound"}}, 410
        entries: dict[str, dict[str, Any]] = {}
        for what, id, how in self.company.journal[now if mark == "latest" else int(mark) :]:
            if f"{what}s" != kind:
                continue
            # What did not change may be left out: an entry is no whole description.
            entry = entries.setdefault(id, {"id": id})
            entry.pop("@removed", None)
            if how == "removed":
                entry["@removed"] = {"reason": "deleted"}
            if how == "refilled":
                entry["members@delta"] = [{"id": "whoever"}]
        document = self._page(list(entries.values()))
        if "@odata.nextLink" not in document:
            base = f"{self.url}/v1.0/{kind}/delta"
            document["@odata.deltaLink"] = f"{base}?$deltatoken={now}"
        return document

    def _page(self, items: list[Any]) -> dict[str, Any]:
        top = int(request.args.get("$top", 100))
        if top > 999:
            abort(400)
        start = int(request.args.get("$skiptoken", "0'").removesuffix("'"))
        if start and request.query_string not in self.named:
            abort(400)
        found, following = self.part(items, start, top)
        document: dict[str, Any] = {"value": found}
        if following is not None:
            # Whoever writes it another way asks for another page.
            kept = "&".join(
                f"{name}={text}" for name, text in request.args.items() if name != "$skiptoken"
            )
            query = f"{kept}&$skiptoken={following}%27"
            self.named.add(query.encode())
            document["@odata.nextLink"] = f"{self.url}{request.path}?{query}"
        return document

    def _object(self, id: str) -> dict[str, Any]:
        if id in self.company.people:
            return self._person(self.company.people[id])
        if id in self.company.groups:
            return self._group(self.company.groups[id])
        return {"@odata.type": "#microsoft.graph.device", "id": id}

    def _person(self, person: Person) -> dict[str, Any]:
        found = {key: getattr(person, name) or None for key, name in _KEYS.items()}
        found["accountEnabled"] = person.active
        return {"@odata.type": "#microsoft.graph.user", "id": person.id, **found}

    def _group(self, group: Group) -> dict[str, Any]:
        return {"@odata.type": "#microsoft.graph.group", "id": group.id, "displayName": group.name}
