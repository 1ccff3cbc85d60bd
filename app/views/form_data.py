"""Forms of requests: the long ones are decoded beside the event loop, and all have few fields.

Decoding a form of the longest question takes half a second, and one of nothing but `%` more; that
comes before any check, so that anybody can send it. Only who is signed in can send files, which
are not held in memory.
"""

from __future__ import annotations

import shutil
from tempfile import TemporaryFile
from threading import Semaphore

from flask import Request
from flask_login import current_user
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from app.background import offload
from app.config import current_config
from app.text import NAME_LENGTH, single_line

SHORT_BYTES = 8_000
MOST_FIELDS = 100
PIECE_BYTES = 1 << 18
WITH_FILES = {
    *("api.upload", "files.upload"),
    *("conversations.ask", "conversations.edit"),
    *("avatars.change", "assistants.change_picture"),
}

_slots = Semaphore(2)


class FormRequest(Request):
    """A request whose form is decoded when it is first asked for."""

    @property
    def max_content_length(self) -> int | None:
        """Return how many bytes a request may have."""
        is_larger = self._max_content_length is None and self.endpoint in WITH_FILES
        if is_larger and current_user.is_authenticated:
            return current_config().files.form_bytes
        return super().max_content_length

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    def _load_form_data(self) -> None:
        """Decode the form. Raises 413 for too many fields, and 400 for one without a name."""
        if "form" in self.__dict__:
            return
        if (self.content_length or 0) <= SHORT_BYTES:
            super()._load_form_data()
        else:
            self._load_long_form()
        if len(self.form) + len(self.files) > MOST_FIELDS:
            raise RequestEntityTooLarge
        if None in self.form:
            raise BadRequest

    def _load_long_form(self) -> None:
        """Receive the body here, for the connection belongs to the event loop: into a file if it
        may hold files. Then decode it beside the event loop."""
        self.max_content_length = self.max_content_length  # who asks is not known there
        with TemporaryFile() as received:
            if self.mimetype == "multipart/form-data":
                shutil.copyfileobj(self.stream, received, PIECE_BYTES)
                received.seek(0)
                self.__dict__["stream"] = received
            else:
                self.get_data()
            with _slots:
                offload(super()._load_form_data)


def plain_breaks(text: str) -> str:
    """Return a field's text with line breaks as somebody typed them: browsers send CRLF."""
    return text.replace("\r\n", "\n")


def with_plain_breaks(fields: dict[str, str]) -> dict[str, str]:
    """Return the fields of a form with such line breaks."""
    return {name: plain_breaks(value) for name, value in fields.items()}


def one_line(text: str, *, most: int = NAME_LENGTH) -> str:
    """Return a text of one line, by default a name; raises ValueError for any other text."""
    line = single_line(text, most)
    if line is None:
        raise ValueError(f"write one line of 1 to {most} characters")
    return line
