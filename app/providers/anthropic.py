"""Anthropic's messages API: the request, and a message from its events to its end.

A model name that ends in `+thinking` asks for extended thinking: without it most models answer
at once.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence

from app.providers.answer_reader import AnswerReader, Fields, count_of, items, mapping
from app.providers.base import Picture, Piece, Settings, Text, Thinking, Turn
from app.providers.endings import reason_in
from app.providers.http_provider import HttpProvider, from_env
from app.providers.http_request import Headers
from app.providers.openai import PLACEHOLDER_KEY
from app.providers.turns import as_messages, begun_in

API_VERSION = "2023-06-01"
MAX_TOKENS = 8192
THINKING_TOKENS = 8192
EFFORT_TOKENS = {"low": 2048, "medium": 4096}  # of THINKING_TOKENS, which are the most
HOTTEST = 1.0  # the highest temperature that this API takes
THINKING_SUFFIX = "+thinking"
TOO_MANY = re.compile(r"max_tokens: \d+ > (\d{1,9})\b")
PREFILL = re.compile(r"prefill|must end with a user message", re.IGNORECASE)
ADAPTIVE = {"type": "adaptive"}

PIECES: dict[object, tuple[type[Piece], str]] = {
    None: (Text, "text"),
    "text": (Text, "text"),
    "text_delta": (Text, "text"),
    "thinking": (Thinking, "thinking"),
    "thinking_delta": (Thinking, "thinking"),
}
"""A content block's or delta's type: what it adds to, and the field that holds it."""


class AnthropicProvider(HttpProvider):
    """One model behind `ANTHROPIC_BASE_URL`, asked with `ANTHROPIC_API_KEY` or `…_AUTH_TOKEN`."""

    prefix = "ANTHROPIC"
    default_base_url = "https://api.anthropic.com"
    path = "/v1/messages"
    models_path = "/v1/models"

    def __init__(
        self, model: str, *, base_url: str | None = None, api_key: str | None = None
    ) -> None:
        is_from_env = base_url is None and api_key is None
        super().__init__(model.removesuffix(THINKING_SUFFIX), base_url=base_url, api_key=api_key)
        self._thinks = model.endswith(THINKING_SUFFIX)
        self._is_adaptive = False
        self._takes_prefill = True
        self._takes_temperature = not self._thinks
        self._max_tokens = MAX_TOKENS + (THINKING_TOKENS if self._thinks else 0)
        needs_token = is_from_env and not self.api_key
        self._auth_token = from_env("ANTHROPIC_AUTH_TOKEN") if needs_token else None

    @property
    def is_configured(self) -> bool:
        """Whether there is a key or a token, or a server of our own that may need none."""
        return bool(self._auth_token) or super().is_configured

    def headers(self) -> Headers:
        """Return the headers of a request, which hold the key or the token."""
        if self._auth_token:
            key = {"Authorization": f"Bearer {self._auth_token}"}
        else:
            key = {"X-Api-Key": self.api_key or PLACEHOLDER_KEY}
        return {"Anthropic-Version": API_VERSION, **key}

    def body(self, turns: Sequence[Turn], settings: Settings) -> Fields:
        """Return the body of a request for the answer to the last of `turns`."""
        body: dict[str, object] = {
            "model": self.model,
            "messages": as_messages(turns, _part, prefill=self._may_prefill(begun_in(turns))),
            "max_tokens": self._max_tokens,
            "stream": True,
        }
        if settings.system_prompt:
            body["system"] = settings.system_prompt
        if settings.temperature is not None and self._takes_temperature:
            body["temperature"] = min(settings.temperature, HOTTEST)
        if self._thinks:
            body["thinking"] = self._thinking(settings.effort)
        return body

    def reader(self) -> MessageReader:
        """Return what reads the next answer."""
        return MessageReader()

    def adapt(self, refusal: str) -> bool:
        """Ask for no more than the model writes, for thinking in a newer way, or for the rest
        of an answer in words."""
        if allowed := TOO_MANY.search(refusal):
            most, self._max_tokens = self._max_tokens, min(self._max_tokens, int(allowed[1]))
            return 0 < self._max_tokens < most
        if self._takes_temperature and "temperature" in refusal:
            self._takes_temperature = False
            return True
        if self._thinks and not self._is_adaptive and "adaptive" in refusal:
            self._is_adaptive = True
            return True
        had_prefill = self._takes_prefill and PREFILL.search(refusal) is not None
        self._takes_prefill = self._takes_prefill and not had_prefill
        return had_prefill

    def _may_prefill(self, begun: str) -> bool:
        """Return whether this model goes on with an answer that is the last message."""
        return self._takes_prefill and not self._thinks and begun == begun.rstrip()

    def _thinking(self, effort: str | None) -> Fields:
        if self._is_adaptive:
            return ADAPTIVE
        tokens = EFFORT_TOKENS.get(effort or "", THINKING_TOKENS)
        return {"type": "enabled", "budget_tokens": min(tokens, self._max_tokens // 2)}


class MessageReader(AnswerReader):
    """Reads one message from its events, or from the whole of it."""

    def read(self, fields: Fields) -> Iterator[Piece]:
        """Yield what an event adds, and keep what it says about the end."""
        message = mapping(fields.get("message"))
        delta = mapping(fields.get("delta"))
        for holder in (message, fields):
            self._count(mapping(holder.get("usage")))
            yield from self._blocks(holder.get("content"))
        yield from self._blocks([delta or fields.get("content_block")])
        reasons = (reason_in(each.get("stop_reason")) for each in (delta, fields, message))
        self.finish = next(filter(None, reasons), self.finish)
        if fields.get("type") in ("message_stop", "message"):
            self.finish = self.finish or "end_turn"
            self.is_over = True

    def _blocks(self, blocks: object) -> Iterator[Piece]:
        if isinstance(blocks, str):
            blocks = [{"text": blocks}]
        for block in map(mapping, items(blocks)):
            self.asked_for_tool |= block.get("type") == "tool_use"
            kind, field = PIECES.get(_kind_of(block), (Text, ""))
            text = block.get(field)
            if isinstance(text, str) and text:
                yield kind(text)

    def _count(self, usage: Fields) -> None:
        prompt, written = map(count_of, map(usage.get, ("input_tokens", "output_tokens")))
        self.input_tokens = self.input_tokens if prompt is None else prompt
        self.output_tokens = self.output_tokens if written is None else written


def _part(picture: Picture) -> Fields:
    data = b64encode(picture.data).decode()
    source = {"type": "base64", "media_type": picture.media_type, "data": data}
    return {"type": "image", "source": source}


def _kind_of(block: Fields) -> str | None:
    kind = block.get("type")
    return kind if isinstance(kind, str) else None
