"""The pages of conversations, and their forms, which work without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import replies, schemas
from app.auth import rate_limits
from app.auth.authorize import authorize, check_allowed
from app.background import in_turn
from app.errors import Conflict, DomainError, Invalid
from app.models import Message
from app.models.columns import is_public_id
from app.models.listing import conversations_of
from app.models.rights import Action
from app.models.searching import Results, search
from app.providers import Models
from app.schemas import check
from app.views.auth import require_sign_in
from app.views.conversation_page import Draft, render_conversation
from app.views.errors import ErrorPage, headers_of
from app.views.files import Described, known_uploads, store_one, uploads_in_form
from app.views.form_data import plain_breaks
from app.views.message_options import message_of
from app.views.page_slots import let_others_in
from app.views.quoting import quotation
from app.views.sidebar import grouped

blueprint = Blueprint("conversations", __name__)
blueprint.before_request(require_sign_in)

SEARCH_LENGTH = 200
MODEL = "model"  # a cookie that the composer's script sets


@blueprint.get("/")
def home() -> Response:
    """Redirect to the list of conversations."""
    return redirect(url_for(".index"))


@blueprint.get("/conversations")
def index() -> str:
    """Show the user's conversations, newest first; with `q` only those that contain its words, with
    `archived` only archived ones."""
    rate_limits.hit("page", current_user.id)
    q = request.args.get("q", "").strip()[:SEARCH_LENGTH]
    before, archived = request.args.get("before"), bool(request.args.get("archived"))
    if q:
        rate_limits.hit("search", current_user.id)
        let_others_in()
        found = search(current_user.id, q, before)  # few at a time by itself
        return _render_list(found, q=q, archived=archived)
    with in_turn():
        found = Results(conversations_of(current_user.id, before, archived), {})
        return _render_list(found, archived=archived)


@blueprint.post("/conversations")
def create() -> Response:
    """Start a conversation, also with an assistant, or open an unused one; it counts like
    questions."""
    rate_limits.hit("send", current_user.id)
    if assistant := request.form.get("assistant"):
        known = assistant if is_public_id(assistant) else ""
        return redirect(url_for(".show", public_id=replies.create_with(known, current_user.id)))
    create = check(schemas.Create, _fields("title", "model"))
    model = create.model or _remembered_model()
    public_id = replies.create(current_user.id, create.title, model, reuse=True)
    return redirect(url_for(".show", public_id=public_id))


@blueprint.get("/conversations/<public_id>")
def show(public_id: str) -> str:
    """Show a conversation."""
    rate_limits.hit("page", current_user.id)
    check_allowed(public_id)
    page, edits = check(schemas.ConversationPage, request.args.to_dict()), request.args.get("edit")
    draft = _edited(message_of(public_id, edits)) if edits else None
    if quotes := request.args.get("quote"):
        draft = Draft(quotation(message_of(public_id, quotes)), quotes=quotes)
    found = _hidden(public_id, request.args.get("version"))
    return render_conversation(current_user.id, public_id, page.before, draft, found)


@blueprint.post("/conversations/<public_id>/messages")
def ask(public_id: str) -> Response | ErrorPage:
    """Ask a question."""
    conversation_id = authorize(public_id, Action.WRITE).id
    model, to = request.form.get("model"), request.form.get("to", "")
    draft = Draft(_content(), model=model, to=to, quotes=request.form.get("quotes"))
    try:
        rate_limits.hit("send", current_user.id)
        draft = _with_files(draft)
        _check(draft)
        payload = check(schemas.Send, {"conversation": public_id, **_question(draft)})
        author, content, key = current_user.id, payload.content, payload.key
        asks, quotes, files = _asks(draft), payload.quotes, payload.files
        replies.ask(conversation_id, author, content, key, payload.model, asks, quotes, files)
    except DomainError as error:
        return _render_refused(public_id, draft, error)
    return _redirect_to_latest(public_id)


@blueprint.post("/conversations/<public_id>/messages/<message_id>/edit")
def edit(public_id: str, message_id: str) -> Response | ErrorPage:
    """Put another version in the place of a question."""
    conversation_id = authorize(public_id, Action.WRITE).id
    draft = Draft(_content(), message_id, request.form.get("model"), request.form.get("to", ""))
    try:
        rate_limits.hit("send", current_user.id)
        draft = _with_files(draft, message_of(public_id, message_id).files)
        _check(draft)
        payload = check(schemas.Edit, {"id": message_id, **_question(draft)})
        author, content, key = current_user.id, payload.content, payload.key
        model, asks, files = payload.model, _asks(draft), payload.files
        replies.edit(conversation_id, message_id, author, content, key, model, asks, files)
    except Conflict as error:  # too late to edit: offer to send it as a new question
        return _render_refused(public_id, replace(draft, edits=None), error)
    except DomainError as error:
        return _render_refused(public_id, draft, error)
    return _redirect_to_latest(public_id)


@blueprint.post("/conversations/<public_id>/messages/<message_id>/stop")
def stop(public_id: str, message_id: str) -> Response:
    """End a streaming answer; its text so far is kept."""
    message = message_of(public_id, message_id, Action.WRITE)
    replies.stop(message.id, current_user.id)
    return _redirect_to_latest(public_id)


@blueprint.post("/conversations/<public_id>/messages/<message_id>/retry")
def retry(public_id: str, message_id: str) -> Response:
    """Put another version in the place of the last answer; `model` writes it."""
    rate_limits.hit("retry", current_user.id)
    payload = check(schemas.Retry, {"id": message_id, **_fields("model")})
    where = message_of(public_id, message_id, Action.WRITE).conversation_id
    replies.retry(where, message_id, current_user.id, payload.model)
    return _redirect_to_latest(public_id)


@blueprint.post("/conversations/<public_id>/messages/<message_id>/continue")
def go_on(public_id: str, message_id: str) -> Response:
    """Let the last answer go on where it ended."""
    rate_limits.hit("retry", current_user.id)
    where = message_of(public_id, message_id, Action.WRITE).conversation_id
    replies.go_on(where, message_id, current_user.id)
    return _redirect_to_latest(public_id)


@blueprint.post("/conversations/<public_id>/messages/<message_id>/choose")
def choose(public_id: str, message_id: str) -> Response:
    """Show another version of a message to everybody; without `version` the message itself."""
    rate_limits.hit("retry", current_user.id)
    choice = check(schemas.ChoiceForm, _fields("version"))
    where = message_of(public_id, message_id, Action.WRITE).conversation_id
    chosen = replies.choose(where, message_id, current_user.id, choice.version)
    return redirect(url_for(".show", public_id=public_id, _anchor=chosen["id"]))


def _remembered_model() -> str | None:
    """Return the model that was chosen last in this browser, if it is still offered."""
    model = request.cookies.get(MODEL)
    return model if model in _offered().names else None


def _offered() -> Models:
    """Return the models, of which the user can choose those that are offered to them."""
    return replies.current_runtime().models.offered_to(current_user.id)


def _render_list(found: Results, *, q: str = "", archived: bool = False) -> str:
    listing, hits = found
    return render_template(
        "conversations/index.html",
        listing=listing,
        groups=grouped(listing.conversations),
        hits=hits,
        q=q,
        archived=archived,
        deleted=request.args.get("deleted"),
        models=_offered(),
        remembered=_remembered_model(),
    )


def _hidden(public_id: str, message_id: str | None) -> str | None:
    """Return the id of a message that was found in a version that is not shown; else None."""
    is_hidden = message_id and message_of(public_id, message_id).hidden_with is not None
    return message_id if is_hidden else None


def _content() -> str:
    """Return the text of the form."""
    return plain_breaks(request.form.get("content", ""))


def _asks(draft: Draft) -> replies.Asks:
    """Return whom the form asks, besides whom its text mentions."""
    if draft.to == "everybody":
        return ()
    return None if draft.to == "model" else replies.BY_RULE


def _edited(message: Message) -> Draft:
    return Draft(message.content, message.public_id, files=message.files)


def _with_files(draft: Draft, others: Sequence[Described] = ()) -> Draft:
    """Return a draft with the files of the form: those that were uploaded before, or are among
    `others`, and new ones. Its problem is that of the first of these that is refused."""
    files = known_uploads(request.form.getlist("files"), others)
    try:
        for uploaded in uploads_in_form():
            files.append(store_one(uploaded))
    except DomainError as error:
        return replace(draft, files=files, problem=error.sentence)
    return replace(draft, files=files)


def _check(draft: Draft) -> None:
    if draft.problem:
        raise Invalid(draft.problem)


def _question(draft: Draft) -> dict[str, Any]:
    """Return the text and an idempotency key, so that a form sent twice asks once.

    The form's key alone is not enough: after going back, the same form can hold another question.
    """
    form_key = request.form.get("key")
    key = sha256(f"{form_key}\0{draft.content}".encode(errors="replace")).hexdigest()
    files = [each["id"] for each in draft.files]
    is_left_out = bool(files) and not draft.content.strip()
    fields = {**({} if is_left_out else {"content": draft.content}), **_fields("model", "quotes")}
    return {**fields, "files": files, **({"key": key} if form_key else {})}


def _render_refused(public_id: str, draft: Draft, error: DomainError) -> ErrorPage:
    """Show the page with the text still in the form, and the error above it."""
    refused = replace(draft, problem=error.sentence)
    page = render_conversation(current_user.id, public_id, draft=refused)
    return page, error.http_status, headers_of(error)


def _fields(*names: str) -> dict[str, str]:
    """Return the fields of the form that are not empty."""
    return {name: request.form[name] for name in names if request.form.get(name)}


def _redirect_to_latest(public_id: str) -> Response:
    return redirect(url_for(".show", public_id=public_id, _anchor="latest"))
