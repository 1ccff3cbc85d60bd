"""A model's server that sends useless data, endlessly and at full speed.

    python -m tests.providers.hostile        # prints its address

The model in the request selects what it sends, see KINDS. It runs as a separate process, so that it
does not slow down the process that reads it.
"""

from __future__ import annotations

import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from itertools import repeat

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
STREAM = OK + b"Connection: close\r\n\r\n"
MEGABYTE = 1_000_000
LARGE = 400 * MEGABYTE
BLOCK = 64 * 1024
GZIP = 31  # of zlib's wbits: with gzip's head


def event(delta: dict[str, object]) -> bytes:
    """Return an event of a chat completion."""
    return b"data: " + json.dumps({"choices": [{"delta": delta}]}).encode() + b"\n\n"


def without_end(piece: bytes) -> Callable[[], Iterator[bytes]]:
    """Return a function that repeats a piece for ever, in blocks."""
    return lambda: repeat(piece * max(1, BLOCK // len(piece)))


def large(first: bytes, piece: bytes = b"x" * BLOCK) -> Callable[[], Iterator[bytes]]:
    """Return a function that yields 400 MB that start with `first`."""
    return lambda: iter([first, *repeat(piece, LARGE // len(piece))])


def chunked(piece: bytes) -> bytes:
    """Return a chunk of HTTP's chunked encoding."""
    return b"%x\r\n%s\r\n" % (len(piece), piece)


@cache
def bomb() -> bytes:
    """Return the first megabyte of a gzip file of zeros: 200 MB of them."""
    packer = zlib.compressobj(1, wbits=GZIP)
    made = packer.compress(b"data: ")
    while len(made) < MEGABYTE:
        made += packer.compress(bytes(MEGABYTE))
    return made[:MEGABYTE]


ERROR = b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
KINDS: dict[str, tuple[bytes, Callable[[], Iterator[bytes]]]] = {
    "empty-deltas": (STREAM, without_end(event({"content": ""}))),
    "comments": (STREAM, without_end(b": still here\n\n")),
    "blank-lines": (STREAM, without_end(b"\n")),
    "carriage-returns": (STREAM, without_end(b"\r")),
    "pings": (STREAM, without_end(b"event: ping\ndata: {}\n\n")),
    "one-byte-chunks": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n",
        without_end(chunked(b"\n")),
    ),
    "continue": (b"", without_end(b"HTTP/1.1 100 Continue\r\n\r\n")),
    "headers": (OK, without_end(b"X-More: and more\r\n")),
    "white-space": (STREAM, without_end(event({"content": " " * 40}))),
    "white-space-thinking": (
        STREAM,
        lambda: iter(
            [event({"content": "<think>a"}), *repeat(event({"content": "\n"}) * 1000, 10**6)]
        ),
    ),
    "white-space-after": (
        STREAM,
        lambda: iter(
            [
                event({"content": "<think>a</think>"}),
                *repeat(event({"content": "\n"}) * 1000, 10**6),
            ]
        ),
    ),
    "tool-calls": (STREAM, without_end(event({"tool_calls": [{"function": {"arguments": "1"}}]}))),
    "long-line": (STREAM, large(b"data: ")),
    "long-event": (STREAM, large(b"", b"data: x\n" * 8192)),
    "long-json": (STREAM, large(b'{"a": "')),
    "long-id": (STREAM, large(b"id: ")),
    "nested": (STREAM, large(b"data: ", b"[" * BLOCK)),
    "long-error": (ERROR + b"Content-Length: %d\r\n\r\n" % LARGE, large(b'{"error": "')),
    "error-without-end": (ERROR + b"Connection: close\r\n\r\n", without_end(b"context length ")),
    "gzip": (OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n", lambda: iter([bomb()])),
    "gzip-unnamed": (STREAM, lambda: iter([bomb()])),
    "wide-json": (STREAM, without_end(b"data: [" + b"{}," * 300_000 + b"{}]\n\n")),
}


def serve(connection: socket.socket) -> None:
    """Answer one request."""
    with connection, suppress(OSError):
        received = connection.makefile("rb")
        length = 0
        while line := received.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        head, body = KINDS[json.loads(received.read(length))["model"]]
        connection.sendall(head)
        for block in body():
            connection.sendall(block)


def main() -> None:
    """Serve until killed."""
    bomb()  # not while a test measures
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
