"""The account's pages about its user: the profile, the password and the signed-in browsers."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.auth.passwords import (
    PASSWORD_LENGTH,
    check_new_password,
    hash_password,
)
from app.background import in_turn
from app.database import write
from app.errors import DomainError, Invalid
from app.extensions import db
from app.models import OpenIdIdentity, Passkey, SecondFactor, SignIn, User, audit
from app.models.registering import store_password
from app.models.sign_in import MAX_SIGN_INS
from app.openid import current_provider
from app.schemas import SignInRef, check
from app.text import NAME_LENGTH, single_line
from app.views.auth import begin_session, require_sign_in, signed_out
from app.views.confirming import NOT_FRESH, WRONG_PASSWORD, Proof, is_password, needed_proof
from app.views.dates import LANGUAGES
from app.views.errors import ErrorPage, headers_of
from app.views.user_agents import describe

blueprint = Blueprint("account", __name__, url_prefix="/account")
blueprint.before_request(require_sign_in)

Refused = tuple[str, int]

NO_NAME = f"Write a name of 1 to {NAME_LENGTH} characters, on one line."
NAME_CHANGED = "Your name is changed."
NO_LANGUAGE = "Choose a language from the list."
DATES_CHANGED = "The language of dates is changed. Other tabs show it when they are loaded again."
OLD_PASSWORD = "The new password is the old one."
PASSWORD_CHANGED = "Your password is changed. You are signed out everywhere else."


@blueprint.get("")
def show() -> str:
    """Show the user's profile."""
    return render_profile(current_user.name)


@blueprint.post("")
def rename() -> Response | Refused:
    """Change the user's name, for all members of their conversations."""
    user_id, typed = current_user.id, request.form.get("name", "")
    rate_limits.hit("send", user_id)
    name = single_line(typed, NAME_LENGTH)
    if name is None:
        return render_profile(typed, name=NO_NAME), Invalid.http_status
    write(lambda: User.locked(user_id).rename(name))
    flash(NAME_CHANGED)
    return redirect(url_for(".show"))


@blueprint.post("/dates")
def choose_date_language() -> Response | Refused:
    """Change the language of dates, on the user's pages in all their browsers."""
    user_id, chosen = current_user.id, request.form.get("dates", "")
    rate_limits.hit("send", user_id)
    if chosen and chosen not in LANGUAGES:
        return render_profile(current_user.name, dates=NO_LANGUAGE), Invalid.http_status
    write(lambda: _store_date_language(user_id, chosen or None))
    flash(DATES_CHANGED)
    return redirect(url_for(".show"))


@blueprint.get("/security")
def security() -> str:
    """Show the forms of the password, and the signed-in browsers."""
    return render_security()


@blueprint.get("/password")
def password() -> Response:
    """Lead on from the address of a refused form, which a reload without its fields asks for."""
    return redirect(url_for(".security"))


@blueprint.post("/password")
def change_password() -> Response | Refused:
    """Change the password, and sign out all other browsers."""
    user_id, stored = current_user.id, current_user.password_hash  # once: hashing ends transactions
    current, new = request.form.get("current", ""), request.form.get("new", "")
    try:
        check_new_password(new)
    except Invalid as error:
        return render_security(new=error.sentence), error.http_status
    if not stored and needed_proof() is not Proof.NOTHING:
        return render_security(new=NOT_FRESH), Invalid.http_status
    if stored and not is_password(user_id, stored, current):
        return render_security(current=WRONG_PASSWORD), Invalid.http_status
    if new == current:
        return render_security(new=OLD_PASSWORD), Invalid.http_status
    _store(user_id, new)
    flash(PASSWORD_CHANGED)
    return redirect(url_for(".security"))


@blueprint.post("/sign-ins/end")
def sign_out_elsewhere() -> Response:
    """Sign out another browser of the user."""
    user_id, sign_in = current_user.id, check(SignInRef, request.form.to_dict())
    write(lambda: _end_sign_in(user_id, sign_in.id))
    return redirect(url_for(".security"))


@blueprint.post("/sign-out")
def sign_out_everywhere() -> Response:
    """Sign out all browsers of the user, including this one."""
    user_id = current_user.id
    write(lambda: _end_all(user_id))
    return signed_out()


def render_profile(typed_name: str, **problems: str) -> str:
    """Return the page's HTML; `problems` are sentences by the names of their fields."""
    return render_template(
        "account/profile.html",
        name=typed_name,
        longest=NAME_LENGTH,
        languages=LANGUAGES,
        problems=problems,
    )


@in_turn()
def render_security(**problems: str) -> str:
    """Return the page's HTML; `problems` are sentences by the names of their fields, or of what is
    removed."""
    return render_template(
        "account/security.html",
        sign_ins=db.session.scalars(SignIn.active(current_user.id).limit(MAX_SIGN_INS)).all(),
        this_one=g.credential,
        has_second_factor=SecondFactor.exists(current_user.id),
        passkeys=Passkey.all_of(current_user.id),
        identities=OpenIdIdentity.all_of(current_user.id),
        openid=current_provider(),
        proof=needed_proof(),
        longest_name=NAME_LENGTH,
        shortest=PASSWORD_LENGTH[0],
        longest=PASSWORD_LENGTH[-1],
        problems=problems,
    )


def refused_beside(form: str, error: DomainError) -> ErrorPage:
    """Show why one of the forms on the page of the sign-ins was refused, beside it."""
    problem = error.sentence.removeprefix("current: ")
    return render_security(**{form: problem}), error.http_status, headers_of(error)


def _store_date_language(user_id: int, chosen: str | None) -> None:
    User.locked(user_id).date_language = chosen


def _end_sign_in(user_id: int, sign_in_id: int) -> None:
    sign_in = db.session.scalar(SignIn.active(user_id).where(SignIn.id == sign_in_id))
    if sign_in:
        sign_in.end()
        audit.record(audit.Kind.SIGN_OUT, user_id, sign_in.browser)


def _end_all(user_id: int) -> None:
    SignIn.end_all(user_id)
    audit.record(audit.Kind.SIGN_OUT_EVERYWHERE, user_id)


def _store(user_id: int, password: str) -> None:
    password_hash = hash_password(password, f"user {user_id}")
    browser = describe(request.user_agent.string)
    begin_session(write(lambda: _store_password(user_id, password_hash, browser)))


def _store_password(user_id: int, password_hash: str, browser: str) -> str:
    """Return the key of a new sign-in: this browser's old key may have been stolen too."""
    store_password(User.locked(user_id), password_hash)
    return SignIn.begin(user_id, browser)
