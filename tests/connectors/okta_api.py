"""Okta's API, as far as a connector asks it."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask import jsonify
from flask import request

from tests.connectors.company import Group
from tests.connectors.serving import Api

API_TOKEN = "okta-api-token"


class OktaApi(Api):
    """Users and groups, with the next page in a Link header."""

    name = "okta"

    def routes(self) -> None:
        self.good_tokens.add(API_TOKEN)
        add = self.app.add_url_rule
        add("/api/v1/users", view_func=self.users)
        add("/api/v1/users/<id>/groups", view_func=self.around)
        add("/api/v1/groups", view_func=self.groups)
        add("/api/v1/groups/<id>/users", view_func=self.members)

    def bearer(self) -> str:
        return request.headers.get("Authorization", "").removeprefix("SSWS ")

    def denial(self) -> Any:
        return {"errorCode": "E0000006", "errorSummary": self.bearer()}

    def options(self, **more: str) -> dict[str, Any]:
        return {"url": self.url, "api_token": API_TOKEN, "allow_http": True, **more}

    def users(self) -> Any:
        return self._page([self._person(one) for one in self.company.people])

    def groups(self) -> Any:
        groups = [self._group(one) for one in self.company.groups.values()]
        everyone = {"id": "00g", "type": "BUILT_IN", "profile": {"name": "Everyone"}}
        return self._page([everyone, *groups])

    def around(self, id: str) -> Any:
        if id not in self.company.people:
            abort(404)
        groups = [one for one in self.company.groups.values() if id in one.members]
        everyone = {"id": "00g", "type": "BUILT_IN", "profile": {"name": "Everyone"}}
        return self._page([everyone, *map(self._group, groups)])

    def members(self, id: str) -> Any:
        people = [one for one in self.company.groups[id].members if one in self.company.people]
        return self._page([self._person(one) for one in people])

    def _page(self, items: list[Any]) -> Any:
        found, following = self.part(items, int(request.args.get("after", "0")), 200)
        response = jsonify(found)
        response.headers.add("Link", f'<{request.base_url}?limit=200>; rel="self"')
        if following is not None:
            url = f"{request.base_url}?after={following}&limit=200"
            response.headers.add("Link", f'<{url}>; rel="next"')
        return response

    def _person(self, id: str) -> dict[str, Any]:
        person = self.company.people[id]
        profile = {
            "login": person.login,
            "email": person.login,
            "firstName": person.given,
            "lastName": person.family,
            "department": person.department or None,
        }
        status = "ACTIVE" if person.active else "SUSPENDED"
        return {"id": id, "status": status, "profile": profile}

    def _group(self, group: Group) -> dict[str, Any]:
        return {"id": group.id, "type": "OKTA_GROUP", "profile": {"name": group.name}}
