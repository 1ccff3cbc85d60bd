"""What counts as one address, where connections or attempts are counted, and as local."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

IPV6_CUSTOMER_BITS = 64  # a customer who has one IPv6 address has its whole /64


def network_of(address: str | None) -> str:
    """Return an IPv4 address unchanged, and for an IPv6 address its /64.

    An IPv4 address mapped to IPv6 is that IPv4 address; text that is no address is returned as is.
    """
    try:
        found = ip_address(address or "")
    except ValueError:
        return str(address)
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, IPV6_CUSTOMER_BITS), strict=False))


def is_loopback(host: str) -> bool:
    """Return whether only programs of this machine can connect to this address or name."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
