"""Making an account: by a link, by a mail, or just so, as REGISTRATION says."""

from __future__ import annotations

from enum import StrEnum

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from app import mail
from app.addresses import network_of
from app.auth import rate_limits
from app.auth.identity import LINK
from app.auth.passwords import PASSWORD_LENGTH, check_new_password, hash_password
from app.background import start_task
from app.config import current_config
from app.database import write
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.extensions import db
from app.models import Link, SignIn, User
from app.models.credential import digest
from app.models.link import REGISTER_LIFETIME, Purpose, address_of
from app.models.registering import ADDRESS_TAKEN, make_account
from app.models.user import ADDRESS_LENGTH, valid_email
from app.text import NAME_LENGTH, single_line
from app.views.auth import begin_session
from app.views.errors import ErrorPage
from app.views.user_agents import describe

blueprint = Blueprint("registering", __name__, url_prefix="/register")

CLOSED = "Accounts are made by the people who run this server. Ask them for one."
NO_NAME = f"Write a name of 1 to {NAME_LENGTH} characters, on one line."
NO_ADDRESS = "Write an email address, like max@example.org."
SUBJECT = "Your account"


class Way(StrEnum):
    """How an account is made."""

    FORM = "form"  # with a name, a password and, unless the link says it, an address
    MAIL = "mail"  # first the address, to which a link is sent
    CODE = "code"  # with a link


@blueprint.get("")
def show() -> str | Response:
    """Show the form."""
    if current_user.is_authenticated:
        return redirect(url_for("conversations.index"))
    link = followed_link()
    way = _way(link)
    if way is Way.CODE:
        return redirect(url_for("invitations.show"))
    return _render(way, link)


@blueprint.post("")
def register() -> Response | ErrorPage:
    """Make the account, and sign in with it."""
    rate_limits.hit("register", network_of(request.remote_addr))
    link = followed_link()
    if _way(link) is not Way.FORM:
        return redirect(url_for(".show"))
    link_id, only = (link.id, link.email) if link else (None, None)
    email = only or valid_email(request.form.get("email", ""))
    name = single_line(request.form.get("name", ""), NAME_LENGTH)
    password = request.form.get("password", "")
    problems = _problems(email, name, password)
    if problems or not email or not name:
        return _render(Way.FORM, link, problems), Invalid.http_status, {}
    try:
        begin_session(_make(email, name, password, link_id))
    except (Conflict, IntegrityError) as error:  # the latter by another one at the same moment
        sentence = error.sentence if isinstance(error, Conflict) else ADDRESS_TAKEN
        return _render(Way.FORM, followed_link(), {"email": sentence}), Conflict.http_status, {}
    followed = session.get(LINK + Purpose.JOIN)
    return redirect(url_for("invitations.show_join" if followed else "conversations.index"))


@blueprint.get("/mail")
def lead_on() -> Response:
    """Lead on from the address of a refused form."""
    return redirect(url_for(".show"))


@blueprint.post("/mail")
def send_link() -> str | Response | ErrorPage:
    """Send a link to an address. The page is the same whether it has an account or not."""
    rate_limits.hit("register", network_of(request.remote_addr))
    if _way(None) is not Way.MAIL:
        return redirect(url_for(".show"))
    email = valid_email(request.form.get("email", ""))
    problem = NO_ADDRESS if email is None else domain_problem(email)
    if email is None or problem:
        return _render(Way.MAIL, None, {"email": problem}), Invalid.http_status, {}
    rate_limits.hit("mail", digest(email))
    start_task(_send_link, email)
    return render_template("mail_sent.html", email=email)


def followed_link() -> Link | None:
    """Return the link that was followed, if it can be used now."""
    purposes = [] if User.has_administrator() else [Purpose.FIRST]
    if current_config().registration != "closed":
        purposes.append(Purpose.REGISTER)
    for purpose in purposes:
        try:
            return Link.by_secret(session.get(LINK + purpose, ""), purpose)
        except NotFound:
            continue
    return None


def _way(link: Link | None) -> Way:
    registration = current_config().registration
    if link:
        return Way.FORM
    if registration == "closed" and User.exists():
        raise Forbidden(CLOSED)
    if registration in ("closed", "invitation"):
        return Way.CODE
    return Way.MAIL if mail.is_set_up() else Way.FORM


def _problems(email: str | None, name: str | None, password: str) -> dict[str, str]:
    """Return what is wrong, in sentences by the names of the fields."""
    problems = {}
    if email is None:
        problems["email"] = NO_ADDRESS
    if name is None:
        problems["name"] = NO_NAME
    try:
        check_new_password(password)
    except Invalid as error:
        problems["password"] = error.sentence
    return problems


def _make(email: str, name: str, password: str, link_id: int | None) -> str:
    """Make an account; return the key of a sign-in to it."""
    password_hash = hash_password(password, network_of(request.remote_addr))
    browser = describe(request.user_agent.string)

    def work() -> str:
        return SignIn.begin(make_account(email, name, password_hash, link_id), browser)

    return write(work)


def domain_problem(email: str) -> str:
    """Return a sentence where REGISTRATION allows no account with this address; else ""."""
    config = current_config()
    if config.registration != "domains" or email.rpartition("@")[2] in config.domains:
        return ""
    return f"Only for addresses at {' or '.join(config.domains)}."


def _send_link(email: str) -> None:
    """Send a link for an account, or say that there is one: in the background, so that no answer's
    time tells which."""
    place = current_config().address
    if User.by_email(email):
        db.session.rollback()
        mail.send_soon(email, SUBJECT, "mail/taken.txt", place=place)
        return
    secret = write(lambda: Link.create(Purpose.REGISTER, REGISTER_LIFETIME, email=email))
    link = address_of(secret, place)
    mail.send_soon(email, SUBJECT, "mail/register.txt", place=place, link=link)


def _render(way: Way, link: Link | None, problems: dict[str, str] | None = None) -> str:
    return render_template(
        "register.html",
        by_mail=way is Way.MAIL,
        only=link.email if link else None,
        typed=request.form,
        problems=problems or {},
        longest_address=ADDRESS_LENGTH,
        longest_name=NAME_LENGTH,
        shortest=PASSWORD_LENGTH[0],
        longest=PASSWORD_LENGTH[-1],
    )
