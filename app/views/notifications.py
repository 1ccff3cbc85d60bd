"""What a person wants to be told of; and the address in each mail that ends such mails."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import mail, summaries
from app.addresses import network_of
from app.auth import rate_limits
from app.config import current_config
from app.database import write
from app.errors import NotFound
from app.extensions import csrf, db
from app.models import NotificationSettings, PushSubscription, User
from app.models.push_subscription import DEVICE_NAME_LENGTH
from app.schemas import NotificationsForm, check
from app.views.auth import require_sign_in
from app.views.errors import ErrorPage
from app.views.user_agents import describe

blueprint = Blueprint("notifications", __name__)

SAVED = "Your choice is saved."
NO_ADDRESS = "This address ends no mails. Open it as it stands in the mail."


@blueprint.get("/account/notifications")
def show() -> str | Response | ErrorPage:
    """Show the choices."""
    if (refused := require_sign_in()) is not None:
        return refused
    config = current_config()
    return render_template(
        "account/notifications.html",
        settings=NotificationSettings.read(current_user.id),
        mail_minutes=config.mention_mail_minutes if mail.is_set_up() else 0,
        push=config.push,
        devices=_devices() if config.push else [],
        this_one=g.credential.id,
        this_browser=describe(request.user_agent.string),
        longest=DEVICE_NAME_LENGTH,
    )


@blueprint.post("/account/notifications")
def choose() -> Response | ErrorPage:
    """Store the choices."""
    if (refused := require_sign_in()) is not None:
        return refused
    user_id, form = current_user.id, check(NotificationsForm, request.form.to_dict())
    rate_limits.hit("send", user_id)
    write(lambda: _store(user_id, form))
    flash(SAVED)
    return redirect(url_for(".show"))


@blueprint.get("/unsubscribe/<token>")
def show_unsubscribe(token: str) -> str:
    """Show a button that ends mails about what is unread; opening the address changes nothing."""
    _user_of(token)
    return render_template("unsubscribe.html", token=token, is_done=False)


@blueprint.post("/unsubscribe/<token>")
@csrf.exempt  # type: ignore[untyped-decorator]  # flask-wtf has no types
def unsubscribe(token: str) -> str:
    """End mails about what is unread to whom they were sent, who need not be signed in."""
    user_id = _user_of(token)
    write(lambda: _end_mails(user_id))
    return render_template("unsubscribe.html", token=token, is_done=True)


def _devices() -> Sequence[PushSubscription]:
    return db.session.scalars(PushSubscription.of(current_user.id)).all()


def _user_of(token: str) -> int:
    rate_limits.hit("link", network_of(request.remote_addr))
    user_id = summaries.unsubscribed(token)
    if user_id is None:
        raise NotFound(NO_ADDRESS)
    return user_id


def _store(user_id: int, form: NotificationsForm) -> None:
    settings = NotificationSettings.of(user_id)
    settings.mentions, settings.answers = form.mentions is not None, form.answers is not None
    if mail.is_set_up():  # else the form has no such box
        settings.mail = form.mail is not None
    if current_config().push:
        settings.shows_text = form.shows_text is not None


def _end_mails(user_id: int) -> None:
    user = db.session.get(User, user_id)
    if user and not user.deleted_at:
        NotificationSettings.of(user_id).mail = False
