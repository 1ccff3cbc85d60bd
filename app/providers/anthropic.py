"""Anthropic's messages API: the request, and a message from its events to its end.

A model name that ends in `+thinking` asks for extended thinking: without it most models answer
at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import anthropic
import httpx2

from app.providers.base import Event, Piece, Text, Thinking, Turn, Usage
from app.providers.chat_completions import count_of
from app.providers.connection import timeout
from app.providers.errors import FAILURES, as_sdk_error, check_end, each
from app.providers.http_provider import PLACEHOLDER_KEY, HttpProvider, from_env
from app.providers.time_limits import TimeLimits
from app.providers.turns import as_messages

MAX_TOKENS = 8192
THINKING_TOKENS = 8192
THINKING_SUFFIX = "+thinking"
TOO_MANY = re.compile(r"max_tokens: \d+ > (\d+)")

PIECES: dict[object, tuple[type[Piece], str]] = {
    "text": (Text, "text"),
    "text_delta": (Text, "text"),
    "thinking": (Thinking, "thinking"),
    "thinking_delta": (Thinking, "thinking"),
}
"""A content block's or delta's type: what it adds to, and the field that holds it."""


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


def read_message(events: Iterable[object]) -> Iterator[Event]:
    """Yield the pieces in `events`, decoded JSON, of one streamed message.

    Any stop reason is an end, as in completion.py, and where there is no text some are an error.
    Raises TransientError where the events end without one.
    """
    message = Message()
    try:
        for event in events:
            yield from message.read(event)
    except FAILURES:
        if message.stop is None:
            raise
    yield from message.end()


class Message:
    """What has been read of a message so far."""

    def __init__(self) -> None:
        self.stop: object = None
        self._usage: dict[str, object] = {}
        self._has_text = False

    def read(self, event: object) -> Iterator[Piece]:
        """Yield what an event adds, and keep what it says about the end."""
        fields = _mapping(event)
        delta = _mapping(fields.get("delta"))
        self.stop = delta.get("stop_reason") or self.stop
        self._usage |= _mapping(_mapping(fields.get("message")).get("usage"))
        self._usage |= _mapping(fields.get("usage"))
        yield from self._piece(delta or _mapping(fields.get("content_block")))

    def end(self) -> Iterator[Usage]:
        """Yield what the answer took; raise ProviderError where this was no end."""
        check_end(self.stop, has_text=self._has_text)
        counts = map(self._usage.get, ("input_tokens", "output_tokens"))
        yield Usage(*map(count_of, counts))

    def _piece(self, block: Mapping[str, object]) -> Iterator[Piece]:
        kind, field = PIECES.get(block.get("type"), (Text, ""))
        text = block.get(field)
        if isinstance(text, str) and text:
            self._has_text |= kind is Text and not text.isspace()
            yield kind(text)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
