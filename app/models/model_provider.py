"""The servers of models that administrators have added, and the keys for them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from sqlalchemy import String, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, Invalid
from app.extensions import Base, db
from app.models import audit
from app.models.columns import NEVER_REUSED, Key, OptionalTimestamp, Timestamp, now
from app.models.control_event import MODELS_ROOM, ControlEvent, Kind
from app.models.server_setting import ServerSetting

CHANGING = "models"  # a setting without a value: its row is locked
MAX_PROVIDERS = 20
NAME_LENGTH = 30
URL_LENGTH = 500
HINT_LENGTH = 4  # characters at the end of a key, by which people know it
SHORTEST_WITH_HINT = 20  # of a shorter key so many would be too much
TOO_MANY = f"There can be {MAX_PROVIDERS} providers. Remove one first."
NAME_TAKEN = "There is a provider of this name already."


class Api(StrEnum):
    """How a provider is asked."""

    OPENAI = "openai"  # chat completions
    ANTHROPIC = "anthropic"  # messages


class ModelProvider(Base):
    """One server of models; the names of its models begin with its own.

    `stored_key` is encrypted; of the key itself only the last characters may be shown.
    """

    __tablename__ = "model_provider"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    api: Mapped[str] = mapped_column(String(10))
    base_url: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    stored_key: Mapped[str | None] = mapped_column(Text)
    key_hint: Mapped[str | None] = mapped_column(String(HINT_LENGTH))
    key_set_at: Mapped[OptionalTimestamp]
    created_at: Mapped[Timestamp]

    @classmethod
    def add(cls, name: str, api: Api, base_url: str | None) -> ModelProvider:
        """Add a provider without a key, in the caller's transaction, after `lock_models`.

        Raises Conflict where its name is taken, and Invalid where there are too many.
        """
        if cls.by_name(name):
            raise Conflict(NAME_TAKEN)
        if (db.session.scalar(select(func.count()).select_from(cls)) or 0) >= MAX_PROVIDERS:
            raise Invalid(TOO_MANY)
        provider = cls(name=name, api=api, base_url=base_url)
        db.session.add(provider)
        db.session.flush()
        post_change(f"{name}: added")
        return provider

    @classmethod
    def by_name(cls, name: str) -> ModelProvider | None:
        """Return the provider with this name."""
        return db.session.scalar(select(cls).where(cls.name == name))

    def set_key(self, key: str, encrypt: Callable[[str], str]) -> None:
        """Store another key, in the caller's transaction."""
        self.stored_key = encrypt(key)
        self.key_hint = key[-HINT_LENGTH:] if len(key) >= SHORTEST_WITH_HINT else None
        self.key_set_at = now()
        post_change(f"{self.name}: another key")

    def remove_key(self) -> None:
        """Forget the key, in the caller's transaction."""
        self.stored_key = self.key_hint = self.key_set_at = None
        post_change(f"{self.name}: no key")

    def move(self, base_url: str | None) -> None:
        """Give it another address, in the caller's transaction. Its key is forgotten: it is not
        for another server."""
        if self.base_url != base_url:
            self.base_url = base_url
            post_change(f"{self.name}: at {base_url or 'the usual address'}")
            self.remove_key()

    def remove(self) -> None:
        """Remove it with its models, in the caller's transaction."""
        db.session.delete(self)
        post_change(f"{self.name}: removed")


def lock_models() -> None:
    """Let nobody else change which models there are before the commit: of two who add the same one,
    or the last that there may be, the second one finds that of the first."""
    ServerSetting.locked(CHANGING)


def post_change(what: str = "") -> None:
    """Have every process read again which models there are, after the caller's transaction; add to
    the log what has changed."""
    ControlEvent.post(Kind.MODELS, MODELS_ROOM)
    if what:
        audit.record(audit.Kind.MODELS, detail=what)
