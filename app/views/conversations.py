"""The pages of conversations, and the forms that work without JavaScript."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import replies, schemas
from app.auth import rate_limits
from app.auth.authorize import authorize, authorize_message
from app.errors import Conflict, DomainError, NotFound
from app.models import Message
from app.models.listing import conversations_of, summaries_of
from app.schemas import check
from app.views.conversation_page import Draft, show_page
from app.views.errors import ErrorPage, headers_of
from app.views.signed_in import require_sign_in

blueprint = Blueprint("conversations", __name__)
blueprint.before_request(require_sign_in)

SEARCH_LENGTH = 200


@blueprint.get("/")
def home() -> Response:
    """Lead to the list of conversations."""
    return redirect(url_for(".index"))


@blueprint.get("/conversations")
def index() -> str:
    """Show the reader's conversations, or those with the words that are sought, newest first."""
    q = request.args.get("q", "").strip()[:SEARCH_LENGTH]
    if q:
        rate_limits.hit("search", current_user.id)
    listing = conversations_of(current_user.id, request.args.get("before"), q)
    return render_template(
        "conversations/index.html",
        listing=listing,
        summaries=summaries_of(listing.conversations),
        q=q,
        models=replies.current_runtime().models,
    )


@blueprint.post("/conversations")
def create() -> Response:
    """Begin a conversation, or go on with an empty one; it counts like a question."""
    rate_limits.hit("send", current_user.id)
    create = check(schemas.Create, _fields("title", "model"))
    public_id = replies.create(current_user.id, create.title, create.model, reuse=True)
    return redirect(url_for(".show", public_id=public_id))


@blueprint.get("/conversations/<public_id>")
def show(public_id: str) -> str:
    """Show a conversation: what is there now, and what the reader needs to follow it."""
    authorize(public_id)
    before, edits = request.args.get("before", type=int), request.args.get("edit")
    draft = Draft(_own(public_id, edits).content, edits) if edits else None
    return show_page(current_user.id, public_id, before, draft)


@blueprint.post("/conversations/<public_id>/messages")
def ask(public_id: str) -> Response | ErrorPage:
    """Ask a question."""
    key = authorize(public_id).id
    draft = Draft(_content())
    try:
        rate_limits.hit("send", current_user.id)
        wish = check(schemas.Send, {"conversation": public_id, **_question(draft)})
        replies.ask(key, current_user.id, wish.content, wish.key)
    except DomainError as error:
        return _again(public_id, draft, error)
    return _back(public_id)


@blueprint.post("/conversations/<public_id>/messages/<message_id>/edit")
def edit(public_id: str, message_id: str) -> Response | ErrorPage:
    """Replace the last question, its answer and all, by another."""
    key = authorize(public_id).id
    draft = Draft(_content(), message_id)
    try:
        rate_limits.hit("send", current_user.id)
        wish = check(schemas.Edit, {"id": message_id, **_question(draft)})
        replies.edit(key, message_id, current_user.id, wish.content, wish.key)
    except Conflict as error:  # it can't be edited any more, but asked it can be
        return _again(public_id, Draft(draft.content), error)
    except DomainError as error:
        return _again(public_id, draft, error)
    return _back(public_id)


@blueprint.post("/conversations/<public_id>/messages/<message_id>/stop")
def stop(public_id: str, message_id: str) -> Response:
    """End a streaming answer where it is."""
    replies.stop(_own(public_id, message_id).id)
    return _back(public_id)


@blueprint.post("/conversations/<public_id>/messages/<message_id>/retry")
def retry(public_id: str, message_id: str) -> Response:
    """Replace the last answer by a new one."""
    rate_limits.hit("retry", current_user.id)
    _own(public_id, message_id)
    replies.retry(authorize(public_id).id, message_id)
    return _back(public_id)


def _own(public_id: str, message_id: str) -> Message:
    message = authorize_message(message_id)
    if message.conversation.public_id != public_id:
        raise NotFound()
    return message


def _content() -> str:
    # forms send lines so; people don't write so
    return request.form.get("content", "").replace("\r\n", "\n")


def _question(draft: Draft) -> dict[str, str]:
    """Return what was written, with a key by which it is known when it is sent twice.

    The form's own is not enough: a browser that goes back shows it again, for another question.
    """
    form = request.form.get("key")
    key = sha256(f"{form}\0{draft.content}".encode(errors="replace")).hexdigest()
    return {"content": draft.content, **({"key": key} if form else {})}


def _again(public_id: str, draft: Draft, error: DomainError) -> ErrorPage:
    """Show the page with what was written still in the form, and what is wrong with it."""
    said = replace(draft, problem=error.sentence)
    return show_page(current_user.id, public_id, draft=said), error.http_status, headers_of(error)


def _fields(*names: str) -> dict[str, str]:
    """Return the form's fields that were filled in."""
    return {name: request.form[name] for name in names if request.form.get(name)}


def _back(public_id: str) -> Response:
    return redirect(url_for(".show", public_id=public_id, _anchor="latest"))
