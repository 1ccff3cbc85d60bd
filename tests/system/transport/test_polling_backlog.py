"""The budget of a reader who polls: of what waits, and of what it is just answered with."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tests.support.raw import Poller, Tcp
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.transport.slow import LONG, SlowTcp

pytestmark = pytest.mark.system

MOST = "/tokens 80000 /rate 100000"  # some 400 kB


def test_over_its_budget_a_session_that_does_not_poll_ends(
    asker: Reader, strict: Server, strict_cast: Cast
) -> None:
    poller = Poller(strict.url)
    poller.join(strict_cast.olive.token, asker.log.conversation)
    for _ in range(2):
        asker.send(LONG)
    eventually(lambda: poller.post("3") == "400", 30, "it still waits")


def test_what_is_written_to_a_poll_counts_until_it_is_read(
    asker: Reader, strict: Server, strict_cast: Cast
) -> None:
    poller = Poller(strict.url)
    poller.join(strict_cast.olive.token, asker.log.conversation)
    reply = asker.send(MOST)["reply"]
    eventually(lambda: asker.shows(reply, "complete"))
    with SlowTcp(strict.url) as poll:
        poll.request("GET", poller.path)
        assert " 200 " in poll.head()
        assert poller.post("3") == "200"
        asker.send(MOST)  # which is less than the budget by itself
        eventually(lambda: is_reset(poll), 20, "twice the budget waits")


def test_polls_that_are_not_read_do_not_add_up(
    asker: Reader, strict: Server, strict_cast: Cast
) -> None:
    """Each poll takes all that waits: a second one waits for the first to be written."""
    reply = asker.send(MOST)["reply"]
    eventually(lambda: asker.shows(reply, "complete"))
    poller = Poller(strict.url)
    poller.join(strict_cast.olive.token, asker.log.conversation)
    with SlowTcp(strict.url) as first, Tcp(strict.url) as second:
        first.request("GET", poller.path)
        assert " 200 " in first.head()
        second.request("GET", poller.path)
        assert " 400 " in second.head(), "the session has ended"


def is_reset(tcp: Tcp) -> bool:
    """Has the server cut the connection?"""
    try:
        tcp.sock.send(b"\n")
    except OSError:
        return True
    return False
