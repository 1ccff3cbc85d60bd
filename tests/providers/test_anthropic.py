from __future__ import annotations

import pytest

from app.providers.anthropic import MAX_TOKENS, THINKING_TOKENS
from tests.providers.conftest import KEY, Ask
from tests.providers.reading import read, recording, said_in
from tests.support.fake_model import FakeModel


def test_what_is_asked(ask: Ask, fake: FakeModel) -> None:
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


def test_thinking_is_asked_for_by_the_model_name(ask: Ask, fake: FakeModel) -> None:
    got = read(ask("anthropic:anthropic-thinking+thinking"))
    assert got.said == said_in(recording("anthropic-thinking"))
    body = fake.requests[0].body
    assert body["model"] == "anthropic-thinking"
    assert body["thinking"] == {"type": "enabled", "budget_tokens": THINKING_TOKENS}
    assert body["max_tokens"] > THINKING_TOKENS


@pytest.mark.parametrize(
    ("variable", "token"), [("ANTHROPIC_AUTH_TOKEN", "a-token"), ("UNRELATED", "none")]
)
def test_the_other_ways_to_sign_in(
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


def test_text_that_a_block_begins_with_counts(ask: Ask, fake: FakeModel) -> None:
    fake.streams["early"] = [
        '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"So"}}',
        '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" be"}}',
        '{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{}}}',
        '{"type":"message_delta","delta":{"stop_reason":"max_tokens"}}',
        '{"type":"message_stop"}',
    ]
    got = read(ask("anthropic:early"))
    assert (got.text, got.error) == ("So be", None)
