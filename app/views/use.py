"""What people use of the models: one's own, and for administrators everybody's, with the limits."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from pydantic import AfterValidator, StringConstraints
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.background import in_turn
from app.config import current_config, parse_limit
from app.database import read
from app.errors import Invalid
from app.models import User
from app.models.model_use import by_conversation, by_day, by_model, by_person, month_of, used_of
from app.replies import current_runtime
from app.replies.allowance import in_words, limit_of
from app.schemas import Payload, check
from app.views.administration import require_admin, write_as_admin
from app.views.auth import require_sign_in
from app.views.errors import ErrorPage
from app.views.forms import problem_in
from app.views.use_plots import plots_of

blueprint = Blueprint("use", __name__, url_prefix="/account/use")
blueprint.before_request(require_sign_in)
admin_blueprint = Blueprint("admin_use", __name__, url_prefix="/admin/use")
admin_blueprint.before_request(require_admin)

LIMIT_LENGTH = 30
SAVED = "The limit is changed."
NOBODY_HERE = "email: nobody here has this address."


def _limit(text: str) -> str | None:
    """Return a limit as it is stored; None for that of the settings."""
    if not text.strip():
        return None
    try:
        parse_limit(text)
    except ValueError:
        raise ValueError("write `20 dollars`, `500000 tokens`, or `none`") from None
    return text.strip()


class LimitForm(Payload):
    """How much somebody may use in a month; "" for what the settings say."""

    email: Annotated[str, StringConstraints(max_length=254)]
    limit: Annotated[str, StringConstraints(max_length=LIMIT_LENGTH), AfterValidator(_limit)] = ""


@blueprint.get("")
def show() -> str:
    """Show the user's own use."""
    rate_limits.hit("page", current_user.id)
    user_id = current_user.id
    with in_turn():
        limit, month = limit_of(current_user.monthly_limit), month_of(user_id)
        return render_template(
            "account/use.html",
            month=month,
            limit=limit and in_words(limit),
            share=limit and used_of(limit, month),
            plots=plots_of(by_day(user_id)),
            by_model=by_model(user_id),
            by_conversation=by_conversation(user_id),
            models=current_runtime().models,
        )


@admin_blueprint.get("")
def show_all() -> str:
    """Show everybody's use, and the limits."""
    return _render_all()


@admin_blueprint.post("")
def set_limit() -> Response | ErrorPage:
    """Give somebody another limit."""
    try:
        form = check(LimitForm, request.form.to_dict())
        write_as_admin(lambda: _set_limit(form))
    except Invalid as error:
        return _render_all(problem_in(error)), error.http_status, {}
    flash(SAVED)
    return redirect(url_for(".show_all"))


def _set_limit(form: LimitForm) -> None:
    user = User.by_email(form.email)
    if user is None:
        raise Invalid(NOBODY_HERE)
    user.set_limit(form.limit)


def _render_all(problems: dict[str, str] | None = None) -> str:
    """Return the page's HTML; `problems` are sentences by the names of their fields."""
    default = current_config().monthly_limit
    with in_turn():
        return read(
            lambda: render_template(
                "admin/use.html",
                plots=plots_of(by_day(None)),
                by_model=by_model(None),
                by_person=by_person(),
                limited=User.limited(),
                default=default and in_words(default),
                models=current_runtime().models,
                typed=request.form,
                problems=problems or {},
            )
        )
