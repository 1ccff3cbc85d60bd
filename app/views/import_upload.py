"""Takes an uploaded file as it comes, and stores it piece by piece: it is never in memory.

The form of it can't be decoded as others are, which is done as a whole. So its CSRF token is
checked here, before the first byte of the file is stored: browsers send the fields in the order of
the form.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import current_app, request
from flask_wtf.csrf import CSRFError, validate_csrf
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import (
    Data,
    Event,
    Field,
    File,
    MultipartDecoder,
    NeedData,
)

from app.database import write
from app.errors import Conflict, Invalid
from app.extensions import db
from app.importing.values import line
from app.jobs import begin
from app.models import Job
from app.models.job import PIECE_BYTES, Kind, State, add_piece, renew

MAX_FILE_BYTES = 100_000_000
FORM_BYTES = 10_000  # of a form around its file
FIELD_BYTES = 1_000
MOST_PARTS = 20
READ_BYTES = 64_000
TOUCH_SECONDS = 2.0
FILE_NAME_LENGTH = 100
NO_FILE = "file: choose a file."
INTERRUPTED = "The upload was cancelled, or its job has ended."


def store_upload(user_id: int) -> int:
    """Store the file of this request's form as a new job of a user; return the job's key.

    Raises CSRFError, Invalid where there is no file, Conflict where another job is not finished,
    and RequestEntityTooLarge. What has come is dropped where the rest does not come.
    """
    request.max_content_length = MAX_FILE_BYTES + FORM_BYTES  # of a longer one nothing is read
    events = _events()
    name = _file_name(events)
    upload = Upload(begin(user_id, Kind.PREVIEW, State.UPLOADING, file_name=name))
    try:
        for event in events:
            if isinstance(event, Data):
                upload.add(event.data)
                if not event.more_data:
                    break
        upload.end()
    except BaseException:
        write(upload.drop)
        raise
    return upload.job_id


class Upload:
    """The file of a job, as much as has come of it."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        self._lease = 0
        self._waiting = bytearray()
        self._pieces = 0
        self._size = 0
        self._touched_at = time.monotonic()

    def add(self, data: bytes) -> None:
        """Take more of the file; Conflict where its job has ended."""
        self._waiting += data
        self._size += len(data)
        if self._size > MAX_FILE_BYTES:
            raise RequestEntityTooLarge
        while len(self._waiting) >= PIECE_BYTES:
            self._store(bytes(self._waiting[:PIECE_BYTES]))
            del self._waiting[:PIECE_BYTES]
        if time.monotonic() - self._touched_at > TOUCH_SECONDS:
            self._renew(None)

    def end(self) -> None:
        """Store the rest, and let the file be looked at. Raises Invalid where it is empty."""
        if self._waiting:
            self._store(bytes(self._waiting))
        if not self._size:
            raise Invalid(NO_FILE)
        write(self._complete)

    def drop(self) -> None:
        """End the job of a file that has not come, in the caller's transaction."""
        job = db.session.get(Job, self.job_id)
        if job is not None:
            job.end(State.CANCELLED)

    def _store(self, piece: bytes) -> None:
        self._renew(piece)
        self._pieces += 1
        time.sleep(0)  # however fast it comes, others have their turn

    def _renew(self, piece: bytes | None) -> None:
        lease = write(lambda: self._stored(piece))
        if lease is None:
            raise Conflict(INTERRUPTED)
        self._lease, self._touched_at = lease, time.monotonic()

    def _stored(self, piece: bytes | None) -> int | None:
        lease = renew(self.job_id, self._lease)
        if lease is not None and piece is not None:
            add_piece(self.job_id, self._pieces, piece)
        return lease

    def _complete(self) -> None:
        if renew(self.job_id, self._lease) is None:
            raise Conflict(INTERRUPTED)
        job = db.session.get_one(Job, self.job_id, populate_existing=True)
        job.state, job.pieces, job.size = State.WAITING, self._pieces, self._size


def _events() -> Iterator[Event]:
    """Yield the parts of the form as they come. Raises Invalid where it is none."""
    boundary = request.mimetype_params.get("boundary", "")
    if request.mimetype != "multipart/form-data" or not boundary.isascii() or not boundary:
        raise Invalid(NO_FILE)
    most = FORM_BYTES + READ_BYTES  # that it may hold: what was read last, and what is left before
    decoder = MultipartDecoder(boundary.encode(), most, max_parts=MOST_PARTS)
    try:
        while data := request.stream.read(READ_BYTES):
            decoder.receive_data(data)
            while not isinstance(event := decoder.next_event(), NeedData):
                yield event
        decoder.receive_data(None)
    except ValueError:
        raise Invalid(NO_FILE) from None


def _file_name(events: Iterator[Event]) -> str:
    """Return the name of the file, which comes after the token; check that."""
    field, token = "", b""
    for event in events:
        if isinstance(event, Field):
            field = event.name
        elif isinstance(event, Data) and field == "csrf_token":
            token = (token + event.data)[:FIELD_BYTES]
        elif isinstance(event, File) and event.name == "file":
            _check(token)
            if not event.filename:
                raise Invalid(NO_FILE)
            return line(event.filename, FILE_NAME_LENGTH) or "file"
    _check(token)
    raise Invalid(NO_FILE)


def _check(token: bytes) -> None:
    if not current_app.config.get("WTF_CSRF_ENABLED", True):
        return
    try:
        validate_csrf(token.decode(errors="replace"))
    except ValueError as error:  # wtforms' ValidationError
        raise CSRFError(str(error)) from None
