"""A removed member receives nothing more, even when it joins again and again meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.cast import Cast
from tests.support.transport import Transport
from tests.support.waiting import eventually, meanwhile
from tests.system.security.scenario import Scenario

pytestmark = [pytest.mark.system, pytest.mark.async_mode]

SECOND = 1.0
BETWEEN_JOINS = 0.03
LIVE = ("chunk", "current_state", "message", "conversation")


def test_a_removed_member_that_keeps_joining_receives_nothing_more(
    scenario: Scenario, streaming: str, cast: Cast
) -> None:
    request = {"conversation": streaming, "after": 0}
    with Transport(scenario.here.url) as here, Transport(scenario.there.url) as there:
        both = (here, there)
        for each in both:
            assert each.connect(token=scenario.token) == "0"
            assert each.ask("join", request)["ok"]
        eventually(lambda: here.times_of("chunk"), what="Max must receive chunks")
        with joining_again_and_again(both, request):
            states = [len(each.times_of("current_state")) for each in both]
            eventually(
                lambda: all(
                    len(each.times_of("current_state")) > before
                    for each, before in zip(both, states, strict=True)
                ),
                what="joining again must work",
            )
            scenario.database.remove_member(streaming, cast.max)
            removed = time.monotonic()
            eventually(lambda: time.monotonic() > removed + 3 * SECOND, what="time must pass")
        for each in both:
            # queued joins may have used up the rate limit of the connection
            eventually(lambda e=each: e.ask("join", request)["error"] == "not_found", 5)
            for event in LIVE:
                assert not [at for at in each.times_of(event) if at > removed + SECOND], event


@contextmanager
def joining_again_and_again(
    readers: tuple[Transport, ...], request: dict[str, object]
) -> Iterator[None]:
    """Make readers send joins all the time."""

    def join_all(is_over: threading.Event) -> None:
        while not is_over.wait(BETWEEN_JOINS):
            for reader in readers:
                reader.send("join", request)

    with meanwhile(join_all):
        yield
