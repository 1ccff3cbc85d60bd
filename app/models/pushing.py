"""What is pushed about a message, and to which devices."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select, update

from app.database import NO_SYNC
from app.extensions import db
from app.models.message import Message
from app.models.notification_settings import NotificationSettings
from app.models.push_subscription import Device, PushSubscription
from app.models.sign_in import SignIn, oldest

BEGINNING = 300  # characters of a message, of which some are shown


class Recipient(NamedTuple):
    """A device, and whether its person wants to see the beginning of the message there."""

    device: Device
    shows_text: bool


def recipients(user_ids: Collection[int], server_key: str) -> list[Recipient]:
    """Return the devices of these people in which they are still signed in, and that have
    subscribed for this key of ours."""
    row, settings = PushSubscription, NotificationSettings
    found = (
        select(row.id, row.user_id, row.endpoint, row.p256dh, row.auth)
        .add_columns(func.coalesce(settings.shows_text, False))
        .join(SignIn, SignIn.id == row.sign_in_id)
        .outerjoin(settings, settings.user_id == row.user_id)
        .where(row.user_id.in_(user_ids), row.server_key == server_key)
        .where(SignIn.ended_at.is_(None), SignIn.created_at > oldest())
        .order_by(row.id)
    )
    rows = db.session.execute(found)
    return [Recipient(Device(*device), bool(shows)) for *device, shows in rows]


def beginning_of(public_id: str) -> str:
    """Return how a message begins."""
    beginning = func.substr(Message.content, 1, BEGINNING)
    return db.session.scalar(select(beginning).where(Message.public_id == public_id)) or ""


def claim(public_id: str) -> bool:
    """Note that a message is pushed now, in the caller's transaction; False where it has been, by
    this process or another one, or is not shown any more."""
    mine = update(Message).where(Message.public_id == public_id, ~Message.pushed)
    claimed = mine.values(pushed=True).returning(Message.id)
    return db.session.scalar(claimed, execution_options=NO_SYNC) is not None
