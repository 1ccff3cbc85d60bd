"""Each reader has a network with a different fault; all show the same in the end."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import ExitStack, closing

import pytest

from tests.faults.figures import Figures
from tests.faults.observer import Observer
from tests.faults.scenario import Scenario
from tests.support.client import Client
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.fault, pytest.mark.slow]

LONG = "/think 20 /tokens 330 /rate 50"  # seven seconds
DELAY_SECONDS = 0.2
TIMEOUT_SECONDS = 30.0
RESETS, MOST_SECONDS = 3, 0.7
ACK_SECONDS = 1.0


class ClientWithShortTimeout(Client):
    """Closes the connection when an acknowledgement takes more than a second."""

    ack_seconds = ACK_SECONDS


class ObserverWithShortTimeout(Observer):
    """Notices a half-open connection after a second instead of twenty."""

    make_client = ClientWithShortTimeout


def test_readers_behind_faulty_networks_all_end_in_step(
    start_server: Callable[..., Server], scenario: Scenario, figures: Figures
) -> None:
    server = start_server()
    rounds = figures.count(1, 10)
    reconnects = sum(read_through_bad_networks(server, scenario) for _ in range(rounds))
    figures.note(
        "a bad network: delay, slices of one byte, stall, reset, half-open",
        f"{rounds} times, a reader through each: all in step in the end; they had to reconnect "
        f"{reconnects} times",
    )


def read_through_bad_networks(server: Server, scenario: Scenario) -> int:
    """Return how often readers had to reconnect."""
    where = scenario.conversation(scenario.cast.max)
    olive = scenario.observer(scenario.cast.olive, where, server.url)
    with ExitStack() as stack:
        networks = [stack.enter_context(closing(Proxy(server.url))) for _ in range(5)]
        slow, thin, stalled, reset, half_open = networks
        slow.network.delay = DELAY_SECONDS
        thin.network.piece_bytes = 1
        for proxy in networks[:-1]:
            scenario.observer(scenario.cast.max, where, proxy.url)
        scenario.observer(scenario.cast.max, where, half_open.url, ObserverWithShortTimeout)
        reply = scenario.ask(olive, LONG)
        eventually(lambda: all(each.has_text(reply) for each in scenario.observers))

        stalled.stall()
        half_open.half_open()
        for _ in range(RESETS):
            time.sleep(random.uniform(0, MOST_SECONDS))
            reset.reset()
        eventually(
            lambda: half_open.accepted > 1,
            TIMEOUT_SECONDS,
            "the half-open connection was not replaced",
        )
        stalled.resume()

        stored = scenario.check()
        assert {each.status for each in stored} == {"complete"}
        scenario.close()
        return sum(proxy.accepted - 1 for proxy in networks)
