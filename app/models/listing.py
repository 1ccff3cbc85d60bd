"""A person's conversations, newest first, a page at a time, and what a list shows of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Tuple,
    bindparam,
    func,
    literal,
    select,
    tuple_,
)

from app.database import find_in_session
from app.direct import DirectStatement
from app.errors import Invalid
from app.extensions import db
from app.models.columns import UtcDateTime
from app.models.conversation import Conversation
from app.models.membership import Membership
from app.models.message import Message, Status
from app.models.rights import MemberRole
from app.models.user import members_of
from app.text import plain_line

PAGE_CONVERSATIONS = 50
PREVIEW_LENGTH = 300  # characters of the last message that are read for its snippet
SNIPPET_LENGTH = 140
MAX_UNREAD = 100  # are counted
PAGE_TOKEN = re.compile(  # no more digits than any database can count to
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?\+00:00)~(\d{1,16})", re.ASCII
)


class ListedConversation(NamedTuple):
    """What a list shows of a conversation itself."""

    id: int
    public_id: str
    title: str
    model: str
    position: int
    revision: int
    version: int
    updated_at: datetime


class ListedMembership(NamedTuple):
    """How one member lists it."""

    user_id: int
    role: str
    pinned: bool
    archived: bool
    muted: bool
    read_position: int
    version: int

    @property
    def is_owner(self) -> bool:
        """Return whether the conversation is this member's."""
        return self.role == MemberRole.OWNER


class Listed(NamedTuple):
    """A conversation as it stands in the list of one of its members."""

    conversation: ListedConversation
    membership: ListedMembership
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
    conversation: Conversation | ListedConversation,
    of_membership: int = 0,
    *,
    is_streaming: bool = False,
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
    if before is None:
        page = find_in_session(FIRST_PAGES[archived], {"user_id": user_id})
        pinned = [] if archived is not False else find_in_session(PINNED, {"user_id": user_id})
        return _listing(page, pinned)
    return _listing(db.session.execute(_page(archived, user_id, before)).all())


def newest_first(
    found: Select[Any], user_id: int | BindParameter[int], before: str | None
) -> Select[Any]:
    """Select what is found in a page of a user's conversations, and in one more.

    Raises Invalid for a malformed page token.
    """
    found = _of(_joined(found), user_id).limit(PAGE_CONVERSATIONS + 1)
    if before is None:
        return found
    return found.where(tuple_(Conversation.updated_at, Conversation.id) < _place(before))


def listing_of(user_id: int, keys: Sequence[int]) -> Listing:
    """Return these conversations of a user as a page; another one says that there is a next."""
    found = _of(_state(), user_id).where(Conversation.id.in_(keys))
    return _listing(db.session.execute(found).all())


def listed_in(conversation_id: int, user_id: int | None = None) -> list[Listed]:
    """Return a conversation as it stands in the lists of its members, or of one of them; nothing
    where it was deleted, or nobody wrote in it."""
    here = {"conversation_id": conversation_id}
    if user_id is None:
        return _listed(find_in_session(LISTED_IN, here))
    return _listed(find_in_session(LISTED_OF, {**here, "user_id": user_id}))


def _of(found: Select[Any], user_id: int | BindParameter[int]) -> Select[Any]:
    """Select the conversations of a user that were not deleted, the newest first."""
    return found.where(Membership.user_id == user_id, Conversation.deleted_at.is_(None)).order_by(
        Conversation.updated_at.desc(), Conversation.id.desc()
    )


def _page(
    archived: bool | None, user_id: int | BindParameter[int], before: str | None = None
) -> Select[Any]:
    """Select a page, and one more: first which ones, because to look at the messages of all of a
    user's conversations would take many times as long as to sort them."""
    keys = newest_first(select(Membership.id), user_id, before)
    if archived is not None:
        keys = keys.where(Membership.archived == archived, ~Conversation.is_unused())
    if archived is False:
        keys = keys.where(~Membership.pinned)
    return _of(_state(), user_id).where(Membership.id.in_(keys))


def _joined(found: Select[Any]) -> Select[Any]:
    return found.select_from(Conversation).join(
        Membership, Membership.conversation_id == Conversation.id
    )


def _state() -> Select[Any]:
    """Select what a list shows: the conversation, the membership, whether an answer streams, the
    beginning of the last text, and how many messages are new."""
    of_conversation = (getattr(Conversation, name) for name in ListedConversation._fields)
    of_membership = (
        getattr(Membership, name).label(f"member_{name}") for name in ListedMembership._fields
    )
    columns = (*of_conversation, *of_membership, _is_streaming(), _preview(), _unread())
    return _joined(select(*columns))


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


def _listing(rows: Sequence[Any], pinned: Sequence[Any] = ()) -> Listing:
    """Return what is pinned and a page of what was found; one more says that there is a next."""
    page, more = rows[:PAGE_CONVERSATIONS], len(rows) > PAGE_CONVERSATIONS
    listed = _listed([*pinned, *page])
    return Listing(listed, _page_token(listed[-1].conversation) if more else None)


def _listed(rows: Sequence[Any]) -> list[Listed]:
    members = members_of([row.id for row in rows])
    membership = len(ListedConversation._fields)
    state = membership + len(ListedMembership._fields)
    return [
        Listed(
            ListedConversation(*row[:membership]),
            ListedMembership(*row[membership:state]),
            [member.name for member in members[row.id]],
            row.is_streaming,
            row.preview or "",
            row.unread,
        )
        for row in rows
    ]


def _page_token(conversation: ListedConversation) -> str:
    return f"{conversation.updated_at.isoformat()}~{conversation.id}"


def _place(page_token: str) -> Tuple:
    if found := PAGE_TOKEN.fullmatch(page_token):
        with suppress(ValueError):  # a day that no month has
            updated_at = datetime.fromisoformat(found[1])
            return tuple_(literal(updated_at, UtcDateTime), literal(int(found[2]), BigInteger))
    raise Invalid("before: not a page token of this server.")


USER = bindparam("user_id", type_=Integer)
FIRST_PAGES = {archived: DirectStatement(_page(archived, USER)) for archived in (None, False, True)}
IN_LISTS = _state().where(
    Conversation.id == bindparam("conversation_id", type_=Integer),
    Conversation.deleted_at.is_(None),
    ~Conversation.is_unused(),
)
LISTED_IN = DirectStatement(IN_LISTS)
LISTED_OF = DirectStatement(IN_LISTS.where(Membership.user_id == USER))
PINNED = DirectStatement(_of(_state(), USER).where(Membership.pinned))
