"""Sends events on one connection as fast as it can, from a process of its own.

    python -m tests.support.flood URL TOKEN COUNT

In the process of the test it would hold up the threads of the readers whose delay is measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any, NamedTuple

from tests.support.server import ROOT
from tests.support.transport import HERE, Transport
from tests.support.waiting import eventually

ACK = f"43{HERE}"
SECONDS = 120.0


class Flood(NamedTuple):
    """What became of the events, and how long it took."""

    accepted: int
    refused: dict[str, int]
    """How many were refused, by what the acknowledgement says."""
    seconds: float


def flood(url: str, token: str, count: int) -> Flood:
    """Send so many requests at once; return when each has been acknowledged."""
    # at a low priority: a real client would not take the server's processors
    sender = ["nice", sys.executable, "-m", "tests.support.flood", url, token, str(count)]
    ran = subprocess.run(sender, cwd=ROOT, capture_output=True, text=True, timeout=2 * SECONDS)
    assert ran.returncode == 0, ran.stderr
    return Flood(*json.loads(ran.stdout))


def main(url: str, token: str, count: int) -> None:
    """Print what flood() returns."""
    with Transport(url) as sender:
        assert sender.connect(token=token) == "0"
        began = time.monotonic()
        for number in range(count):
            sender.send("conversations", {}, number)
        eventually(lambda: len(sender.packets) >= count, SECONDS, "each must be acknowledged")
        received = eventually(lambda: acks(sender, count), SECONDS, "each must be acknowledged")
        seconds = time.monotonic() - began
    refused = [ack for ack in received if not ack["ok"]]
    reasons = [f"{ack['error']}, retry after {ack.get('retry_after')} s" for ack in refused]
    counted = {reason: reasons.count(reason) for reason in set(reasons)}
    print(json.dumps([len(received) - len(refused), counted, seconds]))


def acks(transport: Transport, count: int) -> list[dict[str, Any]]:
    """Return the acknowledgements once there are so many; otherwise nothing."""
    texts = [packet.text for packet in list(transport.packets) if packet.text.startswith(ACK)]
    return [json.loads(text[text.index("[") :])[0] for text in texts] if len(texts) == count else []


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
