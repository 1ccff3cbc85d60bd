"""What counts as an answer's end, and what a model's server may send in its place."""

from __future__ import annotations

import json

import pytest

from app.providers import errors
from app.providers.base import PermanentError, TransientError
from tests.providers.conftest import Ask
from tests.providers.reading import chunk, read
from tests.support.fake_model import FakeModel

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize("finish", ["stop", "length", "tool_calls", "eos"])
def test_any_finish_reason_is_an_end(finish: str, ask: Ask, fake: FakeModel) -> None:
    fake.streams["short"] = [chunk({"content": "So"}), chunk({}, finish)]
    got = read(ask("openai:short"))
    assert (got.text, got.error) == ("So", None)


def test_an_error_for_a_reason_is_no_end(ask: Ask, fake: FakeModel) -> None:
    fake.streams["broken"] = [chunk({"content": "So"}), chunk({}, "error")]
    got = read(ask("openai:broken"))
    assert got.text == "So" and isinstance(got.error, TransientError)
    assert got.error.sentence == errors.TROUBLE


def test_an_answer_that_was_filtered_away_says_so(ask: Ask, fake: FakeModel) -> None:
    fake.streams["filtered"] = [chunk({}, "content_filter")]
    fake.streams["cut-short"] = [chunk({"content": "So"}), chunk({}, "content_filter")]
    fake.streams["refused"] = ['{"type":"message_delta","delta":{"stop_reason":"refusal"}}']
    for name in ("openai:filtered", "anthropic:refused"):
        error = read(ask(name)).error
        assert isinstance(error, PermanentError)
        assert error.sentence == errors.FILTERED
    assert read(ask("openai:cut-short")).error is None


def stopped(reason: str, kind: str, text: str) -> list[str]:
    """Return the events of a message of Anthropic's that holds this and stops for this reason."""
    delta = {"type": f"{kind}_delta", kind: text}
    return [
        json.dumps({"type": "content_block_delta", "delta": delta}),
        json.dumps({"type": "message_delta", "delta": {"stop_reason": reason}}),
    ]


THOUGHTS = {
    "tag": lambda end: [chunk({"content": "<think>Hm.</think>\n"}), chunk({}, end)],
    "open-tag": lambda end: [chunk({"content": "<think>Hm."}), chunk({}, end)],
    "field": lambda end: [chunk({"reasoning_content": "Hm."}), chunk({}, end)],
    "block": lambda end: stopped(end, "thinking", "Hm."),
}
ENDS = {
    "openai": {
        "stop": None,
        "length": errors.USED_UP,
        "content_filter": errors.FILTERED,
    },
    "anthropic": {
        "end_turn": None,
        "max_tokens": errors.USED_UP,
        "model_context_window_exceeded": errors.USED_UP,
        "refusal": errors.FILTERED,
    },
}


@pytest.mark.parametrize("thought", THOUGHTS)
def test_an_answer_that_only_thought_is_whole_only_if_the_model_says_so(
    thought: str, ask: Ask, fake: FakeModel
) -> None:
    api = "anthropic" if thought == "block" else "openai"
    for end, sentence in ENDS[api].items():
        fake.streams["thoughts"] = THOUGHTS[thought](end)
        got = read(ask(f"{api}:thoughts"))
        assert (got.thinking, got.text) == ("Hm.", "")
        assert (got.error and got.error.sentence) == sentence, end


@pytest.mark.parametrize("reason", ["max_tokens", "refusal"])
def test_with_text_it_is_what_the_model_said(reason: str, ask: Ask, fake: FakeModel) -> None:
    fake.streams["said"] = stopped(reason, "text", "So")
    got = read(ask("anthropic:said"))
    assert (got.text, got.error) == ("So", None)


@pytest.mark.parametrize(
    "garbage",
    [
        "null",
        "5",
        "[]",
        '"text"',
        "{}",
        '{"choices": null}',
        '{"choices": [7]}',
        '{"choices": [{"delta": {"content": [[{}], 7, null]}}]}',
        "[" * 5_000,
        '{"choices": ' + "[" * 100_000,
        '{"usage": "much"}',
        '{"choices": [{"delta": {}, "finish_reason": null}]}',
        '{"type": null, "delta": 3, "message": [], "usage": "much"}',
    ],
)
@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_garbage_ends_in_a_sentence(garbage: str, api: str, ask: Ask, fake: FakeModel) -> None:
    fake.streams["garbage"] = [garbage]
    got = read(ask(f"{api}:garbage"))
    assert isinstance(got.error, TransientError)
    assert got.events == []


def test_a_tag_that_was_cut_off_is_text(ask: Ask, fake: FakeModel) -> None:
    fake.streams["half-tag"] = [chunk({"content": " <thi"}), "{"]
    got = read(ask("openai:half-tag"))
    assert got.text == " <thi"
    assert isinstance(got.error, TransientError)


@pytest.mark.parametrize("kind", ["invalid_request_error", "authentication_error"])
@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_an_error_event_may_be_final(kind: str, api: str, ask: Ask, fake: FakeModel) -> None:
    error = {"error": {"type": kind, "message": "no"}}
    fake.streams["final"] = [json.dumps(error | {"type": "error"})]
    got = read(ask(f"{api}:final"))
    assert isinstance(got.error, PermanentError)
    assert got.error.sentence == errors.REFUSED
