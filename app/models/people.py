"""All people of a server, as administrators see them, and what happens to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, or_, select, type_coerce

from app.errors import Conflict, NotFound
from app.extensions import db
from app.models.api_token import ApiToken
from app.models.columns import UtcDateTime
from app.models.conversation import Conversation
from app.models.link import RESET_LIFETIME, Link, Purpose
from app.models.membership import Membership
from app.models.sign_in import SignIn
from app.models.user import User

PAGE_PEOPLE = 50
MOST_PAGES = 10_000
GONE = "There is no such person any more."
NO_OWNER = "Only a person whose account is enabled can own a conversation. Choose another member."
NO_LINK = "Only an enabled account of a person can get such a link."


class Seen(NamedTuple):
    """An account, and when it was last used: to the minute; None where that is not known."""

    user: User
    last_seen: datetime | None


class Owned(NamedTuple):
    """How many conversations somebody is in, and how many of these are theirs."""

    conversations: int
    owned: int


def people_on(page: int, query: str = "") -> tuple[Sequence[Seen], bool]:
    """Return a page of the people whose name or address has this in it, by name, and whether there
    are more. Pages begin with 1."""
    there = User.deleted_at.is_(None)
    found = select(User, _last_seen()).where(there).order_by(func.lower(User.name), User.id)
    if query:
        texts = (func.lower(User.name), User.email)
        found = found.where(or_(*(each.contains(query.lower(), autoescape=True) for each in texts)))
    rows = db.session.execute(found.offset((page - 1) * PAGE_PEOPLE).limit(PAGE_PEOPLE + 1)).all()
    return [Seen(*row) for row in rows[:PAGE_PEOPLE]], len(rows) > PAGE_PEOPLE


def person_with(key: int) -> User:
    """Return the account with this key; NotFound where there is none."""
    user = db.session.get(User, key) if key < 2**31 else None
    if user is None or user.deleted_at:
        raise NotFound(GONE)
    return user


def last_seen(user_id: int) -> datetime | None:
    """Return when an account was last used."""
    return db.session.scalar(select(_last_seen()).where(User.id == user_id))


def owned_by(user_id: int) -> Owned:
    """Return in how many conversations somebody is."""
    mine = Membership.user_id == user_id
    total = db.session.scalar(select(func.count()).where(mine)) or 0
    return Owned(
        total, db.session.scalar(select(func.count()).where(mine, Membership.is_owner)) or 0
    )


def disable(user: User) -> bool:
    """Sign an account out everywhere and let it sign in no more, in the caller's transaction; what
    it has written stays. Returns whether that has changed anything."""
    if not user.is_active:
        return False
    user.disable()
    SignIn.end_all(user.id)
    Link.revoke_resets(user.id)
    return True


def hand_over(conversation: Conversation, user_id: int) -> None:
    """Make a member the owner, in the caller's transaction. Raises NotFound where the user is not a
    member, and Conflict for a bot and a disabled account: nobody could change anything any more."""
    user = User.locked(user_id)
    if user.is_bot or not user.is_active:
        raise Conflict(NO_OWNER)
    conversation.hand_over(user_id)


def reset_link(user: User, lifetime: timedelta = RESET_LIFETIME) -> str:
    """Return the secret of a new link with which somebody chooses a new password; Conflict where
    nobody could sign in with one."""
    if user.is_bot or not user.is_active:
        raise Conflict(NO_LINK)
    return Link.create(Purpose.RESET, lifetime, user_id=user.id)


def _last_seen() -> ColumnElement[datetime]:
    """Select when the last sign-in or token of an account was used, or a sign-in began."""
    at = func.max(func.coalesce(SignIn.last_used_at, SignIn.created_at))
    signed_in = select(at).where(SignIn.user_id == User.id).scalar_subquery()
    live = (ApiToken.user_id == User.id) & ApiToken.revoked_at.is_(None)
    by_token = select(func.max(ApiToken.last_used_at)).where(live).scalar_subquery()
    later = case((by_token > signed_in, by_token), else_=func.coalesce(signed_in, by_token))
    return type_coerce(later, UtcDateTime).label("last_seen")
