"""A small model that runs here, in a process of its own, for a first answer without a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import httpx2

from app.providers.base import Event, Turn
from app.providers.http_stream import HttpStream
from app.providers.local_child import LocalChild
from app.providers.openai import OpenAIProvider
from app.providers.time_limits import TimeLimits
from app.providers.turns import newest

MODEL = "SmolLM2-135M-Instruct"
CHARACTERS = 3_000
"""What the model gets to read: more takes it many seconds, and it makes nothing of it."""


class LocalProvider:
    """SmolLM2, spoken to as to any other server of chat completions; started on first use."""

    def __init__(self, limits: TimeLimits) -> None:
        self._limits = limits
        self._child = LocalChild()

    def stream(self, turns: Sequence[Turn]) -> HttpStream:
        """Return the model's answer to the newest of `turns`, as many as it can hold."""
        return HttpStream(partial(self._events, newest(turns, CHARACTERS)), self._limits)

    def close(self) -> None:
        """Stop the process; it starts again if it is asked again."""
        self._child.stop()

    def _events(self, turns: Sequence[Turn], http: httpx2.Client) -> Iterator[Event]:
        url, key = self._child.address()
        provider = OpenAIProvider(MODEL, self._limits, base_url=url, api_key=key)
        yield from provider.events(turns, http)
