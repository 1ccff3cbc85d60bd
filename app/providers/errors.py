"""What can go wrong between us and a model's provider, and a sentence for each.

The sentences are written here and contain nothing that the provider sent, which may be a key, an
address, or in another language. The log gets the kind and the number of an error.
"""

from __future__ import annotations

import json
import logging
import re

from app.providers.base import (
    ConversationTooLongError,
    PermanentError,
    ProviderError,
    TransientError,
)
from app.providers.call import in_whole_words
from app.providers.error_shapes import LONGEST_MESSAGE, WORDS, refined, said_in, status_of
from app.providers.http_request import StatusError
from app.providers.http_response import ProtocolError

log = logging.getLogger(__name__)

SHORTLY = "Please try again shortly."
BUSY = f"The model's provider has too many requests at the moment. {SHORTLY}"
OVERLOADED = f"The model's provider is overloaded at the moment. {SHORTLY}"
TROUBLE = f"The model's provider has a problem at the moment. {SHORTLY}"
BAD_REQUEST = "The model's provider refused this request; the conversation may be too long for it."
BAD_KEY = "The model's provider refused our key."
NO_CREDIT = "The account with the model's provider has no credit left."
UNKNOWN_MODEL = "The model's provider does not know this model."
TOO_LONG = "The conversation is too long for this model."
BLOCKED = "The model's provider does not answer this conversation because of its content."
REDIRECTED = "The model's address leads elsewhere, where we don't send our key."
REFUSED = "The model's provider refused this request."
LOST = "The connection to the model was lost before the answer was complete."
UNFINISHED = "The model's answer ended before it was complete."
UNREADABLE = "The model's provider sent something that can't be read."

SENTENCES = {
    400: BAD_REQUEST,
    401: BAD_KEY,
    402: NO_CREDIT,
    403: BAD_KEY,
    404: UNKNOWN_MODEL,
    413: TOO_LONG,
    422: BAD_REQUEST,
    451: BLOCKED,
    503: TROUBLE,
    529: OVERLOADED,
}
TRANSIENT_STATUSES = (408, 409, 425, 429)

FAILURES = (
    StatusError,
    ProtocolError,
    ValueError,  # what is not JSON
    RecursionError,  # JSON nested without end
    OSError,
)
"""What may come out of a request, besides ProviderError."""

TOO_LONG_WORDS = re.compile(
    r"context.{0,3}(length|window|size)|(maximum|max|available|exceeds?).{0,20} context"
    r"|(prompt|input|conversation|request|messages?).{0,20} too (long|large|many tokens)"
    r"|(input|prompt).{0,30}exceeds?|reduce the length|exceed_context|model token limit"
    r"|(input|prompt) (tokens? )?length|inputs?\W{1,3}(tokens )?.{0,25}must (be <|have less)",
    re.IGNORECASE | re.DOTALL,
)
OVERLOAD = re.compile(WORDS[529], re.IGNORECASE)

LIMIT = re.compile(
    r"(?:maximum|limit|context|n_ctx|>)[^\d.]{0,40}(\d{3,9})"
    r"|(\d{3,9}) (?:tokens )?(?:maximum|limit)",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?<!\d)\d{3,9}(?!\d)")
UNKNOWN_SHARE = 0.25
"""How much of a conversation to keep if the server doesn't say how much it takes."""


def explain(error: Exception) -> ProviderError:
    """Return the typed error, fit to show, for one of FAILURES."""
    if isinstance(error, StatusError):
        return _for_status(error)
    log.warning("A model's provider failed: %s", type(error).__name__)
    if isinstance(error, (ValueError, RecursionError)) and not isinstance(error, OSError):
        return TransientError(UNREADABLE)
    return TransientError(LOST)


def later(error: TransientError) -> TransientError:
    """Return an error whose sentence says when the model's server wants to be asked again."""
    when = f"Please try again in {in_whole_words(error.retry_after)} or later."
    return TransientError(error.sentence.replace(SHORTLY, when), error.retry_after)


def explain_event(error: object) -> ProviderError:
    """Return the typed error for what `error_in` has found."""
    said = said_in(error)
    status = status_of(said)
    log.warning("A model's provider sent an error, like status %s", status)
    return _error(status, said.text)


def _for_status(error: StatusError) -> ProviderError:
    """Return the error for a status, or for the one that its body has."""
    status = refined(error.status, said_in(_decoded(error.body)))
    log.warning("A model's provider answered with status %s", error.status)
    return _error(status, error.body[:LONGEST_MESSAGE], error.retry_after)


def _error(status: int, text: str, retry_after: float = 0.0) -> ProviderError:
    if status == 413 or (status not in (401, 402, 403, 429, 451) and TOO_LONG_WORDS.search(text)):
        return ConversationTooLongError(TOO_LONG, _share_that_fits(text))
    if status < 400:
        return PermanentError(REDIRECTED)
    if status in TRANSIENT_STATUSES:
        return TransientError(BUSY, retry_after)
    if status >= 500 and OVERLOAD.search(text):
        return TransientError(OVERLOADED, retry_after)
    if status >= 500:
        return TransientError(SENTENCES.get(status, TROUBLE), retry_after)
    return PermanentError(SENTENCES.get(status, REFUSED))


def _decoded(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _share_that_fits(text: str) -> float:
    """Return which share of a conversation to keep, by the numbers of tokens in an error."""
    limit = next((int(m[1] or m[2]) for m in LIMIT.finditer(text)), 0)
    requested = max(map(int, NUMBER.findall(text)), default=0)
    return 0.8 * limit / requested if 0 < limit < requested else UNKNOWN_SHARE
