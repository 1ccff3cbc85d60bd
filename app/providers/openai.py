"""Chat completions, as OpenAI, OpenRouter, Ollama, vLLM, llama.cpp and many others serve them.

The shapes in which servers send an answer:
- one chunk after the other with a `delta`, or with a `message` in its place, or the whole as one;
- the text: `content`, a string, or (Mistral) a list of typed parts, some of which are thinking;
- the thinking: `reasoning_content` (DeepSeek, xAI, vLLM, llama.cpp), `reasoning` (Groq, Ollama,
  OpenRouter), `reasoning_details` (OpenRouter), text that `extra_content` marks as a thought
  (Google), or tags in the text, see thinking_tags.py.
If a server sends the same thinking in two of these fields, the first one is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.providers.answer_reader import AnswerReader, Fields, count_of, mapping
from app.providers.base import Piece, Text, Thinking, Turn
from app.providers.endings import reason_in
from app.providers.errors import explain_event
from app.providers.http_provider import HttpProvider
from app.providers.http_request import Headers
from app.providers.turns import as_messages

BEGINS_THINKING = "+begins-thinking"
PLACEHOLDER_KEY = "none"
"""Sent where there is no key: local servers need none, but some want a header."""

THINKING_FIELDS = ("reasoning_content", "reasoning", "reasoning_details")
TEXT_FIELDS = ("text", "thinking", "summary", "content", "refusal")
FINISH_FIELDS = ("finish_reason", "finishReason", "stop_reason", "done_reason")
WHOLE = "chat.completion"
THOUGHT_TAG = re.compile(r"</?thought>\s*", re.IGNORECASE)


class OpenAIProvider(HttpProvider):
    """One model behind one base URL, by default those of `OPENAI_BASE_URL` and `OPENAI_API_KEY`.

    A name that ends in `+begins-thinking` is a model whose answers begin inside the thinking.
    """

    prefix = "OPENAI"
    default_base_url = "https://api.openai.com/v1"
    path = "/chat/completions"

    def __init__(
        self, model: str, *, base_url: str | None = None, api_key: str | None = None
    ) -> None:
        super().__init__(model.removesuffix(BEGINS_THINKING), base_url=base_url, api_key=api_key)
        self._begins_thinking = model.endswith(BEGINS_THINKING)
        self._asks_for_usage = True

    def headers(self) -> Headers:
        """Return the headers of a request, which hold the key."""
        return {"Authorization": f"Bearer {self.api_key or PLACEHOLDER_KEY}"}

    def body(self, turns: Sequence[Turn]) -> Fields:
        """Return the body of a request for the answer to the last of `turns`."""
        body: dict[str, object] = {
            "model": self.model,
            "messages": as_messages(turns),
            "stream": True,
        }
        return body | ({"stream_options": {"include_usage": True}} if self._asks_for_usage else {})

    def reader(self) -> CompletionReader:
        """Return what reads the next answer."""
        return CompletionReader(begins_thinking=self._begins_thinking)

    def adapt(self, refusal: str) -> bool:
        """Stop asking for the usage: some servers refuse an option that they don't know."""
        was_asked = self._asks_for_usage and "stream_options" in refusal
        self._asks_for_usage = self._asks_for_usage and not was_asked
        return was_asked


class CompletionReader(AnswerReader):
    """Reads one chat completion from its chunks."""

    def read(self, fields: Fields) -> Iterator[Piece]:
        """Yield what a chunk adds, and keep what it says about the end."""
        choice = choice_of(fields)
        delta = mapping(choice.get("delta")) or mapping(choice.get("message"))
        if error := choice.get("error") or delta.get("error"):
            raise explain_event(error)
        if usage := mapping(fields.get("usage")):
            self._count(usage)
        is_whole = fields.get("object") == WHOLE
        if not (is_whole and self.has_streamed):  # the text again, after it was streamed
            yield from pieces_of(delta, choice)
        self.asked_for_tool |= bool(delta.get("tool_calls") or delta.get("function_call"))
        self.declined |= bool(text_of(delta.get("refusal")))
        self.finish = _finish_in(choice, delta, fields) or self.finish
        if is_whole and choice:
            self.finish = self.finish or "stop"

    def without_tags(self, piece: Piece) -> Iterator[Piece]:
        """Yield the thinking and the text of a piece, which tags may separate."""
        if isinstance(piece, Text):
            yield from self.tags.feed(piece.text)
        else:
            self.tags.begin_with_answer()
            yield piece

    def _count(self, usage: Fields) -> None:
        prompt, completion = map(count_of, map(usage.get, ("prompt_tokens", "completion_tokens")))
        self.input_tokens = self.input_tokens if prompt is None else prompt
        self.output_tokens = self.output_tokens if completion is None else completion


def choice_of(chunk: Fields) -> Fields:
    """Return the chunk's first choice; empty where it has none."""
    choices = chunk.get("choices")
    return mapping(choices[0]) if isinstance(choices, list) and choices else {}


def pieces_of(delta: Fields, choice: Fields) -> Iterator[Piece]:
    """Yield what a delta adds to the thinking and to the text, in this order."""
    if thinking := _first_text(delta, THINKING_FIELDS):
        yield Thinking(thinking)
    content = delta.get("content") or delta.get("refusal") or choice.get("text")
    is_thought = _is_thought(delta.get("extra_content"))
    for part in content if isinstance(content, list) else [content]:
        text = text_of(part)
        if is_thought:
            text = THOUGHT_TAG.sub("", text)
        is_thinking = is_thought or mapping(part).get("type") in ("thinking", "reasoning")
        if text:
            yield Thinking(text) if is_thinking else Text(text)


def _is_thought(extra: object) -> bool:
    return bool(extra) and mapping(mapping(extra).get("google")).get("thought") is True


def text_of(value: object) -> str:
    """Return the text in a string, a typed part, or a list of these, nested in any way."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(text_of, value))
    return _first_text(value, TEXT_FIELDS) if isinstance(value, dict) else ""


def _finish_in(*holders: Fields) -> str | None:
    for holder in holders:
        for name in FINISH_FIELDS:
            if (value := holder.get(name)) and (reason := reason_in(value)):
                return reason
    return None


def _first_text(fields: Fields, names: tuple[str, ...]) -> str:
    for name in names:
        if (value := fields.get(name)) and (text := text_of(value)):
            return text
    return ""
