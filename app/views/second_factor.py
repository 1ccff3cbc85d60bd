"""The account's page about the second factor: setting it up, its recovery codes, removing it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.auth.totp import new_secret, qr_code, step_of
from app.background import in_turn
from app.database import write
from app.encryption import decrypt, encrypt
from app.errors import Invalid
from app.models import RecoveryCode, SecondFactor, audit
from app.models.challenge import Task
from app.models.second_factor import remove_second_factor
from app.views import challenges
from app.views.auth import require_sign_in
from app.views.confirming import check_proof, needed_proof
from app.views.errors import ErrorPage
from app.views.forms import problem_in

blueprint = Blueprint("second_factor", __name__, url_prefix="/account/second-factor")
blueprint.before_request(require_sign_in)

WRONG_CODE = "This code is wrong. Check that the clock of your phone is right."
TOO_LATE = "That took too long, or it is set up already. Begin again if it is not."
REMOVED = "You sign in without a code from now on."


@blueprint.get("")
def show() -> str:
    """Show whether there is one."""
    return _render()


@blueprint.post("")
def begin() -> Response | ErrorPage:
    """Make a new secret, and lead on to the page that shows it."""
    try:
        check_proof()
    except Invalid as error:
        return _render(**problem_in(error)), error.http_status, {}
    challenges.begin(Task.SET_UP_SECOND_FACTOR, current_user.id, secret=encrypt(new_secret()))
    return redirect(url_for(".set_up"), 303)


@blueprint.get("/new")
def set_up() -> str | Response:
    """Show the secret, as a QR code and as text, and the form for its first code."""
    secret = _new_secret()
    return _render_new(secret) if secret else _begin_again()


@blueprint.post("/new")
def store() -> str | Response | ErrorPage:
    """Store the secret if the code is right, and show the recovery codes: once."""
    user_id, secret = current_user.id, _new_secret()
    rate_limits.hit("password", f"code of {user_id}")
    if secret is None:
        return _begin_again()
    step = step_of(secret, request.form.get("code", ""))
    if step is None:
        return _render_new(secret, WRONG_CODE), Invalid.http_status, {}
    if challenges.take(Task.SET_UP_SECOND_FACTOR) is None:
        return _begin_again()
    return _show_codes(write(lambda: _store(user_id, encrypt(secret), step)))


@blueprint.get("/codes")
@blueprint.get("/remove")
def lead_on() -> Response:
    """Lead on from the address of a form."""
    return redirect(url_for(".show"))


@blueprint.post("/codes")
def renew_codes() -> ErrorPage:
    """Replace the recovery codes, and show the new ones: once."""
    user_id = current_user.id
    try:
        check_proof()
    except Invalid as error:
        return _render(**problem_in(error)), error.http_status, {}
    return _show_codes(write(lambda: _renew(user_id)))


@blueprint.post("/remove")
def remove() -> Response | ErrorPage:
    """Sign in without it from now on."""
    user_id = current_user.id
    try:
        check_proof()
    except Invalid as error:
        return _render(**problem_in(error)), error.http_status, {}
    write(lambda: remove_second_factor(user_id))
    flash(REMOVED)
    return redirect(url_for(".show"))


def _new_secret() -> str | None:
    """Return the secret that is being set up in this browser, by this user."""
    asked = challenges.find(Task.SET_UP_SECOND_FACTOR)
    is_own = asked is not None and asked.user_id == current_user.id
    return decrypt(asked.data["secret"]) if asked and is_own else None


def _store(user_id: int, secret: str, step: int) -> list[str]:
    audit.record(audit.Kind.SECOND_FACTOR_SET_UP, user_id)
    return SecondFactor.replace(user_id, secret, step)


def _renew(user_id: int) -> list[str]:
    if not SecondFactor.exists(user_id):
        return []
    audit.record(audit.Kind.RECOVERY_CODES_MADE, user_id)
    return RecoveryCode.replace_all(user_id)


def _begin_again() -> Response:
    flash(TOO_LATE, "error")
    return redirect(url_for(".show"))


def _show_codes(codes: list[str]) -> ErrorPage:
    """Show recovery codes on a page that is kept nowhere."""
    page = render_template("account/recovery_codes.html", codes=codes)
    return page, 200, {"Cache-Control": "no-store"}


@in_turn()
def _render(**problems: str) -> str:
    user_id = current_user.id
    return render_template(
        "account/second_factor.html",
        factor=SecondFactor.of(user_id),
        codes_left=RecoveryCode.count(user_id),
        proof=needed_proof(),
        problems=problems,
    )


def _render_new(secret: str, problem: str = "") -> str:
    return render_template(
        "account/second_factor_new.html",
        qr_code=qr_code(secret, current_user.email),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        problems={"code": problem},
    )
