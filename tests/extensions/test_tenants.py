"""Resources of the host's own types belong to tenants as users and teams do."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from tests.conftest import ScimClient
from tests.extensions.bodies import device
from tests.extensions.bodies import made
from tests.http.messages import assert_error

NEVER = "00000000-0000-7000-8000-000000000000"


@pytest.mark.requirement("R227", "R228")
def test_a_resource_of_another_tenant_is_nobodys(app: Flask, scim: ScimTeams) -> None:
    with app.app_context():
        connections = [scim.connections.create(name, tenant=name) for name in ("here", "there")]
        secrets = [scim.tokens.create(label="x", connection=one).secret for one in connections]
    here, there = (ScimClient(app.test_client(), secret) for secret in secrets)
    printer = made(there, "/Devices", device("Printer"))
    for ask in (
        lambda id: here.get(f"/Devices/{id}"),
        lambda id: here.put(f"/Devices/{id}", device("Printer")),
        lambda id: here.patch(f"/Devices/{id}", {"op": "remove", "path": "tags"}),
        lambda id: here.delete(f"/Devices/{id}"),
    ):
        theirs, nobodys = ask(printer["id"]), ask(NEVER)
        assert_error(theirs, 404)
        assert theirs.text.replace(printer["id"], NEVER) == nobodys.text
    for query in ({}, {"filter": 'name eq "printer"'}, {"count": "0"}):
        assert here.get("/Devices", query_string=query).get_json()["totalResults"] == 0
    mine = made(here, "/Devices", device("PRINTER"))
    assert_error(here.post("/Devices", device("printer")), 409, "uniqueness", "name")
    for idp, own in ((here, mine), (there, printer)):
        [found] = idp.get("/Devices").get_json()["Resources"]
        assert found == own
