"""Sends requests to a server behind a URL. Needs httpx."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask_scim_teams.simulator.channel import Unanswered
from flask_scim_teams.simulator.exchange import Answer
from flask_scim_teams.simulator.exchange import Request
from flask_scim_teams.simulator.exchange import Send


def base_url(given: str) -> str:
    """Return a base URL as it is used, or say what is wrong with it.

    :raises ValueError: if it is none.
    """
    try:
        url = urlsplit(given.strip())
        port = url.port
    except ValueError as error:
        raise ValueError(f"This is no URL: {error}.") from None
    if url.scheme not in {"http", "https"} or not url.hostname or port == 0:
        raise ValueError("A SCIM base URL begins with https:// (or http://) and a host.")
    if url.username is not None or url.password is not None:
        raise ValueError("A SCIM base URL carries no user name and no password.")
    if url.query or url.fragment:
        raise ValueError("A SCIM base URL has no query and no fragment.")
    return given.strip().rstrip("/")


@contextmanager
def url_sender(base: str, token: str, *, time_limit: float) -> Iterator[Send]:
    """Give a function that sends requests below a base URL, over connections that stay open.

    :param time_limit: seconds that the provider waits for an answer.
    :raises ModuleNotFoundError: without httpx.
    """
    # An extra, which no application has to carry.
    import httpx

    # What the environment says of proxies and passwords is about other programs.
    with httpx.Client(timeout=time_limit, trust_env=False, follow_redirects=False) as client:

        def send(request: Request) -> Answer:
            headers = {"Authorization": f"Bearer {token}", **request.headers}
            try:
                # A request of one's own making has none of the client's headers.
                made = httpx.Request(
                    request.method,
                    f"{base}{request.target}",
                    headers=headers,
                    content=request.body,
                )
                answer = client.send(made)
            except httpx.TimeoutException:
                raise Unanswered(f"no answer within {time_limit:g} s") from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise Unanswered(_reason(error)) from None
            return Answer(
                answer.status_code,
                {name.lower(): value for name, value in answer.headers.items()},
                answer.content,
            )

        yield send


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
