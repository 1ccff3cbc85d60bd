"""Forms that fail the CSRF check: a fresh form with what was typed, instead of a dead end.

The token in a form belongs to a session. It is another one after signing in again, in another tab
too, and there is none once the cookie has expired.
"""

from __future__ import annotations

from flask import Flask, flash, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError, same_origin

from app import mail
from app.config import current_config
from app.errors import DomainError
from app.models import User
from app.paths import address_parts, requested_path
from app.views.errors import ErrorPage, http_error

OUT_OF_DATE = "The page was out of date, so nothing was changed. Please check it and send it again."
SIGN_IN_ENDED = "Your sign-in has ended, so nothing was changed. Sign in, and send it again."
VISIBLE = {
    **{"content": "Question", "title": "Title", "name": "Name", "email": "Email"},
    **{"who": "Name or address", "code": "Code"},
}
PASSWORDS = {"password": "Password", "current": "Current password", "new": "New password"} | {
    "api_key": "Key"
}


UNSUBSCRIBING = "notifications.unsubscribe"  # mail programs post to it; its address is a secret
WITHOUT_SIGN_IN = ("invitations", "passkeys", "passwords", "registering", "second_step")


def register(app: Flask) -> None:
    """Check where forms come from, and answer the ones that fail a check."""
    app.before_request(check_origin)
    app.register_error_handler(CSRFError, fresh_form)


def check_origin() -> None:
    """Refuse a form that another site has sent over HTTPS, besides the check of its token.

    Browsers send `Origin` with every form; without it `Referer` must say the same.
    """
    if request.method != "POST" or not request.is_secure or request.endpoint is None:
        return
    if request.endpoint == UNSUBSCRIBING:
        return
    sender = request.headers.get("Origin", request.referrer or "")
    if not address_parts(sender) or not same_origin(sender, f"https://{request.host}"):
        raise CSRFError("The form was sent by another site.")


def fresh_form(error: CSRFError) -> ErrorPage:
    """Show a form with what was typed, except passwords; to nobody who came from another site."""
    sender = address_parts(request.headers.get("Origin", ""))
    if sender is None or sender.netloc not in ("", request.host):
        return http_error(error)
    if request.endpoint == "auth.sign_in":
        return sign_in_form(OUT_OF_DATE, request.args.get("next", ""))
    if not current_user.is_authenticated and request.blueprint not in WITHOUT_SIGN_IN:
        return sign_in_form(SIGN_IN_ENDED, page_of_form())
    typed = {name: text for name, text in request.form.items() if name != "csrf_token"}
    page = render_template(
        "errors/fresh_form.html",
        sentence=OUT_OF_DATE,
        action=requested_path(),
        typed=typed,
        visible=VISIBLE,
        passwords=PASSWORDS,
    )
    return page, 400, {}


def sign_in_form(sentence: str, path: str, status: int = 400) -> ErrorPage:
    """Show the sign-in form, which leads on to `path`, with a question that could not be sent."""
    flash(sentence, "error")
    form = request.form
    page = render_sign_in(form.get("email", ""), path, form.get("content", ""))
    return page, status, {}


def render_sign_in(email: str, path: str, unsent: str = "") -> str:
    """Return the HTML of the sign-in form, with what else a stranger can do here."""
    config = current_config()
    return render_template(
        "login.html",
        email=email,
        next=path,
        unsent=unsent,
        is_first=not User.exists(),
        can_register=config.registration != "closed",
        has_mail=mail.is_set_up(),
        openid=config.openid.name if config.openid else None,
    )


def page_of_form() -> str:
    """Return the path of the page on which the form of this request stands, or ""."""
    public_id = (request.view_args or {}).get("public_id")
    return url_for("conversations.show", public_id=public_id) if public_id else ""


def problem_in(error: DomainError) -> dict[str, str]:
    """Return the sentence of an error by the field that it names, or by `form`."""
    field, separator, sentence = error.sentence.partition(": ")
    return {field: sentence[:1].upper() + sentence[1:]} if separator else {"form": error.sentence}
