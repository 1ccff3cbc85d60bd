"""The account page: the password, the browsers that are signed in, and the API tokens."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.auth.passwords import PASSWORD_LENGTH, hash_password, verify_password
from app.database import write
from app.errors import Invalid
from app.extensions import db
from app.models import ApiToken, SignIn, User
from app.models.credential import digest
from app.views.auth import begin_session
from app.views.signed_in import require_sign_in
from app.views.snippets import snippets_for
from app.views.user_agents import describe

blueprint = Blueprint("account", __name__, url_prefix="/account")
blueprint.before_request(require_sign_in)

WRONG_PASSWORD = "That is not your present password."
LENGTH_RULE = f"A password has {PASSWORD_LENGTH[0]} to {PASSWORD_LENGTH[-1]:,} characters."
PASSWORD_CHANGED = "Your password is changed. You are signed out everywhere else."


@blueprint.get("")
def show() -> str:
    """Show the account."""
    return page()


@blueprint.post("/password")
def change_password() -> Response | tuple[str, int]:
    """Change the password, and sign out whoever else has used the old one."""
    try:
        _change_password(request.form.get("current", ""), request.form.get("new", ""))
    except Invalid as error:
        flash(error.sentence, "error")
        return page(), error.http_status
    flash(PASSWORD_CHANGED)
    return redirect(url_for(".show"))


@blueprint.post("/sign-ins/end")
def sign_out_elsewhere() -> Response:
    """End one of the person's sign-ins."""
    user_id, key = current_user.id, request.form.get("id", 0, int)
    write(lambda: _end_sign_in(user_id, key))
    return redirect(url_for(".show"))


@blueprint.post("/sign-out")
def sign_out_everywhere() -> Response:
    """End all of the person's sign-ins, this one too."""
    user_id = current_user.id
    write(lambda: SignIn.end_all(user_id))
    session.clear()
    return redirect(url_for("auth.login"))


def page(new_token: str | None = None) -> str:
    """Return the page's HTML; `new_token` is shown on it, for the only time."""
    return render_template(
        "account/show.html",
        sign_ins=db.session.scalars(SignIn.active(current_user.id)).all(),
        this_one=g.credential,
        tokens=db.session.scalars(ApiToken.unrevoked(current_user.id)).all(),
        new_token=new_token,
        **snippets_for(current_user.id),
        shortest=PASSWORD_LENGTH[0],
        longest=PASSWORD_LENGTH[-1],
    )


def _end_sign_in(user_id: int, key: int) -> None:
    sign_in = db.session.scalar(SignIn.active(user_id).where(SignIn.id == key))
    if sign_in:
        sign_in.end()


def _change_password(current: str, new: str) -> None:
    if len(new) not in PASSWORD_LENGTH:
        raise Invalid(LENGTH_RULE)
    user_id, stored, account = (
        current_user.id,
        current_user.password_hash,
        digest(current_user.email),
    )
    rate_limits.hit("sign_in_account", account)
    if not verify_password(stored, current):
        raise Invalid(WRONG_PASSWORD)
    rate_limits.clear("sign_in_account", account)
    password_hash = hash_password(new)
    browser = describe(request.user_agent.string)
    begin_session(write(lambda: _store(user_id, password_hash, browser)))


def _store(user_id: int, password_hash: str, browser: str) -> str:
    """Return the key of a new sign-in: this browser's old one may be in other hands, too."""
    db.session.get_one(User, user_id).password_hash = password_hash
    SignIn.end_all(user_id)
    return SignIn.begin(user_id, browser)
