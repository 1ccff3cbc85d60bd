"""What becomes of the conversations of each program: order, branches, models, times, thinking."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.models.message import Status
from tests.importing import examples
from tests.importing.conftest import Imports, Told
from tests.support.cast import Cast


def test_chatgpt(imports: Imports, cast: Cast) -> None:
    report = imports.these(cast.olive, examples.bees())

    assert report["formats"] == {"ChatGPT": 1}
    assert imports.messages("Bees") == [
        Told("user", "How do bees fly?", False, 1, 2, None),
        Told("assistant", "Nobody asks that.", False, 1, 1, "How do bees fly?"),
        Told("user", "Why do bees fly?", True, 2, 2, None),
        Told("assistant", "For fun.", False, 2, 2, "Why do bees fly?"),
        Told("assistant", "For food.", True, 1, 2, "Why do bees fly?"),
        Told("user", "And wasps?\n\n[File: picture]", True, 1, 1, None),
        Told("assistant", "They too.", True, 1, 1, "And wasps?\n\n[File: picture]"),
    ]
    food = next(each for each in imports.stored("Bees") if each.content == "For food.")
    assert (food.thinking, food.model) == ("Wings\n\nThey beat fast.", "o9")
    assert food.created_at == datetime.fromtimestamp(examples.BEGAN + 2, UTC)
    last = imports.stored("Bees")[-1]
    assert (last.status, last.model) == (Status.INTERRUPTED, "gpt-5")
    assert "files, which are named in the text" in report["notes"]


def test_what_chatgpt_has_besides_text(imports: Imports, cast: Cast) -> None:
    voice = {"content_type": "audio_transcription", "text": "Spoken."}
    code = {"language": "python", "text": "1 + 1"}
    cut = {"metadata": {"finish_details": {"type": "max_tokens"}}}
    imports.these(
        cast.olive,
        examples.gpt(
            examples.gpt_node("u", None, ["c"], "user", "Look:", voice, kind="multimodal_text"),
            examples.gpt_node(
                "c", "u", ["t"], "assistant", kind="code", content=code, recipient="python"
            ),
            examples.gpt_node(
                "t", "c", ["a"], "tool", kind="execution_output", content={"text": "2"}
            ),
            examples.gpt_node("a", "t", ["b"], "assistant", "It is two", **cut),
            examples.gpt_node("b", "a", [], "assistant", kind="code", content=code),
            current="b",
            default_model_slug=None,
            is_archived=True,
        ),
    )
    question, answer, more = imports.stored("Bees")
    assert question.content == "Look:\n\nSpoken."
    assert (answer.thinking, answer.is_cut, answer.model) == ("```python\n1 + 1\n```", True, None)
    assert more.content == "```python\n1 + 1\n```"
    assert more.question_id == answer.question_id == question.id


def test_claude(imports: Imports, cast: Cast) -> None:
    report = imports.these(cast.olive, examples.rivers())

    assert report["formats"] == {"Claude": 1}
    question, answer = imports.stored("Rivers")
    assert question.content == "Where do rivers go?\n\n[File: map.txt]\n\nNorth is up."
    assert (answer.content, answer.thinking) == (
        "To the sea.",
        "Water runs down.\n\n(Tool: web_search)",
    )
    assert answer.created_at == datetime(2025, 5, 1, 10, 0, 9, tzinfo=UTC)
    assert report["notes"] == {"calls of tools and their results, named before the answer": 2}


def test_claude_with_branches(imports: Imports, cast: Cast) -> None:
    none = "00000000-0000-4000-8000-000000000000"
    named = {"sender": "human", "text": "?"}
    report = imports.these(
        cast.olive,
        examples.claude(
            {"uuid": "1", "parent_message_uuid": none, **named},
            {"uuid": "2", "parent_message_uuid": "1", "sender": "assistant", "text": "Yes"},
            {"uuid": "3", "parent_message_uuid": "1", "sender": "assistant", "text": "No"},
            {"uuid": "4", "parent_message_uuid": "3", "sender": "nobody", "text": "Lost"},
            current_leaf_message_uuid="2",
        ),
    )
    assert report["messages"] == 3
    assert imports.shown("Rivers") == ["?", "Yes"]


def test_open_webui(imports: Imports, cast: Cast) -> None:
    report = imports.these(cast.olive, examples.tea(), examples.old_tea())

    assert report["formats"] == {"Open WebUI": 2}
    assert imports.messages("Tea") == [
        Told("user", "Tea?", True, 1, 1, None),
        Told("assistant", "No.", False, 2, 2, "Tea?"),
        Told("assistant", "Yes.", True, 1, 2, "Tea?"),
        Told("user", "Green?", True, 1, 1, None),
        Told("assistant", "", True, 1, 1, "Green?"),
    ]
    _, no, yes, _, failed = imports.stored("Tea")
    assert (no.status, no.model) == (Status.INTERRUPTED, "bee")
    assert (yes.thinking, yes.model) == ("Hot.", "ant")
    assert (failed.status, failed.error) == (Status.FAILED, "Out of tea.")
    assert imports.shown("Milk") == ["Milk?", "First."]


@pytest.mark.parametrize("stars", [examples.stars, examples.recursive_stars])
def test_librechat(imports: Imports, cast: Cast, stars: Callable[[], Any]) -> None:
    report = imports.file(cast.olive, json.dumps(stars()).encode())

    assert report["formats"] == {"LibreChat": 1}
    assert imports.messages("Stars") == [
        Told("user", "How many stars?", True, 1, 1, None),
        Told("assistant", "Few.", False, 1, 2, "How many stars?"),
        Told("assistant", "Many.", True, 2, 2, "How many stars?"),
        Told("user", "Name one.", True, 1, 1, None),
        Told("assistant", "No.", True, 1, 1, "Name one."),
    ]
    _, few, many, _, no = imports.stored("Stars")
    assert (few.status, few.model) == (Status.INTERRUPTED, "sun")
    assert (many.thinking, many.model) == ("Far away.", "moon")
    assert (no.status, no.error) == (Status.FAILED, "The answer failed.")
