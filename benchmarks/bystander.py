"""A reader who only looks on: a process of its own that records when each chunk arrives.

    python -m benchmarks.bystander URL TOKEN CONVERSATION

prints the time of each chunk by this machine's monotonic clock. It shares no interpreter with the
load, which would delay it.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import threading
import time

from benchmarks.light_client import NAMESPACE, LightClient
from tests.support.waiting import eventually


class Bystander:
    """Reads an answer that another process streams to it."""

    def __init__(self, url: str, token: str, conversation: str) -> None:
        command = [sys.executable, "-m", "benchmarks.bystander", url, token, conversation]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._times: list[float] = []
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Bystander:
        eventually(lambda: self._times, 20.0)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def longest_gap(self, since: float, until: float) -> float:
        """Return the longest time without a chunk between these two moments, in seconds."""
        between = [at for at in list(self._times) if since < at < until]
        return max(b - a for a, b in itertools.pairwise([since, *between, until]))

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._times.append(float(line))


async def follow(url: str, token: str, conversation: str) -> None:
    """Join, then print the time of each chunk until killed."""
    reader = await LightClient().open(url, token)
    await reader.join({"conversation": conversation})
    while await reader.receive(f'42{NAMESPACE},["chunk"'):
        print(time.monotonic(), flush=True)


if __name__ == "__main__":
    asyncio.run(follow(*sys.argv[1:]))
