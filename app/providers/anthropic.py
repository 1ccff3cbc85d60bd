"""Anthropic's messages API.

A model's name that ends in `+thinking` asks for extended thinking: without it most models answer
at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import anthropic
import httpx2

from app.providers.base import Event, Turn
from app.providers.failures import as_sdk_error, each
from app.providers.http_provider import PLACEHOLDER_KEY, HttpProvider, from_env
from app.providers.message_events import read_message
from app.providers.time_limits import TimeLimits
from app.providers.turns import as_messages
from app.providers.wire import timeout

MAX_TOKENS = 8192
THINKING_TOKENS = 8192
THINKING_SUFFIX = "+thinking"
TOO_MANY = re.compile(r"max_tokens: \d+ > (\d+)")


class AnthropicProvider(HttpProvider):
    """One model behind `ANTHROPIC_BASE_URL`, asked with `ANTHROPIC_API_KEY` or `…_AUTH_TOKEN`."""

    prefix = "ANTHROPIC"

    def __init__(self, model: str, limits: TimeLimits) -> None:
        super().__init__(model.removesuffix(THINKING_SUFFIX), limits)
        self._thinks = model.endswith(THINKING_SUFFIX)
        self._max_tokens = MAX_TOKENS + (THINKING_TOKENS if self._thinks else 0)
        self._auth_token = None if self._api_key else from_env("ANTHROPIC_AUTH_TOKEN")

    @property
    def is_configured(self) -> bool:
        """Whether there is a key or a token, or a server of our own that may need none."""
        return bool(self._auth_token) or super().is_configured

    def events(self, turns: Sequence[Turn], http: httpx2.Client) -> Iterator[Event]:
        """Ask. The SDK parses the events but builds no models: these take 8 times as long."""
        with as_sdk_error(anthropic.AnthropicError), self._ask(turns, http) as events:
            yield from read_message(each(events, anthropic.AnthropicError))

    def _ask(self, turns: Sequence[Turn], http: httpx2.Client) -> anthropic.Stream[object]:
        try:
            return self._post(turns, http)
        except anthropic.APIStatusError as error:
            # A model that writes less than we ask for refuses instead, and says how much it may be.
            allowed = TOO_MANY.search(error.message)
            if allowed is None:
                raise
        self._max_tokens = int(allowed[1])
        return self._post(turns, http)

    def _post(self, turns: Sequence[Turn], http: httpx2.Client) -> anthropic.Stream[object]:
        return self._sdk(http).post(
            "/v1/messages",
            body=self._body(turns),
            cast_to=object,
            stream=True,
            stream_cls=anthropic.Stream[object],
        )

    def _sdk(self, http: httpx2.Client) -> anthropic.Anthropic:
        return anthropic.Anthropic(
            base_url=self._base_url,
            api_key=None if self._auth_token else self._api_key or PLACEHOLDER_KEY,
            auth_token=self._auth_token,
            http_client=http,
            timeout=timeout(self._limits),
            max_retries=0,
        )

    def _body(self, turns: Sequence[Turn]) -> dict[str, object]:
        body: dict[str, object] = {
            "model": self._model,
            "messages": as_messages(turns),
            "max_tokens": self._max_tokens,
            "stream": True,
        }
        if self._thinks:
            budget = min(THINKING_TOKENS, self._max_tokens // 2)
            body["thinking"] = {"type": "enabled", "budget_tokens": budget}
        return body
