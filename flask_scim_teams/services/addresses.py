"""Which addresses a token is good from."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from ipaddress import IPv4Address
from ipaddress import IPv4Network
from ipaddress import IPv6Address
from ipaddress import IPv6Network
from ipaddress import ip_address
from ipaddress import ip_network

# ::ffff:192.0.2.1 is how a socket that takes both kinds shows a client of version 4.
_MAPPED = IPv6Network("::ffff:0:0/96")


def networks(texts: Iterable[str]) -> tuple[str, ...]:
    """Return networks in their one spelling, each once; a single address is a network too.

    :raises ValueError: if a text is no network, or has bits set beyond the network's.
    """
    return tuple(dict.fromkeys(str(_network(text)) for text in texts))


def admits(allowed: Sequence[str], address: str | None) -> bool:
    """Return whether requests from an address are allowed; all are where no network is named."""
    if not allowed:
        return True
    known = _address(address)
    return known is not None and any(known in ip_network(one) for one in allowed)


def spelled(address: str | None) -> str | None:
    """Return an address in its one spelling, or ``None`` for what is none."""
    known = _address(address)
    return None if known is None else str(known)


def _address(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        # Behind a percent sign stands the name of one of the machine's own interfaces.
        address = ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no network such as 192.0.2.0/24 or 2001:db8::/32{_meant(text)}."
        ) from None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        mapped = network.network_address.ipv4_mapped
        return ip_network(f"{mapped}/{network.prefixlen - _MAPPED.prefixlen}")
    return network


def _meant(text: str) -> str:
    try:
        return f"; {ip_network(text, strict=False)} is one"
    except ValueError:
        return ""
