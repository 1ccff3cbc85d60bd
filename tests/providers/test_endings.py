"""Which events end an answer, the notes of incomplete answers, and invalid endings."""

from __future__ import annotations

import json

import pytest

from app.providers import Note, Turn, endings, errors
from app.providers.base import PermanentError, TransientError
from app.providers.openai import OpenAIProvider
from app.providers.retrying import RetryingStream
from app.providers.turns import CONTINUE
from tests.providers.conftest import LIMITS, Ask
from tests.providers.reading import chunk, read
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import Body

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize(
    ("finish", "note"),
    [
        ("stop", None),
        ("STOP", None),
        ("eos", None),
        ("FINISH_REASON_STOP", None),
        ("length", endings.CUT),
        ("MAX_TOKENS", endings.CUT),
        ("content_filter", endings.WITHHELD),
        ("SAFETY", endings.WITHHELD),
        ("refusal", endings.REFUSED),
        ("tool_calls", endings.TOOL),
        ("function_call", endings.TOOL),
        ("MaxTokens", endings.CUT),
        ("max-tokens", endings.CUT),
        ("Content Filter", endings.WITHHELD),
        ("content_filter: PROHIBITED_CONTENT", endings.WITHHELD),
        ("function_call_filter: MALFORMED_FUNCTION_CALL", endings.TOOL),
        ("FinishReason.MAX_TOKENS", endings.CUT),
        ("finish_reason.stop", None),
        ("max_completion_tokens", endings.CUT),
        ("output_limit", endings.CUT),
        ("content_policy_violation", endings.WITHHELD),
        ("moderation", endings.WITHHELD),
        ("end_turn", None),
        ("end_of_text.", None),
        ("x" * 100_000, None),
        ("max" * 30_000, None),
    ],
)
def test_any_finish_reason_is_an_end(
    finish: str, note: str | None, ask: Ask, fake: FakeModel
) -> None:
    fake.streams["short"] = [chunk({"content": "So"}), chunk({}, finish)]
    got = read(ask("openai:short"))
    assert (got.text, got.note, got.error) == ("So", note, None)


@pytest.mark.parametrize("where", ["choice", "delta", "chunk"])
@pytest.mark.parametrize("name", ["finish_reason", "finishReason", "done_reason"])
def test_a_finish_reason_is_found_in_any_place(
    where: str, name: str, ask: Ask, fake: FakeModel
) -> None:
    delta, choice, last = {}, {"index": 0}, {}
    {"choice": choice, "delta": delta, "chunk": last}[where][name] = "length"
    last |= {"choices": [choice | {"delta": delta}]}
    fake.streams["odd"] = [chunk({"content": "So"}, "null"), json.dumps(last)]
    got = read(ask("openai:odd"))
    assert (got.text, got.note, got.error) == ("So", endings.CUT, None)


@pytest.mark.parametrize(
    ("finish", "sentence"),
    [("error", errors.TROUBLE), ("abort", errors.UNFINISHED), ("TIMEOUT", errors.UNFINISHED)],
)
def test_a_finish_reason_of_an_error_is_an_error(
    finish: str, sentence: str, ask: Ask, fake: FakeModel
) -> None:
    fake.streams["broken"] = [chunk({"content": "So"}), chunk({}, finish)]
    got = read(ask("openai:broken"))
    assert got.text == "So" and isinstance(got.error, TransientError)
    assert got.error.sentence == sentence


def test_a_reason_that_says_not_yet_is_no_end(ask: Ask, fake: FakeModel) -> None:
    fake.bodies["body"] = Body(b"data: " + chunk({"content": "So"}, "not_finished").encode())
    got = read(ask("openai:body"))
    assert got.error and got.error.sentence == errors.UNFINISHED


def stopped(reason: str, kind: str, text: str) -> list[str]:
    """Return the events of an Anthropic message with this content and stop reason."""
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
        "stop": endings.EMPTY,
        "length": endings.USED_UP,
        "content_filter": endings.FILTERED,
        "tool_calls": endings.TOOL,
    },
    "anthropic": {
        "end_turn": endings.EMPTY,
        "max_tokens": endings.USED_UP,
        "model_context_window_exceeded": endings.USED_UP,
        "refusal": endings.REFUSED,
        "tool_use": endings.TOOL,
    },
}


@pytest.mark.parametrize("thought", THOUGHTS)
def test_an_answer_without_text_has_a_note_that_says_why(
    thought: str, ask: Ask, fake: FakeModel
) -> None:
    api = "anthropic" if thought == "block" else "openai"
    for end, sentence in ENDS[api].items():
        fake.streams["thoughts"] = THOUGHTS[thought](end)
        got = read(ask(f"{api}:thoughts"))
        assert (got.thinking, got.text, got.error) == ("Hm.", "", None)
        assert got.note == sentence, end
    assert len(fake.requests) == len(ENDS[api]), "an ended answer must not be retried"


@pytest.mark.parametrize(
    ("reason", "note"),
    [
        ("end_turn", None),
        ("stop_sequence", None),
        ("max_tokens", endings.CUT),
        ("refusal", endings.REFUSED),
        ("tool_use", endings.TOOL),
    ],
)
def test_an_answer_with_text_is_kept_whatever_its_stop_reason(
    reason: str, note: str | None, ask: Ask, fake: FakeModel
) -> None:
    fake.streams["text"] = stopped(reason, "text", "So")
    got = read(ask("anthropic:text"))
    assert (got.text, got.note, got.error) == ("So", note, None)


@pytest.mark.parametrize(
    "delta",
    [{"tool_calls": [{"index": 0, "function": {"name": "f"}}]}, {"function_call": {"name": "f"}}],
)
def test_a_tool_call_has_a_note_whatever_the_finish_reason(
    delta: dict[str, object], ask: Ask, fake: FakeModel
) -> None:
    fake.streams["tool"] = [chunk(delta), chunk({}, "stop")]
    assert read(ask("openai:tool")).note == endings.TOOL


def test_a_refusal_is_text_with_a_note(ask: Ask, fake: FakeModel) -> None:
    fake.streams["no"] = [chunk({"refusal": "I can't "}), chunk({"refusal": "do that."}, "stop")]
    got = read(ask("openai:no"))
    assert (got.text, got.note) == ("I can't do that.", endings.REFUSED)


def test_the_note_is_the_last_event(ask: Ask, fake: FakeModel) -> None:
    usage = json.dumps({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}})
    fake.streams["long"] = [chunk({"content": "So"}), chunk({}, "length"), usage]
    assert isinstance(read(ask("openai:long")).events[-1], Note)


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
def test_a_meaningless_event_ends_in_a_sentence(
    garbage: str, api: str, ask: Ask, fake: FakeModel
) -> None:
    fake.streams["garbage"] = [garbage]
    got = read(ask(f"{api}:garbage"))
    assert got.text == got.thinking == ""
    assert isinstance(got.error, TransientError) or got.note == endings.EMPTY


def test_an_incomplete_tag_is_text(ask: Ask, fake: FakeModel) -> None:
    fake.streams["half-tag"] = [chunk({"content": " <thi"}), "{"]
    got = read(ask("openai:half-tag"))
    assert got.text == " <thi"
    assert isinstance(got.error, TransientError)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("invalid_request_error", errors.BAD_REQUEST), ("authentication_error", errors.BAD_KEY)],
)
@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_some_error_events_are_permanent(
    kind: str, sentence: str, api: str, ask: Ask, fake: FakeModel
) -> None:
    error = {"error": {"type": kind, "message": "no"}}
    fake.streams["final"] = [json.dumps(error | {"type": "error"})]
    got = read(ask(f"{api}:final"))
    assert isinstance(got.error, PermanentError)
    assert got.error.sentence == sentence


def test_only_an_answer_at_its_limit_is_cut(ask: Ask, fake: FakeModel) -> None:
    for finish, is_cut in (("length", True), ("content_filter", False)):
        fake.streams["short"] = [chunk({"content": "So"}), chunk({}, finish)]
        (note,) = (each for each in read(ask("openai:short")).events if isinstance(each, Note))
        assert note.is_cut is is_cut


def test_an_answer_that_goes_on_may_add_nothing(environment: None, fake: FakeModel) -> None:
    fake.streams["nothing"] = [chunk({}, "stop")]
    turns = [Turn("user", "Why?"), Turn("assistant", "Because.", is_begun=True)]
    got = read(RetryingStream(OpenAIProvider("nothing"), turns, LIMITS))
    assert (got.text, got.note, got.error) == ("", None, None)
    assert fake.requests[0].body["messages"][-1] == {"role": "user", "content": CONTINUE}
