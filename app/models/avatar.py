"""Pictures of people and of assistants, small and square, which are shown in place of initials."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, delete, select, union_all
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.assistant import Assistant
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


class AssistantAvatar(Base):
    """The same of one assistant."""

    __tablename__ = "assistant_avatar"

    assistant_id: Mapped[int] = mapped_column(
        ForeignKey("assistant.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    public_id: Mapped[PublicId]
    picture: Mapped[bytes] = mapped_column(LargeBinary)


def find_avatar(public_id: str) -> bytes | None:
    """Return the picture with this id, if somebody or an assistant has it."""
    if not is_public_id(public_id):
        return None
    kinds = (Avatar, AssistantAvatar)
    found = (select(kind.picture).where(kind.public_id == public_id) for kind in kinds)
    return db.session.scalar(union_all(*found))


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


def change_assistant_avatar(assistant: Assistant, picture: bytes | None) -> None:
    """Do the same for an assistant."""
    User.lock(assistant.owner_id)
    mine = delete(AssistantAvatar).where(AssistantAvatar.assistant_id == assistant.id)
    db.session.execute(mine)
    assistant.avatar = None
    if picture is not None:
        assistant.avatar = new_public_id()
        about = {"assistant_id": assistant.id, "public_id": assistant.avatar}
        db.session.add(AssistantAvatar(**about, picture=picture))
