"""What counts as one address where tries are counted."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

HOUSEHOLD_BITS = 64  # who has one IPv6 address has all of its /64


def network_of(address: str | None) -> str:
    """Return an IPv4 address as it is, and of an IPv6 address the network it may be moved in."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return str(address)
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, HOUSEHOLD_BITS), strict=False))
