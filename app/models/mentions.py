"""Who is to be told of a message: whom it mentions, and who has asked for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Text,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import aliased

from app.database import find_in_session
from app.direct import DirectStatement
from app.extensions import db
from app.models.columns import now
from app.models.conversation import Conversation
from app.models.membership import Membership
from app.models.message import Message, Status
from app.models.notification_settings import NotificationSettings, last_mailed
from app.models.user import User

Settings = NotificationSettings
MENTION_LIFETIME = timedelta(days=2)  # no mail tells of an older one
MAX_MENTIONS = 500  # are looked at, at once


class Unread(NamedTuple):
    """A message that mentions somebody who has not read it."""

    user_id: int
    email: str
    message_id: int
    conversation: str  # its public id
    title: str
    author: str | None


class Told(NamedTuple):
    """Who is to be told of a message, by their keys, and what of it."""

    user_ids: Sequence[int]
    conversation: str
    title: str
    id: str
    by: str | None  # the name of its author, or the model's


def mentioned_in(public_id: str) -> Told | None:
    """Return the members whom a message mentions and who want to be told of that."""
    message = _shown(public_id)
    if message is None or not message.mentions:
        return None
    found = _members(message).where(User.name.in_(message.mentions))
    found = found.where(User.id.is_distinct_from(message.author_id), _wants(Settings.mentions))
    return _told(message, found, message.author.name if message.author else None)


def asked_for(message_id: int) -> Told | None:
    """Return who has asked for an answer that has ended by itself, and wants to be told of that."""
    row = next(iter(find_in_session(ASKED_FOR, {"message_id": message_id})), None)
    return Told([row.id], *row[1:]) if row else None


def unread_mentions(age: timedelta) -> list[Unread]:
    """Return the mentions that are older than this, and about which a mail is due, in order.

    An index has the messages that mention anybody, so that few are looked at.
    """
    author = aliased(User)
    at = now()
    found = (
        select(User.id, User.email, Message.id, Conversation.public_id, Conversation.title)
        .add_columns(author.name)
        .join_from(Message, Conversation, Conversation.id == Message.conversation_id)
        .join(Membership, Membership.conversation_id == Message.conversation_id)
        .join(User, User.id == Membership.user_id)
        .outerjoin(author, author.id == Message.author_id)
        .outerjoin(Settings, Settings.user_id == User.id)
        .where(
            Message.mentions.is_not(None),
            Message.created_at.between(at - MENTION_LIFETIME, at - age),
        )
        .where(Message.is_shown(), Message.position > Membership.read_position)
        .where(Message.author_id.is_distinct_from(User.id), _names(User.name))
        .where(*_reachable(), Conversation.deleted_at.is_(None), _wants(Settings.mail))
        .where(Message.id > func.coalesce(Settings.mailed_id, 0))
        .where(or_(Settings.mailed_at.is_(None), Settings.mailed_at <= last_mailed()))
        .order_by(Message.id)
        .limit(MAX_MENTIONS)
    )
    return [Unread(*row) for row in db.session.execute(found)]


def _shown(public_id: str) -> Message | None:
    found = select(Message).where(Message.public_id == public_id, Message.is_shown())
    return db.session.scalar(found)


def _members(message: Message) -> Select[int]:
    """Select the people who can be told of a message, with their settings."""
    return (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(Settings, Settings.user_id == User.id)
        .where(Membership.conversation_id == message.conversation_id, *_reachable())
    )


def _reachable() -> tuple[ColumnElement[bool], ...]:
    return (~Membership.muted, ~User.is_bot, User.disabled_at.is_(None))


def _wants(setting: SQLColumnExpression[bool]) -> ColumnElement[bool]:
    return func.coalesce(setting, true())


def _names(name: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Select messages that mention this name: it is one of the lines that they store."""
    lines = literal("\n") + type_coerce(Message.mentions, Text()) + literal("\n")
    return func.replace(lines, literal("\n") + name + literal("\n"), "") != lines


def _told(message: Message, found: Select[int], by: str | None) -> Told | None:
    user_ids = db.session.scalars(found.order_by(User.id)).all()
    here = message.conversation
    return Told(user_ids, here.public_id, here.title, message.public_id, by) if user_ids else None


_question = aliased(Message)
ASKED_FOR = DirectStatement(
    select(User.id, Conversation.public_id, Conversation.title)
    .add_columns(Message.public_id.label("id_of_message"), Message.model)
    .join_from(Message, Conversation, Conversation.id == Message.conversation_id)
    .join(_question, _question.id == Message.question_id)
    .join(User, User.id == _question.author_id)
    .join(Membership, Membership.user_id == User.id)
    .outerjoin(Settings, Settings.user_id == User.id)
    .where(Membership.conversation_id == Message.conversation_id, *_reachable())
    .where(Message.id == bindparam("message_id"), Message.is_shown(), _wants(Settings.answers))
    .where(or_(Message.status == Status.COMPLETE, Message.status == Status.FAILED))
)
