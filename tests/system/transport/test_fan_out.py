"""Readers of every kind in one room: each shows exactly the text that is stored, whoever else
stalls in the middle of a frame, reads one byte at a time, polls, or vanishes."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from app.transport.tcp import RESET_ON_CLOSE
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.raw import Poller
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.transport.slow import LONG, Slow

pytestmark = pytest.mark.system

HERE = "42/conversations,"
LIMIT_SECONDS = 90.0
POLLED_SEPARATOR = "\x1e"


class Piecewise(Slow):
    """Reads a few bytes at a time, and stalls after so many of them."""

    piece = 1
    stalls_after = 10**9
    _read = 0

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.sock.recv(min(self.piece, count - len(data)))
            if not part:
                raise ConnectionResetError("the server has closed")
            data += part
            self._read += len(part)
            if self._read > self.stalls_after:
                self._read = 0
                time.sleep(0.3)
        return data


class Stalling(Piecewise):
    """Stops, in the middle of frames, for longer than the server needs for all of the answer."""

    piece = 5000
    stalls_after = 40_000


def texts(reader: Slow) -> Iterator[str]:
    """Yield what a WebSocket receives."""
    while True:
        text = reader.receive()[1].decode()
        if text == "2":
            reader.frame("3")
        yield text


def poll(server: Server, poller: Poller) -> list[str]:
    """Poll once, and return what comes."""
    answer = requests.get(server.url + poller.path, timeout=LIMIT_SECONDS)
    answer.encoding = "utf-8"
    packets = answer.text.split(POLLED_SEPARATOR)
    if "2" in packets:
        poller.post("3")
    return packets


def polled(server: Server, poller: Poller) -> Iterator[str]:
    """Yield what a reader receives that polls."""
    while True:
        yield from poll(server, poller)


def shown(received: Iterator[str]) -> str:
    """Return what a reader shows of the next answer, whose events must join one to the other."""
    shows, seq = "", 0
    for text in received:
        if not text.startswith((HERE + '["chunk"', HERE + '["streaming_end"')):
            continue
        event, data = json.loads(text.removeprefix(HERE))
        assert data["since"] == seq, "an event is missing, or came in the wrong order"
        shows, seq = shows + data.get("content", ""), data["seq"]
        if event == "streaming_end":
            break
    return shows


@pytest.fixture
def asker(server: Server, cast: Cast, database: Database) -> Iterator[Reader]:
    """A reader of Olive's in a conversation with Max, that reads everything at once."""
    asker = Reader(cast.olive.token, database.conversation(cast.olive, cast.max))
    asker.connect(server.url)
    yield asker
    asker.close()


class Followers:
    """Readers in threads; `results()` waits for what each of them shows."""

    def __init__(self) -> None:
        self._results: dict[str, Any] = {}
        self._threads: list[threading.Thread] = []

    def start(self, name: str, received: Iterator[str]) -> None:
        def follow() -> None:
            try:
                self._results[name] = shown(received)
            except Exception as error:
                self._results[name] = error

        self._threads.append(threading.Thread(target=follow, daemon=True))
        self._threads[-1].start()

    def results(self) -> dict[str, Any]:
        for thread in self._threads:
            thread.join(LIMIT_SECONDS)
        return self._results


def vanish(reader: Slow) -> None:
    """Read a part of a frame, then reset the connection."""
    while len(reader.sock.recv(100)) < 100:
        pass
    reader.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    reader.sock.close()


@pytest.mark.timeout(180)
def test_readers_of_every_kind_show_exactly_what_is_stored(
    server: Server, cast: Cast, database: Database, asker: Reader
) -> None:
    where, token = asker.log.conversation, cast.max.token
    followers = Followers()
    with ExitStack() as stack:

        def join(kind: Callable[[str], Slow]) -> Slow:
            reader: Slow = stack.enter_context(kind(server.url))
            reader.sock.settimeout(LIMIT_SECONDS)
            reader.sign_in(token)
            reader.join(where)
            reader.until("43/conversations,1")
            return reader

        vanishing = [join(Slow) for _ in range(3)]
        for name, kind in (
            ("quick", Slow),
            ("byte by byte", Piecewise),
            ("stalling", Stalling),
            ("quick, too", Slow),
        ):
            followers.start(name, texts(join(kind)))
        poller = Poller(server.url)
        poller.join(token, where)
        followers.start("polling", polled(server, poller))
        time.sleep(0.2)
        reply = asker.send(LONG)["reply"]
        for reader in vanishing:
            vanish(reader)
        results = followers.results()
    eventually(lambda: asker.shows(reply, "complete"), LIMIT_SECONDS)
    stored = database.message(reply).content
    assert len(stored) > 250_000
    assert asker.message(reply).content == stored
    assert {name: text == stored for name, text in results.items()} == dict.fromkeys(
        ("quick", "byte by byte", "stalling", "quick, too", "polling"), True
    ), {name: text if isinstance(text, Exception) else len(text) for name, text in results.items()}


def test_a_reader_that_upgrades_in_the_middle_of_an_answer_misses_nothing(
    server: Server, cast: Cast, database: Database, asker: Reader
) -> None:
    poller = Poller(server.url)
    poller.join(cast.max.token, asker.log.conversation)
    while not any(text.startswith("43/") for text in poll(server, poller)):
        pass
    reply = asker.send("/tokens 3000 /rate 1000")["reply"]
    received = [text for _ in range(20) for text in poll(server, poller)]
    session = poller.path.rpartition("sid=")[2]
    with Slow(server.url, session) as ws:
        ws.frame("2probe")
        assert ws.receive()[1] == b"3probe"
        received += poll(server, poller)
        ws.frame("5")
        text = shown(each for source in (received, texts(ws)) for each in source)
    eventually(lambda: asker.shows(reply, "complete"))
    assert text == database.message(reply).content
