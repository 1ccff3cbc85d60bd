"""A reader over its budget is disconnected, and catches up after reconnecting."""

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


def read_nothing(slow: Slow) -> None:
    """Read nothing at all."""
    time.sleep(0.05)


def read_a_little(slow: Slow) -> None:
    """Read a little, and send pongs."""
    slow.sock.recv(100)
    slow.frame("3")
    time.sleep(0.05)


@pytest.mark.parametrize("read", [read_nothing, read_a_little])
def test_a_connection_over_its_budget_is_cut(
    tight: Server,
    tight_cast: Cast,
    tight_database: Database,
    asker: Reader,
    read: Callable[[Slow], None],
) -> None:
    olive, conversation = tight_cast.olive, asker.log.conversation
    with Slow(tight.url) as slow:
        slow.sign_in(olive.token)
        slow.join(conversation)
        slow.until("43/conversations,1")
        for _ in range(4):
            asker.send(LONG)
        eventually(lambda: is_cut(slow, read), 30, "it was not cut")
    late = Reader(olive.token, conversation)
    late.connect(tight.url)
    eventually(lambda: are_answered(tight_database, conversation), 60)
    last = tight_database.messages(conversation)[-1]
    eventually(lambda: late.shows(last.id, "complete"), 20)
    assert late.message(last.id).content == last.content
    late.close()


def are_answered(database: Database, conversation: str) -> bool:
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
