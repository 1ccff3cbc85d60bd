"""A person's conversations, newest first, a page at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Tuple, exists, literal, or_, select, tuple_

from app.errors import Invalid
from app.extensions import db
from app.models.columns import UtcDateTime
from app.models.conversation import Conversation
from app.models.membership import Membership
from app.models.message import Message, Status
from app.models.user import members_of

PAGE_CONVERSATIONS = 50
PAGE_TOKEN = re.compile(  # no more digits than any database can count to
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?\+00:00)~(\d{1,16})", re.ASCII
)


class Listing(NamedTuple):
    """A page of conversations, and the token of the next page where there is one."""

    conversations: Sequence[Conversation]
    next: str | None


class Summary(NamedTuple):
    """The names of a conversation's members, the owner first, and whether an answer streams."""

    members: list[str]
    is_streaming: bool


def conversations_of(user_id: int, before: str | None = None, words: str = "") -> Listing:
    """Return a page of a user's conversations. Raises Invalid for a malformed page token.

    With `words` only those with these words, as they are, in the title or in a message.
    """
    found = (
        select(Conversation)
        .join(Membership, Membership.conversation_id == Conversation.id)
        .where(Membership.user_id == user_id)
        .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        .limit(PAGE_CONVERSATIONS + 1)
    )
    if before is not None:
        found = found.where(tuple_(Conversation.updated_at, Conversation.id) < _place(before))
    if words:
        found = found.where(_contains(words))
    rows = db.session.scalars(found).all()
    page, more = rows[:PAGE_CONVERSATIONS], len(rows) > PAGE_CONVERSATIONS
    return Listing(page, _page_token(page[-1]) if more else None)


def summaries_of(conversations: Sequence[Conversation]) -> dict[int, Summary]:
    """Return a summary of each conversation, by its key."""
    keys = [conversation.id for conversation in conversations]
    streaming = set(
        db.session.scalars(
            select(Message.conversation_id).where(
                Message.conversation_id.in_(keys), Message.status == Status.STREAMING
            )
        )
    )
    members = members_of(keys)
    return {key: Summary([m.name for m in members[key]], key in streaming) for key in keys}


def _contains(words: str) -> ColumnElement[bool]:
    sought = words.replace("\0", "")  # PostgreSQL rejects such a query
    in_a_message = exists().where(
        Message.conversation_id == Conversation.id,
        Message.content.icontains(sought, autoescape=True),
    )
    return or_(Conversation.title.icontains(sought, autoescape=True), in_a_message)


def _page_token(conversation: Conversation) -> str:
    return f"{conversation.updated_at.isoformat()}~{conversation.id}"


def _place(page_token: str) -> Tuple:
    if found := PAGE_TOKEN.fullmatch(page_token):
        with suppress(ValueError):  # a day that no month has
            updated_at = datetime.fromisoformat(found[1])
            return tuple_(literal(updated_at, UtcDateTime), literal(int(found[2]), BigInteger))
    raise Invalid("before: not a page token of this server.")
