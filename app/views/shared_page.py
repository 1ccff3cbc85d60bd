"""The page that strangers see who follow a share link; it changes nothing, and has no form."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from flask import Blueprint, Response, make_response, render_template, request
from flask_login import current_user

from app import schemas
from app.addresses import network_of
from app.auth import rate_limits
from app.background import in_turn
from app.database import read, write
from app.errors import NotFound
from app.events.sharing import ANSWER_TITLE, SOMEBODY
from app.extensions import db
from app.models import Conversation, Membership, Role, Share, Status
from app.models.columns import new_public_id
from app.models.reading import messages_before
from app.models.share import FoundShare, shown_answer
from app.replies import current_runtime
from app.schemas import check
from app.sockets.shared_catch_up import revision_of
from app.views.conversation_page import ShownMessage, shown_message, with_html

blueprint = Blueprint("shared", __name__, url_prefix="/share")

NOT_VALID = (
    "This link can't be used any more: it has expired or was revoked, or what it leads to is gone. "
    "Ask whoever sent it for another one."
)
HEADERS = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",  # the address holds the link's secret
    "Cache-Control": "private, no-store",
}


@dataclass(frozen=True, slots=True)
class SharedPage:
    """What a link shows, read in one transaction."""

    title: str
    messages: list[ShownMessage]
    more: bool  # earlier messages than these exist
    position: int
    revision: int
    is_member: bool  # whoever reads it, signed in


class Openings:
    """Counts how often links were opened, and stores that together: a page costs no write."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def add(self, share_id: int) -> None:
        """Count one."""
        self._counts[share_id] += 1

    def store(self) -> None:
        """Store the counts. Where that fails they are kept for the next time."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            write(lambda: Share.count_opened(counts))
        except Exception:
            self._counts += counts
            raise


openings = Openings()


@blueprint.after_request
def protect(response: Response) -> Response:
    """Keep the page, and that of an error, out of search engines, referrers and caches."""
    response.headers.update(HEADERS)
    return response


@blueprint.get("/<secret>")
def show(secret: str) -> Response:
    """Show what a link leads to, to whoever has it."""
    rate_limits.hit("share", network_of(request.remote_addr))
    before = check(schemas.ConversationPage, request.args.to_dict()).before
    share = Share.find(secret)
    if share is None:
        raise NotFound(NOT_VALID)
    user_id = current_user.id if current_user.is_authenticated else None
    with in_turn():
        page = read(lambda: _read_page(share, user_id, before))
    page = replace(page, messages=with_html(page.messages))
    if "again" not in request.args:
        openings.add(share.id)
    models = current_runtime().models
    return make_response(
        render_template(
            "shared.html",
            page=page,
            share=share,
            secret=secret,
            is_latest=before is None,
            key=new_public_id(),
            labels={name: models.label(name) for name in _models_of(page)},
        )
    )


def _models_of(page: SharedPage) -> set[str]:
    """Return the models that have answered; which others there are is nothing for strangers."""
    return {message.model for message in page.messages if message.model}


def _read_page(share: FoundShare, user_id: int | None, before: int | None) -> SharedPage:
    conversation = db.session.get(Conversation, share.conversation_id)
    if conversation is None or conversation.deleted_at or not Share.is_usable(share):
        raise NotFound(NOT_VALID)
    is_member = user_id is not None and Membership.exists(conversation.id, user_id)
    if share.answer_id is not None:
        pair = shown_answer(share)
        messages = [_public(shown_message(each, {}, conversation), share) for each in pair]
        title, position, revision = ANSWER_TITLE, len(pair), revision_of(pair)
        return SharedPage(title, messages, False, position, revision, is_member)
    position = conversation.position
    found, more = messages_before(conversation.id, position + 1 if before is None else before)
    messages = [_public(shown_message(each, {}, conversation), share) for each in found]
    title, revision = conversation.title, conversation.revision
    return SharedPage(title, messages, more, position, revision, is_member)


def _public(message: ShownMessage, share: FoundShare) -> ShownMessage:
    """Return a message as strangers see it: what app/events/sharing.py sends of it."""
    is_asked = message.role == Role.USER
    return message._replace(
        author=(message.author if share.shows_names else SOMEBODY) if is_asked else None,
        is_bot=False,
        mentions=(),
        quotes=None,
        files=(),
        reacted=0,
        reactions=[],
        can_go_on=False,
        version=1,
        versions=1,
        error=None,
        note=message.note if message.status == Status.COMPLETE else None,
        thinking="",
        stats={},
    )
