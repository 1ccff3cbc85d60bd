"""Sends events on one connection as fast as it can, from a process of its own.

    python -m tests.support.flood URL TOKEN COUNT

In the process of the test it would hold up the threads of the readers whose delay is measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any, NamedTuple

from websocket import WebSocketException

from tests.support.server import ROOT
from tests.support.transport import HERE, Transport
from tests.support.waiting import eventually

ACK = f"43{HERE}"
SECONDS = 120.0
PING_SECONDS = 25.0  # until the server's first ping


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
        with suppress(OSError, WebSocketException):  # it was closed; said below
            for number in range(count):
                sender.send("conversations", {}, number)
        eventually(lambda: sender.is_over or len(acks(sender)) >= count, SECONDS)
        seconds, received = time.monotonic() - began, [ack_of(text) for text in acks(sender)]
    # the answer to a ping waits behind the events: a server too busy to come to it in time closes
    assert len(received) == count or seconds > PING_SECONDS, f"{len(received)} acknowledgements"
    refused = [ack for ack in received if not ack["ok"]]
    reasons = [f"{ack['error']}, retry after {ack.get('retry_after')} s" for ack in refused]
    counted = {reason: reasons.count(reason) for reason in set(reasons)}
    print(json.dumps([len(received) - len(refused), counted, seconds]))


def acks(transport: Transport) -> list[str]:
    """Return the packets of acknowledgements that have come."""
    texts = [packet.text for packet in list(transport.packets)]
    return [text for text in texts if text.startswith(ACK)]


def ack_of(text: str) -> dict[str, Any]:
    """Return what an acknowledgement says."""
    return dict(json.loads(text[text.index("[") :])[0])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
