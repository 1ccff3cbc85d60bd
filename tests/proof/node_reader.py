"""The browser's reader, `rule.js`, in a Node process that reads and writes JSON lines."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

DRIVER = Path(__file__).parents[1] / "js" / "rule_driver.mjs"


class NodeReader:
    """One reader at a time; `begin` reuses the process, which takes a while to start."""

    def __init__(self, driver: Path = DRIVER) -> None:
        self._process = subprocess.Popen(
            ["node", driver], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._rejoin = False
        self._state: dict[str, Any] = {}

    def begin(self, conversation: str) -> NodeReader:
        """Start a new reader, which holds nothing."""
        self._send({"new": {"conversation": conversation}})
        return self

    def take(self, event: str, data: dict[str, Any]) -> None:
        """Give it an event."""
        self._send({"event": event, "data": data})

    def joined(self, ack: dict[str, Any]) -> None:
        """Acknowledge its join; a join that became pending meanwhile stays pending."""
        self._send({"joined": {"position": ack["position"], "revision": ack["revision"]}})

    def forget(self) -> None:
        """Have it forget everything and join again."""
        self._send({"forget": True})
        self._rejoin = True

    def joining(self) -> dict[str, Any]:
        """Have it send its next join; return the request."""
        self._send({"joining": True})
        self._rejoin = False
        request: dict[str, Any] = self._state["request"]
        return request

    @property
    def must_rejoin(self) -> bool:
        """Return whether it knows that it has missed something."""
        return self._rejoin or bool(self._state["behind"])

    def shown(self) -> dict[str, dict[str, Any]]:
        """Return what it shows, by message."""
        messages: dict[str, dict[str, Any]] = self._state["messages"]
        return messages

    def close(self) -> None:
        """End its process."""
        with self._process:
            assert self._process.stdin
            self._process.stdin.close()

    def _send(self, in_flight: dict[str, Any]) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(in_flight) + "\n")
        self._process.stdin.flush()
        self._state = json.loads(self._process.stdout.readline())
        self._rejoin = self._rejoin or self._state["outcome"] == "rejoin"
