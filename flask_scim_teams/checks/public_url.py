"""The public URL: what identity providers call, and what locations are made of."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from flask_scim_teams.checks.check import Check
from flask_scim_teams.checks.check import failure
from flask_scim_teams.checks.check import ok
from flask_scim_teams.checks.check import skipped
from flask_scim_teams.checks.check import warning
from flask_scim_teams.checks.service import Service

_URL = "Public URL"
_PROXY = "Proxy"
# Middleware around middleware: more than this is a circle.
_DEEPEST = 50


def check_public_url(service: Service) -> Iterator[Check]:
    """Look at the URL that is configured, or at what takes its place."""
    if service.settings.base_url is None:
        yield _made_of_requests(service)
        return
    found = False
    for check in _configured(service, service.settings.base_url):
        found = True
        yield check
    if not found:
        yield ok(_URL, f"It is {service.settings.base_url}.")


def _made_of_requests(service: Service) -> Check:
    if not service.trusted_hosts:
        return warning(
            _URL,
            "Locations are made of the Host header, which is what the client says it is.",
            "Set SCIM_BASE_URL to the URL that identity providers call.",
        )
    proxy = proxy_fix(service.app)
    if proxy is None or not proxy.x_proto:
        return warning(
            _URL,
            "Locations begin with http:// behind a proxy that ends TLS: no ProxyFix that looks at "
            "X-Forwarded-Proto is to be seen.",
            "Set SCIM_BASE_URL, or put ProxyFix(app.wsgi_app, x_for=1, x_proto=1) around the app.",
        )
    return ok(_URL, "It is the request's, of a host that is trusted.")


def _configured(service: Service, base: str) -> Iterator[Check]:
    url = urlsplit(base)
    if "@" in url.netloc:
        # Not quoted: it has a password in it.
        yield failure(
            _URL,
            "SCIM_BASE_URL has a user name or password in it, which every answer would tell.",
            "Take everything up to the @ out of it.",
        )
        return
    host = url.hostname or ""
    if url.scheme != "https":
        local = _is_local(host)
        yield (warning if local else failure)(
            _URL,
            f"{base} is not encrypted: "
            + ("good on this machine alone." if local else "whoever listens gets the token."),
            "Set SCIM_BASE_URL to a URL with https://. Entra ID and Okta take no other.",
        )
    if not url.path.endswith(service.settings.url_prefix):
        yield warning(
            _URL,
            f"{base} does not end with {service.settings.url_prefix}, where the endpoints are.",
            "Set SCIM_BASE_URL to where they are seen from outside; leave it if a proxy changes "
            "the path.",
        )
    trusted = service.trusted_hosts
    if trusted and not host_is_trusted(url.netloc, trusted):
        yield failure(
            _URL,
            f"TRUSTED_HOSTS does not have {host}: requests to {base} are answered with 400.",
            f"Add {host} to TRUSTED_HOSTS.",
        )
    if (name := service.server_name) is not None and name.partition(":")[0] != host:
        yield warning(
            _URL,
            f"SCIM_BASE_URL names the host {host}, and SERVER_NAME is {name}.",
            "Have both name the host that the outside world sees.",
        )


def check_proxy(service: Service) -> Iterator[Check]:
    """Look at whether the address of a client is known where it decides something."""
    limited = [one.id for one in service.tokens.list() if one.addresses and one.revoked is None]
    proxy = proxy_fix(service.app)
    if proxy is not None and proxy.x_for:
        yield ok(_PROXY, f"ProxyFix takes client addresses from {proxy.x_for} proxies.")
    elif limited:
        yield warning(
            _PROXY,
            f"Tokens are good from certain addresses alone ({', '.join(limited)}), and no ProxyFix "
            "is to be seen: behind a proxy, every address is the proxy's.",
            "Put ProxyFix(app.wsgi_app, x_for=1, x_proto=1) around the app, with the number of "
            "proxies that there really are.",
        )
    else:
        yield skipped(_PROXY, "No ProxyFix is to be seen, and nothing depends on one.")


def proxy_fix(outermost: object) -> ProxyFix | None:
    """Return the ProxyFix among the middleware around an application, as far as it can be seen."""
    layer = outermost
    for _ in range(_DEEPEST):
        if layer is None or isinstance(layer, ProxyFix):
            return layer
        layer = getattr(layer, "app", None) or getattr(layer, "wsgi_app", None)
    return None


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
