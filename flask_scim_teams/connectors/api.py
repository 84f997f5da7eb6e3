"""One identity provider's API over HTTP, asked with strict manners. Needs httpx."""

from __future__ import annotations

import functools
import json
import re
import ssl
import time
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from typing import Protocol
from typing import Self
from urllib.parse import quote

import httpx

from flask_scim_teams.connectors.pauses import asked_pause
from flask_scim_teams.connectors.settings import LOOPBACK
from flask_scim_teams.core.directory import DirectoryError

# What a header can carry; no provider's token has anything else.
_HEADER = re.compile(r"[\x21-\x7e]+")
# What providers call their refusals: a name, and never a text that could quote the request.
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")
_THROTTLED = frozenset({429, 503})
# Seconds before the first repetition that nobody gave a time for; each further one doubles it.
_FIRST_PAUSE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a provider is asked.

    :param timeout: seconds that a whole answer may take.
    :param attempts: how often one question is asked at most.
    :param total_wait: seconds that are waited for one answer at most, all pauses together.
    :param max_bytes: longest answer that is read.
    :param max_pages: longest list that is walked.
    """

    timeout: float = 30.0
    attempts: int = 6
    total_wait: float = 180.0
    max_bytes: int = 32 * 1024 * 1024
    max_pages: int = 20_000


#: For runs that nobody waits for.
PATIENT = Manners()
#: For look-ups that a person waits for.
AT_SIGN_IN = Manners(timeout=5.0, attempts=2, total_wait=2.0, max_pages=50)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is asked for, for the words of a refusal.

    :param words: "the members of a group".
    :param permission: what has to be granted for it, as the provider calls it.
    """

    words: str
    permission: str


class Expired(DirectoryError):
    """The provider no longer knows the place that a walk is to go on from."""


class Credential(Protocol):
    """Whatever signs requests."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers that do.

        :raises DirectoryError: if the credentials are refused.
        """
        ...

    def renew(self) -> bool:
        """Drop what was refused; return whether asking again may help."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: its document, and the URL of the next page where a Link header has it."""

    document: Any
    next_link: str | None


class Api:
    """Asks one provider.

    :param name: what people call it: "Microsoft Graph".
    :param base: URL that paths are below.
    :param plain_http: whether a base of this machine may do without TLS.
    :param throttling: names of refusals that mean "too often", whatever their status.
    :param wait: waits for seconds.
    :param clock: returns seconds since 1970.
    :raises DirectoryError: if the base is no URL of https.
    """

    def __init__(
        self,
        name: str,
        base: str,
        *,
        credential: Credential | None = None,
        plain_http: bool = False,
        throttling: frozenset[str] = frozenset(),
        manners: Manners = PATIENT,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.base = httpx.URL(base.rstrip("/"))
        tls = self.base.scheme == "https" and bool(self.base.host)
        if not tls and not (plain_http and self.base.scheme == "http" and self._is_local()):
            raise DirectoryError(f"{name} is asked over https alone, not at {base!r:.200}.")
        self.manners = manners
        self.clock = clock
        self._credential = credential
        self._throttling = throttling
        self._wait = wait
        # Proxies and certificates of the environment hold for what is elsewhere.
        self._client = httpx.Client(
            timeout=httpx.Timeout(manners.timeout),
            follow_redirects=False,
            trust_env=tls,
            verify=_trusted(),
            headers={"Accept": "application/json", "User-Agent": "flask-scim-teams"},
        )

    def close(self) -> None:
        """Close the connections that are open."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Api {self.name}>"

    def get(
        self,
        path: str,
        purpose: Purpose,
        *,
        params: Mapping[str, str] | None = None,
        bearer: str | None = None,
    ) -> Answer:
        """Return what is at a path below the base, or at a URL that the provider gave.

        :param bearer: an access token to ask with, in place of the credential.
        :raises DirectoryError: if there is no good answer.
        :raises Expired: if the place in a list is no longer known (410).
        """
        url = self._url(path)
        return self._ask(httpx.Request("GET", url, params=params), purpose, bearer)

    def post_form(self, path: str, purpose: Purpose, form: Mapping[str, str]) -> Answer:
        """Return the answer to a form, which can be sent more than once."""
        url = self._url(path)
        return self._ask(httpx.Request("POST", url, data=dict(form)), purpose, None)

    def _url(self, path: str) -> httpx.URL:
        """Return the URL of a path, or the one that is given if it is of this API.

        What a page names as the next one gets the credentials as well, so that it has to be here.
        """
        if path.startswith("/") and not path.startswith("//"):
            return httpx.URL(f"{self.base}{path}")
        try:
            url = httpx.URL(path)
        except (httpx.InvalidURL, TypeError):
            raise DirectoryError(f"{self.name} names a next page that is no URL.") from None
        here = (self.base.scheme, self.base.host, self.base.port)
        if (url.scheme, url.host, url.port) != here or url.userinfo:
            raise DirectoryError(
                f"{self.name} names a next page that is at another address, {url.host!r:.100}: "
                "it is not followed."
            )
        return url

    def _is_local(self) -> bool:
        return self.base.host in LOOPBACK

    def _ask(self, request: httpx.Request, purpose: Purpose, bearer: str | None) -> Answer:
        waited, renewed = 0.0, False
        for attempt in range(1, self.manners.attempts + 1):
            try:
                response, body = self._exchange(request, bearer)
            except httpx.HTTPError as error:
                trouble, pause = _in_words(error), _backoff(attempt)
            else:
                if response.is_success:
                    return self._answer(response, body)
                code = _code_of(body)
                trouble = f"answered {response.status_code}{f' ({code})' if code else ''}"
                if response.status_code == 401 and not renewed and bearer is None:
                    renewed = True
                    if self._credential is not None and self._credential.renew():
                        continue
                throttled = response.status_code in _THROTTLED or code in self._throttling
                if not throttled and response.status_code < 500:
                    raise self._refusal(response.status_code, trouble, purpose)
                asked = asked_pause(response.headers, self.clock()) if throttled else None
                pause = _backoff(attempt) if asked is None else asked
            if attempt == self.manners.attempts:
                break
            if waited + pause > self.manners.total_wait:
                raise DirectoryError(
                    f"{self.name} {trouble} to the question for {purpose.words} and wants to be "
                    f"left alone for {pause:.0f} s: try again later."
                )
            self._wait(pause)
            waited += pause
        raise DirectoryError(
            f"{self.name} {trouble} to the question for {purpose.words}, "
            f"{self.manners.attempts} times: try again later."
        )

    def _exchange(self, request: httpx.Request, bearer: str | None) -> tuple[httpx.Response, bytes]:
        """Send the request; return the answer and its body, as long as both may be."""
        headers = dict(self._client.headers)
        if bearer is not None:
            headers["Authorization"] = f"Bearer {fit_for_header(bearer, self.name)}"
        elif self._credential is not None:
            headers |= self._credential.headers()
        sent = httpx.Request(
            request.method,
            request.url,
            headers={**headers, **request.headers},
            content=request.content,
            extensions={"timeout": httpx.Timeout(self.manners.timeout).as_dict()},
        )
        deadline = time.monotonic() + self.manners.timeout
        response = self._client.send(sent, stream=True)
        try:
            body = bytearray()
            for part in response.iter_bytes():
                body += part
                if len(body) > self.manners.max_bytes:
                    raise DirectoryError(
                        f"{self.name} sends an answer of more than {self.manners.max_bytes} bytes."
                    )
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("the whole answer takes too long")
        finally:
            response.close()
        return response, bytes(body)

    def _answer(self, response: httpx.Response, body: bytes) -> Answer:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            raise DirectoryError(
                f"{self.name} does not answer in JSON: is {str(self.base)!r:.200} its address?"
            ) from None
        return Answer(document, response.links.get("next", {}).get("url"))

    def _refusal(self, status: int, trouble: str, purpose: Purpose) -> DirectoryError:
        said = f"{self.name} {trouble} to the question for {purpose.words}"
        match status:
            case 401:
                return DirectoryError(f"{said}: the credentials are not good, or no longer.")
            case 403:
                return DirectoryError(f"{said}: grant {purpose.permission}.")
            case 404:
                return DirectoryError(
                    f"{said}: there is none. Check the ids and names in the configuration."
                )
            case 410:
                return Expired(f"{said}: it has to be read from the beginning.")
            case _ if 300 <= status < 400:
                return DirectoryError(
                    f"{said}: redirects are not followed. Configure the address itself."
                )
            case _:
                return DirectoryError(f"{said}.")


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return which certificates are trusted; to read them takes longer than many an answer."""
    return httpx.create_ssl_context()


def segment(value: str, what: str) -> str:
    """Return an id as one part of a path, whatever is in it.

    :param what: whose id it is, for the words of the error.
    :raises DirectoryError: if it is empty, or would lead elsewhere.
    """
    if value.strip(".") == "":
        raise DirectoryError(f"This is no id of {what}: {value!r}.")
    return quote(value, safe="")


def fit_for_header(token: str, name: str) -> str:
    """Return an access token as it is.

    :raises DirectoryError: if no header can carry it.
    """
    if not _HEADER.fullmatch(token):
        raise DirectoryError(f"The access token for {name} has characters that no header carries.")
    return token


def _backoff(attempt: int) -> float:
    return _FIRST_PAUSE * 2.0 ** (attempt - 1)


def _code_of(body: bytes) -> str:
    """Return what a provider calls its refusal, if it does; never its words, which may quote."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, Mapping):
        return ""
    inner = document.get("error")
    found: list[Any] = [document.get("errorCode"), inner]
    if isinstance(inner, Mapping):
        errors = inner.get("errors")
        if isinstance(errors, list) and errors and isinstance(errors[0], Mapping):
            found.append(errors[0].get("reason"))
        found += [inner.get("code"), inner.get("status")]
    for code in found:
        if isinstance(code, str) and _CODE.fullmatch(code):
            return code
    return ""


def _in_words(error: httpx.HTTPError) -> str:
    match error:
        case httpx.ConnectTimeout() | httpx.ConnectError():
            return "cannot be reached"
        case httpx.TimeoutException():
            return "gave no answer in time"
        case _:
            return "broke its answer off"
