"""Signing in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from app.addresses import network_of
from app.auth import rate_limits
from app.auth.identity import SIGN_IN
from app.auth.passwords import verify_password
from app.database import write
from app.models import SignIn, User
from app.models.credential import digest
from app.models.user import normalized
from app.views.user_agents import describe

blueprint = Blueprint("auth", __name__)

WRONG_CREDENTIALS = "No account has this email address and password."


@blueprint.get("/login")
def show() -> str | Response:
    """Show the sign-in form."""
    if current_user.is_authenticated:
        return redirect(_next_path())
    return render_template("login.html", email="", next=request.args.get("next", ""))


@blueprint.post("/login")
def sign_in() -> tuple[str, int] | Response:
    """Sign a user in. The responses to a wrong password and to an unknown address are equal."""
    email = request.form.get("email", "")
    user_id = _verify(email, request.form.get("password", ""))
    if user_id is None:
        flash(WRONG_CREDENTIALS, "error")
        return render_template("login.html", email=email, next=request.args.get("next", "")), 422
    path = _next_path()
    begin_session(write(lambda: SignIn.begin(user_id, describe(request.user_agent.string))))
    return redirect(path)


@blueprint.post("/logout")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def sign_out() -> Response:
    """Sign out: the sign-in ends in the database, so a copy of the cookie is useless too."""
    credential = g.credential
    write(lambda: credential.end())
    session.clear()
    return redirect(url_for("auth.show"))


@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def require_sign_in() -> None:
    """Redirect to the sign-in form unless signed in; for `before_request` of a blueprint."""


def begin_session(key: str) -> None:
    """Store a sign-in's key in the session cookie, and remove everything else from it."""
    session.clear()
    session[SIGN_IN] = key
    session.permanent = True


def _verify(email: str, password: str) -> int | None:
    """Return the key of the user with this address and password. Every attempt is counted."""
    account = digest(normalized(email))
    rate_limits.hit("sign_in_address", network_of(request.remote_addr))
    rate_limits.hit("sign_in_account", account)
    user = User.by_email(email)
    user_id, stored = (user.id, user.password_hash) if user and user.is_active else (None, None)
    if not verify_password(stored, password):
        return None
    rate_limits.clear("sign_in_account", account)
    return user_id


def _next_path() -> str:
    """Return `next` if it is a path on this server: a link from elsewhere may contain anything."""
    path = request.args.get("next", "")
    is_path = path.startswith("/") and not path.startswith(("//", "/\\"))
    if is_path and path.isprintable() and "\\" not in path and not urlsplit(path).netloc:
        return path
    return url_for("conversations.index")
