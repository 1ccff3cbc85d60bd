from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.config import Config
from app.providers import Models, Stream, Turn
from app.providers.time_limits import TimeLimits
from tests.support.fake_model import FakeModel

KEY = "sk-secret-key-of-ours"
Ask = Callable[..., Stream]


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    with FakeModel() as server:
        yield server


@pytest.fixture
def environment(fake: FakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both APIs at the fake model."""
    monkeypatch.setenv("OPENAI_BASE_URL", f"{fake.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts that follow each other at once."""
    monkeypatch.setattr("app.providers.retrying.DELAYS_SECONDS", (0.01, 0.01))


@pytest.fixture
def ask(environment: None) -> Ask:
    """Ask a model, `openai:…` or `anthropic:…`, one question."""

    def stream(name: str, question: str = "Why?", limits: TimeLimits | None = None) -> Stream:
        limits = limits or TimeLimits(connect=10, read=20, total=40)
        config = Config(
            secret_key="x",
            models=(name,),
            provider_connect_seconds=limits.connect,
            provider_read_seconds=limits.read,
            provider_total_seconds=limits.total,
        )
        return Models.from_config(config).stream(name, [Turn("user", question)])

    return stream
