"""Places are counted by what stands for an address."""

from __future__ import annotations

from app.guards.crowds import Places


def test_an_ipv6_network_is_one_address() -> None:
    places = Places(1)
    assert places.take("2001:db8::1")
    assert not places.take("2001:db8::ffff:2")
    assert places.take("2001:db8:0:1::1"), "the neighbours are not concerned"


def test_a_mapped_address_is_the_address() -> None:
    places = Places(1)
    assert places.take("::ffff:192.0.2.1")
    assert not places.take("192.0.2.1")


def test_a_place_is_given_back() -> None:
    places = Places(1)
    assert places.take("192.0.2.1")
    places.leave("192.0.2.1")
    assert places.take("192.0.2.1")


def test_all_places_together_are_limited() -> None:
    places = Places(None, total=2)
    assert places.take("192.0.2.1")
    assert places.take("192.0.2.1")
    assert not places.take("192.0.2.2")
    places.leave("192.0.2.1")
    assert places.take("192.0.2.2")


def test_what_is_no_address_counts_as_itself() -> None:
    places = Places(1)
    assert places.take("<local>")
    assert not places.take("<local>")
