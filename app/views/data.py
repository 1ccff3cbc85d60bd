"""The account's page of a person's data: exports of all conversations, and imports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from flask import Blueprint, flash, redirect, render_template, request, stream_with_context, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.database import read, write
from app.errors import DomainError, NotFound
from app.extensions import csrf
from app.jobs import begin, current_jobs, tell
from app.models import Job, JobPiece
from app.models.job import GONE, Kind, State
from app.schemas import Payload, check
from app.views.auth import require_sign_in
from app.views.errors import ErrorPage, headers_of
from app.views.forms import problem_in
from app.views.import_upload import MAX_FILE_BYTES, store_upload

blueprint = Blueprint("data", __name__, url_prefix="/account/data")
blueprint.before_request(require_sign_in)

CANCELLED = "It is cancelled."


class ExportForm(Payload):
    """The form that starts an export."""

    format: Literal["markdown", "json"] = "markdown"


@blueprint.get("")
def show() -> str:
    """Show the newest export and the newest import, and the forms that start others."""
    return _render()


@blueprint.get("/export")
@blueprint.get("/import")
@blueprint.get("/jobs/<public_id>/start")
@blueprint.get("/jobs/<public_id>/cancel")
def lead_on(public_id: str = "") -> Response:
    """Lead on from the address of a form."""
    return redirect(url_for(".show"))


@blueprint.post("/export")
def export() -> Response | ErrorPage:
    """Start an export of all conversations."""
    user_id = current_user.id
    try:
        rate_limits.hit("job", user_id)
        form = check(ExportForm, request.form.to_dict()).format
        begin(user_id, Kind.EXPORT, State.WAITING, format=form)
    except DomainError as error:
        return _refused(error, "format")
    current_jobs().run_soon()
    return _to_page()


@blueprint.post("/import")
@csrf.exempt  # type: ignore[untyped-decorator]  # flask-wtf has no types; store_upload checks it
def import_file() -> Response | ErrorPage:
    """Take a file, and have a look at it."""
    user_id = current_user.id
    try:
        rate_limits.hit("job", user_id)
        store_upload(user_id)
    except DomainError as error:
        return _refused(error, "file")
    current_jobs().run_soon()
    return _to_page()


@blueprint.post("/jobs/<public_id>/start")
def start(public_id: str) -> Response:
    """Import what was looked at."""
    _change(public_id, Job.go_on)
    current_jobs().run_soon()
    return _to_page()


@blueprint.post("/jobs/<public_id>/cancel")
def cancel(public_id: str) -> Response:
    """End a job that is not finished. What an import has stored so far stays."""
    key = _change(public_id, lambda job: job.end(State.CANCELLED))
    tell(key)
    flash(CANCELLED)
    return _to_page()


@blueprint.get("/jobs/<public_id>/download")
def download(public_id: str) -> Response:
    """Send the file of an export to its maker."""
    rate_limits.hit("page", current_user.id)
    job = Job.owned(public_id, current_user.id)
    if job.kind != Kind.EXPORT or job.state != State.DONE:
        raise NotFound(GONE)
    pieces = stream_with_context(_pieces(job.id, job.pieces))
    response = Response(pieces, content_type="application/zip")
    response.content_length = job.size
    name = f"midstream-{job.format}-{job.created_at:%Y-%m-%d}.zip"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _pieces(job_id: int, count: int) -> Iterator[bytes]:
    for number in range(count):
        yield read(lambda at=number: JobPiece.read(job_id, at))  # type: ignore[misc]


def _change(public_id: str, change: Callable[[Job], Any]) -> int:
    """Commit a change of one of the user's jobs; return its key."""
    user_id = current_user.id
    rate_limits.hit("page", user_id)

    def work() -> int:
        job = Job.owned(public_id, user_id, locked=True)
        change(job)
        return job.id

    return write(work)


def _to_page() -> Response:
    return redirect(url_for(".show"), 303)


def _refused(error: DomainError, field: str) -> ErrorPage:
    """Show the page with the sentence of an error beside its field."""
    problem = next(iter(problem_in(error).values()))
    return _render({field: problem}), error.http_status, headers_of(error)


def _render(problems: dict[str, str] | None = None) -> str:
    jobs = Job.of(current_user.id)
    newest = {kind: job for job in reversed(jobs) for kind in _forms_of(job)}
    return render_template(
        "account/data.html",
        newest=newest,
        is_busy=any(job.is_active for job in jobs),
        is_growing=any(job.is_active and job.state != State.READY for job in jobs),
        problems=problems or {},
        largest_mb=MAX_FILE_BYTES // 1_000_000,
    )


def _forms_of(job: Job) -> tuple[str]:
    return ("export",) if job.kind == Kind.EXPORT else ("import",)
