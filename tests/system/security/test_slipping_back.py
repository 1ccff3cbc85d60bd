"""Who is removed from a conversation does not come back, however hard they try meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.cast import Cast
from tests.support.server import command
from tests.support.transport import Transport
from tests.support.waiting import eventually
from tests.system.security.scenario import Scenario

pytestmark = [pytest.mark.system, pytest.mark.async_mode]

SECOND = 1.0
BETWEEN_JOINS = 0.03
LIVE = ("chunk", "current_state", "message", "conversation")


def remove_by_command(scenario: Scenario, where: str, cast: Cast) -> None:
    command(scenario.here.database_url, "members", "remove", where, cast.max.email)


def remove_beside_the_servers(scenario: Scenario, where: str, cast: Cast) -> None:
    scenario.database.dismiss(where, cast.max)


@pytest.mark.parametrize("remove", [remove_by_command, remove_beside_the_servers])
def test_a_removed_member_who_hammers_join_does_not_slip_back_in(
    remove: Callable[[Scenario, str, Cast], None], scenario: Scenario, streaming: str, cast: Cast
) -> None:
    wish = {"conversation": streaming, "after": 0}
    with Transport(scenario.here.url) as here, Transport(scenario.there.url) as there:
        both = (here, there)
        for each in both:
            assert each.connect(token=scenario.token) == "0"
            assert each.ask("join", wish)["ok"]
        eventually(lambda: here.times_of("chunk"), what="Max must read along")
        with hammering(both, wish):
            states = [len(each.times_of("current_state")) for each in both]
            eventually(
                lambda: all(
                    len(each.times_of("current_state")) > before
                    for each, before in zip(both, states, strict=True)
                ),
                what="joining again must have been allowed",
            )
            remove(scenario, streaming, cast)
            removed = time.monotonic()
            eventually(lambda: time.monotonic() > removed + 3 * SECOND, what="time passes")
        for each in both:
            # what has been queued up may use up what one connection may ask for in a second
            eventually(lambda e=each: e.ask("join", wish)["error"] == "not_found", 5)
            for event in LIVE:
                assert not [at for at in each.times_of(event) if at > removed + SECOND], event


@contextmanager
def hammering(readers: tuple[Transport, ...], wish: dict[str, object]) -> Iterator[None]:
    """Have readers wish to join again and again, all the time."""
    enough = threading.Event()

    def hammer() -> None:
        while not enough.wait(BETWEEN_JOINS):
            for reader in readers:
                reader.send("join", wish)

    thread = threading.Thread(target=hammer)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()
