"""Forms of requests: the long ones are decoded beside the event loop, and all have few fields.

Decoding a form of the longest question takes half a second, and one of nothing but `%` more; that
comes before any check, so that anybody can send it.
"""

from __future__ import annotations

from threading import Semaphore

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from app.background import offload
from app.text import NAME_LENGTH, single_line

SHORT_BYTES = 8_000
MOST_FIELDS = 100

_slots = Semaphore(2)


class FormRequest(Request):
    """A request whose form is decoded when it is first asked for."""

    def _load_form_data(self) -> None:
        """Decode the form. Raises 413 for too many fields, and 400 for one without a name."""
        if "form" in self.__dict__:
            return
        if (self.content_length or 0) <= SHORT_BYTES:
            super()._load_form_data()
        else:
            self.get_data()  # here, for the connection belongs to the event loop
            with _slots:
                offload(super()._load_form_data)
        if len(self.form) + len(self.files) > MOST_FIELDS:
            raise RequestEntityTooLarge
        if None in self.form:
            raise BadRequest


def plain_breaks(text: str) -> str:
    """Return a field's text with line breaks as somebody typed them: browsers send CRLF."""
    return text.replace("\r\n", "\n")


def with_plain_breaks(fields: dict[str, str]) -> dict[str, str]:
    """Return the fields of a form with such line breaks."""
    return {name: plain_breaks(value) for name, value in fields.items()}


def one_line(text: str) -> str:
    """Return a name of one line; raises ValueError for any other text."""
    line = single_line(text, NAME_LENGTH)
    if line is None:
        raise ValueError(f"write one line of 1 to {NAME_LENGTH} characters")
    return line
