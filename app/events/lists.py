"""Keeps the lists of conversations that people follow in step with what the database says."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.database import read
from app.events import emit
from app.events.payloads import listed_payload
from app.events.shapes import ListedPayload, UnlistedPayload
from app.extensions import db
from app.models import Conversation, Membership
from app.models.listing import listed_in, version_of
from app.models.membership import unlisted_in
from app.models.paging import LARGEST_POSITION

Changes = list[tuple[int, ListedPayload | UnlistedPayload]]
"""By user, what their list shows of a conversation now."""


def announce(conversation_id: int, user_id: int | None = None) -> None:
    """Send a conversation to all who follow a list that has it; `user_id`: to this user alone."""
    _send(read(lambda: _changes(conversation_id, user_id)), local=False)


def announce_here(public_id: str) -> None:
    """Send a conversation to those who follow a list that has it, or had it, by this process."""
    _send(read(lambda: _changes_of(public_id)), local=True)


def announce_lost(room: str) -> None:
    """Tell the followers of one list by this process that it has a conversation no longer.

    `room` is an `unlisting_room`. By now the user may be a member again: then nothing is sent.
    """
    user_id, public_id = unlisted_in(room)
    _send(read(lambda: _lost(user_id, public_id)), local=True)


def _send(changes: Changes, *, local: bool) -> None:
    for user_id, payload in changes:
        emit.listed(payload, user_id, local=local)


def _changes_of(public_id: str) -> Changes:
    found = db.session.scalar(select(Conversation.id).where(Conversation.public_id == public_id))
    return [] if found is None else _changes(found)


def _changes(conversation_id: int, user_id: int | None = None) -> Changes:
    if found := listed_in(conversation_id, user_id):
        return [(listed.membership.user_id, listed_payload(listed)) for listed in found]
    conversation = db.session.get(Conversation, conversation_id)
    return list(_deleted(conversation)) if conversation and conversation.deleted_at else []


def _deleted(conversation: Conversation) -> Iterator[tuple[int, UnlistedPayload]]:
    members = select(Membership).filter_by(conversation_id=conversation.id)
    for membership in db.session.scalars(members):
        version = version_of(conversation, membership.version)
        yield membership.user_id, {"conversation": conversation.public_id, "version": version}


def _lost(user_id: int, public_id: str) -> Changes:
    conversation = db.session.scalar(select(Conversation).filter_by(public_id=public_id))
    if conversation is None:
        return [(user_id, {"conversation": public_id, "version": LARGEST_POSITION})]
    if Membership.exists(conversation.id, user_id):
        return []
    version = version_of(conversation)
    return [(user_id, {"conversation": public_id, "version": version})]
