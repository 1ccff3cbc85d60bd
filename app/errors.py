"""The errors that a caller is told about, each with a code of the protocol and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from greenlet import GreenletExit

T = TypeVar("T")


class DomainError(Exception):
    """Refuses a request: `code` is the protocol's, `sentence` is fit to show to anyone."""

    code = "unavailable"
    http_status = 503
    sentence = "The server can't do that right now. Please try again."

    def __init__(self, sentence: str | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(sentence or self.sentence)
        self.sentence = sentence or self.sentence
        self.retry_after = retry_after


class Unavailable(DomainError):
    """Something that the app needs does not answer; it may do so later."""


class Locked(Unavailable):
    """Another transaction has locked a row or a table for too long."""


class ShuttingDown(Unavailable):
    """The server process is about to end."""

    sentence = "The server is about to restart. Please try again in a moment."


class Unauthorized(DomainError):
    """Nobody is signed in, or no longer."""

    code = "unauthorized"
    http_status = 401
    sentence = "Please sign in."


class NotFound(DomainError):
    """It does not exist, or is not the caller's: the response is the same."""

    code = "not_found"
    http_status = 404
    sentence = "Conversation not found."


class Forbidden(DomainError):
    """The caller may see it, and may not do that with it."""

    code = "forbidden"
    http_status = 403
    sentence = "You are not allowed to do that."


class Invalid(DomainError):
    """The request is malformed; the sentence names the field."""

    code = "invalid"
    http_status = 400
    sentence = "That request is not valid."


class TooLarge(DomainError):
    """More than a limit allows."""

    code = "too_large"
    http_status = 413
    sentence = "That is too large."


class RateLimited(DomainError):
    """Too many requests; `retry_after` says in how many seconds to try again."""

    code = "rate_limited"
    http_status = 429
    sentence = "That was too much at once. Please wait a moment."


class Conflict(DomainError):
    """The request was valid a moment ago; something else has happened since."""

    code = "conflict"
    http_status = 409
    sentence = "Something else has happened meanwhile."


def attempt(work: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    """Do what concerns one of many; return its result and None, or None and what it raised.

    Libraries' time limits and cancellations are no `Exception`, and are returned, too. Only what
    ends the whole task is raised.
    """
    try:
        return work(), None
    except (GreenletExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        return None, error
