"""What a chunk of a chat completion says, in each of the shapes that servers send it.

- the text: `content`, a string, or (Mistral) a list of typed parts, some of which are thinking;
- the thinking: `reasoning_content` (DeepSeek, xAI, vLLM, llama.cpp), `reasoning` (Groq, Ollama,
  OpenRouter), `reasoning_details` (OpenRouter), or `<think>` in the text, see think_tags.py.
A server that sends two of them sends the same thinking twice: the first that is there counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.providers.base import Piece, Text, Thinking, Usage

THINKING_FIELDS = ("reasoning_content", "reasoning", "reasoning_details")
TEXT_FIELDS = ("text", "thinking", "summary", "content")


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
