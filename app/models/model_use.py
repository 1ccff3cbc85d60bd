"""What people have asked models, in tokens and at the prices of that time: a row for each answer.

It is kept when its conversation is deleted, so that neither a sum nor a limit changes by that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Row, Select, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.config import Limit
from app.extensions import Base, db
from app.models.columns import Key, now
from app.models.conversation import Conversation
from app.models.membership import Membership
from app.models.user import User

MOST_ROWS = 50  # of a table on a page
DAYS = 366


class ModelUse(Base):
    """The use of one answer; `cost` has the unit of `Price`, times a million tokens. It is None
    where nobody has said what the model costs. `estimated` tokens are ours, not the provider's."""

    __tablename__ = "model_use"
    __table_args__ = (
        Index("use_of_people", "user_id", "day"),
        Index("use_by_day", "day"),
    )

    id: Mapped[Key]
    message_id: Mapped[int] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    conversation_id: Mapped[int]
    model: Mapped[str] = mapped_column(String(200))
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    estimated: Mapped[bool]
    cost: Mapped[int | None] = mapped_column(BigInteger)
    day: Mapped[date] = mapped_column(Date)

    @classmethod
    def is_recorded(cls, message_id: int) -> bool:
        """Return whether the use of an answer has been stored."""
        found = select(cls.id).where(cls.message_id == message_id)
        return db.session.scalar(found) is not None


class Sums(NamedTuple):
    """Sums of some answers; `unpriced` of them are not in `cost`, as their prices are unknown."""

    answers: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        """Return the sum of all tokens."""
        return self.input_tokens + self.output_tokens


SUMS = (
    func.count(),
    func.coalesce(func.sum(ModelUse.input_tokens), 0),
    func.coalesce(func.sum(ModelUse.output_tokens), 0),
    func.coalesce(func.sum(ModelUse.cost), 0),
    func.count() - func.count(ModelUse.cost),
)


def month_of(user_id: int) -> Sums:
    """Return what somebody has used in this month."""
    return _sums(select(*SUMS).where(ModelUse.user_id == user_id, ModelUse.day >= first_of_month()))


def by_day(user_id: int | None) -> dict[date, Sums]:
    """Return the use of each day of a year on which there was any; None: everybody's."""
    found = select(ModelUse.day, *SUMS).where(ModelUse.day > today() - timedelta(days=DAYS))
    rows = db.session.execute(_of(found, user_id).group_by(ModelUse.day)).all()
    return {row[0]: _row_sums(row) for row in rows}


def by_model(user_id: int | None) -> list[tuple[str, Sums]]:
    """Return what each model was used in this month, the most used ones first."""
    found = select(ModelUse.model, *SUMS).where(ModelUse.day >= first_of_month())
    return _top(_of(found, user_id).group_by(ModelUse.model))


def by_person() -> list[tuple[User | None, Sums]]:
    """Return what each person has used in this month, who has used most first."""
    found = select(ModelUse.user_id, *SUMS).where(ModelUse.day >= first_of_month())
    top = _top(found.group_by(ModelUse.user_id))
    keys = [key for key, _ in top]
    known = select(User).where(User.id.in_(keys), User.deleted_at.is_(None))
    people = {user.id: user for user in db.session.scalars(known)}
    return [(people.get(key), sums) for key, sums in top]


def by_conversation(user_id: int) -> list[tuple[Conversation, Sums]]:
    """Return what somebody has used in this month in each of their conversations."""
    found = (
        select(ModelUse.conversation_id, *SUMS)
        .join(Membership, Membership.conversation_id == ModelUse.conversation_id)
        .where(ModelUse.user_id == user_id, ModelUse.day >= first_of_month())
        .where(Membership.user_id == user_id)
    )
    top = _top(found.group_by(ModelUse.conversation_id))
    there = select(Conversation).where(Conversation.id.in_([key for key, _ in top]))
    known = {each.id: each for each in db.session.scalars(there)}
    return [(known[key], sums) for key, sums in top if key in known]


def used_of(limit: Limit, sums: Sums) -> float:
    """Return which share of a limit is used; 1 or more: all of it."""
    used = sums.cost if limit.is_dollars else sums.tokens
    return used / limit.amount if limit.amount else 1.0


def today() -> date:
    """Return the day, in UTC."""
    return now().date()


def first_of_month() -> date:
    """Return the first day of this month, in UTC."""
    return today().replace(day=1)


def first_of_next_month() -> date:
    """Return the day on which the use of a month begins anew, in UTC."""
    return (first_of_month() + timedelta(days=31)).replace(day=1)


def _of(found: Select, user_id: int | None) -> Select:  # type: ignore[type-arg]
    return found if user_id is None else found.where(ModelUse.user_id == user_id)


def _top(found: Select) -> list[tuple]:  # type: ignore[type-arg]
    by_most = (func.coalesce(func.sum(ModelUse.cost), 0).desc(), SUMS[2].desc())
    rows = db.session.execute(found.order_by(*by_most).limit(MOST_ROWS)).all()
    return [(row[0], _row_sums(row)) for row in rows]


def _sums(found: Select) -> Sums:  # type: ignore[type-arg]
    return Sums(*map(int, db.session.execute(found).one()))


def _row_sums(row: Row | Sequence) -> Sums:  # type: ignore[type-arg]
    return Sums(*map(int, row[1:]))
