"""Mail about mentions and answers that stay unread: one in an hour at most to each person, without
any text."""

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
from app.models.notification_settings import NotificationSettings
from app.models.unseen import Unseen, forget_seen, overdue_answers, unseen

MENTIONED = "You were mentioned"
ANSWERED = "Your questions were answered"
BOTH = "You were mentioned, and your questions were answered"
MOST_CONVERSATIONS = 10  # are named in a mail


class News(NamedTuple):
    """What somebody has not seen of a conversation, and its address: how often they are mentioned,
    and by whom last; how many of their questions are answered."""

    title: str
    mentions: int
    author: str | None
    answers: int
    link: str


def are_sent() -> bool:
    """Return whether such mails are sent at all."""
    return mail.is_set_up() and bool(current_config().mention_mail_minutes)


def send_due() -> None:
    """Send the mails that are due. Every process calls it: of several one sends each mail."""
    if not are_sent():
        return
    age = timedelta(minutes=current_config().mention_mail_minutes)
    by_user = sorted(read(lambda: unseen(age)), key=attrgetter("user_id", "conversation"))
    for user_id, found in groupby(by_user, attrgetter("user_id")):
        _send(user_id, list(found))
    if overdue := read(overdue_answers):
        write(lambda: forget_seen(overdue))


def unsubscribe_address(user_id: int) -> str:
    """Return the address at which somebody ends these mails without signing in."""
    return f"{current_config().address}/unsubscribe/{_serializer().dumps(user_id)}"


def unsubscribed(token: str) -> int | None:
    """Return the key of the user in such an address; None where it is none of ours."""
    try:
        return int(_serializer().loads(token))
    except BadSignature:
        return None


def _send(user_id: int, found: Sequence[Unseen]) -> None:
    mentions, answers = _by_kind(found)
    if not write(lambda: _claim(user_id, mentions, answers)):
        return
    news = [_news(list(here)) for _, here in groupby(found, attrgetter("conversation"))]
    mail.send_soon(
        found[0].email,
        BOTH if mentions and answers else MENTIONED if mentions else ANSWERED,
        "mail/unseen.txt",
        unsubscribe=unsubscribe_address(user_id),
        conversations=news[:MOST_CONVERSATIONS],
        others=max(0, len(news) - MOST_CONVERSATIONS),
        place=current_config().address,
    )


def _by_kind(found: Sequence[Unseen]) -> tuple[list[Unseen], list[Unseen]]:
    """Return the mentions, and the answers."""
    mentions = [each for each in found if each.model is None]
    return mentions, [each for each in found if each.model is not None]


def _claim(user_id: int, mentions: Sequence[Unseen], answers: Sequence[Unseen]) -> bool:
    last = max((each.message_id for each in mentions), default=0)
    if not NotificationSettings.claim_mail(user_id, last):
        return False
    if answers:
        forget_seen([each.message_id for each in answers])
    return True


def _news(found: Sequence[Unseen]) -> News:
    mentions, answers = _by_kind(found)
    author = mentions[-1].author if mentions else None
    link = f"{current_config().address}/conversations/{found[0].conversation}"
    return News(found[0].title, len(mentions), author, len(answers), link)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="no mail about mentions")
