"""What the fake model sends: recordings of real models, and the ways in which a server can fail.

A request's model chooses it: `NAME[:RECORDING][@RATE]`, where NAME is one of the server's `bodies`,
a recording, or a fault (of RECORDING, one of the requested API by default), and RATE is events per
second, as fast as possible by default. Several, separated by commas or semicolons, answer one
request after the other; the last one answers all further requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

RECORDINGS = Path(__file__).parent.parent / "recordings"
CASES = Path(__file__).parent.parent / "providers" / "cases"
DEFAULT_RECORDINGS = {"openai": "openai-text", "anthropic": "anthropic-thinking"}
STATUSES = {"400", "401", "402", "403", "404", "408", "413", "429", "500", "503", "529"}
FAULTS = {
    "eof": "half of the recording, then a proper end of the body",
    "cut": "half, then the connection closes in the middle of the body",
    "bad-json": "half, then half an object",
    "error-event": "half, then the API's own error event",
    "stall": "half, then silence",
    "drip": "half, then a comment every 50 ms",
    "drip-pieces": "half, then an event without text every 50 ms",
    "drip-headers": "a header that goes on, a byte every 50 ms",
    "hang": "not even headers",
    "redirect": "a redirect to /elsewhere of the same server",
    "no-done": "everything but the line that says that it was everything",
    "late-cut": "everything but that line, then the connection closes in the middle of the body",
    "late-stall": "everything but that line, then silence",
    "page": "a web page in place of events",
    "strict": "a refusal (400) of `stream_options`, else the recording",
    "roles": "a refusal (400) of turns whose roles do not alternate, else the recording",
    "brief": "a refusal (400) of more than 4,096 tokens, else the recording",
}
DONE = "[DONE]"
BRIEF_TOKENS = 4096
SECRET = "sk-secret-in-an-error"
EMPTY = {
    "openai": '{"choices":[{"index":0,"delta":{},"finish_reason":null}]}',
    "anthropic": '{"type":"ping"}',
}
ERRORS = {
    "openai": {"error": {"type": "server_error", "message": f"failed for {SECRET}"}},
    "anthropic": {
        "type": "error",
        "error": {"type": "overloaded_error", "message": f"failed for {SECRET}"},
    },
}


@dataclass(frozen=True)
class Body:
    """A response that a test spells out; its data arrives in pieces of `step` bytes."""

    data: bytes
    type: str = "text/event-stream"
    status: int = 200
    step: int = 1_000_000

    @property
    def pieces(self) -> Iterator[bytes]:
        """Return the data, cut."""
        return (self.data[i : i + self.step] for i in range(0, len(self.data), self.step))


@dataclass(frozen=True)
class Choice:
    """One item of a request's model."""

    name: str
    recording: str
    seconds_apart: float

    @classmethod
    def parse(cls, text: str, api: str) -> Choice:
        """Return what `text` picks from `api`, `openai` or `anthropic`."""
        names, _, rate = text.partition("@")
        name, _, recording = names.partition(":")
        is_fault = name in FAULTS or name in STATUSES
        recording = recording or (DEFAULT_RECORDINGS[api] if is_fault else name)
        return cls(name, recording, 1 / float(rate) if rate else 0.0)


@cache
def recorded() -> dict[str, list[str]]:
    """Return every recording's events, JSON texts, by its name."""
    return {path.stem: events_in(path) for path in RECORDINGS.glob("*.jsonl")}


def events_in(path: Path) -> list[str]:
    """Return a recording's events."""
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def first_half(events: list[str]) -> list[str]:
    """Return what is sent of a recording before a fault."""
    return events[: len(events) // 2]


def completion(pieces: Sequence[str], thinking: Sequence[str] = ()) -> list[str]:
    """Return the events of a chat completion of exactly these pieces."""
    texts = [
        *({"reasoning_content": piece} for piece in thinking),
        *({"content": p} for p in pieces),
    ]
    deltas = [{"delta": text, "finish_reason": None} for text in texts]
    end = {"delta": {}, "finish_reason": "stop"}
    return [json.dumps({"choices": [{"index": 0, **choice}]}) for choice in [*deltas, end]]


def body(choice: Choice, api: str, events: list[str]) -> Iterator[bytes]:
    """Yield the events of the answer's body, up to where its fault lies."""
    if choice.name in ("no-done", "late-cut", "late-stall"):
        kept = events[:-1] if api == "anthropic" else events
    elif choice.name in FAULTS and choice.name not in ("strict", "roles", "brief"):
        kept = first_half(events)
    else:
        kept = events if api == "anthropic" else [*events, DONE]
    yield from (framed(event, api) for event in kept)
    if choice.name == "bad-json":
        yield framed('{"type":"content_block_delta","choices":[{"del', api)
    if choice.name == "error-event":
        yield framed(json.dumps(ERRORS[api]), api)


def framed(event: str, api: str) -> bytes:
    """Return one server-sent event as the API frames it."""
    data = f"data: {event}\n\n"
    return (f"event: {_type(event)}\n{data}" if api == "anthropic" else data).encode()


def _type(event: str) -> str:
    try:
        return str(json.loads(event)["type"])
    except ValueError:
        return "content_block_delta"
