"""Exports and imports as jobs: each runs in a process of its own, and every server shows it."""

from app.jobs.keeping import Jobs, begin, current_jobs
from app.jobs.telling import tell

__all__ = ["Jobs", "begin", "current_jobs", "tell"]
