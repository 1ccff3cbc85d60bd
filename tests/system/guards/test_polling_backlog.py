"""The budget of a reader who polls: of what waits, and of what it is just answered with."""

from __future__ import annotations

import json

import pytest

from tests.support.cast import Cast, Person
from tests.support.raw import CONNECT
from tests.support.reader import Reader
from tests.support.records import Records
from tests.support.server import Server
from tests.support.tcp import ENGINE, Tcp, open_session
from tests.support.waiting import eventually
from tests.system.guards.slow import LONG, SlowTcp

pytestmark = pytest.mark.system

JOIN = "42/conversations,1"
MOST = "/tokens 80000 /rate 100000"  # some 400 kB


def test_over_its_budget_a_session_that_does_not_poll_ends(
    strict: Server, strict_cast: Cast, strict_records: Records
) -> None:
    olive = strict_cast.olive
    conversation = strict_records.conversation(olive)
    asker = Reader(olive.token, conversation)
    asker.connect(strict.url)
    path = f"{ENGINE}polling&sid={come_by_polling(strict, olive, conversation)}"
    for _ in range(2):
        asker.send(LONG)
    eventually(lambda: post(strict, path, "3") == "400", 30, "it still waits")
    asker.close()


def test_what_is_written_to_a_poll_counts_until_it_is_read(
    strict: Server, strict_cast: Cast, strict_records: Records
) -> None:
    olive = strict_cast.olive
    conversation = strict_records.conversation(olive)
    asker = Reader(olive.token, conversation)
    asker.connect(strict.url)
    path = f"{ENGINE}polling&sid={come_by_polling(strict, olive, conversation)}"
    reply = asker.send(MOST)["reply"]
    eventually(lambda: asker.shows(reply, "complete"))
    with SlowTcp(strict.url) as poll:
        poll.request("GET", path)
        assert " 200 " in poll.head()
        assert post(strict, path, "3") == "200"
        asker.send(MOST)  # which is less than the budget by itself
        eventually(lambda: is_reset(poll), 20, "twice the budget waits")
    asker.close()


def test_polls_that_are_not_read_do_not_add_up(
    strict: Server, strict_cast: Cast, strict_records: Records
) -> None:
    """Each poll takes all that waits: a second one waits for the first to be written."""
    olive = strict_cast.olive
    conversation = strict_records.conversation(olive)
    asker = Reader(olive.token, conversation)
    asker.connect(strict.url)
    reply = asker.send(MOST)["reply"]
    eventually(lambda: asker.shows(reply, "complete"))
    path = f"{ENGINE}polling&sid={come_by_polling(strict, olive, conversation)}"
    with SlowTcp(strict.url) as first, Tcp(strict.url) as second:
        first.request("GET", path)
        assert " 200 " in first.head()
        second.request("GET", path)
        assert " 400 " in second.head(), "the session has ended"
    asker.close()


def is_reset(tcp: Tcp) -> bool:
    """Has the server cut the connection?"""
    try:
        tcp.sock.send(b"\n")
    except OSError:
        return True
    return False


def come_by_polling(server: Server, person: Person, conversation: str) -> str:
    """Join without ever polling; return the session."""
    session = open_session(server.url)
    path = f"{ENGINE}polling&sid={session}"
    wish = ["join", {"conversation": conversation, "after": 0}]
    for packet in (CONNECT + json.dumps({"token": person.token}), JOIN + json.dumps(wish)):
        assert post(server, path, packet) == "200"
    return session


def post(server: Server, path: str, packet: str) -> str:
    """Return the status of a post."""
    with Tcp(server.url) as tcp:
        tcp.request("POST", path, packet)
        return tcp.head().split()[1]
