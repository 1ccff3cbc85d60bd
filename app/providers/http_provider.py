"""A model behind an HTTP API that streams: what is the same for every API."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial

import httpx2

from app.providers.base import Cancelled, Event, ProviderError, Turn
from app.providers.connection import Connection
from app.providers.errors import FAILURES, explain
from app.providers.time_limits import TimeLimits

PLACEHOLDER_KEY = "none"
"""Sent where a base URL is set and no key: local servers need none, but the SDKs do."""


class HttpProvider(ABC):
    """One model behind one base URL.

    Where neither is given, both come from `…_BASE_URL` and `…_API_KEY` of the environment, whose
    prefix the subclass says.
    """

    prefix: str

    def __init__(
        self,
        model: str,
        limits: TimeLimits,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
    ) -> None:
        self._model = model
        self._limits = limits
        self._base_url = base_url or from_env(f"{self.prefix}_BASE_URL")
        self._api_key = api_key or from_env(f"{self.prefix}_API_KEY")

    @property
    def is_configured(self) -> bool:
        """Whether there is a key, or a server of our own that may need none."""
        return bool(self._api_key or self._base_url)

    def close(self) -> None:  # noqa: B027  (nobody has to do more)
        """Do nothing: each answer has its own connection."""

    def stream(self, turns: Sequence[Turn]) -> HttpStream:
        """Return the model's answer to the last of `turns`."""
        return HttpStream(partial(self.events, turns), self._limits)

    @abstractmethod
    def events(self, turns: Sequence[Turn], http: httpx2.Client) -> Iterator[Event]:
        """Yield the answer's events, asked for through `http`; ProviderError where it fails."""


def from_env(name: str) -> str | None:
    """Return a variable of the environment; None where it is not set, or empty."""
    return os.environ.get(name) or None


class HttpStream:
    """A Stream made of `events`, a function that asks through the client it's given."""

    def __init__(
        self, events: Callable[[httpx2.Client], Iterator[Event]], limits: TimeLimits
    ) -> None:
        self._events = events
        self._connection = Connection(limits)

    def __iter__(self) -> Generator[Event]:
        """Yield the events; the connection is closed on every way out."""
        try:
            with self._connection.client() as client:
                yield from self._events(client)
        except (ProviderError, *FAILURES) as error:
            raise self._reason(error) from None

    def close(self) -> None:
        """Cancel the request, from any thread."""
        self._connection.cancel()

    def _reason(self, error: Exception) -> ProviderError:
        if self._connection.is_cancelled:
            return Cancelled()
        return error if isinstance(error, ProviderError) else explain(error)
