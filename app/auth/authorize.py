"""Checks who may see what: everything is looked up among the caller's conversations.

A conversation that does not exist and one that belongs to others raise the same NotFound, after the
same lookup, so a caller can't tell them apart.
"""

from __future__ import annotations

from flask_login import current_user
from sqlalchemy import ColumnElement, Select, bindparam, select

from app.database import read
from app.errors import NotFound, Unauthorized
from app.extensions import db
from app.models import Conversation, Membership, Message, User
from app.models.columns import is_public_id

MEMBER_IDS = (
    select(Membership.user_id)
    .join(Conversation, Conversation.id == Membership.conversation_id)
    .where(Conversation.public_id == bindparam("public_id"), Conversation.deleted_at.is_(None))
)


def authorize(public_id: str) -> Conversation:
    """Return the caller's conversation with this id.

    Raises Unauthorized where nobody is signed in, and NotFound.
    """
    _check(public_id)
    conversation: Conversation | None = db.session.scalar(
        _conversations().where(Conversation.public_id == public_id)
    )
    if conversation is None:
        raise NotFound()
    return conversation


def member_ids(public_id: str) -> frozenset[int]:
    """Return the keys of a conversation's members; nobody's where there is no such conversation.

    Authorizes many at once. Reads in a transaction of its own.
    """
    if not is_public_id(public_id):
        return frozenset()
    found = {"public_id": public_id}
    return read(lambda: frozenset(db.session.scalars(MEMBER_IDS, found)))


def authorize_deleted(public_id: str) -> Conversation:
    """Return the deleted conversation with this id, if the caller owns it."""
    _check(public_id)
    if not current_user.is_authenticated:
        raise Unauthorized()
    conversation = db.session.scalar(
        select(Conversation)
        .join(Membership, Membership.conversation_id == Conversation.id)
        .where(Membership.user_id == current_user.id, Membership.is_owner)
        .where(Conversation.public_id == public_id, Conversation.deleted_at.is_not(None))
    )
    if conversation is None:
        raise NotFound()
    return conversation


def authorize_message(public_id: str) -> Message:
    """Return the message with this id in one of the caller's conversations."""
    return _message(public_id, Message.public_id == public_id)


def authorize_question(public_id: str) -> Message:
    """Return the question with this id, or the question that has replaced it in an edit."""
    either = (Message.public_id == public_id) | (Message.replaces == public_id)
    return _message(public_id, either)


def _message(public_id: str, condition: ColumnElement[bool]) -> Message:
    _check(public_id)
    mine = _conversations().with_only_columns(Conversation.id)
    found = select(Message).where(condition, Message.conversation_id.in_(mine))
    message = db.session.scalars(found).first()
    if message is None:
        raise NotFound()
    return message


def _conversations() -> Select[Conversation]:
    """Select the caller's conversations."""
    if not current_user.is_authenticated:
        raise Unauthorized()
    return User.conversations_of(current_user.id)


def _check(public_id: str) -> None:
    if not is_public_id(public_id):
        raise NotFound()
