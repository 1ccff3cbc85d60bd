"""What happens to a conversation when somebody asks, retries, or an answer's turn comes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.errors import Conflict
from app.extensions import db
from app.models.conversation import TITLE_LENGTH, UNTITLED, Conversation
from app.models.message import Message, Role, Status


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored question, its answer where one has started, and whether this is news."""

    message: Message
    reply: Message | None
    is_new: bool
    retitled: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks; `html` is its text rendered, `key` the client's own name for it."""

    author_id: int
    content: str
    html: str
    key: str | None = None


def ask(conversation: Conversation, question: Question) -> Asked:
    """Store a question and begin its answer, unless another is being written.

    In the caller's transaction. The same `key` is the same question: it starts nothing.
    """
    conversation.lock()
    if question.key is not None and (known := _by_key(conversation, question.key)):
        return Asked(known, known.answer, is_new=False)
    busy = conversation.streaming is not None or conversation.first_waiting is not None
    retitled = _title_after(conversation, question.content)
    message = conversation.add(
        Role.USER,
        question.content,
        author_id=question.author_id,
        content_html=question.html,
        key=question.key,
        seq=1,
        waiting=busy,
    )
    reply = None if busy else _begin_answer(conversation, message)
    return Asked(message, reply, is_new=True, retitled=retitled)


def answer_next(conversation: Conversation) -> Message | None:
    """Begin the answer to the question whose turn it is, in the caller's transaction."""
    conversation.lock()
    question = conversation.first_waiting
    if question is None or conversation.streaming is not None:
        return None
    question.waiting = False
    return _begin_answer(conversation, question)


def retry(conversation: Conversation, public_id: str) -> tuple[list[str], Message]:
    """Replace the last answer by a new one, in the caller's transaction.

    Returns the ids of what is gone and the answer that begins. Raises Conflict for what is not
    the last answer, or is still being written.
    """
    conversation.lock()
    answer = conversation.last_answer
    if answer is None or answer.public_id != public_id or answer.is_streaming:
        raise Conflict("Only the last answer can be retried, after it has ended.")
    question = db.session.get_one(Message, answer.question_id)
    conversation.remove([answer])
    return [public_id], _begin_answer(conversation, question)


def _begin_answer(conversation: Conversation, question: Message) -> Message:
    return conversation.add(
        Role.ASSISTANT,
        status=Status.STREAMING,
        model=conversation.model,
        question_id=question.id,
    )


def _by_key(conversation: Conversation, key: str) -> Message | None:
    return db.session.scalar(conversation.messages().where(Message.key == key))


def _title_after(conversation: Conversation, question: str) -> bool:
    """Name a conversation after its first question, unless somebody has named it."""
    if conversation.position > 0 or conversation.title != UNTITLED:
        return False
    line = " ".join(question.split())
    conversation.title = line if len(line) <= 60 else line[:59].rstrip() + "…"
    assert len(conversation.title) <= TITLE_LENGTH
    return True


def waiting_conversations() -> list[int]:
    """Return the keys of conversations with a question whose turn may have come."""
    streaming = select(Message.conversation_id).where(Message.status == Status.STREAMING)
    return list(
        db.session.scalars(
            select(Message.conversation_id)
            .where(Message.waiting, Message.conversation_id.not_in(streaming))
            .distinct()
        )
    )
