"""The gateway's people, and the identity provider that provisions them."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from examples.gateway.limits import TEAM_LIMITS
from examples.gateway.models import User
from examples.gateway.models import db
from examples.gateway.provisioning import scim

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class IdP:
    """An identity provider that provisions by SCIM, with a connection called Contoso."""

    def __init__(self, gateway: Flask) -> None:
        with gateway.app_context():
            connection = scim.connections.create("Contoso", provider="entra")
            token = scim.tokens.create(label="t", connection=connection).secret
        self.client = gateway.test_client()
        self.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    def user(self, name: str, **attributes: Any) -> str:
        body = {"schemas": [USER], "userName": name, **attributes}
        return self._made(self.client.post("/scim/v2/Users", json=body))

    def team(self, name: str, *members: str, **limits: Any) -> str:
        body: dict[str, Any] = {"schemas": [GROUP, TEAM_LIMITS.id], "displayName": name}
        body |= {"members": [{"value": one} for one in members], TEAM_LIMITS.id: limits}
        return self._made(self.client.post("/scim/v2/Groups", json=body))

    def replace(self, path: str, id: str, **values: Any) -> None:
        operations = [{"op": "replace", "path": name, "value": to} for name, to in values.items()]
        schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
        body = {"schemas": schemas, "Operations": operations}
        answer = self.client.patch(f"/scim/v2/{path}/{id}", json=body)
        assert answer.status_code in (200, 204), answer.text

    @staticmethod
    def _made(answer: Any) -> str:
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])


def signed_in(gateway: Flask, scim_id: str) -> FlaskClient:
    client = gateway.test_client()
    with gateway.app_context():
        key = db.session.scalar(select(User.id).where(User.scim_id == scim_id))
    with client.session_transaction() as session:
        session["person"] = {"id": key, "at": time.time()}
    return client
