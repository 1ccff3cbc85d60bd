"""Who is to be told of a message: whom it mentions, and who has asked for an answer."""

from __future__ import annotations

from collections.abc import Sequence
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
from app.models.conversation import Conversation
from app.models.membership import Membership
from app.models.message import Message, Status
from app.models.notification_settings import NotificationSettings
from app.models.user import User

Settings = NotificationSettings


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
    found = found.where(User.id.is_distinct_from(message.author_id), wants(Settings.mentions))
    return _told(message, found, message.author.name if message.author else None)


def asked_for(message_id: int) -> Told | None:
    """Return who has asked for an answer that has ended by itself, and wants to be told of that."""
    row = next(iter(find_in_session(ASKED_FOR, {"message_id": message_id})), None)
    return Told([row.id], *row[1:]) if row else None


def _shown(public_id: str) -> Message | None:
    found = select(Message).where(Message.public_id == public_id, Message.is_shown())
    return db.session.scalar(found)


def _members(message: Message) -> Select[int]:
    """Select the people who can be told of a message, with their settings."""
    return (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(Settings, Settings.user_id == User.id)
        .where(Membership.conversation_id == message.conversation_id, *reachable())
    )


def reachable() -> tuple[ColumnElement[bool], ...]:
    """Select the people who may be told of anything in a conversation."""
    return (~Membership.muted, ~User.is_bot, User.disabled_at.is_(None))


def wants(setting: SQLColumnExpression[bool]) -> ColumnElement[bool]:
    """Select the people who have not switched this off."""
    return func.coalesce(setting, true())


def names(name: SQLColumnExpression[str]) -> ColumnElement[bool]:
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
    .where(Membership.conversation_id == Message.conversation_id, *reachable())
    .where(Message.id == bindparam("message_id"), Message.is_shown(), wants(Settings.answers))
    .where(or_(Message.status == Status.COMPLETE, Message.status == Status.FAILED))
)
