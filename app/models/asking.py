"""What happens to a conversation when somebody asks, retries, or an answer's turn comes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select

from app.errors import Conflict
from app.extensions import db
from app.models.conversation import UNTITLED, Conversation
from app.models.message import Message, Role, Status
from app.models.used_idempotency_key import SpentKey
from app.text import NOT_IN_A_LINE

TITLE = 60  # characters of a question, at most
EDITED_SINCE = "That question has been asked before, and edited since."


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
    replaces: str | None = None  # the id of the question that this is an edit of


def ask(conversation: Conversation, question: Question) -> Asked:
    """Store a question and begin its answer, unless another is being written.

    In the caller's transaction. The same `key` is the same question: it starts nothing.
    """
    conversation.lock()
    if known := known_question(conversation, question.key):
        return Asked(known, known.answer, is_new=False)
    retitled = conversation.position == 0 and retitle(conversation, UNTITLED, question.content)
    return replace(add_question(conversation, question), retitled=retitled)


def known_question(conversation: Conversation, key: str | None) -> Message | None:
    """Return what the same question has led to before; Conflict if it was edited since."""
    if key is None:
        return None
    if SpentKey.is_spent(conversation.id, key):
        raise Conflict(EDITED_SINCE)
    return db.session.scalar(conversation.messages().where(Message.key == key))


def add_question(conversation: Conversation, question: Question) -> Asked:
    """Add a question and begin its answer, or let it wait, in the caller's transaction."""
    busy = conversation.streaming is not None or conversation.first_waiting is not None
    message = conversation.add(
        Role.USER,
        question.content,
        author_id=question.author_id,
        content_html=question.html,
        key=question.key,
        replaces=question.replaces,
        seq=1,
        waiting=busy,
    )
    reply = None if busy else _begin_answer(conversation, message)
    return Asked(message, reply, is_new=True)


def retitle(conversation: Conversation, old: str, question: str) -> bool:
    """Name a conversation after a question, unless somebody has named it otherwise."""
    if conversation.title != old:
        return False
    conversation.title = title_from(question)
    return True


def title_from(question: str) -> str:
    """Return a question as a title: on one line, and not too long."""
    line = " ".join(NOT_IN_A_LINE.sub(" ", question).split()) or UNTITLED
    if len(line) <= TITLE:
        return line
    words = line[:TITLE].rpartition(" ")[0]
    return (words if len(words) > TITLE // 2 else line[: TITLE - 1]) + "…"


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
