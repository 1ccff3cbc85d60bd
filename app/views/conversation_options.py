"""What a member can do with a conversation besides asking: forms on a page of their own, which the
menus in the list and beside the title send by script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.auth.authorize import authorize, authorize_deleted
from app.database import write
from app.errors import Invalid, TooLarge
from app.models import Conversation
from app.models.conversation import Asking
from app.models.rights import Action, may
from app.schemas import AskingForm, Rename, SettingsForm, check
from app.text import PROMPT_LENGTH
from app.views.auth import require_sign_in
from app.views.errors import ErrorPage, wants_json
from app.views.form_data import with_plain_breaks
from app.views.forms import problem_in

blueprint = Blueprint("options", __name__, url_prefix="/conversations/<public_id>")
blueprint.before_request(require_sign_in)


@blueprint.get("/options")
def show(public_id: str) -> str:
    """Show the forms."""
    rate_limits.hit("page", current_user.id)
    return _render(public_id)


@blueprint.post("/rename")
def rename(public_id: str) -> Response:
    """Give a conversation another title."""
    title, user_id = check(Rename, {"title": request.form.get("title")}).title, current_user.id
    _change(authorize(public_id), lambda here: here.allow(user_id, Action.RENAME).rename(title))
    return _done("conversations.show", public_id=public_id)


@blueprint.post("/asking")
def set_asking(public_id: str) -> Response:
    """Choose which messages ask a model."""
    asking = Asking(check(AskingForm, request.form.to_dict()).asking)
    user_id = current_user.id
    _change(
        authorize(public_id), lambda here: here.allow(user_id, Action.ASKING).set_asking(asking)
    )
    return _done("people.show", public_id=public_id)


@blueprint.post("/settings")
def set_settings(public_id: str) -> Response | ErrorPage:
    """Say how the models are to answer."""
    conversation, user_id = authorize(public_id, Action.INSTRUCT), current_user.id
    try:
        form = check(SettingsForm, with_plain_breaks(request.form.to_dict()))
    except (Invalid, TooLarge) as error:
        return _render(public_id, problem_in(error)), error.http_status, {}
    settings = (form.system_prompt.strip(), form.temperature, form.effort)
    _change(conversation, lambda here: here.allow(user_id, Action.INSTRUCT).set_settings(*settings))
    return _done("conversations.show", public_id=public_id)


@blueprint.get("/settings")
def lead_on(public_id: str) -> Response:
    """Lead on from the address of a refused form."""
    return redirect(url_for(".show", public_id=public_id))


@blueprint.post("/pin")
def pin(public_id: str) -> Response:
    """Pin a conversation in the user's own list."""
    return _change_listing(public_id, Conversation.pin, True)


@blueprint.post("/unpin")
def unpin(public_id: str) -> Response:
    """Unpin it."""
    return _change_listing(public_id, Conversation.pin, False)


@blueprint.post("/archive")
def archive(public_id: str) -> Response:
    """Move a conversation out of the user's own list."""
    return _change_listing(public_id, Conversation.archive, True)


@blueprint.post("/unarchive")
def unarchive(public_id: str) -> Response:
    """Move it back into the list."""
    return _change_listing(public_id, Conversation.archive, False)


@blueprint.post("/mute")
def mute(public_id: str) -> Response:
    """Be told of nothing in a conversation any more."""
    return _change_listing(public_id, Conversation.mute, True)


@blueprint.post("/unmute")
def unmute(public_id: str) -> Response:
    """Be told of what is in it again."""
    return _change_listing(public_id, Conversation.mute, False)


@blueprint.post("/delete")
def delete(public_id: str) -> Response:
    """Delete a conversation for all its members; the list then offers to undo that."""
    user_id = current_user.id
    _change(authorize(public_id), lambda here: here.allow(user_id, Action.DELETE).delete())
    return _done("conversations.index", deleted=public_id)


@blueprint.post("/restore")
def restore(public_id: str) -> Response:
    """Undo a deletion."""
    user_id = current_user.id
    _change(authorize_deleted(public_id), lambda here: here.restore(user_id))
    return _done("conversations.show", public_id=public_id)


def _render(public_id: str, problems: dict[str, str] | None = None) -> str:
    """Return the page's HTML; `problems` are sentences by the names of their fields."""
    conversation = authorize(public_id)
    membership = conversation.member(current_user.id)
    return render_template(
        "conversations/options.html",
        conversation=conversation,
        membership=membership,
        can_instruct=may(membership.role, Action.INSTRUCT),
        longest_prompt=PROMPT_LENGTH,
        typed=request.form,
        problems=problems or {},
    )


def _change_listing(
    public_id: str, change: Callable[[Conversation, int, bool], None], value: bool
) -> Response:
    """Change how the user's own list has a conversation."""
    user_id = current_user.id
    _change(authorize(public_id), lambda here: change(here, user_id, value))
    return _done("conversations.index")


def _change(conversation: Conversation, change: Callable[[Conversation], None]) -> None:
    """Commit a change of a conversation; a control event tells the lists and the readers."""
    key = conversation.id
    rate_limits.hit("send", current_user.id)
    write(lambda: change(Conversation.find(key)))


def _done(endpoint: str, **values: Any) -> Response:
    return Response(status=204) if wants_json() else redirect(url_for(endpoint, **values))
