"""Reactions to messages: each is committed, then every reader is told."""

from __future__ import annotations

from typing import NamedTuple

from app.database import read, write
from app.errors import NotFound
from app.events import emit
from app.events.announcing import announce
from app.events.payloads import reactions_payload
from app.events.shapes import ReactionsPayload
from app.models import Conversation, Message, reactions
from app.models.reactions import STATES_AT_ONCE


class Reacted(NamedTuple):
    """States of reactions, in the order of their last changes, and whether there are more."""

    states: list[ReactionsPayload]
    more: bool


def react(message_id: int, user_id: int, emoji: str, *, on: bool) -> None:
    """Put somebody's emoji on a message, or take it away; that it is so already is no error."""
    payload = write(lambda: _react(message_id, user_id, emoji, on))
    if payload:
        announce(emit.reactions, payload)


def reacted_since(public_id: str, after: int) -> Reacted:
    """Return the reactions of a conversation that have changed after a number."""
    return read(lambda: _reacted_since(public_id, after))


def _react(message_id: int, user_id: int, emoji: str, on: bool) -> ReactionsPayload | None:
    conversation = Message.find(message_id).conversation
    changed = reactions.react(conversation, message_id, user_id, emoji, on=on)
    return reactions_payload(changed, conversation) if changed else None


def _reacted_since(public_id: str, after: int) -> Reacted:
    conversation = Conversation.by_public_id(public_id)
    if conversation is None:
        raise NotFound()
    found = reactions.reacted_since(conversation, after)
    states = [reactions_payload(message, conversation) for message in found]
    return Reacted(states, len(found) == STATES_AT_ONCE)
