"""Places are counted by what stands for an address."""

from __future__ import annotations

import engineio

from app.transport.crowds import Places, refuse_crowds


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


def test_a_session_that_is_closed_twice_gives_one_place_back() -> None:
    engine = engineio.Server(async_mode="threading", monitor_clients=False)
    engine.on("connect", lambda *_: None)
    engine.on("disconnect", lambda *_: None)
    refuse_crowds(engine, limit=1)
    connect, disconnect = engine.handlers["connect"], engine.handlers["disconnect"]
    here = {"REMOTE_ADDR": "192.0.2.1"}
    assert connect("a", here) is None
    disconnect("a", "gone")
    disconnect("a", "gone")
    assert connect("b", here) is None
    assert connect("c", here) == "There are too many connections from this address."
