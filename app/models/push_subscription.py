"""The devices to which a person's notifications are pushed: one subscription of each browser."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ForeignKey, Select, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, Timestamp
from app.models.credential import digest
from app.models.user import User

MAX_DEVICES = 20  # of one person
ENDPOINT_LENGTH = 1000
DEVICE_NAME_LENGTH = 60


class Subscription(NamedTuple):
    """What a browser gives for its push service: an address, which is secret, and the keys with
    which only that browser can decrypt, in base64url. `server_key` is ours, for which it is."""

    endpoint: str
    p256dh: str
    auth: str
    server_key: str


class Device(NamedTuple):
    """What is needed to push to a device."""

    id: int
    user_id: int
    endpoint: str
    p256dh: str
    auth: str


class PushSubscription(Base):
    """A device of a person, with a name. It belongs to a sign-in, and ends with it: at the latest
    when what is to be pushed finds that the sign-in is not valid any more."""

    __tablename__ = "push_subscription"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    sign_in_id: Mapped[int] = mapped_column(
        ForeignKey("sign_in.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(DEVICE_NAME_LENGTH))
    endpoint: Mapped[str] = mapped_column(String(ENDPOINT_LENGTH))
    endpoint_hash: Mapped[str] = mapped_column(String(64), unique=True)
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(40))
    server_key: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[Timestamp]

    @classmethod
    def add(cls, user_id: int, sign_in_id: int, name: str, new: Subscription) -> None:
        """Store the subscription of a sign-in's browser, in the caller's transaction.

        It replaces what that browser had, whoever was signed in there; and the oldest device of
        somebody who has as many as a person may have.
        """
        User.lock(user_id)
        same = cls.endpoint_hash == digest(new.endpoint)
        db.session.execute(delete(cls).where(same | (cls.sign_in_id == sign_in_id)))
        kept = cls.of(user_id).with_only_columns(cls.id).offset(MAX_DEVICES - 1)
        db.session.execute(delete(cls).where(cls.id.in_(db.session.scalars(kept).all())))
        row = {"user_id": user_id, "sign_in_id": sign_in_id, "name": name}
        db.session.add(cls(**row, **new._asdict(), endpoint_hash=digest(new.endpoint)))

    @classmethod
    def of(cls, user_id: int) -> Select[PushSubscription]:
        """Select a person's devices, the newest first."""
        return select(cls).where(cls.user_id == user_id).order_by(cls.id.desc())

    @classmethod
    def name_of(cls, sign_in_id: int) -> str | None:
        """Return the name of a sign-in's device; None where it has none."""
        return db.session.scalar(select(cls.name).where(cls.sign_in_id == sign_in_id))

    @classmethod
    def exists(cls, key: int) -> bool:
        """Return whether there is still this one."""
        return db.session.scalar(select(cls.id).where(cls.id == key)) is not None

    @classmethod
    def remove(cls, user_id: int, key: int) -> None:
        """Remove a device of a person, in the caller's transaction, if there is this one."""
        db.session.execute(delete(cls).where(cls.user_id == user_id, cls.id == key))

    @classmethod
    def forget(cls, key: int) -> None:
        """Remove one that its push service no longer knows, in the caller's transaction."""
        db.session.execute(delete(cls).where(cls.id == key))

    @classmethod
    def end_with(cls, sign_in_ids: Collection[int]) -> None:
        """Remove those of sign-ins that end, in the caller's transaction."""
        db.session.execute(delete(cls).where(cls.sign_in_id.in_(sign_in_ids)))
