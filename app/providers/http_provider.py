"""A model behind an HTTP API that streams: what is the same for every API.

A subclass says what to send, and an AnswerReader what the events of the response mean.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from app.config import ConfigError
from app.providers.answer_reader import AnswerReader, Fields
from app.providers.base import Event, ProviderError, Settings, TimeLimitError, Turn
from app.providers.call import Call
from app.providers.errors import FAILURES, explain
from app.providers.http_request import Body, Headers, StatusError, is_address, post

MOST_ADAPTATIONS = 3


class HttpProvider(ABC):
    """One model behind one base URL.

    Where neither is given, both come from `…_BASE_URL` and `…_API_KEY` of the environment, with the
    prefix of the subclass.
    """

    prefix: str
    default_base_url: str
    path: str
    models_path: str

    def __init__(
        self, model: str, *, base_url: str | None = None, api_key: str | None = None
    ) -> None:
        self.model = model
        if base_url is None and api_key is None:
            base_url = _url_from_env(f"{self.prefix}_BASE_URL")
            api_key = from_env(f"{self.prefix}_API_KEY")
        self.base_url = base_url
        self.api_key = api_key

    @property
    def is_configured(self) -> bool:
        """Whether there is a key, or a server of our own that may need none."""
        return bool(self.api_key or self.base_url)

    @property
    def models_address(self) -> tuple[str, str]:
        """Return the base URL, and the path of the list of models below it."""
        return self.base_url or self.default_base_url, self.models_path

    @abstractmethod
    def headers(self) -> Headers:
        """Return the headers of a request, which hold the key."""

    @abstractmethod
    def body(self, turns: Sequence[Turn], settings: Settings) -> Fields:
        """Return the body of a request for the answer to the last of `turns`."""

    @abstractmethod
    def reader(self) -> AnswerReader:
        """Return what reads the next answer."""

    @abstractmethod
    def adapt(self, refusal: str) -> bool:
        """Ask differently from now on if this refusal says how; return whether it does."""

    def answer(self, turns: Sequence[Turn], call: Call) -> Generator[Event]:
        """Yield the events of the answer to the last of `turns`; the connection is closed then.

        Raises ProviderError if the answer does not reach its end.
        """
        reader = self.reader()
        broken_by: Exception | None = None
        try:
            # read right here: a green thread keeps a copy of the stack of nested generators
            with self._response(turns, call) as body:
                while not reader.is_over:
                    data = body.read()
                    yield from reader.feed(data)
                    reader.check()
                    if not data:
                        break
        except (ProviderError, *FAILURES) as error:
            broken_by = error
        try:
            yield from reader.rest(broken_by)
        except (ProviderError, *FAILURES) as error:
            reason = error if isinstance(error, ProviderError) else explain(error)
            if not isinstance(error, TimeLimitError):
                call.seconds_left()  # a cancelled connection fails like one that was lost
            raise reason from None

    def close(self) -> None:  # noqa: B027  (nobody has to do more)
        """Do nothing: each answer has its own connection."""

    @contextmanager
    def _response(self, turns: Sequence[Turn], call: Call) -> Iterator[Body]:
        """Ask, and ask again where the server says how it wants to be asked."""
        for attempt in range(MOST_ADAPTATIONS + 1):
            try:
                with self._post(turns, call) as body:
                    yield body
                    return
            except StatusError as error:
                if attempt == MOST_ADAPTATIONS or not self.adapt(error.body):
                    raise

    def _post(self, turns: Sequence[Turn], call: Call) -> AbstractContextManager[Body]:
        base_url = self.base_url or self.default_base_url
        return post(base_url, self.path, self.headers(), self.body(turns, call.settings), call)


def from_env(name: str) -> str | None:
    """Return a variable of the environment; None if it is not set, or empty.

    Raises ConfigError if it can't be sent. It is not repeated: it may be a key.
    """
    value = os.environ.get(name, "").strip()
    if not is_sendable(value):
        raise ConfigError(f"{name} must consist of ASCII characters without spaces.")
    return value or None


def is_sendable(value: str) -> bool:
    """Return whether a key can be sent in a header."""
    return value.isascii() and value.isprintable() and " " not in value


def _url_from_env(name: str) -> str | None:
    url = from_env(name)
    if url and not is_address(url):
        raise ConfigError(f"{name} must be an address that begins with http:// or https://.")
    return url
