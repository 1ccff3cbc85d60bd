"""Reads recordings without any code of the app, and streams as a reader receives them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.providers import Event, Note, ProviderError, Stream, Text, Thinking, Usage
from tests.support.fake_streams import RECORDINGS, events_in
from tests.support.server import run_python

NAMES = sorted(path.stem for path in RECORDINGS.glob("*.jsonl"))


def api_of(name: str) -> str:
    return "anthropic" if name.startswith("anthropic") else "openai"


def recording(name: str) -> list[str]:
    return events_in(RECORDINGS / f"{name}.jsonl")


@dataclass
class Content:
    """The thinking and the text of an answer."""

    thinking: str = ""
    text: str = ""


def content_of(events: list[str]) -> Content:
    """Return the thinking and the text in these events of a recording."""
    found = Content()
    for event in map(json.loads, events):
        delta = event.get("delta") or next(iter(event.get("choices", [])), {}).get("delta", {})
        content = delta.get("content") or delta.get("text") or ""
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        for field_name in ("thinking", "reasoning", "reasoning_content"):
            found.thinking += delta.get(field_name) or ""
        for part in parts:
            found.text += part.get("text", "")
            found.thinking += "".join(inner["text"] for inner in part.get("thinking", []))
    return found


@dataclass
class Got:
    """The events of a stream and its error: `error` is None after a proper end."""

    events: list[Event] = field(default_factory=list)
    error: ProviderError | None = None

    @property
    def thinking(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Thinking))

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Text))

    @property
    def content(self) -> Content:
        return Content(self.thinking, self.text)

    @property
    def note(self) -> str | None:
        """The sentence of the last event, if that is a note; no other event may be one."""
        notes = [event for event in self.events if isinstance(event, Note)]
        assert notes in ([], self.events[-1:])
        return notes[0].sentence if notes else None

    @property
    def usage(self) -> list[Usage]:
        return [event for event in self.events if isinstance(event, Usage)]


def read(stream: Stream) -> Got:
    """Read a stream to its end or its error."""
    got = Got()
    try:
        for event in stream:
            got.events.append(event)
    except ProviderError as error:
        got.error = error
    return got


def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
    """Return an event of a chat completion."""
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def until(condition: Callable[[], object], seconds: float = 5) -> None:
    """Wait for a condition; fail if it doesn't come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "timed out"
        time.sleep(0.005)


def in_eventlet(name: str, *arguments: str) -> Any:
    """Run a function of eventlet_process.py in a process that eventlet has patched."""
    module = ["-m", "tests.providers.eventlet_process", name, *arguments]
    ran = run_python(*module, env=dict(os.environ), timeout=90)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
