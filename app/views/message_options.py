"""What a member can do with one message besides answering it: forms on a page of its own, which the
menu of the message sends by script."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import replies, schemas
from app.auth import rate_limits
from app.auth.authorize import authorize, authorize_message
from app.errors import NotFound
from app.models import Message
from app.models.paging import page_before_which
from app.models.rights import Action, may
from app.schemas import check
from app.text import excerpt
from app.views.auth import require_sign_in
from app.views.errors import wants_json

EXCERPT = 300  # characters of the message

blueprint = Blueprint(
    "message", __name__, url_prefix="/conversations/<public_id>/messages/<message_id>"
)
blueprint.before_request(require_sign_in)


@blueprint.get("")
def place(public_id: str, message_id: str) -> Response:
    """Lead to the page that has a message; one that is not shown is offered there.

    It may have another id by now: then this leads to the conversation.
    """
    rate_limits.hit("page", current_user.id)
    authorize(public_id)
    try:
        message = message_of(public_id, message_id)
    except NotFound:
        return redirect(url_for("conversations.show", public_id=public_id))
    if message.hidden_with is not None:
        return redirect(url_for("conversations.show", public_id=public_id, version=message_id))
    before = page_before_which(message.conversation, message)
    here = url_for("conversations.show", public_id=public_id, before=before, _anchor=message_id)
    return redirect(here)


@blueprint.get("/options")
def show(public_id: str, message_id: str) -> str:
    """Show the forms."""
    rate_limits.hit("page", current_user.id)
    message = message_of(public_id, message_id)
    role = message.conversation.member(current_user.id).role
    return render_template(
        "messages/options.html",
        message=message,
        excerpt=excerpt(message.content, EXCERPT),
        conversation=message.conversation,
        emojis=schemas.EMOJIS,
        own={emoji for emoji, people in message.reactions.items() if current_user.id in people},
        writes=may(role, Action.WRITE),
    )


@blueprint.post("/react")
def react(public_id: str, message_id: str) -> Response:
    """Put an emoji on a message."""
    return _react(public_id, message_id, on=True)


@blueprint.post("/unreact")
def unreact(public_id: str, message_id: str) -> Response:
    """Take the user's own emoji away."""
    return _react(public_id, message_id, on=False)


@blueprint.post("/branch")
def branch(public_id: str, message_id: str) -> Response:
    """Copy the conversation up to a message, for the user, and lead there."""
    user_id = current_user.id
    rate_limits.hit("send", user_id)
    branched = replies.branch(message_of(public_id, message_id).id, user_id)
    return redirect(url_for("conversations.show", public_id=branched, _anchor="latest"))


@blueprint.post("/pin")
def pin(public_id: str, message_id: str) -> Response:
    """Pin a message."""
    return _pin(public_id, message_id, on=True)


@blueprint.post("/unpin")
def unpin(public_id: str, message_id: str) -> Response:
    """Unpin it."""
    return _pin(public_id, message_id, on=False)


def message_of(public_id: str, message_id: str, action: Action = Action.READ) -> Message:
    """Return a message of this conversation; NotFound if it is in another."""
    message = authorize_message(message_id, action)
    if message.conversation.public_id != public_id:
        raise NotFound()
    return message


def _react(public_id: str, message_id: str, *, on: bool) -> Response:
    user_id = current_user.id
    rate_limits.hit("react", user_id)
    form = check(schemas.ReactionForm, request.form.to_dict())
    message = message_of(public_id, message_id, Action.REACT)
    replies.react(message.id, user_id, form.emoji, on=on)
    return _done(public_id, message_id)


def _pin(public_id: str, message_id: str, *, on: bool) -> Response:
    user_id = current_user.id
    rate_limits.hit("react", user_id)
    replies.pin(message_of(public_id, message_id, Action.WRITE).id, user_id, on=on)
    return _done(public_id, message_id)


def _done(public_id: str, message_id: str) -> Response:
    """Lead back to the message."""
    if wants_json():
        return Response(status=204)
    return redirect(url_for("conversations.show", public_id=public_id, _anchor=message_id))
