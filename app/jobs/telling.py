"""Tells the pages of a job's maker how far it is."""

from __future__ import annotations

import logging

from app.database import read
from app.errors import attempt
from app.events import emit
from app.events.payloads import job_payload
from app.events.shapes import JobPayload
from app.extensions import db
from app.models import Job

logger = logging.getLogger(__name__)


def look_at(job_id: int) -> tuple[JobPayload, int] | None:
    """Return how far a job is and its maker's key; None where it is gone."""
    return read(lambda: _look_at(job_id))


def tell(job_id: int) -> None:
    """Send how far a job is; where that fails, the page asks again by itself."""
    found = look_at(job_id)
    if found is not None:
        _, error = attempt(lambda: emit.job(*found))
        if error:
            logger.error("How far a job is could not be sent.", exc_info=error)


def _look_at(job_id: int) -> tuple[JobPayload, int] | None:
    job = db.session.get(Job, job_id)
    return (job_payload(job), job.user_id) if job else None
