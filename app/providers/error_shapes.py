"""What an error of a model's server says, in any shape: its codes, its messages, its status."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

ERROR_FIELDS = ("error", "errors")
CODE_FIELDS = (
    *("code", "status", "status_code", "statusCode", "http_status", "http_code"),
    *("error_code", "errorCode", "type", "kind", "error_type", "__type"),
)
MESSAGE_FIELDS = (
    *("message", "Message", "detail", "msg", "error_description", "error_msg", "error_message"),
    *("errorMessage", "status_msg", "reason"),
)

DEEPEST = 4
LONGEST_MESSAGE = 2_000

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
    413: r"too.{0,3}large",
    400: r"invalid|bad.{0,3}request|validation|unsupported|malformed|value.?error|missing|required",
}
"""By status, the words with which servers name it: in a kind, or in a message; the first counts."""

STATUS = re.compile(r"(?:status|code|error|http)\W{0,4}(?:code\W{0,4})?([45]\d\d)\b", re.IGNORECASE)
"""In a message: "Request failed with status code 402", "Error code: 429 - …"."""


class Said(NamedTuple):
    """The codes and the messages in an error, and in the errors nested in it."""

    codes: list[object]
    messages: list[object]

    @property
    def text(self) -> str:
        """Return all of it."""
        return " ".join(map(_text, (*self.codes, *self.messages)))


def said_in(error: object) -> Said:
    """Return what an error, decoded JSON, says."""
    if not isinstance(error, (Mapping, list)):
        error = {"error": error}
    return Said(list(_values(error, CODE_FIELDS)), list(_values(error, MESSAGE_FIELDS)))


def error_in(fields: Mapping[str, object], event_type: str = "") -> object:
    """Return the error that an event of a stream, decoded JSON, consists of; None if it has none.

    Servers mark it with an `error`, with `object: error` or `type: error`, with `event: error`, by
    a status, or by a code in `base_resp` (MiniMax), or send a message about one where the answer
    should be.
    """
    for holder in (fields, fields.get("x_groq")):  # Groq
        if isinstance(holder, Mapping) and any(map(_says_something, map(holder.get, ERROR_FIELDS))):
            return holder
    if "error" in (event_type, fields.get("object"), fields.get("type")):
        return fields
    base = fields.get("base_resp")
    if isinstance(base, Mapping) and base.get("status_code"):
        return base
    if any(_number(fields[name]) for name in fields.keys() & CODE_FIELDS):
        return fields
    return fields if _worded(_remarks(fields)) else None


def remark_in(fields: Mapping[str, object]) -> object:
    """Return an event that consists of a message where the answer should be; None if it does not.

    That is an error, unless the answer follows: some proxies begin with a message that all is well.
    """
    return fields if _remarks(fields) else None


def _remarks(fields: Mapping[str, object]) -> list[object]:
    if "choices" in fields or "type" in fields:
        return []
    messages = (fields.get(name) for name in MESSAGE_FIELDS if name != "reason")
    return [message for message in messages if message and isinstance(message, (str, list))]


def refined(status: int, said: Said) -> int:
    """Return the status that an error has by its words: some servers say 400 or 429 for what has
    one of its own, and some proxies 500 for whatever they were told."""
    codes, messages = said
    if status in (400, 403, 422, 429):
        words = [*codes, *messages] if status != 429 else codes
        return _worded(words, (402, 451)) or status
    if status in (500, 502):
        told = (*map(_number, codes), *map(_number_within, (*codes, *messages)))
        return next(filter(None, told), status)
    return status


def status_of(said: Said) -> int:
    """Return the HTTP status that an error without one amounts to."""
    codes, messages = said
    number = next(filter(None, map(_number, codes)), None)
    kind = _worded(codes) or next(filter(None, map(_number_within, (*codes, *messages))), None)
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


def _number_within(message: object) -> int | None:
    match = STATUS.search(_text(message))
    return int(match[1]) if match else None


def _worded(texts: list[object], statuses: Collection[int] = WORDS) -> int | None:
    for text in texts:
        for status in statuses:
            if re.search(WORDS[status], _text(text), re.IGNORECASE):
                return status
    return None


def _says_something(error: object) -> bool:
    """Return whether this is an error: neither nothing nor an object whose values say nothing."""
    return any(error.values()) if isinstance(error, Mapping) else bool(error)


def _values(error: object, names: tuple[str, ...], depth: int = 0) -> Iterator[object]:
    """Yield the values of these fields, in an error and in the errors nested in it."""
    if isinstance(error, list):
        error = error[0] if error else None
    if not isinstance(error, Mapping) or depth == DEEPEST:
        return
    yield from (error[name] for name in names if isinstance(error.get(name), (str, int, float)))
    for name in (*ERROR_FIELDS, "choices", "base_resp", *MESSAGE_FIELDS):
        inner = error.get(name)
        if isinstance(inner, (Mapping, list)):
            yield from _values(inner, names, depth + 1)
        elif name == "error" and isinstance(inner, (str, int, float)):
            yield inner


def _text(value: object) -> str:
    return str(value)[:LONGEST_MESSAGE]
