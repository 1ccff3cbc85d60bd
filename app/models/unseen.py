"""What a mail tells of: mentions, and answers to one's own questions, that one has not seen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal_column, null, or_, select, update
from sqlalchemy.orm import aliased

from app.database import NO_SYNC
from app.extensions import db
from app.models.columns import now
from app.models.conversation import Conversation
from app.models.membership import Membership
from app.models.mentions import names, reachable, wants
from app.models.message import Message
from app.models.notification_settings import NotificationSettings, last_mailed
from app.models.user import User

Settings = NotificationSettings
LIFETIME = timedelta(days=2)  # no mail tells of what is older
MOST = 500  # of each kind are looked at, at once
# in the words of the index: SQLite compares these
IS_UNSEEN: ColumnElement[bool] = literal_column("message.unseen")


class Unseen(NamedTuple):
    """A message that is for somebody who has not read it; `model` is None for a mention."""

    user_id: int
    email: str
    message_id: int
    conversation: str  # its public id
    title: str
    author: str | None
    model: str | None


def unseen(age: timedelta) -> list[Unseen]:
    """Return the mentions, and after them the answers, that are older than this, and about which a
    mail is due."""
    return [Unseen(*row) for found in (_mentions(age), _answers(age)) for row in _first(found)]


def note_unseen(message_id: int) -> None:
    """Note, in the caller's transaction, that an answer has ended while its asker was away."""
    _set(Message.id == message_id, True)


def forget_seen(message_ids: Collection[int]) -> None:
    """Note, in the caller's transaction, that no mail needs to tell of these answers any more."""
    _set(Message.id.in_(message_ids), False)


def overdue_answers() -> list[int]:
    """Return the keys of answers of which no mail will tell any more, some at once."""
    old = select(Message.id).where(IS_UNSEEN, Message.ended_at < now() - LIFETIME)
    return list(db.session.scalars(old.order_by(Message.ended_at).limit(MOST)))


def _mentions(age: timedelta) -> Select[Any]:
    """Select mentions; an index has the messages that mention anybody, so that few are read."""
    author, at = aliased(User), now()
    return (
        _due(author.name, null())
        .outerjoin(author, author.id == Message.author_id)
        .where(Message.mentions.is_not(None), Message.created_at.between(at - LIFETIME, at - age))
        .where(Message.author_id.is_distinct_from(User.id), names(User.name))
        .where(wants(Settings.mentions), Message.id > func.coalesce(Settings.mailed_id, 0))
    )


def _answers(age: timedelta) -> Select[Any]:
    """Select answers; an index has those whose asker was away when they ended."""
    question, at = aliased(Message), now()
    return (
        _due(null(), func.coalesce(Message.model, Conversation.model))
        .join(question, question.id == Message.question_id)
        .where(IS_UNSEEN, Message.ended_at.between(at - LIFETIME, at - age))
        .where(question.author_id == User.id, wants(Settings.answers))
    )


def _due(author: Any, model: Any) -> Select[Any]:
    """Select messages that are shown, with members who have not read them and may get a mail."""
    return (
        select(User.id, User.email, Message.id, Conversation.public_id, Conversation.title)
        .add_columns(author, model)
        .join_from(Message, Conversation, Conversation.id == Message.conversation_id)
        .join(Membership, Membership.conversation_id == Message.conversation_id)
        .join(User, User.id == Membership.user_id)
        .outerjoin(Settings, Settings.user_id == User.id)
        .where(Message.is_shown(), Message.position > Membership.read_position)
        .where(*reachable(), Conversation.deleted_at.is_(None), wants(Settings.mail))
        .where(or_(Settings.mailed_at.is_(None), Settings.mailed_at <= last_mailed()))
    )


def _first(found: Select[Any]) -> Any:
    return db.session.execute(found.order_by(Message.id).limit(MOST))


def _set(which: Any, value: bool) -> None:
    changed = update(Message).where(which, Message.unseen != value).values(unseen=value)
    db.session.execute(changed, execution_options=NO_SYNC)
