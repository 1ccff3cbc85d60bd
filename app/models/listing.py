"""Somebody's conversations, newest first, a page at a time."""

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
from app.models.message import Message

PAGE_CONVERSATIONS = 50
CURSOR = re.compile(  # no more digits than any database can count to
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?\+00:00)~(\d{1,16})", re.ASCII
)


class Listing(NamedTuple):
    """A page of conversations, and the cursor of the next one where there is one."""

    conversations: Sequence[Conversation]
    next: str | None


def conversations_of(user_id: int, before: str | None = None, words: str = "") -> Listing:
    """Return a page of the conversations this user is in; Invalid for a cursor not ours.

    With `words` only of those that have them in the title or in a message, as they stand.
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
        found = found.where(_has(words))
    rows = db.session.scalars(found).all()
    page, more = rows[:PAGE_CONVERSATIONS], len(rows) > PAGE_CONVERSATIONS
    return Listing(page, _cursor(page[-1]) if more else None)


def _has(words: str) -> ColumnElement[bool]:
    sought = words.replace("\0", "")  # which PostgreSQL can't even be asked for
    said = Message.content.icontains(sought, autoescape=True)
    mine = Message.conversation_id == Conversation.id
    return or_(Conversation.title.icontains(sought, autoescape=True), exists().where(mine, said))


def _cursor(conversation: Conversation) -> str:
    return f"{conversation.updated_at.isoformat()}~{conversation.id}"


def _place(cursor: str) -> Tuple:
    if found := CURSOR.fullmatch(cursor):
        with suppress(ValueError):  # a day that no month has
            moment = datetime.fromisoformat(found[1])
            return tuple_(literal(moment, UtcDateTime), literal(int(found[2]), BigInteger))
    raise Invalid("before: not a cursor of ours.")
