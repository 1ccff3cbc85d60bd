"""The account page: the password, the signed-in browsers, API tokens and example programs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.auth.passwords import (
    PASSWORD_LENGTH,
    check_new_password,
    hash_password,
    verify_password,
)
from app.database import write
from app.errors import Invalid
from app.extensions import db
from app.models import ApiToken, SignIn, User
from app.models.api_token import MAX_TOKENS
from app.models.listing import conversations_of
from app.models.sign_in import MAX_SIGN_INS
from app.schemas import SignInRef, check
from app.views.auth import begin_session, require_sign_in, signed_out
from app.views.user_agents import describe

blueprint = Blueprint("account", __name__, url_prefix="/account")
blueprint.before_request(require_sign_in)

WRONG_PASSWORD = "The current password is wrong."
OLD_PASSWORD = "The new password is the old one."
PASSWORD_CHANGED = "Your password is changed. You are signed out everywhere else."
LANGUAGES = {
    "Python": "python",
    "JavaScript": "javascript",
    "Go": "go",
    "Java": "java",
    "Rust": "rust",
}  # to the names of the files in templates/account/snippets
PLACEHOLDER = "CONVERSATION"


@blueprint.get("")
def show() -> str:
    """Show the account."""
    return render_account()


@blueprint.post("/password")
def change_password() -> Response | tuple[str, int]:
    """Change the password, and sign out all other browsers."""
    try:
        _change_password(request.form.get("current", ""), request.form.get("new", ""))
    except Invalid as error:
        flash(error.sentence, "error")
        return render_account(), error.http_status
    flash(PASSWORD_CHANGED)
    return redirect(url_for(".show"))


@blueprint.post("/sign-ins/end")
def sign_out_elsewhere() -> Response:
    """Sign out another browser of the user."""
    user_id, sign_in = current_user.id, check(SignInRef, request.form.to_dict())
    write(lambda: _end_sign_in(user_id, sign_in.id))
    return redirect(url_for(".show"))


@blueprint.post("/sign-out")
def sign_out_everywhere() -> Response:
    """Sign out all browsers of the user, including this one."""
    user_id = current_user.id
    write(lambda: SignIn.end_all(user_id))
    return signed_out()


def render_account(new_token: str | None = None) -> str:
    """Return the page's HTML; `new_token` is a token that was just made, to be shown once."""
    return render_template(
        "account/show.html",
        sign_ins=db.session.scalars(SignIn.active(current_user.id).limit(MAX_SIGN_INS)).all(),
        this_one=g.credential,
        tokens=db.session.scalars(ApiToken.unrevoked(current_user.id).limit(MAX_TOKENS)).all(),
        new_token=new_token,
        shortest=PASSWORD_LENGTH[0],
        longest=PASSWORD_LENGTH[-1],
        **_snippets(current_user.id),
    )


def _snippets(user_id: int) -> dict[str, Any]:
    """Return the variables of the example programs: this server, and the latest conversation."""
    listing = conversations_of(user_id)
    latest = listing.conversations[0].conversation if listing.conversations else None
    return {
        "snippets": LANGUAGES,
        "address": request.root_url.rstrip("/"),
        "conversation": latest,
        "conversation_id": latest.public_id if latest else PLACEHOLDER,
    }


def _end_sign_in(user_id: int, sign_in_id: int) -> None:
    sign_in = db.session.scalar(SignIn.active(user_id).where(SignIn.id == sign_in_id))
    if sign_in:
        sign_in.end()


def _change_password(current: str, new: str) -> None:
    check_new_password(new)
    user_id, stored = current_user.id, current_user.password_hash
    rate_limits.hit("password", user_id)  # not with the sign-ins, which strangers can exhaust
    caller = f"user {user_id}"
    if not verify_password(stored, current, caller):
        raise Invalid(WRONG_PASSWORD)
    if new == current:
        raise Invalid(OLD_PASSWORD)
    rate_limits.clear("password", user_id)
    password_hash = hash_password(new, caller)
    browser = describe(request.user_agent.string)
    begin_session(write(lambda: _store_password(user_id, password_hash, browser)))


def _store_password(user_id: int, password_hash: str, browser: str) -> str:
    """Return the key of a new sign-in: this browser's old key may have been stolen too."""
    db.session.get_one(User, user_id).password_hash = password_hash
    SignIn.end_all(user_id)
    return SignIn.begin(user_id, browser)
