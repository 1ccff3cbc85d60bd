"""Functions of the tests that run in a process patched by eventlet.

    python -m tests.providers.eventlet_process NAME [MODEL …]

prints JSON. Config and models come from the environment, as in the app.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402

from app.config import Config  # noqa: E402
from app.providers import Models, Stream, Turn  # noqa: E402
from tests.providers.reading import Got, read, until  # noqa: E402


def models(name: str) -> Models:
    return Models.from_config(Config(secret_key="x", models=(name,), provider_read_seconds=20))


def cancel(*names: str) -> object:
    """Close waiting streams from another greenlet than their readers'."""
    streams = [models(name).stream(name, [Turn("user", "Why?")]) for name in names]
    got: list[list[Got]] = [[] for _ in names]
    readers = [
        threading.Thread(target=lambda stream, own: own.append(read(stream)), args=each)
        for each in zip(streams, got, strict=True)
    ]
    for reader in readers:
        reader.start()
    time.sleep(0.5)
    return [_cancel(*each) for each in zip(streams, got, readers, strict=True)]


def _cancel(stream: Stream, got: list[Got], reader: threading.Thread) -> tuple[bool, str, float]:
    waits = not got
    started = time.monotonic()
    stream.close()
    reader.join(30)
    return waits, type(got[0].error).__name__, time.monotonic() - started


def time_out(name: str) -> object:
    """Return the error and the seconds of an answer with a read timeout of half a second."""
    limits = {"provider_read_seconds": 0.5, "provider_total_seconds": 60.0}
    config = Config(secret_key="x", models=(name,), **limits)
    started = time.monotonic()
    got = read(Models.from_config(config).stream(name, [Turn("user", "Why?")]))
    return type(got.error).__name__, time.monotonic() - started


def measure_yields() -> object:
    """Measure how long the demo at full speed computes without yielding."""
    gaps: list[float] = []
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(gaps, done))
    ticker.start()
    question = [Turn("user", "/tokens 40000 /rate 0")]
    count = sum(1 for _ in models("demo").stream("demo", question))
    done.set()
    ticker.join()
    return count, len(gaps), max(gaps)


def local() -> object:
    """Ask the local model from two greenlets at once; return each answer's length and error."""
    local_models = models("local")
    got: list[Got] = []

    def ask() -> None:
        got.append(read(local_models.stream("local", [Turn("user", "Say hello.")])))

    readers = [threading.Thread(target=ask) for _ in range(2)]
    for reader in readers:
        reader.start()
    until(lambda: len(got) == 2, 60)
    local_models.close()
    return [(len(one.text), repr(one.error)) for one in got]


def _tick(gaps: list[float], done: threading.Event) -> None:
    while not done.is_set():
        before = time.process_time()
        time.sleep(0.001)
        gaps.append(time.process_time() - before)


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
