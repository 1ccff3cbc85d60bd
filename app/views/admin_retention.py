"""The administrators' page of retention: what goes by itself, and a trial of that."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from app.errors import DomainError, Invalid, Unavailable
from app.events import server_settings
from app.models.retention import LEAST_DAYS, MOST_DAYS, Retention, Trial, trial
from app.schemas import Payload, check
from app.views.administration import require_admin, write_as_admin
from app.views.errors import ErrorPage, headers_of
from app.views.forms import problem_in

blueprint = Blueprint("admin_retention", __name__, url_prefix="/admin/retention")
blueprint.before_request(require_admin)

SAVED = "Conversations go after {days} days from now on."
OFF = "No conversation goes by itself any more."
TRY_FIRST = "days: try it first: the page says what would go."

Days = Annotated[int, Field(ge=LEAST_DAYS, le=MOST_DAYS, strict=False)]


class RetentionForm(Payload):
    """After how many days without a message conversations go; a box that is checked keeps what is
    pinned."""

    days: Days
    pinned: Literal["keep"] | None = None

    @property
    def retention(self) -> Retention:
        """Return what is to be set."""
        return Retention(self.days, self.pinned is not None)


class SaveForm(RetentionForm):
    """The same, with the number of days that was tried."""

    tried: Days | None = None


@blueprint.get("")
def show() -> str | ErrorPage:
    """Show what is set; with days, what would go after so many."""
    if not request.args.get("days"):
        return _render()
    try:
        wanted = check(RetentionForm, request.args.to_dict()).retention
        return _render(wanted, trial(wanted))
    except (Invalid, Unavailable) as error:
        return _refused(error)


@blueprint.post("")
def save() -> Response | ErrorPage:
    """Let conversations go after so many days, which have been tried."""
    try:
        form = check(SaveForm, request.form.to_dict())
        if form.tried != form.days:
            raise Invalid(TRY_FIRST)
    except Invalid as error:
        return _refused(error)
    write_as_admin(form.retention.store)
    server_settings.reload()
    flash(SAVED.format(days=form.days))
    return redirect(url_for(".show"))


@blueprint.get("/off")
def lead_on() -> Response:
    """Lead on from the address of a refused form."""
    return redirect(url_for(".show"))


@blueprint.post("/off")
def turn_off() -> Response:
    """Let no conversation go by itself any more."""
    write_as_admin(Retention().store)
    server_settings.reload()
    flash(OFF)
    return redirect(url_for(".show"))


@blueprint.app_template_global()
def retention_now() -> Retention:
    """Return what is set, for the pages of those whom it concerns."""
    return server_settings.known().retention


def _refused(error: DomainError) -> ErrorPage:
    return _render(problems=problem_in(error)), error.http_status, headers_of(error)


def _render(
    wanted: Retention | None = None,
    would_go: Trial | None = None,
    problems: dict[str, str] | None = None,
) -> str:
    """Return the page's HTML, with what would go by what is wanted."""
    return render_template(
        "admin/retention.html",
        now=retention_now(),
        wanted=wanted or retention_now(),
        trial=would_go,
        least=LEAST_DAYS,
        most=MOST_DAYS,
        problems=problems or {},
    )
