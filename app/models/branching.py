"""Branches: a copy of a conversation, up to one of its messages, for one of those who may read it.

A long conversation is copied in parts, each in a transaction of its own, so that nobody waits for
all of it. Until it is complete the copy is deleted, as far as everybody can see; what is never
completed is swept like other deleted conversations.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Insert, String, Update, func, insert, literal, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.characters import cut
from app.database import NO_SYNC
from app.errors import Conflict, NotFound
from app.extensions import db
from app.models.columns import now
from app.models.conversation import Conversation
from app.models.file import MessageFile
from app.models.membership import Membership
from app.models.message import Message, Role, Status
from app.models.paging import end_of_page_from
from app.models.rights import MemberRole
from app.models.search_text import SearchText, index_title
from app.text import TITLE_LENGTH

MAX_MESSAGES = 5_000
MAX_BYTES = 20_000_000  # of text
TITLE = "Branch of "
STREAMS = "An answer is still being written there. Branch from an earlier message, or later."
TOO_LARGE = f"A branch can have {MAX_MESSAGES:,} messages and {MAX_BYTES:,} bytes of text."
CHANGED = "The conversation has changed meanwhile, so it was not copied. Please try again."

MESSAGE = db.metadata.tables["message"]
COPIED = (
    *("position", "role", "status", "author_id", "imported_author", "model", "asks", "mentions"),
    *("files", "pinned_by_id"),
    *("seq", "content", "thinking", "content_html", "size", "error", "note", "is_cut"),
    *("input_tokens", "output_tokens", "thought_ms", "created_at", "ended_at"),
)
NEW = {
    **{"version": 1, "versions": 1, "lease": 0, "reacted": 0},
    **{"waiting": False, "pushed": False, "unseen": False},
}


class Branch(NamedTuple):
    """A copy, its public id, and what it is a copy of: up to position `end`, at a revision."""

    key: int
    public_id: str
    origin: int
    end: int
    revision: int
    is_complete: bool = False


class Part(NamedTuple):
    """The messages of a branch from one position up to another."""

    branch: Branch
    first: int
    last: int

    def of(self, conversation_id: int, message: type[Message]) -> ColumnElement[bool]:
        """Select them in the copy, or in what it is a copy of."""
        here = message.position.between(self.first, self.last)
        return (message.conversation_id == conversation_id) & here


def begin_branch(message: Message, user_id: int) -> Branch:
    """Start a copy that ends with a message, in the caller's transaction.

    Returns the user's own earlier one where that is the same and nobody has changed it since.
    Raises NotFound for who may not read it, and Conflict where the message is not shown, it or one
    before it streams, or there is too much.
    """
    origin = message.conversation
    origin.member(user_id)
    message.check_shown()
    _check_extent(origin, message.position)
    known = _known(origin, message.position, user_id)
    copy = known or _new(origin, message.position)
    about = (copy.id, copy.public_id, origin.id, message.position, origin.revision)
    return Branch(*about, is_complete=known is not None)


def copy_part(branch: Branch, position: int) -> int:
    """Copy as many messages after a position as are a page, in the caller's transaction; return the
    position of the last one. Raises Conflict where the conversation has changed since."""
    origin = _unchanged(branch)
    last = min(end_of_page_from(origin, position), branch.end)
    part = Part(branch, position + 1, last)
    db.session.execute(_messages(part))
    db.session.execute(_questions(part), execution_options=NO_SYNC)
    db.session.execute(_texts(part))
    db.session.execute(_files(part))
    return last


def complete(branch: Branch, user_id: int) -> str:
    """Let a complete copy be found by its owner, in the caller's transaction; return its id.

    Where the same copy was asked for twice at one moment, the one that is complete first is the
    one that both get; the other one is swept. Raises Conflict where the conversation has changed
    since, and NotFound for who may not read it any more, or where the copy took too long.
    """
    db.session.get(Conversation, branch.origin, with_for_update=True)
    origin = _unchanged(branch)
    origin.member(user_id)
    if known := _known(origin, branch.end, user_id):
        return known.public_id
    copy = db.session.get(Conversation, branch.key)
    if copy is None:
        raise NotFound()
    copy.deleted_at, copy.updated_at = None, now()
    pinned = (Message.conversation_id == copy.id) & Message.is_pinned()
    copy.pins = db.session.scalar(select(func.count()).where(pinned)) or 0
    index_title(copy.id, copy.title)
    copy.add_member(user_id, MemberRole.OWNER)
    db.session.flush()
    Membership.mark_read(copy.id, user_id, copy.position)
    return copy.public_id


def origin_for(branched_from: str | None, user_id: int) -> Conversation | None:
    """Return what a conversation is a branch of, if a user may read that."""
    if branched_from is None:
        return None
    origin = Conversation.by_public_id(branched_from)
    return origin if origin and origin.has_member(user_id) else None


def _check_extent(origin: Conversation, end: int) -> None:
    before = Message.of(origin).where(Message.position <= end)
    streaming = before.where(Message.status == Status.STREAMING).with_only_columns(Message.id)
    if db.session.scalar(streaming.limit(1)) is not None:
        raise Conflict(STREAMS)
    extent = before.with_only_columns(func.count(), func.sum(Message.size))
    count, size = db.session.execute(extent).one()
    if count > MAX_MESSAGES or size > MAX_BYTES:
        raise Conflict(TOO_LARGE)


def _known(origin: Conversation, end: int, user_id: int) -> Conversation | None:
    """Return the user's own branch that is still the same as a new one would be."""
    found = (
        select(Conversation)
        .join(Membership, Membership.conversation_id == Conversation.id)
        .where(Membership.user_id == user_id, Membership.is_owner)
        .where(Conversation.branched_from == origin.public_id, Conversation.deleted_at.is_(None))
        .where(Conversation.position == end, Conversation.revision == origin.revision)
    )
    return db.session.scalars(found.limit(1)).first()


def _new(origin: Conversation, end: int) -> Conversation:
    copy = Conversation(
        title=cut(f"{TITLE}{origin.title.removeprefix(TITLE)}", TITLE_LENGTH),
        model=origin.model,
        asking=origin.asking,
        system_prompt=origin.system_prompt,
        temperature=origin.temperature,
        effort=origin.effort,
        position=end,
        revision=origin.revision,
        branched_from=origin.public_id,
        assistant=origin.assistant,
        deleted_at=now(),
    )
    db.session.add(copy)
    db.session.flush()
    return copy


def _unchanged(branch: Branch) -> Conversation:
    """Return what is copied. Nothing before its end can change without another revision."""
    origin = db.session.get(Conversation, branch.origin)
    if origin is None or origin.deleted_at or origin.revision != branch.revision:
        raise Conflict(CHANGED)
    return origin


def _messages(part: Part) -> Insert:
    values: dict[str, Any] = {
        "conversation_id": literal(part.branch.key),
        "public_id": _random_id(),
        **{name: MESSAGE.c[name] for name in COPIED},
        **{name: literal(value) for name, value in NEW.items()},
    }
    shown = select(*values.values()).where(part.of(part.branch.origin, Message), Message.is_shown())
    return insert(MESSAGE).from_select(list(values), shown, include_defaults=False)


def _questions(part: Part) -> Update:
    """Let the copies of answers refer to the copies of their questions: at the same positions."""
    answer, question, copy = aliased(Message), aliased(Message), aliased(Message)
    asked = (
        select(copy.id)
        .join(question, question.position == copy.position)
        .join(answer, answer.question_id == question.id)
        .where(answer.conversation_id == part.branch.origin, answer.position == Message.position)
        .where(copy.conversation_id == part.branch.key)
        .correlate(Message)
    )
    is_answer = Message.role == Role.ASSISTANT
    copies = update(Message).where(part.of(part.branch.key, Message), is_answer)
    return copies.values(question_id=asked.scalar_subquery())


def _texts(part: Part) -> Insert:
    """Let the copies be found by the search."""
    original, copy = aliased(Message), aliased(Message)
    texts = (
        select(literal(part.branch.key), copy.id, SearchText.folded)
        .join(original, original.id == SearchText.message_id)
        .join(copy, copy.position == original.position)
        .where(original.conversation_id == part.branch.origin, part.of(part.branch.key, copy))
    )
    return insert(SearchText).from_select(["conversation_id", "message_id", "folded"], texts)


def _files(part: Part) -> Insert:
    """Let the copies have the same files."""
    original, copy = aliased(Message), aliased(Message)
    has = (
        select(copy.id, MessageFile.file_id, MessageFile.place)
        .join(original, original.id == MessageFile.message_id)
        .join(copy, copy.position == original.position)
        .where(part.of(part.branch.origin, original), original.hidden_with.is_(None))
        .where(copy.conversation_id == part.branch.key)
    )
    return insert(MessageFile).from_select(["message_id", "file_id", "place"], has)


class _random_id(FunctionElement[str]):
    """A public id for each row. PostgreSQL's has 122 random bits, SQLite's 128."""

    inherit_cache = True
    type = String()


@compiles(_random_id)
def _without_hyphens(element: _random_id, compiler: SQLCompiler, **_options: Any) -> str:
    return "replace(gen_random_uuid()::text, '-', '')"


@compiles(_random_id, "sqlite")
def _in_hexadecimal(element: _random_id, compiler: SQLCompiler, **_options: Any) -> str:
    return "lower(hex(randomblob(16)))"
