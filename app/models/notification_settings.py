"""What a person wants to be told of, and by which way; as usual where nothing is stored."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, or_, update
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import NotFound
from app.extensions import Base, db
from app.models.columns import OptionalTimestamp, now
from app.models.user import User

MAIL_INTERVAL = timedelta(hours=1)  # between two mails to one person, at least


class NotificationSettings(Base):
    """A person's choices: whether mentions, and answers to their own questions, are told of in
    the browser, and whether those that stay unread are told of by mail, too. `shows_text` says
    whether what is pushed to their devices has the beginning of the message.

    `mailed_at` is when the last mail was sent, `mailed_id` the key of the last mention in one.
    """

    __tablename__ = "notification_settings"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    mentions: Mapped[bool] = mapped_column(default=True)
    answers: Mapped[bool] = mapped_column(default=True)
    mail: Mapped[bool] = mapped_column(default=True)
    shows_text: Mapped[bool] = mapped_column(default=False)
    mailed_at: Mapped[OptionalTimestamp]
    mailed_id: Mapped[int] = mapped_column(default=0)

    @classmethod
    def of(cls, user_id: int) -> NotificationSettings:
        """Return a person's settings, in the caller's transaction; the usual ones are added to it
        where there are none."""
        return db.session.get(cls, user_id) or cls._added(user_id)

    @classmethod
    def read(cls, user_id: int) -> NotificationSettings:
        """Return a person's settings, to look at."""
        return db.session.get(cls, user_id) or cls._usual(user_id)

    @classmethod
    def _added(cls, user_id: int) -> NotificationSettings:
        """Return those that another transaction has added meanwhile, or the usual ones."""
        User.lock(user_id)
        settings = db.session.get(cls, user_id) or cls._usual(user_id)
        db.session.add(settings)
        db.session.flush()
        return settings

    @classmethod
    def _usual(cls, user_id: int) -> NotificationSettings:
        choices = {"mentions": True, "answers": True, "mail": True, "shows_text": False}
        return cls(user_id=user_id, **choices, mailed_id=0)

    @classmethod
    def claim_mail(cls, user_id: int, mentioned: int) -> bool:
        """Note that a mail is sent now, in the caller's transaction; about mentions up to this
        message, if any.

        Returns False where another process has just sent one, the person wants none, or is gone.
        """
        try:
            known = cls.of(user_id).mailed_id
        except NotFound:
            return False
        is_due = or_(cls.mailed_at.is_(None), cls.mailed_at <= last_mailed())
        mine = update(cls).where(cls.user_id == user_id, cls.mail, is_due)
        values = {"mailed_at": now(), "mailed_id": max(known, mentioned)}
        return db.session.scalar(mine.values(values).returning(cls.user_id)) is not None


def last_mailed() -> datetime:
    """Return when somebody who may get a mail now has got the last one, at the latest."""
    return now() - MAIL_INTERVAL
