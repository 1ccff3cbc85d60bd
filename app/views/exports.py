"""A conversation as a file to download."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, stream_with_context
from flask_login import current_user
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.auth.authorize import authorize
from app.database import read
from app.exporting.conversation import (
    JSON,
    MARKDOWN,
    Exported,
    Format,
    Payload,
    exported,
    page_of,
)
from app.views.auth import require_sign_in
from app.views.headers import name_file

blueprint = Blueprint("exports", __name__, url_prefix="/conversations/<public_id>")
blueprint.before_request(require_sign_in)


@blueprint.get("/export.md")
def markdown(public_id: str) -> Response:
    """Send a conversation as Markdown."""
    return _file(public_id, MARKDOWN)


@blueprint.get("/export.json")
def as_json(public_id: str) -> Response:
    """Send a conversation as JSON: its messages are like those of the protocol.

    `messages` are shown. `hidden` are not: with which version they are hidden (itself, if that is
    one that can be chosen), and of which message they are a later version.
    """
    return _file(public_id, JSON)


def _file(public_id: str, form: Format) -> Response:
    rate_limits.hit("page", current_user.id)
    about = exported(authorize(public_id), current_user.id)
    parts = form.write(about, lambda shown: _messages(about, shown))
    response = Response(stream_with_context(parts), content_type=form.content_type)
    name = f"{about.title.replace('/', '-')}.{form.suffix}"
    name_file(response, "attachment", name)
    return response


def _messages(about: Exported, shown: bool) -> Iterator[Payload]:
    """Yield all messages, oldest first, a page in each transaction, as long as the user may."""
    position = 0
    while page := read(lambda after=position: page_of(about, after, shown)):  # type: ignore[misc]
        yield from page
        position = page[-1]["position"]
