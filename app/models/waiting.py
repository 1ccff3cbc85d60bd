"""Which question is answered next, and the start of an answer.

In a conversation one answer is written at a time: other questions wait.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Integer, bindparam, literal, select
from sqlalchemy.orm import aliased

from app.database import find
from app.direct import DirectStatement, among
from app.models.conversation import Conversation
from app.models.message import SHOWN_STREAMING, WAITING, Message, Role, Status

# Built once: it is looked for a few times a second, and building it takes longer.
STREAMS = (
    select(literal(1))
    .select_from(answer := aliased(Message))
    .where(SHOWN_STREAMING, answer.conversation_id == Message.conversation_id)
    .correlate(Message)
    .exists()
)
WAITING_CONVERSATIONS = DirectStatement(
    select(Message.conversation_id)
    .where(WAITING, Message.is_shown(), ~STREAMS)
    .where(~among(Message.conversation_id, "without"))
    .order_by(Message.id)
    .limit(bindparam("most", type_=Integer))
)


def waiting_conversations(most: int, without: Collection[int] = ()) -> list[int]:
    """Return the keys of conversations with a question that may be answered now: those of the
    oldest questions, `most` at most, and none of `without`. It reads beside any transaction."""
    place = {"most": most, "without": list(without)}
    rows = find(WAITING_CONVERSATIONS, place, reserved=True)
    return list(dict.fromkeys(row.conversation_id for row in rows))


def next_answer(conversation: Conversation) -> Message | None:
    """Start the answer to the next waiting question, in the caller's transaction; None if none
    waits, or an answer streams."""
    question = Message.next_waiting_in(conversation)
    if question is None or Message.streaming_in(conversation) is not None:
        return None
    return begin_answer(conversation, question)


def begin_answer(conversation: Conversation, question: Message) -> Message:
    """Start the answer of the next model that a question asks; it waits as long as there is one."""
    answer = start_answer(conversation, question, question.next_model)
    question.waiting = question.is_asking_more
    return answer


def start_answer(
    conversation: Conversation,
    question: Message,
    model: str | None = None,
    version: Mapping[str, Any] | None = None,
) -> Message:
    """Add an answer that streams, in the caller's transaction; by default by the question's model.

    `version` has the columns of one that takes the place of another.
    """
    return Message.add(
        conversation,
        Role.ASSISTANT,
        status=Status.STREAMING,
        model=model or question.model or conversation.model,
        question_id=question.id,
        **(version or {}),
    )
