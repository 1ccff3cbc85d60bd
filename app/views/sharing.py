"""Share links: the owner of a conversation makes, lists and revokes them."""

from __future__ import annotations

from datetime import timedelta

from flask import (
    Blueprint,
    Response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app import schemas
from app.auth import rate_limits
from app.auth.authorize import authorize
from app.errors import Conflict, Invalid
from app.extensions import db
from app.models import Conversation, Share
from app.models.rights import Action
from app.models.share import address_of
from app.schemas import check
from app.views.auth import require_sign_in
from app.views.errors import ErrorPage, headers_of
from app.views.people_page import change_people, server_address
from app.views.shown_once import shown_once

blueprint = Blueprint("sharing", __name__, url_prefix="/conversations/<public_id>/share")
blueprint.before_request(require_sign_in)

NEW_SHARE = "new_share"  # in the session, between the form and the page that shows the link


@blueprint.get("")
def show(public_id: str) -> Response:
    """Show the links, and one that was just made: once, on a page that is not cached. With `answer`
    the form makes one to this answer alone."""
    rate_limits.hit("page", current_user.id)
    answer = request.args.get("answer")
    return shown_once(NEW_SHARE, lambda secret: _render(public_id, answer, secret))


@blueprint.post("")
def create(public_id: str) -> BaseResponse | ErrorPage:
    """Make a link, and redirect to the page that shows it, so that a reload makes no other."""
    form = check(schemas.NewShare, {name: text for name, text in request.form.items() if text})
    user_id = current_user.id
    try:
        session[NEW_SHARE] = change_people(
            public_id, lambda here: _create(here, user_id, form), Action.SHARE
        )
    except (Invalid, Conflict) as error:
        page = _render(public_id, form.answer, problem=error.sentence)
        return page, error.http_status, headers_of(error)
    return redirect(url_for(".show", public_id=public_id), 303)


@blueprint.get("/revoke")
def lead_on(public_id: str) -> BaseResponse:
    """Lead on from the address of a refused form."""
    return redirect(url_for(".show", public_id=public_id))


@blueprint.post("/revoke")
def revoke(public_id: str) -> BaseResponse:
    """Let nobody read by a link any more; who does so now is cut off."""
    key = check(schemas.LinkRef, request.form.to_dict()).id
    change_people(public_id, lambda here: _revoke(here, key), Action.SHARE)
    return redirect(url_for(".show", public_id=public_id))


def _render(
    public_id: str, answer: str | None, secret: str | None = None, problem: str = ""
) -> str:
    conversation = authorize(public_id, Action.SHARE)
    return render_template(
        "conversations/share.html",
        conversation=conversation,
        answer=answer,
        shares=Share.listed(conversation.id),
        new_link=secret and address_of(secret, server_address()),
        typed=request.form,
        problem=problem,
    )


def _create(conversation: Conversation, user_id: int, form: schemas.NewShare) -> str:
    lifetime = None if form.days == "never" else timedelta(days=int(form.days))
    names = form.names == "show"
    return Share.create(conversation, user_id, lifetime, answer=form.answer, shows_names=names)


def _revoke(conversation: Conversation, key: int) -> None:
    if share := db.session.scalar(Share.usable(conversation.id).where(Share.id == key)):
        share.revoke()
