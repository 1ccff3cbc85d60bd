"""Who has read how far: the marks below messages, and where a reader stopped.

Opening a page changes nothing: it may be loaded ahead, or never be shown. With scripts the page
tells what is really seen; without them, an image that only a page that is shown loads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from flask import Blueprint, Response, request
from flask_login import current_user

from app import replies, schemas
from app.auth import rate_limits
from app.auth.authorize import authorize
from app.events.shapes import PersonPayload
from app.models import Status
from app.schemas import check
from app.views.auth import require_sign_in

blueprint = Blueprint("seen", __name__, url_prefix="/conversations/<public_id>")
blueprint.before_request(require_sign_in)


class Shown(Protocol):
    """A message on the page."""

    @property
    def id(self) -> str:
        """Return its public id."""

    @property
    def position(self) -> int:
        """Return its place."""

    @property
    def sender(self) -> str | None:
        """Return who has asked it."""

    @property
    def status(self) -> str:
        """Return whether it streams."""


SeenBy = dict[str, list[PersonPayload]]
"""By message, those who have read up to it."""


@blueprint.get("/seen")
def mark(public_id: str) -> Response:
    """Store that the user has seen a page that was shown without scripts: the image in it."""
    rate_limits.hit("page", current_user.id)
    conversation_id = authorize(public_id).id
    position = check(schemas.SeenPage, request.args.to_dict()).position
    replies.mark_read(conversation_id, current_user.id, position)
    return Response(status=204, headers={"Cache-Control": "no-store"})


def seen_by(messages: Sequence[Shown], people: Sequence[PersonPayload], me: str) -> SeenBy:
    """Return who else has read how far, on the latest page of a conversation."""
    marks: SeenBy = {}
    for person in people:
        read = person.get("read", 0)
        message = next((each for each in reversed(messages) if each.position <= read), None)
        if message and person["sender"] != me:
            marks.setdefault(message.id, []).append(person)
    return marks


def first_new(messages: Sequence[Shown], read: int, me: str) -> str | None:
    """Return the id of the first message that a member has not read, if they have read any."""
    if not read:
        return None
    new = (each for each in messages if each.position > read and each.sender != me)
    return next((each.id for each in new if each.status != Status.STREAMING), None)


def last_ended(messages: Sequence[Shown], position: int) -> int:
    """Return up to where the latest page lets a member have read; what streams is not read yet."""
    streaming = (each.position for each in messages if each.status == Status.STREAMING)
    return min((at - 1 for at in streaming), default=position)
