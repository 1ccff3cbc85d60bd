"""The administrators' page of the answers that are being written, which stops one of them."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, request, url_for
from pydantic import StringConstraints
from werkzeug.wrappers import Response

from app.database import release
from app.errors import Conflict
from app.models.running import MOST_SHOWN, running, stop_as_admin
from app.providers.tokens import estimate_of_bytes
from app.replies import current_runtime
from app.schemas import Payload, check
from app.views.administration import require_admin, write_as_admin
from app.views.errors import ErrorPage

blueprint = Blueprint("admin_answers", __name__, url_prefix="/admin/answers")
blueprint.before_request(require_admin)

STOPPED = "The answer is stopped."


class AnswerRef(Payload):
    """The form that stops an answer: its id."""

    id: Annotated[str, StringConstraints(max_length=64)]


@blueprint.get("")
def show() -> str:
    """Show the answers."""
    return _render()


@blueprint.get("/stop")
def lead_on() -> Response:
    """Lead on from the address of a refused form."""
    return redirect(url_for(".show"))


@blueprint.post("/stop")
def stop_one() -> Response | ErrorPage:
    """Stop an answer, whichever process writes it; its text so far stays."""
    public_id = check(AnswerRef, request.form.to_dict()).id
    try:
        write_as_admin(lambda: stop_as_admin(public_id))
    except Conflict as error:
        return _render(error.sentence), error.http_status, {}
    flash(STOPPED)
    return redirect(url_for(".show"))


def _render(problem: str = "") -> str:
    answers = running()
    release()
    return render_template(
        "admin/answers.html",
        answers=answers,
        most=MOST_SHOWN,
        models=current_runtime().models,
        tokens=estimate_of_bytes,
        problems={"form": problem} if problem else {},
    )
