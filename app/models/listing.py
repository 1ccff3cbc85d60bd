"""A person's conversations, newest first, a page at a time, and what a list shows of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Row, Select, Tuple, func, literal, select, tuple_

from app.errors import Invalid
from app.extensions import db
from app.models.columns import UtcDateTime
from app.models.conversation import Conversation
from app.models.membership import Membership
from app.models.message import Message, Status
from app.models.user import members_of
from app.text import plain_line

PAGE_CONVERSATIONS = 50
PREVIEW_LENGTH = 300  # characters of the last message that are read for its snippet
SNIPPET_LENGTH = 140
MAX_UNREAD = 100  # are counted
PAGE_TOKEN = re.compile(  # no more digits than any database can count to
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?\+00:00)~(\d{1,16})", re.ASCII
)


class Listed(NamedTuple):
    """A conversation as it stands in the list of one of its members."""

    conversation: Conversation
    membership: Membership
    members: list[str]  # names, the owner first
    is_streaming: bool
    preview: str  # the beginning of the last message that has text, in Markdown
    unread: int  # messages by others that this member has not read, MAX_UNREAD at most

    @property
    def snippet(self) -> str:
        """Return the beginning of the last text on one line, without its marks."""
        return plain_line(self.preview)[:SNIPPET_LENGTH]

    @property
    def version(self) -> int:
        """Return a number that grows with every change of what is listed."""
        return version_of(
            self.conversation, self.membership.version, is_streaming=self.is_streaming
        )


class Listing(NamedTuple):
    """A page of a list, and the token of the next page where there is one."""

    conversations: Sequence[Listed]
    next: str | None


def version_of(
    conversation: Conversation, of_membership: int = 0, *, is_streaming: bool = False
) -> int:
    """Return the version of a conversation in a list.

    Every message and every removal counts, and so does the end of an answer, of which the database
    has no number: the next answer begins with a message.
    """
    counts = conversation.position + conversation.revision + conversation.version + of_membership
    return 2 * counts + (not is_streaming)


def conversations_of(
    user_id: int, before: str | None = None, archived: bool | None = None
) -> Listing:
    """Return a page of a user's conversations, archived ones or others; None: all of them.

    Those that nobody wrote in are in the list of all of them alone. What is pinned is at the
    beginning of the first page, beside what a page has. Raises Invalid for a malformed page token.
    """
    found = newest_first(select(Conversation), user_id, before)
    if archived is None:
        return _page(found)
    found = found.where(Membership.archived == archived, ~Conversation.is_unused())
    if archived:
        return _page(found)
    page = _page(found.where(~Membership.pinned))
    pinned = _pinned(user_id) if before is None else []
    return page._replace(conversations=[*pinned, *page.conversations])


def newest_first(found: Select[Any], user_id: int, before: str | None) -> Select[Any]:
    """Select what is found in a page of a user's conversations, and in one more.

    Raises Invalid for a malformed page token.
    """
    found = _of(found, user_id).limit(PAGE_CONVERSATIONS + 1)
    if before is None:
        return found
    return found.where(tuple_(Conversation.updated_at, Conversation.id) < _place(before))


def listing_of(user_id: int, keys: Sequence[int]) -> Listing:
    """Return these conversations of a user as a page; another one says that there is a next."""
    found = _of(select(Conversation), user_id).where(Conversation.id.in_(keys))
    return _page(found)


def listed_in(conversation_id: int, user_id: int | None = None) -> list[Listed]:
    """Return a conversation as it stands in the lists of its members, or of one of them."""
    found = select(Conversation).join(Membership, Membership.conversation_id == Conversation.id)
    found = found.where(Conversation.id == conversation_id, ~Conversation.is_unused())
    if user_id is not None:
        found = found.where(Membership.user_id == user_id)
    return _listed(db.session.execute(_with_state(found)).all())


def _of(found: Select[Any], user_id: int) -> Select[Any]:
    return (
        found.join(Membership, Membership.conversation_id == Conversation.id)
        .where(Membership.user_id == user_id, Conversation.deleted_at.is_(None))
        .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
    )


def _page(found: Select[Any]) -> Listing:
    rows = db.session.execute(_with_state(found)).all()
    page, more = rows[:PAGE_CONVERSATIONS], len(rows) > PAGE_CONVERSATIONS
    return Listing(_listed(page), _page_token(page[-1].Conversation) if more else None)


def _pinned(user_id: int) -> list[Listed]:
    found = _of(select(Conversation), user_id).where(Membership.pinned)
    return _listed(db.session.execute(_with_state(found)).all())


def _with_state(found: Select[Any]) -> Select[Any]:
    """Add the membership, whether an answer streams, the beginning of the last text, and how many
    messages are new."""
    return found.add_columns(Membership, _is_streaming(), _preview(), _unread())


def _is_streaming() -> ColumnElement[bool]:
    here = (Message.conversation_id == Conversation.id) & Message.is_shown()
    streaming = select(Message.id).where(here, Message.status == Status.STREAMING)
    return streaming.exists().label("is_streaming")


def _preview() -> ColumnElement[str]:
    """Select from the last message with text: an answer has none in its row while it streams."""
    here = (Message.conversation_id == Conversation.id) & Message.is_shown()
    return (
        select(func.substr(Message.content, 1, PREVIEW_LENGTH))
        .where(here, Message.content != "")
        .order_by(Message.position.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
        .label("preview")
    )


def _unread() -> ColumnElement[int]:
    """Count what is shown after a member's mark, has ended, and is not by the member."""
    new = (
        select(Message.id)
        .where(Message.conversation_id == Conversation.id, Message.is_shown())
        .where(Message.position > Membership.read_position, Message.status != Status.STREAMING)
        .where(Message.author_id.is_distinct_from(Membership.user_id))
        .limit(MAX_UNREAD)
        .correlate(Conversation, Membership)
        .subquery()
    )
    return select(func.count()).select_from(new).scalar_subquery().label("unread")


def _listed(rows: Sequence[Row[Any]]) -> list[Listed]:
    members = members_of({row.Conversation.id for row in rows})
    return [
        Listed(
            row.Conversation,
            row.Membership,
            [member.name for member in members[row.Conversation.id]],
            row.is_streaming,
            row.preview or "",
            row.unread,
        )
        for row in rows
    ]


def _page_token(conversation: Conversation) -> str:
    return f"{conversation.updated_at.isoformat()}~{conversation.id}"


def _place(page_token: str) -> Tuple:
    if found := PAGE_TOKEN.fullmatch(page_token):
        with suppress(ValueError):  # a day that no month has
            updated_at = datetime.fromisoformat(found[1])
            return tuple_(literal(updated_at, UtcDateTime), literal(int(found[2]), BigInteger))
    raise Invalid("before: not a page token of this server.")
