"""Jobs: work that a person starts, that takes a while, and whose progress they see.

A job and its file are in the database, so that any server process can run it, show it and serve the
file. One process at a time runs it: it increments `lease`, and who has seen that unchanged for the
lease time takes the job over. Whoever ran it before finds that out with its next increment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, delete, insert, select, text
from sqlalchemy import update as updated
from sqlalchemy.orm import Mapped, mapped_column

from app.database import NO_SYNC
from app.direct import DirectStatement
from app.errors import Conflict, NotFound
from app.extensions import Base, db
from app.models.columns import (
    NEVER_REUSED,
    Key,
    Line,
    OptionalTimestamp,
    PublicId,
    Timestamp,
    UtcDateTime,
    is_public_id,
    now,
)
from app.models.user import User

PIECE_BYTES = 256_000
PIECES_AT_ONCE = 8  # that one transaction deletes
KEPT = timedelta(days=1)  # a download, an upload that nobody goes on with, and a report
MOST_ATTEMPTS = 3
BUSY = "You have an export or import that is not finished. Wait for its end, or cancel it."
GONE = "That is not there any more. Downloads are deleted after a day."
ACTIVE = text("state IN ('uploading', 'waiting', 'running', 'ready')")


class Kind(StrEnum):
    """What a job does. An import is looked at first, and then runs where its maker wants that."""

    EXPORT = "export"
    PREVIEW = "preview"
    IMPORT = "import"


class State(StrEnum):
    """How far a job is."""

    UPLOADING = "uploading"
    WAITING = "waiting"  # for a process to run it
    RUNNING = "running"
    READY = "ready"  # an import that was looked at, for its maker to go on
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNATTENDED = (State.UPLOADING, State.WAITING, State.RUNNING)


class Job(Base):
    """One job. `done` of `total` conversations are done; of a total that is not known it is 0.
    `report` is JSON; `error` is a sentence about a job that has failed."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "one_active_job_per_person",
            "user_id",
            unique=True,
            sqlite_where=ACTIVE,
            postgresql_where=ACTIVE,
        ),
        NEVER_REUSED,
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    format: Mapped[str] = mapped_column(String(20), default="")
    file_name: Mapped[str] = mapped_column(Line(100), default="")
    lease: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    pieces: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    report: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[Timestamp]
    ended_at: Mapped[OptionalTimestamp]
    expires_at: Mapped[Timestamp] = mapped_column(
        UtcDateTime, default=lambda: now() + KEPT, index=True
    )

    @classmethod
    def begin(cls, user_id: int, kind: Kind, state: State, **about: str) -> Job:
        """Add a job in the caller's transaction, in place of the user's earlier ones of its kind.

        Raises Conflict where another one is not finished, and NotFound where the account was
        deleted meanwhile.
        """
        User.lock(user_id)
        if db.session.scalar(cls.active_of(user_id)) is not None:
            raise Conflict(BUSY)
        kinds = (Kind.EXPORT,) if kind is Kind.EXPORT else (Kind.PREVIEW, Kind.IMPORT)
        earlier = updated(cls).where(cls.user_id == user_id, cls.kind.in_(kinds))
        db.session.execute(earlier.values(expires_at=now()), execution_options=NO_SYNC)
        job = cls(user_id=user_id, kind=kind, state=state, **about)
        db.session.add(job)
        db.session.flush()
        return job

    @classmethod
    def active_of(cls, user_id: int) -> Any:
        """Select a user's job that is not finished."""
        return select(cls).where(cls.user_id == user_id, ACTIVE)

    @classmethod
    def of(cls, user_id: int) -> Sequence[Job]:
        """Return a user's jobs that have not expired, the newest first."""
        found = select(cls).where(cls.user_id == user_id, cls.expires_at > now())
        return db.session.scalars(found.order_by(cls.id.desc())).all()

    @classmethod
    def owned(cls, public_id: str, user_id: int, *, locked: bool = False) -> Job:
        """Return a user's job with this id; NotFound where there is none, or it has expired. With
        `locked` every other writer is kept out until the commit."""
        if not is_public_id(public_id):
            raise NotFound(GONE)
        found = select(cls).where(cls.public_id == public_id, cls.user_id == user_id)
        found = found.where(cls.expires_at > now())
        job = db.session.scalar(found.with_for_update() if locked else found)
        if job is None:
            raise NotFound(GONE)
        return job

    @property
    def is_active(self) -> bool:
        """Return whether it is not finished."""
        return self.state in (*UNATTENDED, State.READY)

    @property
    def result(self) -> Mapping[str, Any]:
        """Return its report; empty where there is none yet."""
        return json.loads(self.report) if self.report else {}

    def go_on(self) -> None:
        """Let an import run that was looked at, in the caller's transaction; Conflict elsewhere."""
        if self.state != State.READY:
            raise Conflict(GONE)
        self.kind, self.state, self.attempts, self.done = Kind.IMPORT, State.WAITING, 0, 0
        self.expires_at = now() + KEPT

    def end(
        self, state: State, error: str | None = None, report: Mapping[str, Any] | None = None
    ) -> None:
        """End it, in the caller's transaction; what has ended stays as it is."""
        if not self.is_active:
            return
        self.state, self.error, self.ended_at = state, error, now()
        self.expires_at = now() + KEPT
        if report is not None:
            self.report = json.dumps(report, ensure_ascii=False)

    def prepare(self, report: Mapping[str, Any]) -> None:
        """Let its maker decide about an import that was looked at, in the caller's transaction."""
        self.state, self.report = State.READY, json.dumps(report, ensure_ascii=False)
        self.expires_at = now() + KEPT


# The jobs that wait, and those that a process works at, if that still runs. Built once: they are
# looked for every second, and building it takes longer.
UNATTENDED_JOBS = DirectStatement(
    select(Job.id, Job.state, Job.lease).where(ACTIVE, Job.state != State.READY).order_by(Job.id)
)


class JobPiece(Base):
    """A part of the file of a job: of an upload, or of a download."""

    __tablename__ = "job_piece"

    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)

    @classmethod
    def read(cls, job_id: int, number: int) -> bytes:
        """Return one piece of a job's file; empty where there is none."""
        found = select(cls.data).where(cls.job_id == job_id, cls.number == number)
        return db.session.scalar(found) or b""


def claim(job_id: int, lease: int) -> int | None:
    """Take a job to run it, if nobody else has since it was seen with this lease, in the caller's
    transaction. Returns the new lease, None where somebody has."""
    mine = updated(Job).where(Job.id == job_id, Job.lease == lease, Job.state.in_(UNATTENDED))
    values = {"state": State.RUNNING, "lease": Job.lease + 1, "attempts": Job.attempts + 1}
    return db.session.scalar(mine.values(values).returning(Job.lease))


def renew(job_id: int, lease: int, **progress: int) -> int | None:
    """Increment the lease of a job that is being run, in the caller's transaction. Returns the new
    one, None where the job is not the caller's any more: cancelled, or taken over."""
    mine = updated(Job).where(Job.id == job_id, Job.lease == lease, Job.state.in_(UNATTENDED))
    return db.session.scalar(mine.values(lease=Job.lease + 1, **progress).returning(Job.lease))


def add_piece(job_id: int, number: int, data: bytes) -> None:
    """Store a piece of a job's file, in the caller's transaction."""
    db.session.execute(insert(JobPiece), [{"job_id": job_id, "number": number, "data": data}])


def drop_pieces(job_id: int) -> bool:
    """Delete some pieces of a job's file, in the caller's transaction; return whether there may be
    more."""
    of_job = select(JobPiece.number).where(JobPiece.job_id == job_id)
    numbers = db.session.scalars(of_job.limit(PIECES_AT_ONCE)).all()
    pieces = delete(JobPiece).where(JobPiece.job_id == job_id, JobPiece.number.in_(numbers))
    db.session.execute(pieces, execution_options=NO_SYNC)
    return bool(numbers)


def without_file(most: int) -> Sequence[int]:
    """Return the keys of jobs whose file nobody needs any more, or that have expired."""
    is_over = Job.state.in_((State.FAILED, State.CANCELLED)) | (
        (Job.state == State.DONE) & (Job.kind == Kind.IMPORT)
    )
    has_file = select(JobPiece.job_id).where(JobPiece.job_id == Job.id).exists()
    found = select(Job.id).where((is_over & has_file) | (Job.expires_at < now()))
    return db.session.scalars(found.order_by(Job.id).limit(most)).all()


def forget(job_id: int) -> None:
    """Delete a job that has expired and has no pieces left, in the caller's transaction."""
    expired = delete(Job).where(Job.id == job_id, Job.expires_at < now())
    db.session.execute(expired, execution_options=NO_SYNC)
