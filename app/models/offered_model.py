"""The models that administrators offer, besides those of the settings: to whom, at what prices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.config import Price
from app.errors import Conflict, Invalid
from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, Line, Timestamp
from app.models.model_provider import ModelProvider, post_change
from app.models.user import User
from app.text import NAME_LENGTH

MAX_MODELS = 200
MODEL_LENGTH = 150
DESCRIPTION_LENGTH = 200
MAX_PEOPLE = 100  # to whom one model is offered by name
TOO_MANY = f"There can be {MAX_MODELS} models. Remove one first."
THERE_ALREADY = "This model is offered already."


class Audience(StrEnum):
    """To whom a model is offered."""

    EVERYBODY = "everybody"
    ADMINISTRATORS = "administrators"
    NAMED = "named"
    NOBODY = "nobody"


PEOPLE = Table(
    "offered_model_person",
    Base.metadata,
    Column(
        "offered_model_id",
        Integer,
        ForeignKey("offered_model.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "user_id",
        Integer,
        ForeignKey("user_account.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class OfferedModel(Base):
    """One model of a provider; `fallback` names another one, which answers where it can't.

    Prices are in ten-thousandths of a dollar for a million tokens, as in `Price`.
    """

    __tablename__ = "offered_model"
    __table_args__ = (UniqueConstraint("provider_id", "model"), NEVER_REUSED)

    id: Mapped[Key]
    provider_id: Mapped[int] = mapped_column(ForeignKey("model_provider.id", ondelete="CASCADE"))
    model: Mapped[str] = mapped_column(String(MODEL_LENGTH))
    label: Mapped[str] = mapped_column(Line(NAME_LENGTH))
    description: Mapped[str] = mapped_column(Line(DESCRIPTION_LENGTH), default="")
    context_window: Mapped[int | None]
    price_read: Mapped[int | None]
    price_written: Mapped[int | None]
    audience: Mapped[str] = mapped_column(String(20), default=Audience.EVERYBODY)
    fallback: Mapped[str | None] = mapped_column(String(200))
    sees: Mapped[bool] = mapped_column(default=False)  # pictures
    created_at: Mapped[Timestamp]

    provider: Mapped[ModelProvider] = relationship(lazy="joined", innerjoin=True)

    @classmethod
    def add(cls, provider: ModelProvider, model: str) -> OfferedModel:
        """Add a model of a provider, offered to nobody yet, in the caller's transaction, after
        `lock_models`.

        Raises Conflict where it is there already, and Invalid where there are too many.
        """
        known = select(cls.id).where(cls.provider_id == provider.id, cls.model == model)
        if db.session.scalar(known) is not None:
            raise Conflict(THERE_ALREADY)
        if (db.session.scalar(select(func.count()).select_from(cls)) or 0) >= MAX_MODELS:
            raise Invalid(TOO_MANY)
        label = model[:NAME_LENGTH]
        added = cls(provider=provider, model=model, label=label, audience=Audience.NOBODY)
        db.session.add(added)
        db.session.flush()
        post_change(f"{added.name}: added")
        return added

    @classmethod
    def all(cls) -> Sequence[OfferedModel]:
        """Return all of them, in the order in which people choose from them."""
        return db.session.scalars(select(cls).order_by(cls.id).limit(MAX_MODELS)).all()

    @property
    def name(self) -> str:
        """Return the name by which conversations know it."""
        return f"{self.provider.name}:{self.model}"

    @property
    def price(self) -> Price | None:
        """Return what it costs, where that is known."""
        if self.price_read is None or self.price_written is None:
            return None
        return Price(self.price_read, self.price_written)

    @property
    def people(self) -> list[User]:
        """Return to whom it is offered by name."""
        named = select(User).join(PEOPLE).where(PEOPLE.c.offered_model_id == self.id)
        return list(db.session.scalars(named.order_by(User.name, User.id)))

    def change(self, **fields: Any) -> None:
        """Change what people see of it and to whom it is offered, in the caller's transaction."""
        for name, value in fields.items():
            setattr(self, name, value)
        post_change(f"{self.name}: offered to {self.audience}")

    def name_people(self, user_ids: Collection[int]) -> None:
        """Offer it to these by name, instead of those before, in the caller's transaction.

        They count only while its audience is NAMED; with any other there should be none.
        """
        db.session.execute(delete(PEOPLE).where(PEOPLE.c.offered_model_id == self.id))
        rows = [{"offered_model_id": self.id, "user_id": each} for each in user_ids]
        if rows:
            db.session.execute(insert(PEOPLE), rows)
        post_change()

    def remove(self) -> None:
        """Remove it, in the caller's transaction; what it has answered stays."""
        db.session.delete(self)
        post_change(f"{self.name}: removed")


class Offer(NamedTuple):
    """A model in plain values; `audience` are the keys of those to whom it is offered, None for
    everybody."""

    name: str
    api: str
    model: str
    base_url: str | None
    stored_key: str | None
    label: str
    description: str
    context_window: int | None
    price: Price | None
    fallback: str | None
    sees: bool
    audience: frozenset[int] | None


def all_offers() -> list[Offer]:
    """Return all models, in the order in which people choose from them."""
    models = OfferedModel.all()
    named: dict[int, set[int]] = {}
    for model_id, user_id in db.session.execute(select(PEOPLE)):
        named.setdefault(model_id, set()).add(user_id)
    administrators = frozenset(db.session.scalars(select(User.id).where(User.is_admin)))
    audiences = {Audience.EVERYBODY: None, Audience.ADMINISTRATORS: administrators}
    return [
        _offer(each, audiences.get(Audience(each.audience), frozenset(named.get(each.id, ()))))
        for each in models
    ]


def _offer(model: OfferedModel, audience: frozenset[int] | None) -> Offer:
    provider = model.provider
    return Offer(
        model.name,
        provider.api,
        model.model,
        provider.base_url,
        provider.stored_key,
        model.label,
        model.description,
        model.context_window,
        model.price,
        model.fallback,
        model.sees,
        audience,
    )
