"""The budget of a reader that polls: waiting packets, and the response that is being sent."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tests.support.raw import Poller, Tcp
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.transport.slow import LONG, SlowTcp

pytestmark = pytest.mark.system

LARGE = "/tokens 80000 /rate 100000"  # some 400 kB


def test_a_session_that_does_not_poll_ends_over_its_budget(
    asker: Reader, tight: Server, tight_cast: Cast
) -> None:
    poller = Poller(tight.url)
    poller.join(tight_cast.olive.token, asker.log.conversation)
    for _ in range(2):
        asker.send(LONG)
    eventually(lambda: poller.post("3") == "400", 30, "it has not ended")


def test_the_response_of_a_poll_counts_until_it_is_read(
    asker: Reader, tight: Server, tight_cast: Cast
) -> None:
    poller = Poller(tight.url)
    poller.join(tight_cast.olive.token, asker.log.conversation)
    reply = asker.send(LARGE)["reply"]
    eventually(lambda: asker.shows(reply, "complete"))
    with SlowTcp(tight.url) as poll:
        poll.request("GET", poller.path)
        assert " 200 " in poll.head()
        assert poller.post("3") == "200"
        asker.send(LARGE)  # less than the budget by itself
        eventually(lambda: is_reset(poll), 20, "it was not reset")


def test_a_second_poll_ends_the_session_while_the_first_response_is_not_read(
    asker: Reader, tight: Server, tight_cast: Cast
) -> None:
    """Otherwise each poll would hold a response with everything that waits."""
    reply = asker.send(LARGE)["reply"]
    eventually(lambda: asker.shows(reply, "complete"))
    poller = Poller(tight.url)
    poller.join(tight_cast.olive.token, asker.log.conversation)
    with SlowTcp(tight.url) as first, Tcp(tight.url) as second:
        first.request("GET", poller.path)
        assert " 200 " in first.head()
        second.request("GET", poller.path)
        assert " 400 " in second.head(), "the session has not ended"


def is_reset(tcp: Tcp) -> bool:
    """Return whether the server has reset the connection."""
    try:
        tcp.sock.send(b"\n")
    except OSError:
        return True
    return False
