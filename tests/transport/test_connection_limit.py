"""Connections are counted by network, and in total."""

from __future__ import annotations

from app.transport.connection_limit import ConnectionLimit


def test_an_ipv6_network_counts_as_one_address() -> None:
    limit = ConnectionLimit(1)
    assert limit.acquire("2001:db8::1")
    assert not limit.acquire("2001:db8::ffff:2")
    assert limit.acquire("2001:db8:0:1::1"), "another network"


def test_an_ipv4_address_mapped_to_ipv6_is_that_address() -> None:
    limit = ConnectionLimit(1)
    assert limit.acquire("::ffff:192.0.2.1")
    assert not limit.acquire("192.0.2.1")


def test_what_is_released_can_be_acquired_again() -> None:
    limit = ConnectionLimit(1)
    assert limit.acquire("192.0.2.1")
    limit.release("192.0.2.1")
    assert limit.acquire("192.0.2.1")


def test_the_total_is_limited() -> None:
    limit = ConnectionLimit(None, total=2)
    assert limit.acquire("192.0.2.1")
    assert limit.acquire("192.0.2.1")
    assert not limit.acquire("192.0.2.2")
    limit.release("192.0.2.1")
    assert limit.acquire("192.0.2.2")


def test_text_that_is_no_address_counts_as_itself() -> None:
    limit = ConnectionLimit(1)
    assert limit.acquire("<local>")
    assert not limit.acquire("<local>")
