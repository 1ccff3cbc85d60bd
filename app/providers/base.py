"""What a language model is to the app: a stream of typed events, and typed errors."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Thinking:
    """A piece of the model's thinking before its answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer, in Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What the answer cost, in the model's own tokens; None if the provider doesn't report it."""

    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence, fit to show, about an answer that is complete but not all that was meant.

    The last event of an answer, if there is one. `is_cut`: its model has reached its length limit.
    """

    sentence: str
    is_cut: bool = False

    @classmethod
    def joined(cls, notes: Sequence[Note]) -> Note:
        """Return several notes as one."""
        sentences = " ".join(note.sentence for note in notes)
        return cls(sentences, any(note.is_cut for note in notes))


@dataclass(frozen=True, slots=True)
class AnsweredBy:
    """What follows is the answer of another model than the one that was asked: its fallback."""

    model: str


Piece = Thinking | Text
Event = Piece | Usage | Note | AnsweredBy


class Speaker(NamedTuple):
    """Who says something to a model, where several do. No two people have the same name."""

    name: str
    is_model: bool = False


class Picture(NamedTuple):
    """A picture for models that see; `key` is its row's, until `data` is read."""

    media_type: str
    data: bytes = b""
    key: int = 0


class Turn(NamedTuple):
    """One message of the conversation that the model continues.

    `speaker` is None in a conversation of one person and one model; `preface` is ours, and not the
    speaker's. The text of files is in `content`; `pictures` are only named there. What is pinned,
    and what has files, stays where others are left out. With `is_begun` it is the last one, and
    what the model has said so far of the answer that it goes on with.
    """

    role: Literal["user", "assistant"]
    content: str
    speaker: Speaker | None = None
    preface: str = ""
    is_pinned: bool = False
    is_begun: bool = False
    pictures: tuple[Picture, ...] = ()
    has_files: bool = False

    @property
    def stays(self) -> bool:
        """Return whether it stays where others are left out."""
        return self.is_pinned or self.has_files


class Settings(NamedTuple):
    """How a model is to answer: what it is told before all turns, and parameters that not every
    provider understands; None for the model's own default."""

    system_prompt: str = ""
    temperature: float | None = None  # from 0 to 2
    effort: str | None = None  # of its thinking, one of EFFORTS


EFFORTS = ("low", "medium", "high")


class Stream(Protocol):
    """One answer that is being received."""

    def __iter__(self) -> Generator[Event]:
        """Yield the events, once; end normally only when the model said that it has finished.

        Raises ProviderError otherwise: Cancelled after `close()`. A caller that stops early must
        close it.
        """
        ...

    def close(self) -> None:
        """Cancel the request and wake its reader; safe from any thread and repeatedly."""
        ...


class ProviderError(Exception):
    """The answer ended too early. `sentence` may be shown: it contains no key and no address."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TransientError(ProviderError):
    """The same question may be answered if it is asked again: not before so many seconds, where
    the model's server says so."""

    def __init__(self, sentence: str, retry_after: float = 0.0) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class TimeLimitError(TransientError):
    """One of our own time limits was reached. Not retried: the reader has waited long enough."""


class PermanentError(ProviderError):
    """Asking again without a change does not help."""


class ConversationTooLongError(PermanentError):
    """The model's server takes less text. About `share` of the conversation fits, from 0 to 1."""

    def __init__(self, sentence: str, share: float) -> None:
        super().__init__(sentence)
        self.share = share


class Cancelled(ProviderError):
    """The stream was closed by us before the model had finished."""

    def __init__(self) -> None:
        super().__init__("The answer was stopped.")


def beginning_of(stream: Stream, length: int) -> str:
    """Return the text of an answer up to more than so many characters, and close the stream."""
    said = ""
    try:
        for event in stream:
            said += event.text if isinstance(event, Text) else ""
            if len(said) > length:
                break
    finally:
        stream.close()
    return said
