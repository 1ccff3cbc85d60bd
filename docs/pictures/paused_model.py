"""A model that streams an answer of the demo's data and pauses in the middle of it."""

from __future__ import annotations

import json
from typing import Any

from app.demo.stories import all_stories
from app.providers.demo_script import TOKEN
from tests.support.fake_model import FakeModel, Request

TITLE = "Reading an answer midstream"
EXCHANGE = next(story for story in all_stories() if story.title == TITLE).exchanges[0]
PAUSE = "In JavaScript:"  # the answer pauses before these words
STATES = {  # of an answer, and what makes it: see fake_streams.py
    "waiting": "hang:thinking",
    "thinking": "stall:thinking",
    "streaming": "stall:streaming",
    "queued": "stall:streaming",
    "offline": "stall:streaming",
    "stopped": "stall:streaming",
    "interrupted": "stall:streaming",
    "failed": "error-event:streaming",
}
TITLES = {state: f"{TITLE}: {state}" for state in STATES} | {
    "streaming": "How can I join an answer midstream?"
}


class PausedModel(FakeModel):
    """Answers every question alike, as far as `state` requires."""

    def __init__(self) -> None:
        super().__init__()
        thinking = " ".join(EXCHANGE.thinking.split())
        content = EXCHANGE.answer[: EXCHANGE.answer.index(PAUSE)]
        thoughts = [_event(reasoning_content=token) for token in TOKEN.findall(thinking)]
        words = [_event(content=token) for token in TOKEN.findall(content)]
        self.streams["thinking"] = (
            thoughts * 2
        )  # half of a stream is sent before it pauses or fails
        self.streams["streaming"] = (thoughts + words) * 2
        self.state = "streaming"

    def note(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> tuple[Request, str]:
        """Record a request; return it and what the state makes of it."""
        return super().note(path, headers, body)[0], STATES[self.state]


def _event(**delta: str) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
