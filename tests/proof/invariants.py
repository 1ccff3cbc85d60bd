"""What must hold between the messages a reader shows and those committed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tests.proof.interfaces import Reader, Truth


def check_in_step(reader: Reader, truth: dict[str, Truth]) -> None:
    """Assert that a reader shows every message exactly as it is committed."""
    shown = reader.shown()
    assert set(shown) == set(truth), "a reader lacks a message, or shows one that is gone"
    for message in truth.values():
        held = shown[message.id]
        assert held["content"] == message.content
        assert held["thinking"] == message.thinking
        assert held["status"] == message.status
        assert held["position"] == message.position


def check_prefixes(reader: Reader, truth: dict[str, Truth]) -> None:
    """Assert that a reader shows a prefix of every committed message, also if it has not heard yet
    that another version is shown."""
    for message_id, held in reader.shown().items():
        if message_id in truth:
            _check_prefix(held, asdict(truth[message_id]))


def _check_prefix(held: dict[str, Any], true: dict[str, Any]) -> None:
    assert held["seq"] <= true["seq"], "a reader holds what is not committed"
    for text in ("content", "thinking"):
        assert true[text].startswith(held[text]), "a reader shows what is no prefix"
    if held["status"] != "streaming":
        assert (held["status"], held["seq"]) == (true["status"], true["seq"])
