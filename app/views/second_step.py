"""The second step of signing in with a password, for those who have a second factor."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.auth.totp import step_of
from app.database import write
from app.encryption import decrypt
from app.models import Challenge, RecoveryCode, SecondFactor, audit
from app.models.challenge import Task
from app.views import challenges
from app.views.auth import begin_sign_in, hold_sign_in
from app.views.errors import ErrorPage

blueprint = Blueprint("second_step", __name__, url_prefix="/login/second-factor")

WRONG_CODE = "This code is wrong, was used before, or is not valid any more."
TOO_LATE = "That took too long. Please sign in again."


@blueprint.get("")
def show() -> str | Response:
    """Show the form."""
    if challenges.find(Task.SECOND_FACTOR) is None:
        return _begin_again()
    return _render()


@blueprint.post("")
def sign_in() -> Response | ErrorPage:
    """Sign in with a code of the app, or a recovery code. Every attempt is counted."""
    asked = challenges.find(Task.SECOND_FACTOR)
    if asked is None or asked.user_id is None:
        return _begin_again()
    user_id, who = asked.user_id, f"code of {asked.user_id}"
    rate_limits.hit("password", who)
    code, secret = request.form.get("code", ""), challenges.secret_of(Task.SECOND_FACTOR)
    begin = begin_sign_in(user_id, "password and code")
    signed_in = write(lambda: begin() if _is_right(user_id, code, secret) else None)
    if signed_in is None:
        return _render(WRONG_CODE), 422, {}
    rate_limits.clear("password", who)
    return hold_sign_in(signed_in, redirect(asked.data["next"]))


def _is_right(user_id: int, code: str, secret: str) -> bool:
    """Return whether a code is valid, and use it up, in the caller's transaction."""
    if is_valid_code(user_id, code) or _is_recovery_code(user_id, code):
        return Challenge.take(Task.SECOND_FACTOR, secret) is not None
    audit.record(audit.Kind.CODE_REFUSED, user_id)
    return False


def is_valid_code(user_id: int, code: str) -> bool:
    """Return whether a code of somebody's app is valid, and use it up."""
    factor = SecondFactor.of(user_id)
    secret = decrypt(factor.secret) if factor else None
    step = step_of(secret, code) if secret else None
    return step is not None and SecondFactor.use_step(user_id, step)


def _is_recovery_code(user_id: int, code: str) -> bool:
    if not RecoveryCode.use(user_id, code):
        return False
    audit.record(audit.Kind.RECOVERY_CODE_USED, user_id, f"{RecoveryCode.count(user_id)} left")
    return True


def _begin_again() -> Response:
    flash(TOO_LATE, "error")
    return redirect(url_for("auth.show"))


def _render(problem: str = "") -> str:
    return render_template("second_step.html", problems={"code": problem})
