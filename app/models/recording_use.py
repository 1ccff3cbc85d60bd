"""Records what an answer that has ended has used: one statement reads it, and one stores it.

At the end of each answer, so both are direct ones.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Insert, bindparam, case, exists, func, insert, select
from sqlalchemy.orm import aliased

from app.database import find_first, write_directly
from app.direct import DirectStatement, Values
from app.extensions import db
from app.models.conversation import Conversation
from app.models.message import Message, Role
from app.models.model_use import ModelUse
from app.models.user import User

MODEL_USE = db.metadata.tables["model_use"]
STORED = (
    *("message_id", "user_id", "conversation_id", "model"),
    *("input_tokens", "output_tokens", "estimated", "cost", "day"),
)
_question, _earlier = aliased(Message), aliased(Message)


def unrecorded(message_id: int) -> Any | None:
    """Return what is known of an answer's use, and what it has added to the answer that it goes on
    from; None where that is recorded, or the message is no answer.

    `user_id` is who has asked, None where the account is gone, and `monthly_limit` their own one.
    `model` is the one that has answered, `input_tokens`, `output_tokens` and `added` bytes are None
    where nobody knows them.
    """
    return find_first(UNRECORDED, {"message_id": message_id})


def record(use: Values) -> None:
    """Store a row of `model_use`, unless there is one for that answer. Raises IntegrityError where
    another process stores one at the same moment."""
    write_directly(lambda connection: RECORD.run_for_each(connection, [use]))


def _added(name: str) -> ColumnElement[int | None]:
    """What an answer has more than the one that it goes on from."""
    total, before = getattr(Message, name), getattr(_earlier, name)
    more = func.nullif(total - func.coalesce(before, 0), 0)
    return case((_earlier.id.is_(None), total), else_=more)


def _unless_stored() -> Insert:
    parameters = {name: bindparam(name, type_=MODEL_USE.c[name].type) for name in STORED}
    is_stored = exists().where(MODEL_USE.c.message_id == parameters["message_id"])
    row = select(*parameters.values()).where(~is_stored)
    return insert(MODEL_USE).from_select(STORED, row, include_defaults=False)


UNRECORDED = DirectStatement(
    select(
        Message.conversation_id,
        User.id.label("user_id"),
        User.monthly_limit,
        func.coalesce(Message.answered_by, Message.model, Conversation.model).label("model"),
        Message.size,
        _added("size").label("added"),
        _added("input_tokens").label("input_tokens"),
        _added("output_tokens").label("output_tokens"),
    )
    .join(Conversation, Conversation.id == Message.conversation_id)
    .join(_question, _question.id == Message.question_id)
    .outerjoin(User, User.id == func.coalesce(Message.asked_by, _question.author_id))
    .outerjoin(_earlier, _earlier.id == Message.continues)
    .outerjoin(ModelUse, ModelUse.message_id == Message.id)
    .where(Message.id == bindparam("message_id"), Message.role == Role.ASSISTANT)
    .where(ModelUse.id.is_(None))
)
RECORD = DirectStatement(_unless_stored())
