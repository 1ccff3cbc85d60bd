"""Chat completions, as OpenAI, OpenRouter, Ollama, vLLM, llama.cpp and many others serve them.

The shapes in which servers send an answer:
- one chunk after the other with a `delta`, or with a `message` in its place, or the whole as one;
  we ask for one choice, so others than the first are left out;
- the text: `content`, a string, or (Mistral) a list of typed parts, some of which are thinking;
- the thinking: `reasoning_content` (DeepSeek, xAI, vLLM, llama.cpp), `reasoning` (Groq, Ollama,
  OpenRouter), `reasoning_details` (OpenRouter), `reasoning_text` (GitHub), `thinking` (Ollama),
  `thinking_blocks` (LiteLLM), text that `extra_content` marks as a thought (Google), or tags in the
  text, see thinking_tags.py;
- the usage: beside the choices, in one of them (Moonshot), or in `x_groq` (Groq).
If a server sends the same thinking or text in two of these fields, the first one is used.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence

from app.providers.answer_reader import AnswerReader, Fields, count_of, items, mapping
from app.providers.base import Picture, Piece, Settings, Text, Thinking, Turn
from app.providers.endings import reason_in
from app.providers.errors import explain_event
from app.providers.http_provider import HttpProvider
from app.providers.http_request import Headers
from app.providers.turns import as_messages

BEGINS_THINKING = "+begins-thinking"
PLACEHOLDER_KEY = "none"
"""Sent where there is no key: local servers need none, but some want a header."""

THINKING_FIELDS = (
    *("reasoning_content", "reasoning", "reasoning_details"),
    *("reasoning_text", "thinking", "thinking_blocks"),
)
TEXT_FIELDS = ("text", "thinking", "summary", "content", "refusal", "value")
ANSWER_FIELDS = ("content", "refusal", "text")
THINKING_PARTS = ("thinking", "reasoning")  # how the types of these parts begin
FINISH_FIELDS = ("finish_reason", "finishReason", "stop_reason", "done_reason")
USAGE_FIELDS = (("input_tokens", "output_tokens"), ("prompt_tokens", "completion_tokens"))
OPTIONS = ("stream_options", "temperature", "reasoning_effort")
WHOLE = "chat.completion"
CHUNK = "chat.completion.chunk"
# What says nothing of interest in a chunk, in its choice and in its delta, beside the text.
PLAIN_FIELDS = set(
    "id object created model choices usage system_fingerprint service_tier provider".split()
)
PLAIN_CHOICE = {"index", "delta", "logprobs", "finish_reason"}
PLAIN_DELTA = {"role", "content"}
THOUGHT_TAG = re.compile(r"</?thought>\s*", re.IGNORECASE)


class OpenAIProvider(HttpProvider):
    """One model behind one base URL, by default those of `OPENAI_BASE_URL` and `OPENAI_API_KEY`.

    A name that ends in `+begins-thinking` is a model whose answers begin inside the thinking.
    """

    prefix = "OPENAI"
    default_base_url = "https://api.openai.com/v1"
    path = "/chat/completions"
    models_path = "/models"

    def __init__(
        self, model: str, *, base_url: str | None = None, api_key: str | None = None
    ) -> None:
        super().__init__(model.removesuffix(BEGINS_THINKING), base_url=base_url, api_key=api_key)
        self._begins_thinking = model.endswith(BEGINS_THINKING)
        self._refused: set[str] = set()  # which of OPTIONS the server does not take

    def headers(self) -> Headers:
        """Return the headers of a request, which hold the key."""
        return {"Authorization": f"Bearer {self.api_key or PLACEHOLDER_KEY}"}

    def body(self, turns: Sequence[Turn], settings: Settings) -> Fields:
        """Return the body of a request for the answer to the last of `turns`."""
        prompt = settings.system_prompt
        system = [{"role": "system", "content": prompt}] if prompt else []
        options = {
            "stream_options": {"include_usage": True},
            "temperature": settings.temperature,
            "reasoning_effort": settings.effort,
        }
        return {
            "model": self.model,
            "messages": system + as_messages(turns, _part),
            "stream": True,
            **{
                name: value
                for name, value in options.items()
                if value is not None and name not in self._refused
            },
        }

    def reader(self) -> CompletionReader:
        """Return what reads the next answer."""
        return CompletionReader(begins_thinking=self._begins_thinking)

    def adapt(self, refusal: str) -> bool:
        """Leave out an option from now on: some servers refuse those that they don't know."""
        refused = {name for name in OPTIONS if name in refusal} - self._refused
        self._refused |= refused
        return bool(refused)


class CompletionReader(AnswerReader):
    """Reads one chat completion from its chunks."""

    def __init__(self, *, begins_thinking: bool = False) -> None:
        super().__init__(begins_thinking=begins_thinking)
        self._index: str | None = None  # of the choice that is read
        self._streamed: list[str] = []

    def read(self, fields: Fields) -> Iterator[Piece]:
        """Yield what a chunk adds, and keep what it says about the end."""
        choice = self._choice_in(fields)
        delta, message = mapping(choice.get("delta")), mapping(choice.get("message"))
        if error := choice.get("error") or delta.get("error") or message.get("error"):
            raise explain_event(error)
        for holder in (choice, mapping(fields.get("x_groq")), fields):
            if usage := holder.get("usage"):
                self._count(mapping(usage))
        pieces = pieces_of(delta) or self._new_in(pieces_of(message)) or pieces_of(choice)
        self._streamed += texts_in(pieces)
        yield from pieces
        self._note(delta or message)
        is_whole = bool(message) and not delta
        self.finish = _finish_in(choice, delta, message, fields) or self.finish
        if is_whole and (fields.get("object") == WHOLE or not choice.keys() & FINISH_FIELDS):
            self.finish = self.finish or "stop"

    def plain_text(self, fields: Fields) -> str:
        """Return the text of a chunk with the choice that is read and no end, usage or thinking."""
        choices = fields.get("choices")
        if not isinstance(choices, list) or len(choices) != 1 or fields.get("usage"):
            return ""
        if fields.get("object") != CHUNK or not fields.keys() <= PLAIN_FIELDS:
            return ""
        text = self._plain_text_of(choices[0])
        if text:
            self._streamed.append(text)
        return text

    def _plain_text_of(self, choice: object) -> str:
        if not isinstance(choice, dict) or choice.get("finish_reason"):
            return ""
        if _index_of(choice) != self._index or not choice.keys() <= PLAIN_CHOICE:
            return ""
        delta = choice.get("delta")
        if not isinstance(delta, dict) or not delta.keys() <= PLAIN_DELTA:
            return ""
        text = delta.get("content")
        return text if isinstance(text, str) else ""

    def _choice_in(self, chunk: Fields) -> Fields:
        """Return what a chunk has of the choice that is read, the first one; or an empty object."""
        choices = list(filter(None, map(mapping, items(chunk.get("choices")))))
        if self._index is None and choices:
            self._index = min(map(_index_of, choices))
        return next((each for each in choices if _index_of(each) in ("", self._index)), {})

    def _new_in(self, message: list[Piece]) -> list[Piece]:
        """Return what of a message is new: it may be all that was streamed, and perhaps more."""
        if not message:
            return message
        text, streamed = "".join(texts_in(message)), "".join(self._streamed)
        self._streamed = [streamed]
        if not streamed.strip() or not text.strip().startswith(streamed.strip()):
            return message
        return [Text(text[len(streamed) :])] if text.startswith(streamed) else []

    def _note(self, holder: Fields) -> None:
        self.asked_for_tool |= bool(holder.get("tool_calls") or holder.get("function_call"))
        self.declined |= bool(text_of(holder.get("refusal")))

    def without_tags(self, piece: Piece) -> Iterator[Piece]:
        """Yield the thinking and the text of a piece, which tags may separate."""
        if isinstance(piece, Text):
            yield from self.tags.feed(piece.text)
        else:
            self.tags.begin_with_answer()
            yield piece

    def _count(self, usage: Fields) -> None:
        for prompt, completion in USAGE_FIELDS:
            if (count := count_of(usage.get(prompt))) is not None:
                self.input_tokens = count
            if (count := count_of(usage.get(completion))) is not None:
                self.output_tokens = count


def pieces_of(holder: Fields) -> list[Piece]:
    """Return what a delta, or what stands in its place, adds to the thinking and to the text."""
    thinking = _first_text(holder, THINKING_FIELDS)
    pieces: list[Piece] = [Thinking(thinking)] if thinking else []
    content = next(filter(None, map(holder.get, ANSWER_FIELDS)), None)
    is_thought = _is_thought(holder.get("extra_content"))
    for part in items(content) if isinstance(content, list) else [content]:
        text = text_of(part)
        if is_thought:
            text = THOUGHT_TAG.sub("", text)
        is_thinking = is_thought or str(mapping(part).get("type")).startswith(THINKING_PARTS)
        if text:
            pieces.append(Thinking(text) if is_thinking else Text(text))
    return pieces


def _part(picture: Picture) -> Fields:
    url = f"data:{picture.media_type};base64,{b64encode(picture.data).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


def texts_in(pieces: Iterable[Piece]) -> list[str]:
    """Return the texts of the answer, without the thinking."""
    return [piece.text for piece in pieces if isinstance(piece, Text)]


def _is_thought(extra: object) -> bool:
    return bool(extra) and mapping(mapping(extra).get("google")).get("thought") is True


def text_of(value: object) -> str:
    """Return the text in a string, a typed part, or a list of these, nested in any way."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(text_of, items(value)))
    return _first_text(value, TEXT_FIELDS) if isinstance(value, dict) else ""


def _index_of(choice: Fields) -> str:
    """Return a choice's index as text, whatever it is; "" where it has none."""
    index = choice.get("index")
    return "" if index is None else str(index)


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
