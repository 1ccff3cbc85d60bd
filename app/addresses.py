"""What counts as one address, where connections or attempts are counted, and as local."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

IPV6_CUSTOMER_BITS = 64  # a customer who has one IPv6 address has its whole /64
NAT64 = IPv6Network("64:ff9b::/96")


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


def is_public(address: str) -> bool:
    """Return whether this is an address of the public internet, also where it embeds another."""
    found = ip_address(address)
    inside: list[IPv4Address | IPv6Address] = [found]
    if isinstance(found, IPv6Address):
        inside += _embedded(found)
    return all(each.is_global and not each.is_multicast for each in inside)


def _embedded(address: IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses to which a packet to this address may be translated."""
    translated = IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
    found = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()), translated)
    return [each for each in found if each is not None]


def is_loopback(host: str) -> bool:
    """Return whether only programs of this machine can connect to this address or name."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
