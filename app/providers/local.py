"""A small model in a process of its own on this machine: an answer without a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import httpx2

from app.providers.base import Event, Turn
from app.providers.http_provider import HttpStream
from app.providers.local_process import LocalProcess
from app.providers.openai import OpenAIProvider
from app.providers.time_limits import TimeLimits
from app.providers.turns import newest

MODEL = "SmolLM2-135M-Instruct"
CHARACTERS = 3_000
"""The most that the model is sent: more takes it many seconds and does not help."""


class LocalProvider:
    """SmolLM2, asked like any other server of chat completions; started on first use."""

    def __init__(self, limits: TimeLimits) -> None:
        self._limits = limits
        self._process = LocalProcess()

    def stream(self, turns: Sequence[Turn]) -> HttpStream:
        """Return the model's answer to the newest of `turns`, as many as fit."""
        return HttpStream(partial(self._events, newest(turns, CHARACTERS)), self._limits)

    def close(self) -> None:
        """Stop the process; it starts again if it is asked again."""
        self._process.stop()

    def _events(self, turns: Sequence[Turn], http: httpx2.Client) -> Iterator[Event]:
        url, key = self._process.address()
        provider = OpenAIProvider(MODEL, self._limits, base_url=url, api_key=key)
        yield from provider.events(turns, http)
