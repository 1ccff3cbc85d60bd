"""Many loads of one page at once, from a process of its own.

    python -m tests.support.many_pages URL COUNT COOKIE

prints the status of each response, and after how many seconds it had come. It has one thread, and
the low priority of the tests' other loads: real people would not take the server's processors.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.support.server import ROOT

TIMEOUT_SECONDS = 300.0


class Loaded(NamedTuple):
    """A response: its status, 0 where none came, and after how many seconds it was there."""

    status: int
    seconds: float


def load_at_once(url: str, count: int, cookie: str) -> list[Loaded]:
    """Load a page so many times at once."""
    words = ["nice", sys.executable, "-m", "tests.support.many_pages", url, str(count), cookie]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [line.split() for line in ran.stdout.splitlines()]
    return [Loaded(int(status), float(seconds)) for status, seconds in lines]


async def load(url: str, cookie: str) -> Loaded:
    """Load a page once."""
    began = time.monotonic()
    parts = urlsplit(url)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {cookie}\r\n"
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(f"{request}Connection: close\r\n\r\n".encode())
            answer = await reader.read(-1)
            writer.close()
    except (OSError, TimeoutError):
        answer = b""
    status = int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else 0
    return Loaded(status, time.monotonic() - began)


async def main(url: str, count: int, cookie: str) -> None:
    """Load a page so many times at once and print what came."""
    for each in await asyncio.gather(*(load(url, cookie) for _ in range(count))):
        print(each.status, f"{each.seconds:.2f}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
