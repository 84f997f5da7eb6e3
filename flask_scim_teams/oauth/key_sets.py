"""Key sets that a client, or its issuer, publishes at a URL: fetched, and kept for an hour.

The URL is what an administrator gave with the client; no assertion is asked where keys are. The
request that is made leads out of the host's network, unless the host says otherwise.
"""

from __future__ import annotations

import json
import math
import socket
import ssl
import time
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from ipaddress import IPv6Network
from ipaddress import ip_address
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import httpx

from flask_scim_teams.oauth.keys import usable_keys
from flask_scim_teams.services.logger import logger

#: Seconds that a set is good: a key that is withdrawn is of use for no longer.
MAX_AGE = 3_600
#: Seconds between two requests for a set, whatever names of keys come meanwhile.
PAUSE = 60
#: Seconds for each step of a request, and for the whole body.
_PATIENCE, _LONGEST = 5.0, 10.0
#: Largest set, in bytes, as it is sent.
MAX_BYTES = 256 * 1024
_LONGEST_URL = 2_000
# A name has a few addresses, of which one answers.
_MOST_ADDRESSES = 3
_GLOBAL_V6 = IPv6Network("2000::/3")


class NotFetched(ValueError):
    """A key set cannot be had; the words are for the administrator."""


@dataclass(slots=True)
class _Known:
    """What is known of one URL, and the lock of whoever asks it."""

    keys: Sequence[Mapping[str, Any]] = ()
    fetched: float = -math.inf
    tried: float = -math.inf
    lock: Lock = field(default_factory=Lock)

    def has(self, kid: object, now: float) -> bool:
        named = kid is None or any(one.get("kid") == kid for one in self.keys)
        return named and now - self.fetched < MAX_AGE


class KeySets:
    """The key sets of this process, by their URL.

    :param internal_hosts: names and addresses that may be inside the host's network.
    :param clock: returns seconds that only ever grow.
    """

    def __init__(
        self, internal_hosts: Collection[str] = (), *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._internal = frozenset(internal_hosts)
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._lock = Lock()

    def keys(self, url: str, kid: object) -> Sequence[Mapping[str, Any]]:
        """Return the keys at a URL; none where they cannot be had, which is logged.

        They are fetched if that is an hour ago, or if none of them has the wanted name: then a
        key is new, or somebody makes names up. So this happens once a minute at the most.

        :param kid: what an assertion calls its key.
        """
        with self._lock:
            known = self._known.setdefault(url, _Known())
        if not known.has(kid, self._clock()):
            # Those who wait for the lock find what its holder fetched.
            with known.lock:
                self._refresh(url, known, kid)
        return known.keys if self._clock() - known.fetched < MAX_AGE else ()

    def fetch(self, url: str) -> Sequence[Mapping[str, Any]]:
        """Return the keys at a URL, as they are there now.

        :raises NotFetched: if there are none, or the URL is not one to ask.
        """
        host, port = _authority(url)
        addresses = _addresses(host, port, internal=host in self._internal)
        # What the environment says of proxies is about other programs, and would resolve the name
        # once more; its certificates are as good as those that come with the library.
        context = httpx.create_ssl_context(trust_env=False)
        context.load_default_certs()
        for address in addresses:
            try:
                return _read(url, host, address, context)
            except httpx.ConnectError as error:
                failure = error
        raise NotFetched(f"{url} cannot be connected to: {_reason(failure)}.")

    def _refresh(self, url: str, known: _Known, kid: object) -> None:
        now = self._clock()
        if known.has(kid, now) or now - known.tried < PAUSE:
            return
        known.tried = now
        try:
            known.keys, known.fetched = self.fetch(url), now
        except NotFetched as error:
            logger.warning("The keys of an OAuth client could not be fetched. %s", error)


def _authority(url: str) -> tuple[str, int]:
    """Return host and port of a URL that keys may be fetched from."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise NotFetched("The URL of a key set cannot be read.") from None
    host = parts.hostname or ""
    fit = parts.scheme == "https" and host and url.isascii() and url.isprintable()
    if not fit or " " in url or len(url) > _LONGEST_URL:
        raise NotFetched("The URL of a key set begins with https:// and a host.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise NotFetched("The URL of a key set has no user, no password and no fragment.")
    return host, port


def _addresses(host: str, port: int, *, internal: bool) -> Sequence[str]:
    """Return the addresses of a host; one inside the network spoils all of them.

    The request then goes to one of these. Were the name looked up again for it, it could lead
    elsewhere by then.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotFetched(f"The host {host} of a key set is not known.") from None
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not internal and not all(map(_outside, addresses)):
        raise NotFetched(
            f"The host {host} of a key set is inside the network: name it in "
            "SCIM_OAUTH_JWKS_INTERNAL_HOSTS if it may be asked."
        )
    return addresses[:_MOST_ADDRESSES]


def _outside(text: str) -> bool:
    address = ip_address(text.partition("%")[0])
    if address.version == 4:
        return address.is_global and not address.is_multicast
    # Outside of this network are the ways to write an address of version 4, but for one.
    return address.is_global and address in _GLOBAL_V6 and address.sixtofour is None


def _read(
    url: str, host: str, address: str, context: ssl.SSLContext
) -> Sequence[Mapping[str, Any]]:
    """Ask an address for the URL; name and certificate are still those of the host."""
    target = httpx.URL(url)
    headers = {
        "Host": target.netloc.decode("ascii"),
        "Accept": "application/json, application/jwk-set+json",
        # What is packed is larger than it looks.
        "Accept-Encoding": "identity",
        "User-Agent": "flask-scim-teams",
    }
    try:
        with httpx.Client(
            verify=context, timeout=_PATIENCE, trust_env=False, follow_redirects=False
        ) as client:
            request = client.build_request(
                "GET",
                target.copy_with(host=address),
                headers=headers,
                extensions={"sni_hostname": host},
            )
            answer = client.send(request, stream=True)
            try:
                body = _body(answer)
            finally:
                answer.close()
    except httpx.ConnectError:
        raise
    except httpx.TimeoutException:
        raise NotFetched(f"{url} takes too long to answer.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotFetched(f"{url} cannot be asked: {_reason(error)}.") from None
    try:
        return usable_keys(json.loads(body))
    except (ValueError, RecursionError) as error:
        words = error if type(error) is ValueError else "It is no JSON."
        raise NotFetched(f"What is at {url} cannot be used. {words}") from None


def _body(answer: httpx.Response) -> bytes:
    if answer.status_code != 200:
        raise NotFetched(f"A key set is answered with status {answer.status_code}, not 200.")
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise NotFetched("A key set is packed, which nobody asked for.")
    end = time.monotonic() + _LONGEST
    body = bytearray()
    for part in answer.iter_raw():
        body += part
        if len(body) > MAX_BYTES:
            raise NotFetched(f"A key set has more than {MAX_BYTES} bytes.")
        if time.monotonic() > end:
            raise NotFetched("A key set takes too long to arrive.")
    return bytes(body)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
