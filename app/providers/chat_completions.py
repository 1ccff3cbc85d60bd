"""What a chat completion says, from its chunks to its end, in each of the shapes that servers send.

- the text: `content`, a string, or (Mistral) a list of typed parts, some of which are thinking;
- the thinking: `reasoning_content` (DeepSeek, xAI, vLLM, llama.cpp), `reasoning` (Groq, Ollama,
  OpenRouter), `reasoning_details` (OpenRouter), or `<think>` in the text, see thinking_tags.py.
If a server sends the same thinking in two of these fields, the first one is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from app.providers.base import Event, Piece, Text, Thinking, Usage
from app.providers.errors import FAILURES, check_end
from app.providers.thinking_tags import ThinkingTags

THINKING_FIELDS = ("reasoning_content", "reasoning", "reasoning_details")
TEXT_FIELDS = ("text", "thinking", "summary", "content")


def read_completion(chunks: Iterable[object]) -> Iterator[Event]:
    """Yield the events in `chunks`, decoded JSON, of one streamed chat completion.

    Any finish reason is an end, `length` too: the text is what the model said. Only where there is
    no text, what was filtered away or cut off before it is an error, for nothing else would tell.
    What breaks after the finish reason (a missing `[DONE]`, a cut) takes nothing away.

    Raises TransientError where the chunks end without a finish reason.
    """
    completion = Completion()
    try:
        for chunk in chunks:
            yield from completion.read(chunk)
    except FAILURES:
        yield from completion.rest()
        if completion.finish is None:
            raise
    yield from completion.rest()
    yield from completion.end()


class Completion:
    """What has been read of a completion so far."""

    def __init__(self) -> None:
        self.finish: object = None
        self._usage: Usage | None = None
        self._tags = ThinkingTags()
        self._has_text = False

    def read(self, chunk: object) -> Iterator[Piece]:
        """Yield what a chunk adds, and keep what it says about the end."""
        choice = choice_of(chunk)
        self.finish = choice.get("finish_reason") or self.finish
        self._usage = usage_of(chunk) or self._usage
        for piece in pieces_of(choice):
            yield from self._noted(self._tagged(piece))

    def rest(self) -> Iterator[Piece]:
        """Yield what was held back because it might have been part of a tag."""
        yield from self._noted(self._tags.flush())

    def end(self) -> Iterator[Usage]:
        """Yield what the answer took; raise ProviderError where this was no end."""
        check_end(self.finish, has_text=self._has_text)
        if self._usage:
            yield self._usage

    def _tagged(self, piece: Piece) -> Iterator[Piece]:
        return self._tags.feed(piece.text) if isinstance(piece, Text) else iter([piece])

    def _noted(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            self._has_text |= isinstance(piece, Text) and not piece.text.isspace()
            yield piece


def choice_of(chunk: object) -> Mapping[str, object]:
    """Return the chunk's first choice; empty where it has none."""
    choices = _mapping(chunk).get("choices")
    return _mapping(choices[0]) if isinstance(choices, list) and choices else {}


def pieces_of(choice: Mapping[str, object]) -> Iterator[Piece]:
    """Yield what a choice's delta adds to the thinking and to the text, in this order."""
    delta = _mapping(choice.get("delta"))
    if thinking := _first_text(delta, THINKING_FIELDS):
        yield Thinking(thinking)
    content = delta.get("content")
    for part in content if isinstance(content, list) else [content or delta.get("refusal")]:
        kind = Thinking if _mapping(part).get("type") == "thinking" else Text
        if text := text_of(part):
            yield kind(text)


def usage_of(chunk: object) -> Usage | None:
    """Return the token counts that a chunk, most often the last, may carry."""
    usage = _mapping(_mapping(chunk).get("usage"))
    if not usage:
        return None
    return Usage(count_of(usage.get("prompt_tokens")), count_of(usage.get("completion_tokens")))


def text_of(value: object) -> str:
    """Return the text in a string, a typed part, or a list of these, nested as they like."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(text_of, value))
    return _first_text(value, TEXT_FIELDS) if isinstance(value, Mapping) else ""


def count_of(value: object) -> int | None:
    """Return a number of tokens, None for anything else."""
    return value if isinstance(value, int) else None


def _first_text(fields: Mapping[str, object], names: tuple[str, ...]) -> str:
    return next(filter(None, (text_of(fields.get(name)) for name in names)), "")


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
