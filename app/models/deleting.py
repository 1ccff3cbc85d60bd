"""Deleting a person: whatever says who it was goes, and what they have written stays.

The row of the account stays, too, without name, address and password. Messages, reactions and pins
refer to it, however many there are, and its key must not become somebody else's. It has a name no
more, so that readers are told of a former member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from sqlalchemy import Column, delete, exists, select
from sqlalchemy.orm import aliased

from app.database import write, write_in_turn
from app.errors import Conflict, NotFound
from app.extensions import Base, db
from app.models.control_event import ControlEvent, Kind
from app.models.conversation import Conversation, former_room
from app.models.membership import Membership
from app.models.rights import MemberRole
from app.models.user import NOBODY, User

CONVERSATIONS_AT_ONCE = 20
PEOPLE_AT_ONCE = 20
MOST_LISTED = 20
LAST_ADMINISTRATOR = (
    "The last administrator can't be deleted. Make somebody else an administrator first."
)


def delete_person(user_id: int, write: Callable[[Callable[[], None]], None] = write) -> None:
    """Delete an account, in transactions of its own; `write` commits the first one.

    The first one ends everything that it may do, in all processes, and forgets whose it was. The
    others hand over the conversations that it owns, to whoever has been in one for longest: to
    somebody who may write, where there is one. Those without another person are deleted. What is
    not done when the process ends, is done by `leave_all` of another one.

    Raises NotFound where there is no such account, and Conflict for the last administrator's.
    """
    write(lambda: _erase(user_id))
    leave_all(user_id)


def leave_all(user_id: int) -> None:
    """Take a deleted account out of its conversations, some in each transaction."""
    while write_in_turn(lambda: _leave_some(user_id)):
        pass


def leaving() -> Sequence[int]:
    """Return the keys of some deleted accounts that are in conversations yet."""
    is_member = exists().where(Membership.user_id == User.id)
    found = select(User.id).where(User.deleted_at.is_not(None), is_member)
    return db.session.scalars(found.limit(PEOPLE_AT_ONCE)).all()


def owned_with_others(user_id: int) -> Sequence[Conversation]:
    """Return the conversations that get another owner, the latest first; one more than are listed
    where there are more."""
    other = aliased(Membership)
    is_shared = exists().where(
        other.conversation_id == Conversation.id,
        other.user_id == User.id,
        User.id != user_id,
        ~User.is_bot,
    )
    mine = User.conversations_of(user_id).where(
        Membership.is_owner, is_shared.correlate(Conversation)
    )
    found = mine.order_by(Conversation.updated_at.desc()).limit(MOST_LISTED + 1)
    return db.session.scalars(found).all()


def _erase(user_id: int) -> None:
    if User.lock_administrators() == [user_id]:
        raise Conflict(LAST_ADMINISTRATOR)
    user = db.session.scalar(select(User).where(User.id == user_id).with_for_update())
    if user is None or user.deleted_at:
        raise NotFound(NOBODY)
    user.erase()
    for column in _belongings():
        db.session.execute(delete(column.table).where(column == user_id))


def _belongings() -> Iterator[Column[int]]:
    """Yield the columns that name the account to which their rows belong: those with which the rows
    would go if its row did. Memberships end later, each with a change of its conversation."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            is_of_account = key.column.table is User.__table__ and key.ondelete == "CASCADE"
            if is_of_account and table is not Membership.__table__:
                yield key.parent


def _leave_some(user_id: int) -> bool:
    """End some memberships, in the caller's transaction; return whether there may be more."""
    found = select(Membership.conversation_id).where(Membership.user_id == user_id)
    some = found.order_by(Membership.conversation_id).limit(CONVERSATIONS_AT_ONCE)
    keys = db.session.scalars(some).all()
    for key in keys:
        with suppress(NotFound):  # it was swept at this moment
            _leave(Conversation.find(key).lock(), user_id)
    return len(keys) == CONVERSATIONS_AT_ONCE


def _leave(conversation: Conversation, user_id: int) -> None:
    """End a membership, which another process may have ended; that of an owner, after somebody else
    has become it."""
    membership = Membership.find(conversation.id, user_id)
    if membership and membership.is_owner and conversation.deleted_at is None:
        _hand_over(conversation, user_id)
    # before its readers have to join again, for until then they get nothing
    ControlEvent.post(Kind.FORMER, former_room(conversation.public_id, user_id))
    conversation.remove_member(user_id)


def _hand_over(conversation: Conversation, user_id: int) -> None:
    successor = _successor(conversation.id, user_id)
    if successor is None:
        conversation.delete()
    else:
        conversation.hand_over(successor)


def _successor(conversation_id: int, user_id: int) -> int | None:
    """Return the key of the person who gets a conversation; None where there is nobody else."""
    others = (
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.conversation_id == conversation_id, Membership.user_id != user_id)
        .where(~User.is_bot, User.deleted_at.is_(None))
    )
    best = (User.disabled_at.is_not(None), Membership.role == MemberRole.READER, Membership.id)
    return db.session.scalar(others.order_by(*best).limit(1))
