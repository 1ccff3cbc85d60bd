from __future__ import annotations

from typing import Any

import pytest

from app.providers import Text, Thinking, Usage
from app.providers.chat_completions import choice_of, pieces_of, usage_of

BOTH = [Thinking("Hm"), Text("Yes")]


@pytest.mark.parametrize(
    ("delta", "pieces"),
    [
        ({"content": "Yes"}, [Text("Yes")]),
        ({"content": None, "role": "assistant"}, []),
        ({"content": ""}, []),
        ({"refusal": "No"}, [Text("No")]),
        ({"reasoning_content": "Hm", "content": "Yes"}, BOTH),
        ({"reasoning": "Hm", "content": "Yes"}, BOTH),
        ({"reasoning": {"content": "Hm"}, "content": "Yes"}, BOTH),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "Hm"}]}, [Thinking("Hm")]),
        ({"reasoning_details": [{"type": "reasoning.summary", "summary": "Hm"}]}, [Thinking("Hm")]),
        ({"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}, []),
        ({"reasoning": "Hm", "reasoning_details": [{"text": "Hm"}]}, [Thinking("Hm")]),
        ({"reasoning_content": "Hm", "reasoning": "Hm"}, [Thinking("Hm")]),
        ({"content": [{"type": "text", "text": "Yes"}]}, [Text("Yes")]),
        ({"content": [{"type": "thinking", "thinking": "Hm"}]}, [Thinking("Hm")]),
        (
            {
                "content": [
                    {
                        "type": "thinking",
                        "thinking": [{"type": "text", "text": "H"}, {"text": "m"}],
                    },
                    {"type": "text", "text": "Yes"},
                    {"type": "reference", "reference_ids": [1]},
                ]
            },
            BOTH,
        ),
    ],
)
def test_a_delta_in_every_shape(delta: dict[str, Any], pieces: list[Thinking | Text]) -> None:
    assert list(pieces_of(choice_of({"choices": [{"delta": delta}]}))) == pieces


@pytest.mark.parametrize("chunk", [None, 1, "x", [], {}, {"choices": []}, {"choices": [None]}])
def test_a_chunk_that_says_nothing(chunk: object) -> None:
    assert list(pieces_of(choice_of(chunk))) == []
    assert usage_of(chunk) is None


def test_usage() -> None:
    counts = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
    assert usage_of({"choices": [], "usage": counts}) == Usage(3, 5)
    assert usage_of({"usage": {"prompt_tokens": "3"}}) == Usage(None, None)
    assert usage_of({"usage": None}) is None
