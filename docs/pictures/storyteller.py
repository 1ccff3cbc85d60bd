"""A model that tells a story of the demo, and stays in the middle of it for its picture."""

from __future__ import annotations

import json
from typing import Any

from app.demo.stories import all_stories
from app.providers.demo_script import TOKEN
from tests.support.fake_model import FakeModel, Request

TITLE = "Reading an answer midstream"
STORY = next(story for story in all_stories() if story.title == TITLE).exchanges[0]
LAST_WORDS = "In JavaScript:"  # where the pictured answer has got to
STATES = {  # of an answer: what fake_streams.py is to do
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


class Storyteller(FakeModel):
    """Answers every question with the story, up to where `state` says."""

    def __init__(self) -> None:
        super().__init__()
        said = STORY.answer[: STORY.answer.index(LAST_WORDS)]
        thought = " ".join(STORY.thinking.split())
        thoughts = [_event(reasoning_content=token) for token in TOKEN.findall(thought)]
        words = [_event(content=token) for token in TOKEN.findall(said)]
        self.streams["thinking"] = thoughts * 2  # a fault comes after the first half
        self.streams["streaming"] = (thoughts + words) * 2
        self.state = "streaming"

    def note(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> tuple[Request, str]:
        """Remember a request; return it and what is to become of it."""
        return super().note(path, headers, body)[0], STATES[self.state]


def _event(**delta: str) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
