"""Signing in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import Blueprint, flash, g, redirect, request, session, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from app.addresses import network_of
from app.auth import rate_limits
from app.auth.device_cookie import known_browser, remember_browser
from app.auth.identity import LINK, SIGN_IN, credential, redirect_to_sign_in
from app.auth.passwords import verify_password
from app.database import write
from app.errors import Forbidden, Unauthorized
from app.extensions import db
from app.models import SecondFactor, SignIn, User, audit
from app.models.challenge import Task
from app.models.credential import digest
from app.models.link import Purpose
from app.models.user import normalized
from app.paths import is_own_path
from app.views import challenges
from app.views.errors import ErrorPage
from app.views.forms import SIGN_IN_ENDED, page_of_form, render_sign_in, sign_in_form
from app.views.page_mark import CLEAR_CACHE, end_session
from app.views.user_agents import describe

blueprint = Blueprint("auth", __name__)


class SignedIn(NamedTuple):
    """A new sign-in: its key for the cookie, and the address of the account."""

    key: str
    email: str


WRONG_CREDENTIALS = "No account has this email address and password."


@blueprint.get("/login")
def show() -> str | Response:
    """Show the sign-in form."""
    if current_user.is_authenticated:
        return redirect(next_path())
    return render_sign_in("", request.args.get("next", ""))


@blueprint.post("/login")
def sign_in() -> tuple[str, int] | Response:
    """Sign a user in. The responses to a wrong password and to an unknown address are equal."""
    email = request.form.get("email", "")
    user_id = _verify(email, request.form.get("password", ""))
    if user_id is None:
        flash(WRONG_CREDENTIALS, "error")
        return render_sign_in(email, request.args.get("next", "")), 422
    path = next_path()
    if SecondFactor.exists(user_id):
        challenges.begin(Task.SECOND_FACTOR, user_id, next=path)
        return redirect(url_for("second_step.show"))
    try:
        return hold_sign_in(sign_in_as(user_id, "password"), redirect(path))
    except Forbidden as error:  # only whoever knows the password learns that it is disabled
        flash(error.sentence, "error")
        return render_sign_in(email, request.args.get("next", "")), error.http_status


@blueprint.post("/logout")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def sign_out() -> Response:
    """Sign out: the sign-in ends in the database, so a copy of the cookie is useless too."""
    sign_in = g.credential
    write(lambda: _end(sign_in))
    return signed_out()


def require_sign_in() -> Response | ErrorPage | None:
    """Redirect to the sign-in form unless signed in; for `before_request` of a blueprint.

    A question that was sent after the sign-in had ended is not lost: the form's page shows it.
    """
    if current_user.is_authenticated:
        return None
    if request.form.get("content"):
        return sign_in_form(SIGN_IN_ENDED, page_of_form(), Unauthorized.http_status)
    return redirect_to_sign_in()


def signed_out() -> Response:
    """Forget the sign-in in this browser, and redirect to the sign-in form."""
    end_session()
    response = redirect(url_for("auth.show"))
    response.headers.update(CLEAR_CACHE)
    return response


def begin_session(key: str) -> None:
    """Store a sign-in's key in the session cookie, and remove everything else from it, except for
    the link into a conversation for which somebody signs in."""
    invitation = session.get(LINK + Purpose.JOIN)
    session.clear()
    session[SIGN_IN] = key
    if invitation:
        session[LINK + Purpose.JOIN] = invitation
    session.permanent = True


def _verify(email: str, password: str) -> int | None:
    """Return the key of the user with this address and password. Every attempt is counted.

    A browser that has signed in to this account before is counted by itself: strangers who guess
    lock the account, but not for it.
    """
    address, browser = network_of(request.remote_addr), known_browser(email)
    account = digest(normalized(email))
    limit, who = ("sign_in_browser", browser) if browser else ("sign_in_account", account)
    rate_limits.hit("sign_in_address", address)
    rate_limits.hit(limit, who)
    user = User.by_email(email)
    user_id, stored = (user.id, user.password_hash) if user else (None, None)
    if not verify_password(stored, password, browser or address):
        write(lambda: audit.record(audit.Kind.SIGN_IN_FAILED, user_id or 0))
        return None
    rate_limits.clear(limit, who)
    return user_id


def sign_in_as(user_id: int, how: str) -> SignedIn:
    """Sign somebody in. Raises Forbidden, with a sentence, where the account is disabled."""
    try:
        return write(begin_sign_in(user_id, how))
    except Forbidden:
        write(lambda: audit.record(audit.Kind.SIGN_IN_FAILED, user_id, "the account is disabled"))
        raise


def begin_sign_in(user_id: int, how: str) -> Callable[[], SignedIn]:
    """Return what signs somebody in, in the transaction in which it is called; it raises Forbidden,
    with a sentence, where the account is disabled.

    The sign-in that this browser's cookie names so far ends: nobody could end it any more, as
    signing out ends only the one in the cookie.
    """
    earlier, browser = credential(), describe(request.user_agent.string)
    earlier_id = earlier.id if isinstance(earlier, SignIn) else None

    def begin() -> SignedIn:
        if earlier_id is not None and (found := db.session.get(SignIn, earlier_id)):
            found.end()
        key = SignIn.begin(user_id, browser, how)
        return SignedIn(key, db.session.get_one(User, user_id).email)

    return begin


def _end(sign_in: SignIn) -> None:
    sign_in.end()
    audit.record(audit.Kind.SIGN_OUT, sign_in.user_id, sign_in.browser)


def hold_sign_in(signed_in: SignedIn, response: Response) -> Response:
    """Hold a sign-in in this browser, which a response tells; return the response."""
    begin_session(signed_in.key)
    remember_browser(response, signed_in.email)
    return response


def next_path() -> str:
    """Return `next` if it is a path of this app: a link from elsewhere may contain anything."""
    path = request.args.get("next", "")
    return path if is_own_path(path) else url_for("conversations.index")
