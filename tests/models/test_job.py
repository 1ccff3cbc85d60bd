"""Exports and imports as rows."""

from __future__ import annotations

from app.extensions import db
from app.models import Job
from app.models.job import Kind, State
from tests.support.cast import Cast
from tests.support.harness import Harness


def test_what_has_ended_stays_as_it_is(harness: Harness, cast: Cast) -> None:
    def end_twice() -> tuple[str, str | None]:
        job = Job.begin(harness.user(cast.olive), Kind.EXPORT, State.WAITING, format="json")
        job.end(State.CANCELLED)
        job.end(State.FAILED, "Too late.")
        db.session.flush()
        return job.state, job.error

    assert harness.database.write(end_twice) == (State.CANCELLED, None)
