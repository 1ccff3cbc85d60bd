"""All answers in the making, of all processes: what administrators see of them. Neither texts nor
titles: what people talk about is nobody else's business."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, null, select
from sqlalchemy.orm import aliased

from app.errors import Conflict
from app.extensions import db
from app.models import audit
from app.models.columns import is_public_id
from app.models.control_event import ControlEvent, Kind
from app.models.conversation import Conversation
from app.models.ending import Ending, bytes_in, end
from app.models.log import Entry
from app.models.message import STREAMING, Message, Status
from app.models.timed_reading import TookTooLong, read_within
from app.models.user import User

MOST_SHOWN = 200
READ_SECONDS = 2.0
STOPPED_BY = "Stopped by an administrator."
HAS_ENDED = "This answer has ended already."


class Running(NamedTuple):
    """An answer that is being written: its id, in which conversation, by which model, for whom (the
    address of an account; None where that is gone), since when, by which process (None: it has
    just begun), and how many bytes it has; None where it took too long to count them."""

    id: str
    conversation: str
    model: str
    asked_by: str | None
    since: datetime
    process: str | None
    size: int | None


def running() -> list[Running]:
    """Return the answers that are being written, the oldest first, MOST_SHOWN at most."""
    try:
        return read_within(READ_SECONDS, lambda connection: _running(connection, _size()))
    except TookTooLong:
        return read_within(READ_SECONDS, lambda connection: _running(connection, None))


def stop_as_admin(public_id: str) -> None:
    """End an answer where it is, in the caller's transaction, and add that to the log; Conflict
    where it has ended.

    Its process notices that it does not stream any more, and does what follows. Its readers join
    again, in every process: also where a command stops it, which has no readers.
    """
    answer = _streaming(public_id)
    if answer is None or not end(Ending(answer.id, Status.STOPPED, note=STOPPED_BY)):
        raise Conflict(HAS_ENDED)
    here = answer.conversation
    ControlEvent.post(Kind.REJOIN, here.room)
    ControlEvent.post(Kind.LIST, here.room)
    audit.record(audit.Kind.ANSWER_STOPPED, detail=f"in {here.public_id}")


def _streaming(public_id: str) -> Message | None:
    if not is_public_id(public_id):
        return None
    return db.session.scalar(select(Message).where(Message.public_id == public_id))


def _running(connection: Connection, size: ColumnElement[int] | None) -> list[Running]:
    question, streaming = aliased(Message), aliased(Message)
    found = (
        select(Message.public_id, Conversation.public_id.label("conversation"))
        .add_columns(func.coalesce(Message.model, Conversation.model), User.email)
        .add_columns(Message.created_at, Message.written_by)
        .join_from(Message, Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(question, question.id == Message.question_id)
        .outerjoin(User, User.id == func.coalesce(Message.asked_by, question.author_id))
        .where(Message.id.in_(select(streaming.id).where(STREAMING)))
        .order_by(Message.id)
        .limit(MOST_SHOWN)
    )
    rows = connection.execute(found.add_columns(null() if size is None else size))
    return [Running(*row) for row in rows]


def _size() -> ColumnElement[int]:
    texts = bytes_in(Entry.content) + bytes_in(Entry.thinking)
    log = select(func.coalesce(func.sum(texts), 0)).where(Entry.message_id == Message.id)
    return log.scalar_subquery()
