"""A model's server that says what time it is: each token is the moment at which it is sent.

    python -m benchmarks.timed_model

The question says how many tokens come, how many a second, and how many answers begin together, as
soon as all are asked for: `/tokens 1000 /rate 50 /together 300`. The times are those of the
monotonic clock, which all processes of a machine share, in seconds.
"""

from __future__ import annotations

import heapq
import itertools
import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
LENGTH = re.compile(rb"content-length: (\d+)\r\n", re.IGNORECASE)
ASKED = re.compile(rb"/tokens (\d+) /rate ([\d.]+) /together (\d+)")
BUFFER_BYTES = 1 << 20
STAMP = "{:018.6f} "


def event(choice: dict[str, object]) -> bytes:
    """Return a chunk of HTTP that holds an event of a usual size."""
    fields = {"id": "chatcmpl-a", "object": "chat.completion.chunk", "created": 1, "model": "fake"}
    data = b"data: %s\n\n" % json.dumps({**fields, "choices": [{"index": 0, **choice}]}).encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


def token(content: str) -> bytes:
    """Return a chunk of HTTP with a token."""
    return event({"delta": {"content": content}, "logprobs": None, "finish_reason": None})


BEFORE, AFTER = token(STAMP.format(0)).split(STAMP.format(0).encode())
END = event({"delta": {}, "finish_reason": "stop"}) + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"


@dataclass
class Answer:
    """One connection: the request as far as it has come, then what is still to be said."""

    connection: socket.socket
    request: bytes = b""
    left: int = 0
    interval: float = 0.0
    together: int = 1
    due: float = 0.0

    def has_asked(self) -> bool:
        """Receive more of the request; return whether it is complete."""
        self.request += self.connection.recv(65_536)
        head, _, body = self.request.partition(b"\r\n\r\n")
        length = LENGTH.search(head + b"\r\n")
        return bool(length) and len(body) >= int(length[1])

    def begin(self) -> None:
        """Send the headers."""
        tokens, rate, together = ASKED.findall(self.request)[-1]
        self.left, self.interval, self.together = int(tokens), 1 / float(rate), int(together)
        self.connection.sendall(HEAD)

    def say(self) -> bool:
        """Send the next token, or the end; return whether there is more to say."""
        if self.left:
            now = STAMP.format(time.monotonic()).encode()
            self.connection.sendall(BEFORE + now + AFTER)
            self.left -= 1
            self.due += self.interval
            return True
        self.connection.sendall(END)
        self.connection.close()
        return False


class Model:
    """Serves all answers from one thread."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._agenda: list[tuple[float, int, Answer]] = []
        self._number = itertools.count()
        self._waiting: list[Answer] = []

    def run(self) -> None:
        """Serve until killed."""
        while True:
            due = self._agenda[0][0] - time.monotonic() if self._agenda else None
            for key, _ in self._selector.select(due if due is None else max(0.0, due)):
                self._accept() if key.data is None else self._read(key.data)
            while self._agenda and self._agenda[0][0] <= time.monotonic():
                answer = heapq.heappop(self._agenda)[2]
                with suppress(OSError):  # the reader has gone
                    if answer.say():
                        self._schedule(answer)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        self._selector.register(connection, selectors.EVENT_READ, Answer(connection))

    def _read(self, answer: Answer) -> None:
        if answer.has_asked():
            self._selector.unregister(answer.connection)
            answer.begin()
            self._waiting.append(answer)
            if len(self._waiting) == answer.together:
                self._begin_together()

    def _begin_together(self) -> None:
        """Begin all, at even distances within the time between two tokens."""
        now = time.monotonic()
        for number, answer in enumerate(self._waiting, 1):
            answer.due = now + number / len(self._waiting) * answer.interval
            self._schedule(answer)
        self._waiting = []

    def _schedule(self, answer: Answer) -> None:
        heapq.heappush(self._agenda, (answer.due, next(self._number), answer))


@contextmanager
def timed_model() -> Iterator[dict[str, str]]:
    """Run it; yield the settings of a server that asks it."""
    command = [sys.executable, "-m", "benchmarks.timed_model"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        try:
            yield {
                "MODELS": "openai:fake",
                "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
                "OPENAI_API_KEY": "none",
            }
        finally:
            process.kill()


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        print(listening.getsockname()[1], flush=True)
        Model(listening).run()
