"""What counts as one address, where connections or tries are counted."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

IPV6_CUSTOMER_BITS = 64  # who has one IPv6 address has all of its /64


def network_of(address: str | None) -> str:
    """Return an IPv4 address as it is, and of an IPv6 address the network it may be moved in.

    What is no address stands for itself.
    """
    try:
        found = ip_address(address or "")
    except ValueError:
        return str(address)
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, IPV6_CUSTOMER_BITS), strict=False))
