from __future__ import annotations

import pytest

from app.providers import Turn, Usage
from app.providers.openai import OpenAIProvider
from app.providers.retrying import RetryingStream
from tests.providers.conftest import KEY, LIMITS, Ask
from tests.providers.reading import Got, content_of, read, recording
from tests.support.fake_model import FakeModel


def test_the_request_has_the_model_and_the_question(ask: Ask, fake: FakeModel) -> None:
    read(ask("openai:openai-text", "Why?"))
    request = fake.requests[0]
    assert request.path == "/v1/chat/completions"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "openai-text",
        "messages": [{"role": "user", "content": "Why?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_server_without_keys_is_sent_a_placeholder(
    ask: Ask, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert read(ask("openai:openai-text")).error is None
    assert fake.requests[0].headers["Authorization"] == "Bearer none"


def test_a_server_that_refuses_usage_is_asked_without_it(fake: FakeModel) -> None:
    provider = OpenAIProvider("strict", base_url=f"{fake.url}/v1", api_key="k")

    def ask() -> Got:
        return read(RetryingStream(provider, [Turn("user", "Why?")], LIMITS))

    assert ask().content == ask().content == content_of(recording("openai-text"))
    asked = ["stream_options" in request.body for request in fake.requests]
    assert asked == [True, False, False], "once refused, it's not asked for again"


def test_usage_in_every_chunk_is_reported_once(ask: Ask, fake: FakeModel) -> None:
    events = [event for event in recording("mistral-reasoning")]
    usage = '"usage":{"prompt_tokens":10,"total_tokens":9,"completion_tokens":1},'
    fake.streams["counting"] = [event.replace("{", "{" + usage, 1) for event in events[:-1]]
    fake.streams["counting"].append(events[-1])
    got = read(ask("openai:counting"))
    assert got.usage == [Usage(10, 46)]
    assert got.events[-1] == Usage(10, 46)
