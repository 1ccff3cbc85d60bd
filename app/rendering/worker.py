"""The process that renders; process.py starts it.

Its standard input is a socket to the server: it renders what it receives, and ends when the server
has closed it, even if the server was killed.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import socket
import sys
import time
from collections import OrderedDict
from contextlib import suppress
from types import FrameType

from app.rendering.frames import receive, send
from app.rendering.growing_text import GrowingText

PIECE_SECONDS = 2.0  # of processor time: how busy the machine is makes no difference
AGAIN_SECONDS = 0.2  # Python drops what is raised while it closes a generator
KILL_SECONDS = 4  # of processor time: where Python does not get to end the piece by itself
MOST_TEXTS = 8
NICENESS = 5  # the event loop comes first

READY, DONE, MORE, FAILED = range(4)


class OutOfTime(BaseException):
    """A piece has taken too long; no handler in a library may catch this."""


class Texts:
    """The texts that were rendered last, by key."""

    def __init__(self) -> None:
        self._texts: OrderedDict[int, GrowingText] = OrderedDict()

    def step(self, key: int, text: str, is_open: bool = False) -> str | None:
        """Render one more piece of a text; return its HTML, or None until it is done.

        What is kept of a text is dropped if it raises.
        """
        growing = self._texts.pop(key, None) or GrowingText()
        html = growing.step(text, is_open)
        self._texts[key] = growing
        if len(self._texts) > MOST_TEXTS:
            self._texts.popitem(last=False)
        return html


def answer(texts: Texts, number: int, text: str) -> tuple[int, str]:
    """Return the answer to a request, whose number `numbered` has made: what has become of it, and
    the HTML if it is done."""
    key, is_open = number >> 1, bool(number & 1)
    try:
        _end_after(KILL_SECONDS)
        signal.setitimer(signal.ITIMER_PROF, PIECE_SECONDS, AGAIN_SECONDS)
        html = texts.step(key, text, is_open)
        signal.setitimer(signal.ITIMER_PROF, 0)
    except (Exception, OutOfTime):
        signal.setitimer(signal.ITIMER_PROF, 0)
        return FAILED, ""
    return (MORE, "") if html is None else (DONE, html)


def numbered(key: int, is_open: bool) -> int:
    """Return the number of a request: the key of a text, and whether it is open."""
    return key << 1 | is_open


def main() -> None:
    """Render until the server has gone."""
    os.nice(NICENESS)
    signal.signal(signal.SIGPROF, _out_of_time)
    texts = Texts()
    with suppress(OSError), socket.socket(fileno=sys.stdin.fileno()) as server:
        server.setblocking(True)
        send(server, READY)
        while True:
            send(server, *answer(texts, *receive(server)))


def _end_after(seconds: int) -> None:
    """Have the kernel end this process when it has used so much more processor time."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(time.process_time()) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until if most < 0 else min(until, most), most))


def _out_of_time(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTime
