"""Forms of requests: the long ones are decoded beside the event loop, and all have few fields.

Decoding a form of the longest question takes half a second, and one of nothing but `%` more; that
comes before any check, so that anybody can send it.
"""

from __future__ import annotations

from threading import Semaphore

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from app.background import offload

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


def with_plain_breaks(fields: dict[str, str]) -> dict[str, str]:
    """Return the fields of a form with line breaks as people typed them: browsers send CRLF."""
    return {name: value.replace("\r\n", "\n") for name, value in fields.items()}
