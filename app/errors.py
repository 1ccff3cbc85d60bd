"""What can go wrong in a way that the caller should hear of, each with a code and a sentence."""

from __future__ import annotations


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
    """Something that the app needs does not answer; later it may."""


class Unauthorized(DomainError):
    """Nobody is signed in, or no longer."""

    code = "unauthorized"
    http_status = 401
    sentence = "Please sign in."


class NotFound(DomainError):
    """It does not exist, or is not the caller's: the two can't be told apart."""

    code = "not_found"
    http_status = 404
    sentence = "There is nothing here that you can see."


class Invalid(DomainError):
    """The request makes no sense as it is; the sentence names the field."""

    code = "invalid"
    http_status = 400
    sentence = "That request is not valid."


class TooLarge(DomainError):
    """More than a limit allows."""

    code = "too_large"
    http_status = 413
    sentence = "That is too large."


class RateLimited(DomainError):
    """Too much at once; `retry_after` says in how many seconds to come back."""

    code = "rate_limited"
    http_status = 429
    sentence = "That was too much at once. Please wait a moment."


class Conflict(DomainError):
    """It made sense a moment ago; by now something else has happened."""

    code = "conflict"
    http_status = 409
    sentence = "Something else has happened meanwhile."
