"""What can go wrong between us and a model's provider, and a sentence for each.

The sentences are written here and contain nothing that the provider sent, which may be a key, an
address, or in another language. The log gets the kind and the number of an error.

An SDK's own errors become SdkError, so that only the providers in use have their SDK imported:
that takes a second or two.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import httpx2

from app.providers.base import PermanentError, ProviderError, TimeLimitError, TransientError

T = TypeVar("T")
log = logging.getLogger(__name__)

STATUS_SENTENCES = {
    400: "The model's provider refused this request; the conversation may be too long for it.",
    401: "The model's provider refused our key.",
    402: "The account with the model's provider has no credit left.",
    403: "The model's provider refused our key.",
    404: "The model's provider does not know this model.",
    413: "The conversation is too long for this model.",
    422: "The model's provider refused this request; the conversation may be too long for it.",
}
TRANSIENT_STATUSES = (408, 409, 425, 429)
BUSY = "The model's provider has too many requests at the moment. Please try again shortly."
TROUBLE = "The model's provider has a problem at the moment. Please try again shortly."
REDIRECTED = "The model's address leads elsewhere, where we don't send our key."
REFUSED = "The model's provider refused this request."
UNREACHABLE = "The model can't be reached at the moment."
TOO_SLOW = "The model can't be reached: nothing answered in time."
LOST = "The connection to the model was lost before the answer was complete."
UNFINISHED = "The model's answer ended before it was complete."
UNREADABLE = "The model's provider sent something that can't be read."
FILTERED = "The model's provider withheld this answer."
USED_UP = "The model reached its length limit before it had begun to answer."

PERMANENT_KINDS = ("authentication", "billing", "invalid_request", "not_found", "permission")
BUSY_KINDS = ("overloaded", "rate_limit")
CONNECTION_ERRORS = (httpx2.TransportError, OSError)

WITHOUT_TEXT = {
    "content_filter": FILTERED,
    "refusal": FILTERED,
    "length": USED_UP,
    "max_tokens": USED_UP,
    "model_context_window_exceeded": USED_UP,
}
"""By finish reason, what to say of an answer that has no text, only thinking or nothing at all."""


class SdkError(Exception):
    """An error of an SDK's own, with what it tells; `__cause__` is what it was raised from."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.status_code: object = getattr(error, "status_code", None)
        self.body: object = getattr(error, "body", None)


FAILURES = (
    SdkError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    ValueError,  # what isn't JSON or UTF-8; a TLS connection that was cut
    RecursionError,  # JSON nested without end
    OSError,
)


@contextmanager
def as_sdk_error(kind: type[Exception]) -> Iterator[None]:
    """Turn errors of the SDK's base class `kind` into SdkError."""
    try:
        yield
    except kind as error:
        raise SdkError(error) from error.__cause__


def each(items: Iterable[T], kind: type[Exception]) -> Iterator[T]:
    """Yield what an SDK yields, its errors turned into SdkError."""
    with as_sdk_error(kind):
        yield from items


def explain(error: Exception) -> ProviderError:
    """Return the typed error, fit to show, for one of an SDK or of the HTTP client."""
    status = getattr(error, "status_code", None)
    name = str(error) if isinstance(error, SdkError) else type(error).__name__
    log.warning("A model's provider failed: %s, status %s", name, status)
    if isinstance(status, int) and status >= 300:
        return _for_status(status)
    if isinstance(error, CONNECTION_ERRORS) or isinstance(error.__cause__, CONNECTION_ERRORS):
        return _for_connection(error)
    if isinstance(error, SdkError):
        return _for_error_event(error.body)
    return TransientError(UNREADABLE)


def check_end(reason: object, *, has_text: bool) -> None:
    """Raise the error of an answer that ended for this reason, if that was no proper end."""
    if reason is None:
        raise TransientError(UNFINISHED)
    if reason == "error":  # what OpenRouter says of a provider that failed in the middle
        raise TransientError(TROUBLE)
    if not has_text and str(reason) in WITHOUT_TEXT:
        raise PermanentError(WITHOUT_TEXT[str(reason)])


def _for_status(status: int) -> ProviderError:
    if status < 400:
        return PermanentError(REDIRECTED)
    if status >= 500:
        return TransientError(TROUBLE)
    if status in TRANSIENT_STATUSES:
        return TransientError(BUSY)
    return PermanentError(STATUS_SENTENCES.get(status, REFUSED))


def _for_connection(error: Exception) -> ProviderError:
    """Return the error for a line that failed; one SDK wraps what it was, the other doesn't."""
    causes = (error, error.__cause__)
    if any(isinstance(cause, httpx2.TimeoutException) for cause in causes):
        return TimeLimitError(TOO_SLOW)
    if any(isinstance(cause, httpx2.ConnectError) for cause in causes):
        return TransientError(UNREACHABLE)
    return TransientError(LOST)


def _for_error_event(body: object) -> ProviderError:
    """Return the error for an event that a provider sends in place of the rest."""
    kind = _kind_of(body)
    if any(word in kind for word in BUSY_KINDS):
        return TransientError(BUSY)
    if any(word in kind for word in PERMANENT_KINDS):
        return PermanentError(REFUSED)
    return TransientError(TROUBLE)


def _kind_of(body: object) -> str:
    fields = body if isinstance(body, Mapping) else {}
    inner = fields.get("error")
    return str((inner if isinstance(inner, Mapping) else fields).get("type"))
