"""Does the work of one job, wherever it runs, and stores how it has ended."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import count
from traceback import format_exc
from typing import Any

from app.config import current_config
from app.database import read, write
from app.errors import DomainError
from app.exporting.archive import Pieces, write_archive
from app.exporting.conversation import FORMATS
from app.extensions import db
from app.files.uploading import take
from app.importing.parsed import Row
from app.importing.planning import Importer
from app.importing.run import run as import_file
from app.importing.values import Unusable
from app.jobs.lease import Lease, NotOurs
from app.markdown import render_typed
from app.models import Job, JobPiece, User
from app.models.continuing import is_open
from app.models.job import PIECE_BYTES, Kind, State, add_piece, drop_pieces, renew
from app.models.message import Role
from app.rendering.renderer import current_renderer
from app.replies import current_runtime, reload_models

RENDER_SECONDS = 60.0
TOO_MUCH = "There is too much in one conversation of the file to be read here."
WENT_WRONG = "Something went wrong on the server. The error has been logged."


class JobFile(io.RawIOBase):
    """The file of a job, read from the database piece by piece."""

    def __init__(self, job_id: int, size: int) -> None:
        self._job_id = job_id
        self._size = size
        self._at = 0
        self._piece = (-1, b"")

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can be read from anywhere."""
        return True

    def tell(self) -> int:
        """Return where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Read from somewhere else."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read to the end of a piece, at most; return how many bytes that are."""
        number, start = divmod(self._at, PIECE_BYTES)
        if self._at >= self._size:
            return 0
        if self._piece[0] != number:
            self._piece = (number, read(lambda: JobPiece.read(self._job_id, number)))
        data = self._piece[1][start : start + len(buffer)]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def run(lease: Lease) -> str:
    """Do a job that was claimed with this lease. What goes wrong with it is its own trouble.

    Returns a traceback for the log where nobody has foreseen that; else an empty text, as where
    the job has gone meanwhile, with its maker's account for example.
    """
    try:
        _run(lease)
    except NotOurs:
        pass
    except Unusable as unusable:
        _end(lease, State.FAILED, str(unusable))
    except DomainError as error:
        _end(lease, State.FAILED, error.sentence)
    except MemoryError:
        _end(lease, State.FAILED, TOO_MUCH)
    except Exception:
        trouble = format_exc()
        return trouble if _end(lease, State.FAILED, WENT_WRONG) else ""
    return ""


def importer_for(user_id: int, token: str, go_on: Callable[[], None]) -> Importer:
    """Return what an import needs to know of the one who imports."""
    reload_models()
    models = current_runtime().models.offered_to(user_id)
    numbers = count(-1, -1)  # messages that have no key yet

    def render(row: Row) -> str | None:
        if row.role == Role.USER:
            return render_typed(row.content, row.mentions)
        is_unfinished = is_open(row.status, row.is_cut)
        return current_renderer().render(
            next(numbers), row.role, row.content, RENDER_SECONDS, is_unfinished
        )

    def choose(model: str | None) -> str:
        return model if model in models.names else models.default

    name, most = read(lambda: User.name_of(user_id)), current_config().files.bytes
    return Importer(user_id, name, token, choose, render, take, most, go_on)


def _run(lease: Lease) -> None:
    job = read(lambda: _detached(lease.job_id))
    if job.kind == Kind.EXPORT:
        _export(job, lease)
    else:
        _import(job, lease)


def _detached(job_id: int) -> Job:
    job = db.session.get_one(Job, job_id)
    db.session.expunge(job)
    return job


def _export(job: Job, lease: Lease) -> None:
    while write(lambda: drop_pieces(job.id)):  # of a process that did not get to the end
        lease.note()
    numbers = count()

    def store(data: bytes) -> None:
        number = next(numbers)
        write(lambda: add_piece(job.id, number, data))
        lease.note()

    file = Pieces(store, PIECE_BYTES)
    form = FORMATS[job.format]
    written = write_archive(
        job.user_id, form, file, lambda *at: lease.note(done=at[0], total=at[1])
    )
    file.close()
    done = {"done": written.conversations, "total": written.conversations}
    size = {"size": file.size, "pieces": next(numbers)}
    _end(lease, State.DONE, None, written._asdict(), **done, **size)


def _import(job: Job, lease: Lease) -> None:
    importer = importer_for(job.user_id, job.public_id, lease.note)
    is_preview = job.kind == Kind.PREVIEW
    with io.BufferedReader(JobFile(job.id, job.size), PIECE_BYTES) as file:
        report = import_file(
            file, importer, lambda done: lease.note(done=done), is_preview=is_preview
        )
    total = sum(report.outcomes.values()) + report.skipped_count
    state = State.READY if is_preview else State.DONE
    _end(lease, state, None, report.as_json(), done=total, total=total)


def _end(lease: Lease, state: State, error: str | None, report: Any = None, **about: int) -> bool:
    """Store how a job has ended; return whether it was this process's to the end."""
    try:
        last = lease.close()
    except NotOurs:
        return False
    return write(lambda: _store_end(lease.job_id, last, state, error, report, about))


def _store_end(
    job_id: int, lease: int, state: State, error: str | None, report: Any, about: dict[str, int]
) -> bool:
    if renew(job_id, lease, **about) is None:
        return False
    job = db.session.get_one(Job, job_id, populate_existing=True)
    if state == State.READY:
        job.prepare(report)
    else:
        job.end(state, error, report)
    return True
