"""A conversation: its members ask, a model answers, and all of them read along."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ColumnElement, Float, String, Text, delete, exists, select, update
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.errors import Conflict, Invalid, NotFound
from app.extensions import Base, db
from app.models import audit
from app.models.columns import Key, Line, OptionalTimestamp, PublicId, Timestamp, now
from app.models.control_event import ControlEvent, Kind
from app.models.finding import FOR_CHANGE, find_row
from app.models.membership import MAX_PINNED, Membership, unlisting_room
from app.models.rights import Action, MemberRole, may, require
from app.models.search_text import index_title
from app.text import TITLE_LENGTH

MAX_MEMBERS = 100  # each list and each join reads all of them
TOO_MANY_MEMBERS = f"A conversation can have {MAX_MEMBERS} members. Remove one first."
UNTITLED = "New conversation"
ROOM = "conversation:"
HAND_OVER = "The owner of a conversation can only hand it over to another member."
TOO_MANY_PINNED = f"You can pin {MAX_PINNED} conversations at most."


def room_of(public_id: str) -> str:
    """Return the name of the room of a conversation's readers."""
    return ROOM + public_id


def conversation_in(room: str) -> str:
    """Return the public id of the conversation that a room belongs to."""
    return room.removeprefix(ROOM)


def former_room(public_id: str, user_id: int) -> str:
    """Return where a control event tells a conversation's readers whose account is deleted."""
    return f"{room_of(public_id)}/{user_id}"


def former_in(room: str) -> tuple[str, int]:
    """Return the conversation's public id and the user's key of a `former_room`."""
    public_id, _, user_id = conversation_in(room).partition("/")
    return public_id, int(user_id)


class Asking(StrEnum):
    """Which messages ask a model, in a conversation of several people; in one's own all do."""

    EVERY = "every"
    MENTIONS = "mentions"  # only those that mention a model; the others are for everybody


class Conversation(Base):
    """`position` grows with every message and is never used twice; `revision` grows when messages
    are removed. Together they tell a reader whether it has missed anything. `version` grows with
    every other change that its members' lists show. What was said before position `sent_from` did
    not fit into what the last model to be asked was sent; 0: all of it did. `reacted` counts the
    changes of reactions, and `pins` the pinned messages, also those that are not shown.
    `branched_from` is the public id of the conversation that it was copied from, which may be gone,
    and `assistant` that of the one it was begun with, too.
    """

    __tablename__ = "conversation"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    title: Mapped[str] = mapped_column(Line(TITLE_LENGTH), default=UNTITLED)
    model: Mapped[str] = mapped_column(String(200))
    asking: Mapped[str] = mapped_column(String(10), default=Asking.EVERY)
    system_prompt: Mapped[str] = mapped_column(Text, default="")
    temperature: Mapped[float | None] = mapped_column(Float)
    effort: Mapped[str | None] = mapped_column(String(10))
    sent_from: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    reacted: Mapped[int] = mapped_column(default=0)
    pins: Mapped[int] = mapped_column(default=0)
    branched_from: Mapped[str | None] = mapped_column(String(32), index=True)
    assistant: Mapped[str | None] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Timestamp]
    updated_at: Mapped[Timestamp]
    deleted_at: Mapped[OptionalTimestamp]

    @classmethod
    def by_public_id(cls, public_id: str) -> Conversation | None:
        """Return the conversation with this id, whoever may see it; None if it was deleted."""
        found = select(cls).where(cls.public_id == public_id, cls.deleted_at.is_(None))
        return db.session.scalar(found)

    @classmethod
    def find(cls, key: int) -> Conversation:
        """Return the conversation with this key; NotFound if it is gone since it was looked up."""
        return find_row(cls, key)

    @classmethod
    def start(cls, owner_id: int, title: str | None, model: str) -> Conversation:
        """Start a conversation, in the caller's transaction."""
        conversation = cls(title=title or UNTITLED, model=model)
        db.session.add(conversation)
        db.session.flush()
        index_title(conversation.id, conversation.title)
        conversation.add_member(owner_id, MemberRole.OWNER)
        return conversation

    @classmethod
    def unused_by(cls, owner_id: int, model: str) -> Conversation | None:
        """Return the newest conversation that somebody has started with a model and not used."""
        return db.session.scalar(
            select(cls)
            .join(Membership, Membership.conversation_id == cls.id)
            .where(Membership.user_id == owner_id, Membership.is_owner)
            .where(cls.is_unused(), cls.deleted_at.is_(None), cls.model == model)
            .where(cls.system_prompt == "", cls.temperature.is_(None), cls.effort.is_(None))
            .order_by(cls.id.desc())
            .limit(1)
        )

    @classmethod
    def is_unused(cls) -> ColumnElement[bool]:
        """Select conversations that nobody wrote in: they have never had a message, and have no
        title and no second member."""
        other = aliased(Membership)
        shared = exists().where(other.conversation_id == cls.id, ~other.is_owner)
        return (cls.position == 0) & (cls.title == UNTITLED) & ~shared

    @property
    def room(self) -> str:
        """Return the name of the room of its readers."""
        return room_of(self.public_id)

    def lock(self) -> Conversation:
        """Keep every other writer of this conversation out until the commit; NotFound where it is
        gone since it was looked up.

        Rows that refer to it can be added meanwhile, as the end of an answer does.
        """
        return find_row(Conversation, self.id, with_for_update=FOR_CHANGE, populate_existing=True)

    def has_member(self, user_id: int) -> bool:
        """Return whether a user may read and write in it."""
        return self.deleted_at is None and Membership.exists(self.id, user_id)

    def member(self, user_id: int) -> Membership:
        """Return a user's membership.

        Raises NotFound if there is none, or if the conversation was deleted.
        """
        membership = None if self.deleted_at else Membership.find(self.id, user_id)
        if membership is None:
            raise NotFound()
        return membership

    def allow(self, user_id: int, action: Action) -> Conversation:
        """Return this conversation, locked, if a user may do that; raises NotFound and Forbidden.

        In the transaction that makes the change: a right that ended before it is missed by nobody.
        """
        self.lock()
        require(self.member(user_id).role, action)
        return self

    def rename(self, title: str) -> None:
        """Give it another title, in the caller's transaction."""
        self.title = title
        index_title(self.id, title)
        self._describe()

    def set_asking(self, asking: Asking) -> None:
        """Choose which messages ask a model, in the caller's transaction."""
        if self.asking != asking:
            self.asking = asking
            self._describe()

    def count_pins(self, change: int) -> None:
        """Note that a message was pinned or unpinned, in the caller's transaction."""
        self.pins += change
        self._describe()

    def set_settings(
        self, system_prompt: str, temperature: float | None, effort: str | None
    ) -> None:
        """Say how the models are to answer from now on, in the caller's transaction."""
        before = (self.system_prompt, self.temperature, self.effort)
        if before != (system_prompt, temperature, effort):
            self.system_prompt, self.temperature, self.effort = system_prompt, temperature, effort
            self._describe()

    def asks_by_default(self) -> bool:
        """Return whether a message asks a model that mentions none."""
        return self.asking == Asking.EVERY or Membership.count(self.id) < 2

    def pin(self, user_id: int, pinned: bool) -> None:
        """Pin it in a member's list, or unpin it; a pinned conversation is not archived."""
        membership = self.member(user_id).lock()
        if pinned and not membership.pinned and Membership.count_pinned(user_id) >= MAX_PINNED:
            raise Conflict(TOO_MANY_PINNED)
        self._list(membership, pinned=pinned, archived=membership.archived and not pinned)

    def archive(self, user_id: int, archived: bool) -> None:
        """Move it out of a member's list, or back into it; an archived one is not pinned."""
        membership = self.member(user_id).lock()
        self._list(membership, pinned=membership.pinned and not archived, archived=archived)

    def mute(self, user_id: int, muted: bool) -> None:
        """Let a member be told of nothing in it any more, or again."""
        membership = self.member(user_id).lock()
        if membership.muted != muted:
            membership.muted = muted
            membership.version += 1
            ControlEvent.post(Kind.LIST, self.room)

    def delete(self) -> None:
        """Delete it for all members; for a while that can be undone."""
        self.deleted_at = now()
        self.version += 1
        ControlEvent.post(Kind.REJOIN, self.room)
        ControlEvent.post(Kind.LIST, self.room)

    def restore(self, user_id: int) -> None:
        """Undo its deletion, for its owner; raises NotFound where there is nothing to undo."""
        self.lock()
        membership = Membership.find(self.id, user_id)
        if self.deleted_at is None or not membership or not may(membership.role, Action.DELETE):
            raise NotFound()
        self.deleted_at = None
        self.version += 1
        ControlEvent.post(Kind.LIST, self.room)

    def add_member(self, user_id: int, role: MemberRole = MemberRole.MEMBER) -> None:
        """Make a user a member, in the caller's transaction.

        Raises Invalid where there are as many as a conversation may have.
        """
        if role != MemberRole.OWNER and Membership.count(self.id) >= MAX_MEMBERS:
            raise Invalid(TOO_MANY_MEMBERS)
        db.session.add(Membership(conversation_id=self.id, user_id=user_id, role=role))
        if role != MemberRole.OWNER:
            self._record(audit.Kind.MEMBER_ADDED, user_id, role)
        self._describe()

    def change_role(self, user_id: int, role: MemberRole) -> None:
        """Give a member who is not the owner another role, in the caller's transaction.

        Raises NotFound, and Conflict for the owner, who has to hand over instead.
        """
        membership = self.member(user_id)
        if membership.is_owner or role == MemberRole.OWNER:
            raise Conflict(HAND_OVER)
        if membership.role != role:
            membership.role = role
            self._record(audit.Kind.MEMBER_ROLE, user_id, role)
            self._describe()

    def hand_over(self, user_id: int) -> None:
        """Make a member the owner, in the caller's transaction; the owner so far stays a member.

        Raises NotFound where the user is not a member.
        """
        successor = self.member(user_id)
        owner = (Membership.conversation_id == self.id) & Membership.is_owner
        db.session.execute(update(Membership).where(owner).values(role=MemberRole.MEMBER))
        successor.role = MemberRole.OWNER
        self._record(audit.Kind.MEMBER_ROLE, user_id, MemberRole.OWNER)
        self._describe()

    def remove_member(self, user_id: int) -> None:
        """End a membership, in the caller's transaction: all readers join again, one is refused."""
        membership = Membership.find(self.id, user_id)
        self.version += 1 + (membership.version if membership else 0)  # a new one begins with 0
        db.session.execute(
            delete(Membership).where(
                Membership.conversation_id == self.id, Membership.user_id == user_id
            )
        )
        ControlEvent.post(Kind.REJOIN, self.room)
        ControlEvent.post(Kind.DESCRIBE, self.room)
        ControlEvent.post(Kind.UNLIST, unlisting_room(user_id, self.public_id))
        self._record(audit.Kind.MEMBER_REMOVED, user_id)

    def _record(self, kind: audit.Kind, user_id: int, role: str = "") -> None:
        """Add to the log what happens to a member; of a conversation it has the id alone."""
        audit.record(kind, user_id, f"{role} {self.public_id}".strip())

    def _describe(self) -> None:
        """Tell its readers and its members' lists what has changed about it."""
        self.version += 1
        ControlEvent.post(Kind.DESCRIBE, self.room)

    def _list(self, membership: Membership, *, pinned: bool, archived: bool) -> None:
        if (membership.pinned, membership.archived) != (pinned, archived):
            membership.pinned, membership.archived = pinned, archived
            membership.version += 1
            ControlEvent.post(Kind.LIST, self.room)
