"""A model that answers with what the demo's data says, and pauses in the middle of it or ends in
the way that a picture is to show."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from app.demo.stories import all_stories
from app.providers.demo_script import TOKEN
from tests.support.fake_model import FakeModel, Request

TITLE = "Reading an answer midstream"
EXCHANGE = next(story for story in all_stories() if story.title == TITLE).exchanges[0]
PAUSE = "In JavaScript:"  # the answer pauses before these words
USAGE = {"prompt_tokens": 2310, "completion_tokens": 184}

PREVIEWED = """Here is the page:

```html
<h1 style="font-family: sans-serif; color: teal">Open Saturday</h1>
<p style="font-family: sans-serif">Bread from eight o'clock, until there is none left.</p>
```
"""
WIDE = """| bread | flour | water | salt | leaven | rest | baked at | for | keeps |
|:--|--:|--:|--:|--:|:-:|--:|--:|--:|
| country loaf | 900 g | 650 g | 20 g | 200 g | overnight | 250 °C | 45 minutes | 5 days |
| rye | 1,000 g | 820 g | 22 g | 400 g | 4 hours | 240 °C | 60 minutes | 10 days |
| focaccia | 500 g | 400 g | 12 g | 100 g | 6 hours | 230 °C | 22 minutes | 1 day |
"""
HEBREW = """הלחם תופח כי השמרים אוכלים סוכר ונושפים **גז**:

1. מערבבים קמח ומים.
2. מחכים עד שהבצק מכפיל את גודלו.

> מי שממהר אוכל לבנה.
"""


class State(NamedTuple):
    """What an answer is to look like: what the model sends (fake_streams.py), the message's status
    then, and what was asked, in a conversation of which title."""

    sent: str
    status: str = "streaming"
    question: str = EXCHANGE.question
    title: str = ""


STATES = {
    "waiting": State("hang:thinking"),
    "thinking": State("stall:thinking"),
    "streaming": State("stall:streaming", title="How can I join an answer midstream?"),
    "queued": State("stall:streaming"),
    "offline": State("stall:streaming"),
    "stopped": State("stall:streaming", "stopped"),
    "interrupted": State("stall:streaming", "interrupted"),
    "failed": State("error-event:streaming", "failed"),
    "cut": State("limited", "complete", title="Cut at the model's limit"),
    "cost": State("previewed", "complete", "A page for the bakery?", "What an answer costs"),
    "preview": State("previewed", "complete", "A page for the bakery?", "A page for the bakery"),
    "reacting": State("wide", "complete", "All our breads, please.", "All our breads"),
    "table": State("wide", "complete", "All our breads, please.", "A wide table"),
    "right-to-left": State("hebrew", "complete", "למה הלחם תופח?", "לחם לשבת"),
}


class PausedModel(FakeModel):
    """Answers every question alike, as far as `state` requires."""

    def __init__(self) -> None:
        super().__init__()
        thinking = " ".join(EXCHANGE.thinking.split())
        content = EXCHANGE.answer[: EXCHANGE.answer.index(PAUSE)]
        thoughts = [_event(reasoning_content=token) for token in TOKEN.findall(thinking)]
        words = [_event(content=token) for token in TOKEN.findall(content)]
        # half of these is sent before it pauses or fails
        self.streams["thinking"] = thoughts * 2
        self.streams["streaming"] = (thoughts + words) * 2
        self.streams["limited"] = [*words, _end("length")]
        for name, text in (("previewed", PREVIEWED), ("wide", WIDE), ("hebrew", HEBREW)):
            self.streams[name] = [_event(content=text), _end("stop")]
        self.state = "streaming"

    def note(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> tuple[Request, str]:
        """Record a request; return it and what the state makes of it."""
        return super().note(path, headers, body)[0], STATES[self.state].sent


def _event(**delta: str) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})


def _end(reason: str) -> str:
    choice = {"index": 0, "delta": {}, "finish_reason": reason}
    return json.dumps({"choices": [choice], "usage": USAGE})
