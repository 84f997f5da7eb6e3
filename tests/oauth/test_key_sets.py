"""Keys of clients at a URL: fetched from there alone, seldom, and from nowhere inside (SSRF)."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from flask_scim_teams.oauth import key_sets
from flask_scim_teams.oauth.key_sets import MAX_AGE
from flask_scim_teams.oauth.key_sets import MAX_BYTES
from flask_scim_teams.oauth.key_sets import PAUSE
from flask_scim_teams.oauth.key_sets import KeySets
from flask_scim_teams.oauth.key_sets import NotFetched
from tests.oauth.gateway import EC
from tests.oauth.gateway import RSA
from tests.oauth.gateway import Gateway
from tests.oauth.gateway import assert_refused
from tests.oauth.gateway import claims_of
from tests.oauth.gateway import public
from tests.oauth.gateway import signed
from tests.oauth.publisher import Publisher
from tests.oauth.publisher import publishing
from tests.oauth.test_assertions import TENANT
from tests.oauth.test_assertions import issued

NEW = ECKey.generate_key("P-256", {"kid": "new"})


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Publisher]:
    with publishing(folder) as publisher:
        yield publisher


@pytest.fixture
def publisher(running: Publisher, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Publisher:
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))
    running.answers.clear()
    running.asked.clear()
    running.hosts.clear()
    return running


@pytest.fixture
def gateway() -> Gateway:
    return Gateway(SCIM_OAUTH_JWKS_INTERNAL_HOSTS=["LocalHost"])


def test_a_client_whose_keys_are_at_a_url(gateway: Gateway, publisher: Publisher) -> None:
    client = gateway.client(jwks_uri=publisher.publish(*public(RSA, EC)))
    for _ in range(3):
        answer = gateway.ask(signed(claims_of(client.id)))
        assert answer.status_code == 200, answer.text
        assert gateway.get(answer.get_json()["access_token"]).status_code == 200
    assert publisher.asked == ["/keys"]
    assert publisher.hosts == [f"localhost:{publisher.port}"]
    # As long as it is there, it may have a new key: that is looked for once.
    publisher.publish(*public(NEW))
    assert_refused(gateway.ask(signed(claims_of(client.id), NEW)))
    assert publisher.asked == ["/keys"]


def test_a_client_of_workload_identity_federation(gateway: Gateway, publisher: Publisher) -> None:
    # As Entra ID publishes them: more than one, with certificates, and some for other purposes.
    others: list[dict[str, Any]] = [{"kty": "oct", "k": "eA"}, {"kty": "EC", "crv": "P-384"}]
    keys = [dict(one, use="sig", x5c=["MIIC"]) for one in public(RSA)]
    url = publisher.publish(*keys, *others)
    trust = {"issuer": TENANT, "subject": "d2f8ee76", "audience": "api://b5ba7a93"}
    client = gateway.client(jwks_uri=url, **trust)
    form = {"client_id": client.id, "scope": "scim"}
    assert gateway.ask(form | signed(issued(), RSA, "RS256")).status_code == 200
    for changed in ({"iss": "https://x.example"}, {"sub": "x"}, {"aud": "x"}):
        assert_refused(gateway.ask(form | signed(issued(**changed), RSA, "RS256")))


def test_the_command_looks_at_the_url(gateway: Gateway, publisher: Publisher) -> None:
    runner = gateway.app.test_cli_runner()
    create = ["scim", "client", "create", "--json", "--jwks-uri"]
    publisher.says("/none", b"", 404)
    result = runner.invoke(args=[*create, publisher.url("/none")])
    assert result.exit_code == 1
    assert "404" in result.stderr
    result = runner.invoke(args=[*create, publisher.publish(*public(EC))])
    assert result.exit_code == 0, result.output
    made = json.loads(result.stdout)
    assert (made["jwks_uri"], made["proof"]) == (publisher.url(), "signature")
    assert gateway.ask(signed(claims_of(made["client_id"]))).status_code == 200


def test_an_unknown_kid_is_looked_for_once(publisher: Publisher) -> None:
    clock = Clock()
    sets = KeySets({"localhost"}, clock=clock)
    url = publisher.publish(*public(EC))

    def kids(kid: Any) -> list[Any]:
        return [one.get("kid") for one in sets.keys(url, kid)]

    assert kids("ec") == ["ec"]
    publisher.publish(*public(EC, NEW))
    clock.now = PAUSE - 1
    assert kids("new") == ["ec"]
    clock.now = PAUSE
    assert kids("new") == ["ec", "new"]
    # Whoever makes names up does not make this server ask, and costs the others nothing.
    for number in range(20):
        assert kids(f"made up {number}") == ["ec", "new"]
        assert kids(["x"]) == ["ec", "new"]
    assert len(publisher.asked) == 2


def test_a_set_is_kept_for_an_hour_and_not_longer(
    publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    sets = KeySets({"localhost"}, clock=clock)
    url = publisher.publish(*public(EC, NEW))
    assert len(sets.keys(url, "ec")) == 2
    publisher.publish(*public(NEW))
    clock.now = MAX_AGE - 1
    assert len(sets.keys(url, "ec")) == 2
    # A key that was withdrawn is of no use after that, and neither is a set that nobody has.
    clock.now = MAX_AGE
    assert len(sets.keys(url, "new")) == 1
    publisher.says("/keys", b"", status=503)
    clock.now = 2 * MAX_AGE - 1
    assert len(sets.keys(url, "new")) == 1
    clock.now = 2 * MAX_AGE
    asked = len(publisher.asked)
    assert [sets.keys(url, "new") for _ in range(3)] == [(), (), ()]
    assert len(publisher.asked) == asked + 1
    [line] = caplog.messages
    assert "503" in line
    publisher.publish(*public(NEW))
    clock.now += PAUSE
    assert len(sets.keys(url, "new")) == 1


def test_many_at_once_ask_once(publisher: Publisher) -> None:
    sets = KeySets({"localhost"})
    url = publisher.publish(*public(EC))
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(sets.keys(url, "ec")))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8
    assert publisher.asked == ["/keys"]


def test_no_assertion_says_where_its_keys_are(gateway: Gateway, publisher: Publisher) -> None:
    elsewhere = publisher.publish(*public(NEW), path="/attacker")
    client = gateway.client(jwks_uri=publisher.publish(*public(EC)))
    by_file = gateway.client(keys=public(EC))
    for id in (client.id, by_file.id):
        for header in ({"jku": elsewhere}, {"x5u": elsewhere}, {"kid": elsewhere}):
            assert_refused(gateway.ask(signed(claims_of(id), NEW, **header)))
    # Nor is anything fetched for what no key could make good.
    assert publisher.asked == ["/keys"]
    fresh = gateway.client(jwks_uri=publisher.publish(*public(EC), path="/fresh"))
    assert_refused(gateway.ask(signed(claims_of(fresh.id), RSA, "RS384")))
    assert "/fresh" not in publisher.asked


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",  # noqa: S104 - asked, not listened on
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[ff02::1]",
    ],
)
def test_nothing_inside_the_network_is_asked(publisher: Publisher, host: str) -> None:
    publisher.publish(*public(EC))
    with pytest.raises(NotFetched, match="inside the network"):
        KeySets().fetch(publisher.url(host=host))
    assert publisher.asked == []


def test_a_name_is_looked_up_once(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever owns a name may say something else the second time (DNS rebinding).
    publisher.publish(*public(EC))
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def answer(host: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(str(host))
        return look_up("127.0.0.1" if host == "keys.example.com" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    # Its certificate and its name are asked for all the same.
    assert KeySets({"keys.example.com"}).fetch(publisher.url(host="keys.example.com"))
    assert asked.count("keys.example.com") == 1
    assert publisher.hosts == [f"keys.example.com:{publisher.port}"]


def test_one_address_inside_spoils_a_name(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo

    def answer(host: Any, *args: Any, **kwargs: Any) -> Any:
        return look_up("1.1.1.1", *args, **kwargs) + look_up("10.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(NotFetched, match="inside the network"):
        KeySets().fetch(publisher.url(host="keys.example.com"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://localhost/keys", "https"),
        ("file:///etc/passwd", "https"),
        ("ftp://localhost/keys", "https"),
        ("localhost/keys", "https"),
        ("https:///keys", "https"),
        ("", "https"),
        ("https://localhost/ü", "https"),
        ("https://localhost/a b", "https"),
        ("https://localhost/\n", "https"),
        (f"https://localhost/{'x' * 2000}", "https"),
        ("https://me:secret@localhost/keys", "no user"),
        ("https://localhost/keys#x", "no fragment"),
        ("https://[::1/keys", "cannot be read"),
        ("https://localhost:99999/keys", "cannot be read"),
        ("https://nobody.invalid/keys", "not known"),
    ],
)
def test_urls_that_are_none(url: str, words: str) -> None:
    with pytest.raises(NotFetched, match=words):
        KeySets({"localhost"}).fetch(url)


def test_answers_that_are_no_key_set(publisher: Publisher) -> None:
    good = json.dumps({"keys": public(EC)}).encode()
    publisher.says("/keys", good)
    publisher.says("/moved", b"", 302, Location="/keys")
    publisher.says("/gone", good, 404)
    publisher.says("/packed", gzip.compress(good), Content_Encoding="gzip")
    publisher.says("/large", good + b" " * MAX_BYTES)
    publisher.says("/page", b"<html>")
    publisher.says("/deep", b"[" * 100_000)
    publisher.says("/list", b"[]")
    publisher.says("/empty", b'{"keys": []}')
    publisher.says("/other", b'{"keys": [{"kty": "oct", "k": "eA"}]}')
    publisher.says("/many", json.dumps({"keys": public(EC) * 101}).encode())
    for path, words in (
        ("/moved", "302"),
        ("/gone", "404"),
        ("/packed", "packed"),
        ("/large", "bytes"),
        ("/page", "no JSON"),
        ("/deep", "no JSON"),
        ("/list", "no JWK set"),
        ("/empty", "no JWK set"),
        ("/other", "None of its keys"),
        ("/many", "more than 100"),
    ):
        with pytest.raises(NotFetched, match=words):
            KeySets({"localhost"}).fetch(publisher.url(path))
    assert "/keys" not in publisher.asked


def test_who_does_not_answer_is_not_waited_for(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        released.wait()
        handler.close_connection = True

    publisher.answers["/keys"] = hang
    monkeypatch.setattr(key_sets, "_PATIENCE", 0.2)
    try:
        with pytest.raises(NotFetched, match="too long"):
            KeySets({"localhost"}).fetch(publisher.url())
    finally:
        released.set()


def test_a_certificate_has_to_be_the_hosts(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.publish(*public(EC))
    with pytest.raises(NotFetched, match="CERTIFICATE_VERIFY_FAILED"):
        KeySets({"127.0.0.1"}).fetch(publisher.url(host="127.0.0.1"))
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(NotFetched, match="CERTIFICATE_VERIFY_FAILED"):
        KeySets({"localhost"}).fetch(publisher.url())
    assert publisher.asked == []


def test_who_is_refused_is_not_told_that_keys_cannot_be_had(
    gateway: Gateway, publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    publisher.says("/keys", b"", 500)
    client = gateway.client(jwks_uri=publisher.url())
    elsewhere = gateway.client(jwks_uri="https://169.254.169.254/keys")
    words = {
        assert_refused(gateway.ask(signed(claims_of(id))))
        for id in (client.id, elsewhere.id, "0" * 16)
    }
    assert len(words) == 1
    assert [("500" in line, "inside" in line) for line in caplog.messages] == [
        (True, False),
        (False, True),
    ]
