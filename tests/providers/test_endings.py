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


def test_an_answer_that_was_filtered_away_says_so(ask: Ask, fake: FakeModel) -> None:
    fake.streams["filtered"] = [chunk({}, "content_filter")]
    fake.streams["cut-short"] = [chunk({"content": "So"}), chunk({}, "content_filter")]
    fake.streams["refused"] = ['{"type":"message_delta","delta":{"stop_reason":"refusal"}}']
    for name in ("openai:filtered", "anthropic:refused"):
        error = read(ask(name)).error
        assert isinstance(error, PermanentError)
        assert error.sentence == errors.FILTERED
    assert read(ask("openai:cut-short")).error is None


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
