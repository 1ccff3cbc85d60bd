"""Mail about mentions that stay unread: one in an hour at most to each person, without any text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from app import mail
from app.config import current_config
from app.database import read, write
from app.models.mentions import Unread, unread_mentions
from app.models.notification_settings import NotificationSettings

SUBJECT = "You were mentioned"
MOST_CONVERSATIONS = 10  # are named in a mail


class Mentions(NamedTuple):
    """How often somebody is mentioned in a conversation, by whom last, and its address."""

    title: str
    times: int
    author: str | None
    link: str


def send_due() -> None:
    """Send the mails that are due. Every process calls it: of several one sends each mail."""
    minutes = current_config().mention_mail_minutes
    if not mail.is_set_up() or not minutes:
        return
    unread = read(lambda: unread_mentions(timedelta(minutes=minutes)))
    by_user = sorted(unread, key=attrgetter("user_id", "conversation", "message_id"))
    for user_id, found in groupby(by_user, attrgetter("user_id")):
        _send(user_id, list(found))


def unsubscribe_address(user_id: int) -> str:
    """Return the address at which somebody ends these mails without signing in."""
    return f"{current_config().address}/unsubscribe/{_serializer().dumps(user_id)}"


def unsubscribed(token: str) -> int | None:
    """Return the key of the user in such an address; None where it is none of ours."""
    try:
        return int(_serializer().loads(token))
    except BadSignature:
        return None


def _send(user_id: int, unread: Sequence[Unread]) -> None:
    last = max(each.message_id for each in unread)
    if not write(lambda: NotificationSettings.claim_mail(user_id, last)):
        return
    conversations = [
        _mentions(list(found)) for _, found in groupby(unread, attrgetter("conversation"))
    ]
    mail.send_soon(
        unread[0].email,
        SUBJECT,
        "mail/mentions.txt",
        unsubscribe=unsubscribe_address(user_id),
        conversations=conversations[:MOST_CONVERSATIONS],
        others=max(0, len(conversations) - MOST_CONVERSATIONS),
        place=current_config().address,
    )


def _mentions(unread: Sequence[Unread]) -> Mentions:
    last = unread[-1]
    link = f"{current_config().address}/conversations/{last.conversation}"
    return Mentions(last.title, len(unread), last.author, link)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="no mail about mentions")
