"""What does it cost to read a model's answer: to start, for each token, and for each open answer?

    python -m benchmarks.model_stream [--events 20000] [--answers 100]

A server in a process of its own sends chat completions as fast as it can; the figures are processor
time and memory of the process that reads them.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path

from benchmarks.timed_model import HEAD, event, token

REQUEST = re.compile(rb"content-length: (\d+)\r\n(.*\r\n)?\r\n", re.IGNORECASE | re.DOTALL)
LIMIT_SECONDS = 60.0


def serve(events: int) -> None:
    """Answer each connection with so many events, until killed."""
    one = token(" word")
    end = event({"delta": {}, "finish_reason": "stop"}) + b"0\r\n\r\n"

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = b""
            while not (found := REQUEST.search(request)):
                request += connection.recv(65_536)
            while len(request) < found.end() + int(found[1]):
                request += connection.recv(65_536)
            connection.sendall(HEAD)
            for _ in range(0, events, 8):
                connection.sendall(one * 8)
            connection.sendall(end)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()


def megabytes() -> float:
    """Return this process's memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def measure(port: str, answers: int) -> None:
    """Print the figures."""
    os.environ |= {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "ANTHROPIC_API_KEY": "none"}
    began = time.process_time()
    from app.config import Config  # what it takes to import is the first figure
    from app.providers import Models, Turn

    config = Config(
        secret_key="x",
        models=("openai:fake", "anthropic:fake"),
        provider_read_seconds=LIMIT_SECONDS,
    )
    models, turns = Models.from_config(config), [Turn("user", "Why?")]
    print(f"start: {time.process_time() - began:.2f} s, {megabytes():.0f} MB")
    for _ in range(3):
        began = time.process_time()
        count = sum(len(each.text.split()) for each in models.stream("openai:fake", turns))
        print(f"a token: {(time.process_time() - began) / count * 1e6:.1f} µs")
    memory, began = megabytes(), time.process_time()
    streams = [models.stream("openai:fake", turns) for _ in range(answers)]
    events = [islice(stream, 1) for stream in streams]
    for first in events:
        next(first)
    each = (time.process_time() - began) / answers * 1000
    print(f"an open answer: {each:.1f} ms, {(megabytes() - memory) / answers * 1000:.0f} kB")
    for stream in streams:
        stream.close()


def main() -> None:
    """Start the server and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--answers", type=int, default=100)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.events)
    command = [sys.executable, "-m", __spec__.name, "--serve", "--events", str(args.events)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        measure(server.stdout.readline().strip(), args.answers)
        server.kill()


if __name__ == "__main__":
    main()
