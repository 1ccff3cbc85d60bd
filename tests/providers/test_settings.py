"""How a model is to answer: system prompt, temperature and effort, as each API takes them."""

from __future__ import annotations

from typing import Any

import pytest

from app.providers import Settings, Turn
from app.providers.anthropic import AnthropicProvider
from app.providers.openai import OpenAIProvider
from app.providers.retrying import Provider, RetryingStream
from app.providers.stored import provider_of
from tests.providers.conftest import LIMITS
from tests.providers.reading import read
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import Body

ALL = Settings("Be brief.", 1.5, "low")


def asked(fake: FakeModel, provider: Provider, settings: Settings = ALL) -> dict[str, Any]:
    """Ask with these settings, and return what was sent at last."""
    got = read(RetryingStream(provider, [Turn("user", "Why?")], LIMITS, settings=settings))
    assert got.error is None
    return fake.requests[-1].body


def refusing(fake: FakeModel, *words: str) -> str:
    """Return the name of a model that refuses once for each of these words."""
    for word in words:
        body = f'{{"error": {{"message": "Unsupported value: {word}"}}}}'.encode()
        fake.bodies[word] = Body(body, "application/json", 400)
    return ",".join(words)


def test_chat_completions_take_all_of_it(fake: FakeModel) -> None:
    body = asked(fake, OpenAIProvider("openai-text", base_url=f"{fake.url}/v1"))
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (body["temperature"], body["reasoning_effort"]) == (1.5, "low")
    plain = asked(fake, OpenAIProvider("openai-text", base_url=f"{fake.url}/v1"), Settings())
    assert [message["role"] for message in plain["messages"]] == ["user"]
    assert {"temperature", "reasoning_effort"} & plain.keys() == set()


def test_what_a_server_does_not_take_is_left_out_and_that_remembered(fake: FakeModel) -> None:
    model = refusing(fake, "temperature", "reasoning_effort")
    provider = OpenAIProvider(f"{model},openai-text", base_url=f"{fake.url}/v1")
    for count in (3, 4):
        body = asked(fake, provider)
        assert {"temperature", "reasoning_effort"} & body.keys() == set()
        assert body["messages"][0]["role"] == "system"
        assert len(fake.requests) == count


def test_messages_have_their_own_place_and_bounds(fake: FakeModel) -> None:
    body = asked(fake, AnthropicProvider("anthropic-text", base_url=fake.url))
    assert (body["system"], body["temperature"]) == ("Be brief.", 1.0)
    assert {"thinking", "reasoning_effort"} & body.keys() == set()
    assert "system" not in asked(
        fake, AnthropicProvider("anthropic-text", base_url=fake.url), Settings()
    )


@pytest.mark.parametrize(("effort", "tokens"), [("low", 2048), ("medium", 4096), ("high", 8192)])
def test_a_model_that_thinks_has_a_budget_and_no_temperature(
    fake: FakeModel, effort: str, tokens: int
) -> None:
    provider = AnthropicProvider("anthropic-text+thinking", base_url=fake.url)
    body = asked(fake, provider, ALL._replace(effort=effort))
    assert body["thinking"] == {"type": "enabled", "budget_tokens": tokens}
    assert "temperature" not in body


def test_a_temperature_that_is_refused_is_left_out(fake: FakeModel) -> None:
    model = refusing(fake, "temperature")
    provider = AnthropicProvider(f"{model},anthropic-text", base_url=fake.url)
    assert "temperature" not in asked(fake, provider)


@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_no_key_of_the_environment_is_for_a_stored_provider(
    api: str, environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "a-token")
    provider = provider_of(api, "m", None, None)
    sent = " ".join(provider.headers().values())
    assert "none" in sent and "sk-" not in sent and "a-token" not in sent
    assert provider.base_url == provider.default_base_url
