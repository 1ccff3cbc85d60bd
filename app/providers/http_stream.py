"""One answer that comes over HTTP through a provider's SDK."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import httpx2

from app.providers.base import Event, HungUp, ProviderError
from app.providers.errors import explain
from app.providers.failures import FAILURES
from app.providers.time_limits import TimeLimits
from app.providers.wire import Wire


class HttpStream:
    """A Stream made of `events`, a function that asks through the client it's given."""

    def __init__(
        self, events: Callable[[httpx2.Client], Iterator[Event]], limits: TimeLimits
    ) -> None:
        self._events = events
        self._wire = Wire(limits)

    def __iter__(self) -> Generator[Event]:
        """Yield the events; the connection is closed on every way out."""
        try:
            with self._wire.client() as client:
                yield from self._events(client)
        except (ProviderError, *FAILURES) as error:
            raise self._reason(error) from None

    def close(self) -> None:
        """Hang up, from any thread."""
        self._wire.cut()

    def _reason(self, error: Exception) -> ProviderError:
        if self._wire.is_cut:
            return HungUp()
        return error if isinstance(error, ProviderError) else explain(error)
