"""Reactions: the emoji that people put on a message, and take away again.

The reactions to a message are in its row, and so is `reacted`, the number of their last change in
the conversation: of two states of them, the one with the higher number counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, literal

from app.errors import Conflict
from app.extensions import db
from app.models.conversation import Conversation
from app.models.message import Message
from app.models.rights import Action

MAX_REACTIONS = 500  # to one message, by all people together
STATES_AT_ONCE = 100
TOO_MANY = f"A message can have {MAX_REACTIONS} reactions."


def react(
    conversation: Conversation, message_id: int, user_id: int, emoji: str, *, on: bool
) -> Message | None:
    """Put somebody's emoji on a message, or take it away, in the caller's transaction.

    Returns the message; None where nothing has changed. Raises NotFound, Forbidden, and Conflict
    where the message is not shown any more, or has as many reactions as it may have.
    """
    conversation.allow(user_id, Action.REACT)
    message = db.session.get_one(Message, message_id, populate_existing=True)
    message.check_shown()
    reactions = changed(message.reactions, user_id, emoji, on=on)
    if reactions is None:
        return None
    conversation.reacted += 1
    message.reacted, message.reactions = conversation.reacted, reactions
    return message


def changed(
    reactions: Mapping[str, Sequence[int]], user_id: int, emoji: str, *, on: bool
) -> dict[str, list[int]] | None:
    """Return reactions with somebody's emoji, or without it; None if they are so already.

    Raises Conflict where there would be too many.
    """
    new = {each: list(people) for each, people in reactions.items()}
    people = new.setdefault(emoji, [])
    if on == (user_id in people):
        return None
    if on and sum(map(len, new.values())) >= MAX_REACTIONS:
        raise Conflict(TOO_MANY)
    (people.append if on else people.remove)(user_id)
    return {each: people for each, people in new.items() if people}


def reacted_since(conversation: Conversation, after: int) -> Sequence[Message]:
    """Return the shown messages whose reactions have changed after a number, in the order of their
    last changes: STATES_AT_ONCE at most."""
    changed = Message.of(conversation).where(
        Message.reacted > 0, Message.reacted > literal(after, BigInteger)
    )
    return db.session.scalars(changed.order_by(Message.reacted).limit(STATES_AT_ONCE)).all()
