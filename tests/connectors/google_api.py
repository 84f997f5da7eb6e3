"""Google's Directory API and its token endpoint, as far as a connector asks them."""

from __future__ import annotations

import functools
import json
from typing import Any

from flask import abort
from flask import request
from joserfc import jwt
from joserfc.jwk import RSAKey

from flask_scim_teams.connectors.google import SCOPES
from tests.connectors.company import Group
from tests.connectors.company import Person
from tests.connectors.serving import Api

ADMIN = "admin@example.com"


@functools.cache
def service_key() -> RSAKey:
    return RSAKey.generate_key(2048, private=True)


class GoogleApi(Api):
    """Users, groups and members, below ``/admin/directory/v1``."""

    name = "google"

    def routes(self) -> None:
        self.assertions: list[dict[str, Any]] = []
        add = self.app.add_url_rule
        add("/token", view_func=self.sign_in, methods=["POST"])
        add("/admin/directory/v1/users", view_func=self.users)
        add("/admin/directory/v1/groups", view_func=self.groups)
        add("/admin/directory/v1/groups/<id>/members", view_func=self.members)

    def denial(self) -> Any:
        reasons = [{"domain": "global", "reason": "insufficientPermissions"}]
        return {"error": {"code": 403, "message": self.bearer(), "errors": reasons}}

    def options(self, **more: str) -> dict[str, Any]:
        account = {
            "type": "service_account",
            "client_email": "sync@project.example.com",
            "private_key": service_key().as_pem(private=True).decode(),
            "token_uri": f"{self.url}/token",
        }
        return {
            "admin": ADMIN,
            "service_account": json.dumps(account),
            "directory_url": self.url,
            "allow_http": True,
            **more,
        }

    def sign_in(self) -> Any:
        assert request.form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = jwt.decode(request.form["assertion"], service_key(), ["RS256"]).claims
        self.assertions.append(claims)
        if claims["sub"] != ADMIN or claims["scope"].split() != list(SCOPES):
            return {"error": "unauthorized_client"}, 401
        return {"access_token": self.token(), "expires_in": 3599, "token_type": "Bearer"}

    def users(self) -> Any:
        assert request.args["customer"] == "my_customer"
        return self._page("users", [self._person(one) for one in self.company.people.values()], 500)

    def groups(self) -> Any:
        groups = list(self.company.groups.values())
        person = request.args.get("userKey")
        if person is None:
            assert request.args["customer"] == "my_customer"
        else:
            if person not in self.company.people:
                abort(404)
            # Of direct members alone.
            groups = [one for one in groups if person in one.members]
        return self._page("groups", [self._group(one) for one in groups], 200)

    def members(self, id: str) -> Any:
        if id not in self.company.groups:
            abort(404)
        derived = request.args.get("includeDerivedMembership") == "true"
        inside = self.company.inside(id) if derived else self.company.groups[id].members
        return self._page("members", [self._member(one) for one in inside], 200)

    def _page(self, key: str, items: list[Any], most: int) -> Any:
        wanted = int(request.args["maxResults"])
        if wanted > most:
            abort(400)
        start = int(request.args.get("pageToken", "p0")[1:])
        found, following = self.part(items, start, wanted)
        document: dict[str, Any] = {"kind": f"admin#directory#{key}"}
        if found:
            document[key] = found
        if following is not None:
            document["nextPageToken"] = f"p{following}"
        return document

    def _person(self, person: Person) -> dict[str, Any]:
        name = {
            "givenName": person.given,
            "familyName": person.family,
            "fullName": f"{person.given} {person.family}",
        }
        found = {
            "id": person.id,
            "primaryEmail": person.login,
            "name": name,
            "suspended": not person.active,
            "archived": False,
        }
        if person.department:
            found["organizations"] = [{"department": person.department, "primary": True}]
        return found

    def _group(self, group: Group) -> dict[str, Any]:
        return {"id": group.id, "email": f"{group.id}@example.com", "name": group.name}

    def _member(self, id: str) -> dict[str, Any]:
        if id == "everyone":
            return {"type": "CUSTOMER", "id": "C01"}
        kind = "GROUP" if id in self.company.groups else "USER"
        return {"type": kind, "id": id, "role": "MEMBER"}
