"""The log of security events: who has done what, to whom, when, and from which address.

Events are only added, in the transaction of what they tell of; nothing changes them, and the sweep
removes old ones. No secret is in them: of a token or a link its name, never itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import click
from flask import g, has_request_context, request
from sqlalchemy import (
    ColumnElement,
    Index,
    Select,
    String,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from app import counts
from app.database import read
from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, Timestamp, now
from app.text import NOT_IN_A_LINE

ACTING = "acting"  # in `g`: the address of who is signed in for this request
COMMAND, SERVER = "a command", "the server"  # who acts where nobody has asked for it by a page
ADDRESS_LENGTH = 254
DETAIL_LENGTH = 300
PAGE_EVENTS = 100
REMOVED_AT_ONCE = 500
# Strangers can add failed sign-ins as often as the rate limits allow: so many are kept, apart from
# the other events, which they can't push out.
MOST_FAILED, MOST_OTHERS = 100_000, 1_000_000


class Kind(StrEnum):
    """What has happened."""

    SIGN_IN = "sign-in"
    SIGN_IN_FAILED = "sign-in-failed"
    CODE_REFUSED = "second-factor-refused"
    OPENID_REFUSED = "openid-refused"  # what a provider has sent could not be verified
    SIGN_OUT = "sign-out"
    SIGN_OUT_EVERYWHERE = "sign-out-everywhere"
    PASSWORD = "password"
    RECOVERY_CODE_USED = "recovery-code-used"
    SECOND_FACTOR_SET_UP = "second-factor-set-up"
    SECOND_FACTOR_REMOVED = "second-factor-removed"
    RECOVERY_CODES_MADE = "recovery-codes-made"
    PASSKEY_ADDED = "passkey-added"
    PASSKEY_REMOVED = "passkey-removed"
    PASSKEY_COPIED = "passkey-copied"  # its counter says so
    OPENID_CONNECTED = "openid-connected"
    OPENID_DISCONNECTED = "openid-disconnected"
    TOKEN_MADE = "token-made"
    TOKEN_REVOKED = "token-revoked"
    ACCOUNT_MADE = "account-made"
    ROLE = "role"
    DISABLED = "disabled"
    ENABLED = "enabled"
    DELETED = "deleted"
    LIMIT = "limit"
    LINK_MADE = "link-made"
    LINK_REVOKED = "link-revoked"
    LINK_USED = "link-used"
    SHARE_MADE = "share-made"
    SHARE_REVOKED = "share-revoked"
    MEMBER_ADDED = "member-added"
    MEMBER_REMOVED = "member-removed"
    MEMBER_ROLE = "member-role"
    MODELS = "models"
    ANSWER_STOPPED = "answer-stopped"
    RETENTION = "retention"
    BANNER = "banner"
    LOG_EXPORTED = "log-exported"


FAILED = (Kind.SIGN_IN_FAILED, Kind.CODE_REFUSED, Kind.OPENID_REFUSED)


class AuditEvent(Base):
    """One event. People are named by their addresses, which stay when their accounts are gone."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("events_of_actor", "actor", "id"),
        Index("events_about", "about", "id"),
        Index("events_of_kind", "kind", "id"),
        NEVER_REUSED,
    )

    id: Mapped[Key]
    created_at: Mapped[Timestamp] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(30))
    actor: Mapped[str] = mapped_column(String(ADDRESS_LENGTH))
    about: Mapped[str] = mapped_column(String(ADDRESS_LENGTH))
    detail: Mapped[str] = mapped_column(String(DETAIL_LENGTH))
    address: Mapped[str] = mapped_column(String(45))


class Filter(NamedTuple):
    """Which events: those by or about a person, of a kind, and from one time up to another."""

    person: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield what selects them."""
        if self.person:
            yield or_(AuditEvent.actor == self.person, AuditEvent.about == self.person)
        if self.kind:
            yield AuditEvent.kind == self.kind
        if self.since:
            yield AuditEvent.created_at >= self.since
        if self.until:
            yield AuditEvent.created_at < self.until


class Recorded(NamedTuple):
    """An event in plain values."""

    id: int
    created_at: datetime
    kind: str
    actor: str
    about: str
    detail: str
    address: str


def record(
    kind: Kind, about: int | None = None, detail: str = "", *, by: int | None = None
) -> None:
    """Add an event, in the caller's transaction: one statement.

    `about` is the key of the user whom it is about; `by` of who has done it, where that is not who
    is signed in.
    """
    if kind == Kind.SIGN_IN_FAILED:
        counts.SIGN_INS_FAILED.value += 1
    db.session.flush()  # a user who is new has to be there
    values = {
        "created_at": now(),
        "kind": kind,
        "actor": literal(_actor()) if by is None else _email_of(by),
        "about": literal("") if about is None else _email_of(about),
        "detail": NOT_IN_A_LINE.sub(" ", detail)[:DETAIL_LENGTH],
        "address": (request.remote_addr or "")[:45] if has_request_context() else "",
    }
    db.session.execute(insert(db.metadata.tables["audit_event"]).values(values))


def page_of(wanted: Filter, before: int | None = None) -> Sequence[Recorded]:
    """Return the newest events before one with this key, PAGE_EVENTS at most."""
    found = _selected(wanted).order_by(AuditEvent.id.desc()).limit(PAGE_EVENTS)
    if before is not None:
        found = found.where(AuditEvent.id < before)
    return [Recorded(*row) for row in db.session.execute(found)]


def all_of(wanted: Filter, is_allowed: Callable[[], bool] = lambda: True) -> Iterator[Recorded]:
    """Yield all events that there are now, the newest first: a page in each transaction, as long as
    they may be read."""
    before: int | None = None

    def page() -> Sequence[Recorded]:
        return page_of(wanted, before) if is_allowed() else []

    while found := read(page):
        yield from found
        before = found[-1].id


def remove_some(days: int) -> bool:
    """Remove some events that are older than this, or too many, in the caller's transaction.
    Returns whether there may be more to remove."""
    failed = AuditEvent.kind.in_(FAILED)
    return any([_remove(failed, MOST_FAILED, days), _remove(~failed, MOST_OTHERS, days)])


def _remove(of_kind: ColumnElement[bool], most: int, days: int) -> bool:
    newest = select(AuditEvent.id).where(of_kind).order_by(AuditEvent.id.desc())
    last_surplus = db.session.scalar(newest.offset(most).limit(1)) or 0
    is_old = AuditEvent.created_at < now() - timedelta(days=days)
    old = select(AuditEvent.id).where(of_kind, is_old | (AuditEvent.id <= last_surplus))
    keys = db.session.scalars(old.order_by(AuditEvent.id).limit(REMOVED_AT_ONCE)).all()
    db.session.execute(delete(AuditEvent).where(AuditEvent.id.in_(keys)))
    return len(keys) == REMOVED_AT_ONCE


def _selected(wanted: Filter) -> Select[Any]:
    columns = (getattr(AuditEvent, name) for name in Recorded._fields)
    return select(*columns).where(*wanted.conditions())


def _actor() -> str:
    if has_request_context():
        return str(g.get(ACTING, ""))
    return COMMAND if click.get_current_context(silent=True) else SERVER


def _email_of(user_id: int) -> ColumnElement[str]:
    users = db.metadata.tables["user_account"].c
    email = select(users.email).where(users.id == user_id).scalar_subquery()
    return func.coalesce(email, "")
