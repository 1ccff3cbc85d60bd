"""There are as many places as file descriptors, less some that the rest of the process needs."""

from __future__ import annotations

import resource

import pytest

from app.config import Config, ConfigError
from app.server import descriptors
from app.server.descriptors import MAX_CONNECTIONS, RESERVED_DESCRIPTORS, places_for_connections
from app.transport.crowds import Places

LAVISH = Config("x", max_connections_per_address=10**6)


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The soft and the hard limit, which is another than this process's."""
    limits = [1024, 1024]
    monkeypatch.setattr(descriptors.resource, "getrlimit", lambda _: tuple(limits))
    monkeypatch.setattr(
        descriptors.resource, "setrlimit", lambda _, new: limits.__setitem__(slice(None), new)
    )
    return limits


def count(places: Places) -> int:
    taken = 0
    while places.take(f"10.0.{taken >> 8 & 255}.{taken & 255}"):
        taken += 1
    return taken


def test_the_limit_is_raised_and_some_are_reserved(limit: list[int]) -> None:
    limit[:] = [1024, 4096]
    assert count(places_for_connections(LAVISH)) == 4096 - RESERVED_DESCRIPTORS
    assert limit == [4096, 4096]


@pytest.mark.parametrize("most", [10**6, resource.RLIM_INFINITY])
def test_there_are_never_more_than_can_be_served(limit: list[int], most: int) -> None:
    limit[:] = [1024, most]
    assert count(places_for_connections(LAVISH)) == MAX_CONNECTIONS


@pytest.mark.parametrize("most", [0, 256, 511])
def test_too_few_are_refused_with_a_sentence(limit: list[int], most: int) -> None:
    limit[:] = [most, most]
    with pytest.raises(ConfigError, match=f"may open {most} files; it needs 512"):
        places_for_connections(LAVISH)


@pytest.mark.parametrize(("proxies", "there_are"), [(0, 2), (1, 1024 - RESERVED_DESCRIPTORS)])
def test_an_address_counts_unless_it_is_a_proxys(
    limit: list[int], proxies: int, there_are: int
) -> None:
    config = Config("x", max_connections_per_address=2, trusted_proxies=proxies)
    places, taken = places_for_connections(config), 0
    while places.take("192.0.2.1"):
        taken += 1
    assert taken == there_are
