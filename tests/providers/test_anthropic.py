from __future__ import annotations

import pytest

from app.providers import Picture, Turn
from app.providers.anthropic import MAX_TOKENS, THINKING_TOKENS, AnthropicProvider
from app.providers.base import PermanentError
from app.providers.retrying import RetryingStream
from tests.providers.conftest import KEY, LIMITS, Ask
from tests.providers.reading import content_of, read, recording
from tests.providers.test_streams import CASES
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import Body


def test_the_request_has_the_model_and_the_question(ask: Ask, fake: FakeModel) -> None:
    read(ask("anthropic:anthropic-text", "Why?"))
    request = fake.requests[0]
    assert request.path == "/v1/messages"
    assert KEY in str(request.headers)
    assert request.body == {
        "model": "anthropic-text",
        "messages": [{"role": "user", "content": "Why?"}],
        "max_tokens": MAX_TOKENS,
        "stream": True,
    }


def test_a_picture_is_a_block_of_its_own(fake: FakeModel) -> None:
    provider = AnthropicProvider("anthropic-text", base_url=fake.url, api_key=KEY)
    turn = Turn("user", "See?", pictures=(Picture("image/jpeg", b"x"),))
    assert read(RetryingStream(provider, [turn], LIMITS)).error is None
    [sent] = fake.requests[0].body["messages"]
    source = {"type": "base64", "media_type": "image/jpeg", "data": "eA=="}
    text = {"type": "text", "text": "See?"}
    assert sent["content"] == [{"type": "image", "source": source}, text]


def test_the_thinking_suffix_of_a_model_name_requests_thinking(ask: Ask, fake: FakeModel) -> None:
    got = read(ask("anthropic:anthropic-thinking+thinking"))
    assert got.content == content_of(recording("anthropic-thinking"))
    body = fake.requests[0].body
    assert body["model"] == "anthropic-thinking"
    assert body["thinking"] == {"type": "enabled", "budget_tokens": THINKING_TOKENS}
    assert body["max_tokens"] > THINKING_TOKENS


@pytest.mark.parametrize(
    ("suffix", "asked", "budgets"),
    [
        ("", [MAX_TOKENS, 4096, 4096], [None, None, None]),
        (
            "+thinking",
            [MAX_TOKENS + THINKING_TOKENS, 4096, 4096],
            [{"type": "enabled", "budget_tokens": tokens} for tokens in (8192, 2048, 2048)],
        ),
    ],
)
def test_the_token_limit_of_a_model_is_remembered(
    environment: None, fake: FakeModel, suffix: str, asked: list[int], budgets: list[object]
) -> None:
    provider = AnthropicProvider(f"brief:anthropic-text{suffix}")
    for _ in range(2):
        assert read(RetryingStream(provider, [Turn("user", "Why?")], LIMITS)).error is None
    assert [request.body["max_tokens"] for request in fake.requests] == asked
    assert [request.body.get("thinking") for request in fake.requests] == budgets


@pytest.mark.parametrize(
    ("variable", "token"), [("ANTHROPIC_AUTH_TOKEN", "a-token"), ("UNRELATED", "none")]
)
def test_authentication_with_a_token_or_a_placeholder(
    variable: str, token: str, ask: Ask, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv(variable, token)
    assert read(ask("anthropic:anthropic-text")).error is None
    headers = fake.requests[0].headers
    assert token in (
        headers.get("Authorization", "").removeprefix("Bearer "),
        headers.get("X-Api-Key"),
    )


def test_text_in_the_start_of_a_block_is_read(ask: Ask, fake: FakeModel) -> None:
    fake.streams["early"] = [
        '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"So"}}',
        '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" be"}}',
        '{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{}}}',
        '{"type":"message_delta","delta":{"stop_reason":"max_tokens"}}',
        '{"type":"message_stop"}',
    ]
    got = read(ask("anthropic:early"))
    assert (got.text, got.error) == ("So be", None)


def test_adaptive_thinking_is_remembered_after_a_refusal(
    ask: Ask, fake: FakeModel, environment: None
) -> None:
    body = (CASES / "a-adaptive.json").read_bytes()
    fake.bodies["adaptive"] = Body(body, "application/json", 400)
    provider = AnthropicProvider("adaptive,anthropic-thinking+thinking")
    for _ in range(2):
        got = read(RetryingStream(provider, [Turn("user", "Why?")], LIMITS))
        assert got.content == content_of(recording("anthropic-thinking"))
    enabled = {"type": "enabled", "budget_tokens": THINKING_TOKENS}
    adaptive = {"type": "adaptive"}
    asked = [request.body["thinking"] for request in fake.requests]
    assert asked == [enabled, adaptive, adaptive]


def test_a_repeated_refusal_is_final(ask: Ask, fake: FakeModel) -> None:
    body = (CASES / "a-adaptive.json").read_bytes()
    fake.bodies["adaptive"] = Body(body, "application/json", 400)
    assert isinstance(read(ask("anthropic:adaptive+thinking")).error, PermanentError)
    assert len(fake.requests) == 2
    fake.bodies["none"] = Body(b"max_tokens: 8192 > 0", "application/json", 400)
    assert isinstance(read(ask("anthropic:none")).error, PermanentError)
    assert len(fake.requests) == 3


@pytest.mark.parametrize(
    ("model", "begun", "roles"),
    [
        ("anthropic-text", "Because", ["user assistant"]),
        ("anthropic-text", "Because ", ["user assistant user"]),  # refused at the end of a message
        ("anthropic-text+thinking", "Because", ["user assistant user"]),
        ("no-prefill:anthropic-text", "Because", ["user assistant", *["user assistant user"] * 2]),
    ],
)
def test_a_model_goes_on_with_its_text_where_it_can(
    environment: None, fake: FakeModel, model: str, begun: str, roles: list[str]
) -> None:
    provider = AnthropicProvider(model)
    turns = [Turn("user", "Why?"), Turn("assistant", begun, is_begun=True)]
    for _ in range(2 if "no-prefill" in model else 1):  # the model's answer is remembered
        assert read(RetryingStream(provider, turns, LIMITS)).error is None
    sent = [request.body["messages"] for request in fake.requests]
    assert [" ".join(each["role"] for each in messages) for messages in sent] == roles
    assert all(messages[1]["content"] == begun for messages in sent)
