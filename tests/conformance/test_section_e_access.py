"""Who may pass, and what becomes of secrets (RFC 7644 sections 2 and 7, RFC 6750)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.services.tokens import NewToken
from tests.conformance.lists import SEARCH
from tests.conformance.lists import listed
from tests.conformance.lists import names
from tests.conformance.lists import searched
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.dumps import text_of
from tests.hosts import Storage
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error

Issue = Callable[..., NewToken]
CHALLENGE = 'Bearer realm="scim"'
INVALID = 'Bearer realm="scim", error="invalid_token"'
# Endpoints of every kind, and one that does not exist: none is open to everybody.
PATHS = ("/Users", "/Users/x", "/Groups", "/Schemas", "/ServiceProviderConfig", "/Nope", "/.search")


@pytest.fixture
def issue(app: Flask, scim: ScimTeams) -> Issue:
    """Make a token as the operator would."""

    def issue(**wanted: object) -> NewToken:
        with app.app_context():
            return scim.tokens.create(label="test", **wanted)  # type: ignore[arg-type]

    return issue


@pytest.mark.requirement("R076")
def test_a_missing_credential_is_told_the_scheme_and_no_error(idp: ScimClient) -> None:
    for path in PATHS:
        for method in ("GET", "POST", "DELETE"):
            response = idp.client.open(f"/scim/v2{path}", method=method)
            assert_error(response, 401)
            assert response.headers["WWW-Authenticate"] == CHALLENGE


@pytest.mark.requirement("R076")
def test_a_bad_credential_is_told_that_the_token_is_invalid(
    idp: ScimClient, issue: Issue, app: Flask, scim: ScimTeams
) -> None:
    revoked = issue()
    with app.app_context():
        assert scim.tokens.revoke(revoked.record.id)
    expired = issue(expires_in=timedelta(microseconds=1))
    answers = set()
    for header in (
        *("Bearer nonsense", f"Bearer {idp.token}x", f"Bearer {idp.token[:-1]}"),
        *(f"Bearer {revoked.secret}", f"Bearer {expired.secret}", f"Basic {idp.token}"),
        *("Bearer", idp.token, f"Bearer {idp.token} {idp.token}"),
    ):
        for path in PATHS:
            response = idp.client.get(f"/scim/v2{path}", headers={"Authorization": header})
            assert_error(response, 401)
            assert response.headers["WWW-Authenticate"] == INVALID
            answers.add(response.text)
    # Why a token is no good is nobody's business.
    assert len(answers) == 1


@pytest.mark.requirement("R077")
def test_a_good_token_without_the_right_gets_403_and_changes_nothing(
    idp: ScimClient, issue: Issue, storage: Storage
) -> None:
    clients = {
        scope: ScimClient(idp.client, issue(scopes=[scope]).secret)
        for scope in ("users:read", "users:write", "groups:read", "groups:write")
    }
    user, team = f"/Users/{idp.user('ada')['id']}", f"/Groups/{idp.team('Blue')['id']}"
    before = dump(storage)
    for held, method, path, needed in (
        ("users:read", "POST", "/Users", "users:write"),
        ("users:read", "PUT", user, "users:write"),
        ("users:read", "DELETE", user, "users:write"),
        ("users:write", "GET", "/Users", "users:read"),
        ("users:write", "GET", user, "users:read"),
        ("users:write", "POST", "/Users/.search", "users:read"),
        ("users:write", "GET", "/Users/none", "users:read"),
        ("groups:read", "GET", user, "users:read"),
        ("groups:read", "PATCH", team, "groups:write"),
        ("groups:read", "POST", "/Groups", "groups:write"),
        ("groups:write", "GET", team, "groups:read"),
        ("groups:write", "POST", "/Users", "users:write"),
    ):
        # 403 even where the body, or the id, would be refused as well.
        body = None if method == "GET" else {"schemas": []}
        response = clients[held].request(method, path, body)
        assert_error(response, 403, None, needed)
        challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{needed}"'
        assert response.headers["WWW-Authenticate"] == challenge
    assert dump(storage) == before


@pytest.mark.requirement("R088")
def test_clients_have_rights_of_their_own(idp: ScimClient, issue: Issue) -> None:
    ada = idp.user("ada")["id"]
    blue = idp.team("Blue")["id"]
    requests = {
        "users:read": lambda client: [
            client.get(f"/Users/{ada}"),
            client.get("/Users"),
            client.post("/Users/.search", {"schemas": [SEARCH]}),
        ],
        "users:write": lambda client: [
            client.put(f"/Users/{ada}", {"schemas": [USER], "userName": "ada"}),
            client.patch(f"/Users/{ada}", {"op": "add", "path": "title", "value": "x"}),
        ],
        "groups:read": lambda client: [
            client.get(f"/Groups/{blue}"),
            client.get("/Groups"),
            client.post("/Groups/.search", {"schemas": [SEARCH]}),
        ],
        "groups:write": lambda client: [
            client.put(f"/Groups/{blue}", {"schemas": [GROUP], "displayName": "Blue"}),
            client.patch(f"/Groups/{blue}", {"op": "add", "path": "externalId", "value": "x"}),
        ],
    }
    for rights in (
        ["users:read", "groups:read"],
        ["users:read", "users:write"],
        ["groups:read", "groups:write"],
        ["users:write"],
    ):
        client = ScimClient(idp.client, issue(scopes=rights).secret)
        for scope, send in requests.items():
            statuses = {response.status_code for response in send(client)}
            assert statuses <= {200, 204} if scope in rights else statuses == {403}, (rights, scope)


@pytest.mark.requirement("R088")
def test_a_search_of_all_types_shows_what_the_token_may_read(idp: ScimClient, issue: Issue) -> None:
    idp.user("ada")
    idp.team("Blue")
    for scope, shown in {"users:read": ["ada"], "groups:read": ["Blue"]}.items():
        body = searched(ScimClient(idp.client, issue(scopes=[scope]).secret))
        assert (body["totalResults"], names(body)) == (1, shown)
    writer = ScimClient(idp.client, issue(scopes=["users:write", "groups:write"]).secret)
    assert_error(writer.post("/.search", {"schemas": [SEARCH]}), 403)


@pytest.mark.requirement("R085")
def test_a_token_holds_more_chance_than_can_be_guessed(issue: Issue) -> None:
    made = [issue() for _ in range(5)]
    secrets = {token.secret.split("_")[2].split(".")[0] for token in made}
    assert len(secrets) == len({token.record.id for token in made}) == 5
    for secret in secrets:
        # 256 bits, of which no half is the half of another token.
        assert len(bytes.fromhex(secret)) == 32
    assert len({secret[:32] for secret in secrets} | {secret[32:] for secret in secrets}) == 10


@pytest.mark.requirement("R085")
def test_a_token_has_a_lifetime_that_the_provider_knows_and_ends(
    idp: ScimClient, issue: Issue, app: Flask, scim: ScimTeams
) -> None:
    short = issue(expires_in=timedelta(microseconds=1))
    long = issue(expires_in=timedelta(hours=1))
    with app.app_context():
        expiry = {record.id: record.expires for record in scim.tokens.list()}
    for token in (short, long):
        expires = expiry[token.record.id]
        assert expires is not None
        assert expires > token.record.created
    assert ScimClient(idp.client, long.secret).get("/Users").status_code == 200
    assert_error(ScimClient(idp.client, short.secret).get("/Users"), 401)
    with app.app_context():
        scim.tokens.revoke(long.record.id)
    assert_error(ScimClient(idp.client, long.secret).get("/Users"), 401)


@pytest.mark.requirement("R085")
def test_a_token_is_taken_from_the_header_alone(idp: ScimClient) -> None:
    # URIs, forms and cookies are written down in places where a secret has no business.
    client = idp.client
    client.set_cookie("access_token", idp.token)
    for name in ("access_token", "token", "Authorization"):
        assert_error(client.get("/scim/v2/Users", query_string={name: idp.token}), 401)
        assert_error(client.post("/scim/v2/Users", data={name: idp.token}), 401)
    assert idp.get("/Users").status_code == 200


@pytest.mark.requirement("R086")
def test_of_a_token_only_a_digest_is_stored(
    idp: ScimClient, issue: Issue, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    made = issue()
    assert ScimClient(idp.client, made.secret).get("/Users").status_code == 200
    payload, _, signature = made.secret.rpartition(".")
    secret = payload.split("_")[2]
    assert made.record.id in text_of(storage)
    for part in (secret, secret[:32], signature, repr(bytes.fromhex(secret))[2:-1]):
        for place in (text_of(storage), caplog.text, repr(made)):
            assert part not in place


@pytest.mark.requirement("R086")
def test_of_a_password_nothing_is_stored(
    idp: ScimClient, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    url = f"/Users/{idp.user('ada', password='Secret-1')['id']}"
    idp.put(url, {"schemas": [USER], "userName": "ada", "password": "Secret-2"})
    idp.patch(url, {"op": "replace", "path": "password", "value": "Secret-3"})
    assert "Secret-" not in text_of(storage)
    assert "Secret-" not in caplog.text


def test_a_filter_with_personal_data_can_be_posted_in_place_of_a_uri(idp: ScimClient) -> None:
    # RFC 7644 section 7.5.2 lets a server insist on it. Identity providers look people up by GET.
    idp.user("ada", emails=[{"value": "ada@example.com", "type": "work"}])
    idp.user("bob")
    for filter in ('userName eq "ada"', 'emails.value eq "ada@example.com"', "emails pr"):
        assert listed(idp, filter=filter) == searched(idp, "/Users", filter=filter)
        assert names(searched(idp, "/Users", filter=filter)) == ["ada"]
    for filter in ('password eq "x"', "password pr"):
        assert_error(idp.get("/Users", query_string={"filter": filter}), 400, "invalidFilter")
        posted = idp.post("/Users/.search", {"schemas": [SEARCH], "filter": filter})
        assert_error(posted, 400, "invalidFilter")
