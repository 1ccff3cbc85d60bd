"""People's own pictures, small and square, which are shown in place of their initials."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.columns import PublicId, is_public_id, new_public_id
from app.models.user import User


class Avatar(Base):
    """The picture of one person, in WebP. A new one has another public id."""

    __tablename__ = "avatar"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    public_id: Mapped[PublicId]
    picture: Mapped[bytes] = mapped_column(LargeBinary)

    @classmethod
    def find(cls, public_id: str) -> bytes | None:
        """Return the picture with this id, if somebody has it."""
        if not is_public_id(public_id):
            return None
        return db.session.scalar(select(cls.picture).where(cls.public_id == public_id))


def change_avatar(user: User, picture: bytes | None) -> None:
    """Give somebody another picture, or none, in the caller's transaction. Of two at the same
    moment the second one stays."""
    User.lock(user.id)
    db.session.execute(delete(Avatar).where(Avatar.user_id == user.id))
    user.avatar = None
    if picture is not None:
        user.avatar = new_public_id()
        db.session.add(Avatar(user_id=user.id, public_id=user.avatar, picture=picture))
    user.tell()
