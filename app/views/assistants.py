"""The pages of assistants: one's own, and those that others share with everybody."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from pydantic import AfterValidator, StringConstraints
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.background import in_turn
from app.database import write
from app.errors import DomainError, Invalid, TooLarge
from app.extensions import db
from app.models import Assistant
from app.models.assistant import PICTURE_LENGTH
from app.models.avatar import change_assistant_avatar
from app.replies import current_runtime
from app.replies.addressing import check_models
from app.schemas import ModelName, SettingsForm, check
from app.text import NAME_LENGTH, PROMPT_LENGTH, single_line
from app.views import avatars
from app.views.auth import require_sign_in
from app.views.errors import ErrorPage, headers_of
from app.views.form_data import one_line, with_plain_breaks
from app.views.forms import problem_in

blueprint = Blueprint("assistants", __name__, url_prefix="/assistants")
blueprint.before_request(require_sign_in)

SAVED = "The assistant is saved."
DELETED = "The assistant is deleted. Conversations with it stay as they are."


def _picture(text: str) -> str:
    picture = single_line(text, PICTURE_LENGTH) if text.strip() else ""
    if picture is None:
        raise ValueError("choose one emoji, or one or two letters")
    return picture


class AssistantForm(SettingsForm):
    """An assistant; `model` "" is the default of whoever uses it."""

    name: Annotated[str, AfterValidator(one_line)]
    picture: Annotated[str, StringConstraints(max_length=100), AfterValidator(_picture)] = ""
    model: ModelName = ""
    shared: str = ""  # of a box that is ticked


@blueprint.get("")
def show() -> str:
    """Show the assistants, to begin a conversation with one."""
    return _render_all()


@blueprint.post("")
def add() -> Response | ErrorPage:
    """Make an assistant."""
    user_id = current_user.id
    rate_limits.hit("send", user_id)
    try:
        form = _checked(user_id)
        write(lambda: Assistant.add(user_id, **_fields(form)))
    except (Invalid, TooLarge) as error:
        return _render_all(problem_in(error)), error.http_status, {}
    flash(SAVED)
    return redirect(url_for(".show"))


@blueprint.get("/<public_id>")
def edit(public_id: str) -> str:
    """Show the form of one of the user's own."""
    return _render_one(public_id)


@blueprint.post("/<public_id>")
def change(public_id: str) -> Response | ErrorPage:
    """Change it; conversations that were begun with it stay as they are."""
    user_id = current_user.id
    rate_limits.hit("send", user_id)
    try:
        form = _checked(user_id)
    except (Invalid, TooLarge) as error:
        return _render_one(public_id, problem_in(error)), error.http_status, {}
    write(lambda: _change(public_id, user_id, form))
    flash(SAVED)
    return redirect(url_for(".show"))


@blueprint.get("/<public_id>/picture")
def lead_on(public_id: str) -> Response:
    """Lead on from the address of a refused form."""
    return redirect(url_for(".edit", public_id=public_id))


@blueprint.post("/<public_id>/picture")
def change_picture(public_id: str) -> Response | ErrorPage:
    """Give it another picture, or with `remove` none."""
    user_id = current_user.id
    Assistant.find_own(public_id, user_id)
    try:
        avatars.change_picture(
            lambda it: change_assistant_avatar(Assistant.lock_own(public_id, user_id), it)
        )
    except DomainError as error:
        page = _render_one(public_id, picture_problem=error.sentence)
        return page, error.http_status, headers_of(error)
    return redirect(url_for(".edit", public_id=public_id))


@blueprint.post("/<public_id>/delete")
def delete(public_id: str) -> Response:
    """Delete it."""
    user_id = current_user.id
    rate_limits.hit("send", user_id)
    write(lambda: db.session.delete(Assistant.lock_own(public_id, user_id)))
    flash(DELETED)
    return redirect(url_for(".show"))


def _checked(user_id: int) -> AssistantForm:
    form = check(AssistantForm, with_plain_breaks(request.form.to_dict()))
    check_models(user_id, "model", form.model or None)
    return form


def _fields(form: AssistantForm) -> dict[str, object]:
    return {
        "name": form.name,
        "picture": form.picture,
        "system_prompt": form.system_prompt.strip(),
        "model": form.model or None,
        "temperature": form.temperature,
        "effort": form.effort,
        "shared": bool(form.shared),
    }


def _change(public_id: str, user_id: int, form: AssistantForm) -> None:
    assistant = Assistant.lock_own(public_id, user_id)
    for name, value in _fields(form).items():
        setattr(assistant, name, value)


@in_turn()
def _render_all(problems: dict[str, str] | None = None) -> str:
    """Return the page's HTML; `problems` are sentences by the names of their fields."""
    models = current_runtime().models.offered_to(current_user.id)
    return render_template(
        "assistants/index.html",
        assistants=db.session.scalars(Assistant.of(current_user.id)).all(),
        stored={},
        **_about_form(problems),
        models=models,
    )


@in_turn()
def _render_one(
    public_id: str, problems: dict[str, str] | None = None, picture_problem: str = ""
) -> str:
    return render_template(
        "assistants/edit.html",
        stored=Assistant.find_own(public_id, current_user.id),
        picture_problems={"file": picture_problem},
        **_about_form(problems),
        models=current_runtime().models.offered_to(current_user.id),
    )


def _about_form(problems: dict[str, str] | None) -> dict[str, object]:
    return {
        "longest_name": NAME_LENGTH,
        "longest_prompt": PROMPT_LENGTH,
        "typed": request.form,
        "problems": problems or {},
    }
