"""People's names and avatars, as template filters: initials in a colour, or a picture of their own;
and the forms that change it.

presence.js and reactions.js must make the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.database import write
from app.errors import DomainError, Invalid, NotFound
from app.events.payloads import FORMER_MEMBER
from app.extensions import db
from app.files.uploading import avatar
from app.models import User
from app.models.avatar import change_avatar, find_avatar
from app.views.account import render_profile
from app.views.auth import require_sign_in
from app.views.errors import ErrorPage, headers_of
from app.views.files import POLICY, THUMBNAIL_TYPE, uploads_in_form

blueprint = Blueprint("avatars", __name__)
blueprint.before_request(require_sign_in)

HUES = 8  # in avatars.css
FOR_EVER = "private, max-age=31536000, immutable"
NO_PICTURE = "Choose a picture."
CHANGED = "The picture is changed."
REMOVED = "The picture is removed."


@blueprint.get("/avatars/<avatar_id>")
def show(avatar_id: str) -> Response:
    """Send a picture of somebody, or of an assistant, to whoever is signed in and knows its id: it
    never changes."""
    rate_limits.hit("file", current_user.id)
    picture = find_avatar(avatar_id)
    if picture is None:
        raise NotFound("Picture not found.")
    response = Response(picture, content_type=THUMBNAIL_TYPE)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = FOR_EVER
    return response


@blueprint.get("/account/picture")
def lead_on() -> Response:
    """Lead on from the address of a refused form."""
    return redirect(url_for("account.show"))


@blueprint.post("/account/picture")
def change() -> Response | ErrorPage:
    """Give the user another picture, or with `remove` none."""
    user_id = current_user.id
    try:
        change_picture(lambda it: change_avatar(db.session.get_one(User, user_id), it))
    except DomainError as error:
        page = render_profile(current_user.name, file=error.sentence)
        return page, error.http_status, headers_of(error)
    return redirect(url_for("account.show"))


def change_picture(change: Callable[[bytes | None], None]) -> None:
    """Look at the picture of a form, and change one to it in a transaction, or with `remove` to
    none. Raise DomainError where it is none."""
    rate_limits.hit("upload", current_user.id)
    picture = None if request.form.get("remove") else _chosen()
    write(lambda: change(picture))
    flash(CHANGED if picture else REMOVED)


def _chosen() -> bytes:
    for uploaded in uploads_in_form():
        return avatar(uploaded.filename, uploaded.stream.read)
    raise Invalid(NO_PICTURE)


def named(people: Sequence[str], names: Mapping[str, str]) -> str:
    """Return people's names by their senders; those who left are named once, at the end."""
    known = [names[person] for person in people if person in names]
    former = [FORMER_MEMBER] if len(known) < len(people) else []
    return ", ".join(known + former)


def initials(name: str) -> str:
    """Return the first letters of the first and the last word of a name, as capitals."""
    words = name.split()
    return "".join(word[0] for word in dict.fromkeys([*words[:1], *words[-1:]])).upper()


def hue(sender: str) -> int:
    """Return the number of somebody's colour: the same wherever this `sender` is shown."""
    return sum(map(ord, sender)) % HUES
