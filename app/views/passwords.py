"""A new password instead of a forgotten one: by a link, which is mailed where mail is set up."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app import mail
from app.addresses import network_of
from app.auth import rate_limits
from app.auth.identity import LINK
from app.auth.passwords import PASSWORD_LENGTH, check_new_password, hash_password
from app.background import start_task
from app.config import current_config
from app.database import write
from app.errors import Invalid, NotFound
from app.models import Link, User
from app.models.credential import digest
from app.models.link import RESET_LIFETIME, Purpose, address_of
from app.models.registering import reset_password
from app.models.user import ADDRESS_LENGTH, valid_email
from app.views.errors import ErrorPage
from app.views.registering import NO_ADDRESS

blueprint = Blueprint("passwords", __name__, url_prefix="/password")

CHANGED = "Your password is changed. Sign in with the new one."
SUBJECT = "A new password"


@blueprint.get("/forgotten")
def forgotten() -> str:
    """Show the form that asks for a link by mail."""
    _check_mail()
    return _render_forgotten()


@blueprint.post("/forgotten")
def send_link() -> str | ErrorPage:
    """Send a link to an address. The page is the same whether it has an account or not."""
    _check_mail()
    rate_limits.hit("register", network_of(request.remote_addr))
    email = valid_email(request.form.get("email", ""))
    if email is None:
        return _render_forgotten(NO_ADDRESS), Invalid.http_status, {}
    rate_limits.hit("mail", digest(email))
    start_task(_send_link, email)
    return render_template("mail_sent.html", email=email)


@blueprint.get("/new")
def new() -> str:
    """Show the form, to whoever has followed a link."""
    _link()
    return _render()


@blueprint.post("/new")
def store() -> Response | ErrorPage:
    """Store the new password; all browsers are signed out."""
    link_id, password = _link().id, request.form.get("new", "")
    try:
        check_new_password(password)
    except Invalid as error:
        return _render(error.sentence), error.http_status, {}
    password_hash = hash_password(password, network_of(request.remote_addr))
    write(lambda: reset_password(link_id, password_hash))
    session.pop(LINK + Purpose.RESET, None)
    flash(CHANGED)
    return redirect(url_for("auth.show"))


def _link() -> Link:
    return Link.by_secret(session.get(LINK + Purpose.RESET, ""), Purpose.RESET)


def _send_link(email: str) -> None:
    """Send a link to whoever has an account with this address."""
    user = User.by_email(email)
    if user is None or user.is_bot or not user.is_active:
        return
    user_id, place = user.id, current_config().address
    secret = write(lambda: Link.create(Purpose.RESET, RESET_LIFETIME, user_id=user_id))
    link = address_of(secret, place)
    mail.send_soon(email, SUBJECT, "mail/reset.txt", place=place, link=link)


def _check_mail() -> None:
    if not mail.is_set_up():
        raise NotFound("Ask the people who run this server for a new password.")


def _render_forgotten(problem: str = "") -> str:
    return render_template(
        "password_forgotten.html",
        problems={"email": problem},
        typed=request.form,
        longest_address=ADDRESS_LENGTH,
    )


def _render(problem: str = "") -> str:
    return render_template(
        "password_new.html",
        problems={"new": problem},
        shortest=PASSWORD_LENGTH[0],
        longest=PASSWORD_LENGTH[-1],
    )
