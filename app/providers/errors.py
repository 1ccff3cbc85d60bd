"""What can go wrong between us and a model's provider, and a sentence for each.

The sentences are written here and contain nothing that the provider sent, which may be a key, an
address, or in another language. The log gets the kind and the number of an error.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Iterator, Mapping

from app.providers.base import (
    ConversationTooLongError,
    PermanentError,
    ProviderError,
    TransientError,
)
from app.providers.call import in_whole_words
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
WORDS = {
    402: r"insufficient.{0,3}(quota|credit|balance|fund)|billing|payment|credit|current quota",
    451: r"content.{0,3}(filter|policy|management|moderation)|moderation|inappropriate|flagged"
    r"|prohibited.{0,3}content|responsible.{0,3}ai|data.{0,3}inspection",
    429: r"rate.{0,3}limit|too.{0,3}many.{0,3}requests|throttl|resource.{0,3}exhausted|quota",
    529: r"overload|capacity|busy",
    503: r"unavailable|time.{0,3}out|timed.?out",
    401: r"authenticat|unauthori[sz]ed|api.{0,3}key|login.{0,3}fail",
    403: r"permission|forbidden|access.{0,3}denied",
    404: r"not.{0,3}found|does not exist|no such model|unknown.{0,3}model",
    500: r"server.{0,3}error|internal|api.?error",
    400: r"invalid|bad.{0,3}request|validation|unsupported|malformed|value.?error|missing|required",
}
"""By status, the words with which servers name it: in a kind, or in a message; the first counts."""

LIMIT = re.compile(
    r"(?:maximum|limit|context|n_ctx|>)[^\d.]{0,40}(\d{3,9})"
    r"|(\d{3,9}) (?:tokens )?(?:maximum|limit)",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?<!\d)\d{3,9}(?!\d)")
UNKNOWN_SHARE = 0.25
"""How much of a conversation to keep if the server doesn't say how much it takes."""

DEEPEST = 4
LONGEST_MESSAGE = 2_000
CODE_FIELDS = (
    *("code", "status", "status_code", "statusCode", "http_status", "http_code"),
    *("error_code", "errorCode", "type", "kind", "error_type", "__type"),
)
MESSAGE_FIELDS = (
    *("message", "Message", "detail", "msg", "error_description", "error_msg", "error_message"),
    *("errorMessage", "status_msg", "reason"),
)


def explain(error: Exception) -> ProviderError:
    """Return the typed error, fit to show, for one of FAILURES."""
    if isinstance(error, StatusError):
        return _for_status(error)
    log.warning("A model's provider failed: %s", type(error).__name__)
    if isinstance(error, (ValueError, RecursionError)) and not isinstance(error, OSError):
        return TransientError(UNREADABLE)
    return TransientError(LOST)


def error_in(fields: Mapping[str, object], event_type: str = "") -> object:
    """Return the error that an event of a stream, decoded JSON, consists of; None if it has none.

    Servers mark it with an `error`, with `object: error` or `type: error`, with `event: error`, by
    a status, or by a code in `base_resp` (MiniMax), or send a message where the answer should be.
    """
    for name in ("error", "errors"):
        if (error := fields.get(name)) and not _is_empty(error):
            return error
    if "error" in (event_type, fields.get("object"), fields.get("type")):
        return fields
    base = fields.get("base_resp")
    if isinstance(base, Mapping) and base.get("status_code"):
        return base
    if any(_number(fields[name]) for name in fields.keys() & CODE_FIELDS):
        return fields
    if "choices" in fields or "type" in fields:
        return None
    messages = (fields.get(name) for name in MESSAGE_FIELDS if name != "reason")
    return fields if any(isinstance(each, (str, list)) for each in messages) else None


def later(error: TransientError) -> TransientError:
    """Return an error whose sentence says when the model's server wants to be asked again."""
    when = f"Please try again in {in_whole_words(error.retry_after)} or later."
    return TransientError(error.sentence.replace(SHORTLY, when), error.retry_after)


def explain_event(error: object) -> ProviderError:
    """Return the typed error for what `error_in` has found."""
    codes, messages = list(_values(error, CODE_FIELDS)), list(_values(error, MESSAGE_FIELDS))
    if isinstance(error, str):
        codes.append(error)
    status = _status_of(codes, messages)
    log.warning("A model's provider sent an error, like status %s", status)
    return _error(status, " ".join(_text(each) for each in (*codes, *messages)))


def _for_status(error: StatusError) -> ProviderError:
    """Return the error for a status; some say 400 or 429 for what has a status of its own."""
    status = error.status
    body = _decoded(error.body)
    if status in (400, 403, 422, 429) and body is not None:
        codes, messages = list(_values(body, CODE_FIELDS)), list(_values(body, MESSAGE_FIELDS))
        words = [*codes, *messages] if status != 429 else codes
        status = _worded(words, (402, 451)) or status
    log.warning("A model's provider answered with status %s", error.status)
    return _error(status, error.body[:LONGEST_MESSAGE], error.retry_after)


def _error(status: int, text: str, retry_after: float = 0.0) -> ProviderError:
    if status == 413 or (status not in (401, 402, 403, 429, 451) and TOO_LONG_WORDS.search(text)):
        return ConversationTooLongError(TOO_LONG, _share_that_fits(text))
    if status < 400:
        return PermanentError(REDIRECTED)
    if status in TRANSIENT_STATUSES:
        return TransientError(BUSY, retry_after)
    if status >= 500:
        return TransientError(SENTENCES.get(status, TROUBLE), retry_after)
    return PermanentError(SENTENCES.get(status, REFUSED))


def _status_of(codes: list[object], messages: list[object]) -> int:
    """Return the HTTP status that an error without one amounts to."""
    number = next(filter(None, map(_number, codes)), None)
    kind = _worded(codes)
    if (number or kind) in (None, 400, 403, 422) and (worded := _worded(messages)):
        return worded if worded in (402, 451) or not (number or kind) else number or kind or 400
    if number == 429 and kind == 402:
        return 402
    return number or kind or 500


def _number(code: object) -> int | None:
    """Return a code that is an HTTP status of an error: a number, or a text that begins with it."""
    if isinstance(code, bool) or not isinstance(code, (int, float, str)):
        return None
    match = re.match(r"\s*([45]\d\d)(?!\d)", str(code))
    return int(match[1]) if match else None


def _worded(texts: list[object], statuses: Collection[int] = WORDS) -> int | None:
    for text in texts:
        for status in statuses:
            if re.search(WORDS[status], _text(text), re.IGNORECASE):
                return status
    return None


def _is_empty(error: object) -> bool:
    """Return whether this is no error: nothing, or an object of which no value says anything."""
    return not (any(error.values()) if isinstance(error, Mapping) else error)


def _values(error: object, names: tuple[str, ...], depth: int = 0) -> Iterator[object]:
    """Yield the values of these fields, in an error and in the errors nested in it."""
    if isinstance(error, list):
        error = error[0] if error else None
    if not isinstance(error, Mapping) or depth == DEEPEST:
        return
    yield from (error[name] for name in names if isinstance(error.get(name), (str, int, float)))
    for name in ("error", "errors", "choices", "base_resp", *MESSAGE_FIELDS):
        inner = error.get(name)
        if isinstance(inner, (Mapping, list)):
            yield from _values(inner, names, depth + 1)
        elif name == "error" and isinstance(inner, str) and names is MESSAGE_FIELDS:
            yield inner


def _text(value: object) -> str:
    return str(value)[:LONGEST_MESSAGE]


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
