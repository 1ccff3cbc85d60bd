"""A small model in a process of its own on this machine: an answer without a key."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from app.providers.base import Event, Turn
from app.providers.call import Call
from app.providers.local_process import LocalProcess
from app.providers.openai import OpenAIProvider
from app.providers.turns import newest

MODEL = "SmolLM2-135M-Instruct"
CHARACTERS = 3_000
"""The most that the model is sent: more takes it many seconds and does not help."""


class LocalProvider:
    """SmolLM2, asked like any other server of chat completions; started on first use."""

    def __init__(self) -> None:
        self._process = LocalProcess()

    def answer(self, turns: Sequence[Turn], call: Call) -> Generator[Event]:
        """Yield the events of the answer to the newest of `turns`, as many as fit."""
        url, key = self._process.address()
        provider = OpenAIProvider(MODEL, base_url=url, api_key=key)
        yield from provider.answer(newest(turns, CHARACTERS), call)

    def close(self) -> None:
        """Stop the process; it starts again if it is asked again."""
        self._process.stop()
