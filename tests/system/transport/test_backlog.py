"""A reader for whom too much waits is cut off, comes back and catches up."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.transport.slow import LONG, Slow

pytestmark = pytest.mark.system


def nothing(slow: Slow) -> None:
    """Read nothing at all."""
    time.sleep(0.05)


def a_trickle(slow: Slow) -> None:
    """Read a little, and answer pings that may or may not have come."""
    slow.sock.recv(100)
    slow.frame("3")
    time.sleep(0.05)


@pytest.mark.parametrize("read", [nothing, a_trickle])
def test_over_its_budget_a_connection_is_cut(
    strict: Server,
    strict_cast: Cast,
    strict_database: Database,
    asker: Reader,
    read: Callable[[Slow], None],
) -> None:
    olive, conversation = strict_cast.olive, asker.log.conversation
    with Slow(strict.url) as slow:
        slow.sign_in(olive.token)
        slow.join(conversation)
        slow.until("43/conversations,1")
        for _ in range(4):
            asker.send(LONG)
        eventually(lambda: is_cut(slow, read), 30, "it still waits")
    late = Reader(olive.token, conversation)
    late.connect(strict.url)
    eventually(lambda: is_told(strict_database, conversation), 60)
    last = strict_database.messages(conversation)[-1]
    eventually(lambda: late.shows(last.id, "complete"), 20)
    assert late.message(last.id).content == last.content
    late.close()


def is_told(database: Database, conversation: str) -> bool:
    """Have all questions been answered?"""
    statuses = [message.status for message in database.messages(conversation)]
    return len(statuses) == 8 and set(statuses) == {"complete"}


def is_cut(slow: Slow, read: Callable[[Slow], None]) -> bool:
    """Has the server reset the connection?"""
    try:
        read(slow)
        slow.frame("3")
    except OSError:
        return True
    return False
