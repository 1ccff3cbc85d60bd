"""Making an account, and choosing a new password, by a link."""

from __future__ import annotations

from app.errors import Conflict
from app.extensions import db
from app.models import audit
from app.models.challenge import Challenge
from app.models.link import NOT_VALID, Link, Purpose
from app.models.sign_in import SignIn
from app.models.user import User

ADDRESS_TAKEN = "There is an account with this address already. Sign in with it."


def make_account(email: str, name: str, password_hash: str, link_id: int | None) -> int:
    """Make an account in the caller's transaction, and return its key; a link is used up by it.

    The one made with a first link is an administrator's: also where others have made accounts
    before.

    Raises Conflict where the link can't be used any more, or there is such an account already.
    """
    link = None if link_id is None else _use(link_id)
    if User.by_email(email):
        raise Conflict(ADDRESS_TAKEN)
    is_first = link is not None and link.purpose == Purpose.FIRST
    user = User(email=email, name=name, password_hash=password_hash, is_admin=is_first)
    db.session.add(user)
    db.session.flush()
    audit.record(audit.Kind.ACCOUNT_MADE, user.id, by=user.id)
    return user.id


def reset_password(link_id: int, password_hash: str) -> None:
    """Store the new password of the user whom a link is for, in the caller's transaction.

    All browsers are signed out. Raises Conflict where the link can't be used any more.
    """
    link = _use(link_id)
    user = db.session.get(User, link.user_id)
    if user is None or not user.is_active:
        raise Conflict(NOT_VALID)
    store_password(user, password_hash)


def store_password(user: User, password_hash: str) -> None:
    """Store a new password, in the caller's transaction: it ends all sign-ins and links for one."""
    user.password_hash = password_hash
    SignIn.end_all(user.id)
    Link.revoke_resets(user.id)
    Challenge.end_sign_ins(user.id)
    audit.record(audit.Kind.PASSWORD, user.id)


def _use(link_id: int) -> Link:
    link = db.session.get(Link, link_id)
    if link is None or (link.purpose == Purpose.FIRST and not _makes_an_administrator()):
        raise Conflict(NOT_VALID)
    link.use()
    return link


def _makes_an_administrator() -> bool:
    """Return whether a first link can be used. Of two with two of them one has to wait here."""
    Link.lock_first()
    return not User.has_administrator()
