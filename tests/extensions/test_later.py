"""What a host declares after its first users are there."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.core.schemas import Extension
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conformance.lookups import shown
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.extensions.bodies import made
from tests.extensions.bodies import user
from tests.extensions.declarations import BADGE
from tests.http.messages import assert_error


def at(backend: MemoryBackend) -> ScimClient:
    """Return an identity provider at the door of a host with that backend."""
    app = Flask("host")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(backend, app)
    with app.app_context():
        return ScimClient(app.test_client(), scim.tokens.create(label="test").secret)


@pytest.mark.requirement("R063")
def test_an_account_that_lacks_what_is_required_since_can_be_deactivated() -> None:
    before = MemoryBackend()
    id = made(at(before), "/Users", user())["id"]
    after = MemoryBackend(types=ResourceTypes(user=USER.extended(Extension(BADGE, required=True))))
    after.store(before._state)
    idp, url = at(after), f"/Users/{id}"
    deactivate = {"op": "replace", "path": "active", "value": False}
    assert idp.patch(url, deactivate).status_code == 200
    assert shown(idp, url)["active"] is False
    # Whoever brings it, or says the whole, says it rightly; and it stays.
    floor = {"op": "add", "path": f"{BADGE.id}:floor", "value": 1}
    assert_error(idp.patch(url, floor), 400, "invalidValue", "number")
    assert_error(idp.put(url, user()), 400, "invalidValue", BADGE.id)
    assert_error(idp.post("/Users", user("eve")), 400, "invalidValue", BADGE.id)
    assert idp.put(url, user(badge={"number": "A1"})).status_code == 200
    gone = idp.patch(url, {"op": "remove", "path": BADGE.id})
    assert_error(gone, 400, "mutability", BADGE.id)
