"""Pictures of people and of assistants, small and square, which are shown in place of initials."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, delete, select, union_all
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.assistant import Assistant
from app.models.columns import PublicId, is_public_id, new_public_id
from app.models.user import User


class Picture:
    """The columns of every picture, in WebP. A new one has another public id."""

    public_id: Mapped[PublicId]
    picture: Mapped[bytes] = mapped_column(LargeBinary)


class Avatar(Picture, Base):
    """The picture of one person."""

    __tablename__ = "avatar"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class AssistantAvatar(Picture, Base):
    """The picture of one assistant."""

    __tablename__ = "assistant_avatar"

    assistant_id: Mapped[int] = mapped_column(
        ForeignKey("assistant.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


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
    _replace(Avatar, user, picture, user_id=user.id)
    user.tell()


def change_assistant_avatar(assistant: Assistant, picture: bytes | None) -> None:
    """Do the same for an assistant, which is locked."""
    _replace(AssistantAvatar, assistant, picture, assistant_id=assistant.id)


def _replace(
    kind: type[Avatar | AssistantAvatar],
    owner: User | Assistant,
    picture: bytes | None,
    **key: int,
) -> None:
    db.session.execute(delete(kind).filter_by(**key))
    owner.avatar = None
    if picture is not None:
        owner.avatar = new_public_id()
        db.session.add(kind(**key, public_id=owner.avatar, picture=picture))
