"""What the app knows of a language model: a stream of typed events, and typed errors."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Thinking:
    """A piece of what the model thinks before it answers."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer, Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What the answer took, in the model's own tokens; None where the provider doesn't tell."""

    input_tokens: int | None
    output_tokens: int | None


Piece = Thinking | Text
Event = Piece | Usage


class Turn(NamedTuple):
    """One message of the conversation that the model is to continue."""

    role: Literal["user", "assistant"]
    content: str


class Stream(Protocol):
    """One answer on its way."""

    def __iter__(self) -> Generator[Event]:
        """Yield the events, once; end normally only when the model said that it has finished.

        Raises ProviderError otherwise: HungUp after `close()`. Whoever breaks off closes it.
        """
        ...

    def close(self) -> None:
        """Hang up, from any thread, at any time, repeatedly; an iterator that waits wakes."""
        ...


class Provider(Protocol):
    """One model, ready to be asked."""

    def stream(self, turns: Sequence[Turn]) -> Stream:
        """Return the answer to the last of `turns`; nothing is sent before it's iterated."""
        ...

    def close(self) -> None:
        """Stop what it has started."""
        ...


class ProviderError(Exception):
    """The answer ended too early; `sentence` is fit to show and holds no key and no address."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TransientError(ProviderError):
    """The same question may well be answered when it is asked again."""


class TimeLimitError(TransientError):
    """One of our own time limits was reached: not asked again, the reader has waited enough."""


class PermanentError(ProviderError):
    """Asking again without a change will not help."""


class HungUp(ProviderError):
    """The stream was closed by us before the model had finished."""

    def __init__(self) -> None:
        super().__init__("The answer was stopped.")
