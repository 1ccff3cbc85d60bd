from __future__ import annotations

from typing import Any

import pytest

from app.providers import Text, Thinking
from app.providers.answer_reader import Fields
from app.providers.base import Piece
from app.providers.openai import CompletionReader

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
        ({"reasoning_text": "Hm", "content": "Yes"}, BOTH),
        ({"thinking": "Hm", "content": "Yes"}, BOTH),
        ({"thinking_blocks": [{"type": "thinking", "thinking": "Hm"}]}, [Thinking("Hm")]),
        ({"reasoning_content": "Hm", "thinking_blocks": [{"thinking": "Hm"}]}, [Thinking("Hm")]),
        ({"content": [{"type": "reasoning.text", "text": "Hm"}, {"text": "Yes"}]}, BOTH),
        ({"content": ["Y", {"type": "output_text", "text": "es"}]}, [Text("Y"), Text("es")]),
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
def test_every_form_of_a_delta_is_read(
    delta: dict[str, Any], pieces: list[Thinking | Text]
) -> None:
    assert read({"choices": [{"delta": delta}]}) == pieces
    assert read({"choices": [{"message": delta}]}) == pieces


@pytest.mark.parametrize("chunk", [{}, {"choices": []}, {"choices": [None]}, {"choices": 7}])
def test_a_chunk_without_a_choice_is_empty(chunk: Fields) -> None:
    assert read(chunk) == []


def read(chunk: Fields) -> list[Piece]:
    reader = CompletionReader()
    return [*reader.read(chunk), *reader.tags.flush()]


def test_one_of_several_choices_is_read() -> None:
    reader = CompletionReader()
    chunks: list[Fields] = [
        {"choices": [{"index": 1, "delta": {"content": "No"}}, {"delta": {}, "index": 0}]},
        {"choices": [{"index": 0, "delta": {"content": "Ye"}}]},
        {"choices": [{"index": 1, "delta": {"content": "no"}, "finish_reason": "length"}]},
        {"choices": [None, {"delta": {"content": "s"}}]},
    ]
    assert [piece for chunk in chunks for piece in reader.read(chunk)] == [Text("Ye"), Text("s")]
    assert reader.finish is None
