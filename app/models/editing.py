"""What happens to a conversation when somebody asks the last question again, in other words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from app.errors import Conflict
from app.models.asking import Asked, Question, add_question, known_question, retitle, title_from
from app.models.conversation import Conversation
from app.models.used_idempotency_key import SpentKey

NOT_THE_LAST = "Only the last question can be edited, and only by whoever asked it."


class Gone(NamedTuple):
    """A message that was removed."""

    key: int
    public_id: str


@dataclass(frozen=True, slots=True)
class Edited:
    """The new question, and the messages that it has replaced: none if it was known already."""

    asked: Asked
    gone: tuple[Gone, ...] = ()


def edit(conversation: Conversation, public_id: str, question: Question) -> Edited:
    """Replace the last question, and what came of it, by another, in the caller's transaction.

    An answer that is being written ends by being gone. Raises Conflict for what is not the last
    question, or is somebody else's. The same `key` is the same question: it replaces nothing.
    """
    conversation.lock()
    if known := known_question(conversation, question.key):
        return Edited(Asked(known, known.answer, is_new=False))
    old = conversation.last_question
    if old is None or (old.public_id, old.author_id) != (public_id, question.author_id):
        raise Conflict(NOT_THE_LAST)
    retitled = retitle(conversation, title_from(old.content), question.content)
    messages = [message for message in (old, old.answer) if message]
    gone = tuple(Gone(message.id, message.public_id) for message in messages)
    SpentKey.keep(conversation.id, old.key)
    conversation.remove(messages)
    asked = add_question(conversation, replace(question, replaces=public_id))
    return Edited(replace(asked, retitled=retitled), gone)
